package sandbox

// routeInterlink registers the product InterLink. Its links need a dedicated connection or a partner in a data center,
// and the sandbox has none: every list is empty, and no id is found [INFERRED interlink].
func (s *Server) routeInterlink() {
	const base = "/interlink/v1beta1/regions/{region}"
	for _, kind := range []otherKind{
		{"/dedicated-connections", "connections", "dedicated_connection"},
		{"/partners", "partners", "partner"},
		{"/pops", "pops", "pop"},
		{"/links", "links", "link"},
		{"/routing-policies", "routing_policies", "routing_policy"},
	} {
		kind.path = base + kind.path
		s.routeNone(kind, areaInterlink)
	}
}
