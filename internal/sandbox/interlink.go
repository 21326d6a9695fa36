package sandbox

// routeInterlink registers the product InterLink. Its links need a dedicated connection or a partner in a data center,
// and the sandbox has none: every list is empty, and no id is found [INFERRED interlink].
func (s *Server) routeInterlink() {
	const base = "/interlink/v1beta1/regions/{region}"
	for _, kind := range []struct{ path, list, resource string }{
		{"dedicated-connections", "connections", "dedicated_connection"},
		{"partners", "partners", "partner"},
		{"pops", "pops", "pop"},
		{"links", "links", "link"},
		{"routing-policies", "routing_policies", "routing_policy"},
	} {
		s.route("GET "+base+"/"+kind.path, areaInterlink, func(*call) (any, error) {
			return map[string]any{kind.list: []any{}, "total_count": 0}, nil
		})
		s.route("GET "+base+"/"+kind.path+"/{id}", areaInterlink, func(c *call) (any, error) {
			return nil, errNotFound(kind.resource, c.PathValue("id"))
		})
	}
}
