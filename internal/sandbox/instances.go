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

// organizationOf returns the id of the Organization of a Project.
//
// [INFERRED unknown-project] The default Project of an Organization has the same id. A Project that the sandbox does
// not have is taken for the default Project of another Organization.
func (s *Server) organizationOf(projectID string) string {
	if s.projects.has(projectID) {
		return OrganizationID
	}
	return projectID
}
