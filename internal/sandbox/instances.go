package sandbox

// routeInstances registers the parts of instance/v1 and instance/v2alpha1 that Kubernetes uses. Instances are
// read-only: the sandbox creates and deletes them with their nodes.
func (s *Server) routeInstances() {
	const base = "/instance/v1/zones/{zone}"
	s.routeServerTypes(base)
	s.routeServers(base)
	s.routeSecurityGroups(base)
	s.routePlacementGroups(base, "/instance/v2alpha1/zones/{zone}")
}
