package sandbox

// routeInstances speaks what Kubernetes needs of instance/v1 and instance/v2alpha1. Instances themselves are only read:
// the sandbox makes them with the nodes that they are.
func (s *Server) routeInstances() {
	const base = "/instance/v1/zones/{zone}"
	s.routeServerTypes(base)
	s.routeServers(base)
	s.routeSecurityGroups(base)
	s.routePlacementGroups(base, "/instance/v2alpha1/zones/{zone}")
}
