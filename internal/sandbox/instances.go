package sandbox

import (
	"encoding/json"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// routeInstances registers instance/v1, and of instance/v2alpha1 the objects that clients of instance/v1 read there.
// The Instances of nodes are created and deleted with their nodes.
func (s *Server) routeInstances() {
	const base, second = "/instance/v1/zones/{zone}", "/instance/v2alpha1/zones/{zone}"
	s.routeServerTypes(base)
	s.routeServers(base)
	s.routeInstanceVolumes(base)
	s.routeInstanceSnapshots(base)
	s.routeInstanceImages(base)
	s.routeInstanceIPs(base)
	s.routeSecurityGroups(base)
	s.routePlacementGroups(base, second)
	s.routeNetworkInterfaces(second)
}

// accepted is a response with status 202.
type accepted struct{ value any }

// newTask returns the task in the response to a request that starts an operation. As recorded, no task can be read.
func (s *Server) newTask(zone scw.Zone, from, result string) *instance.Task {
	//nolint:staticcheck // deprecated in the SDK, still in the API's responses
	return &instance.Task{
		ID: "00000000-0000-0000-0000-000000000000", Description: "fake task", Status: instance.TaskStatusPending,
		HrefFrom: from, HrefResult: result, StartedAt: s.timestamp(), Zone: zone,
	}
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

// hasAllTags reports whether the tags include all of the requested tags, as in the lists of instance/v1.
func (f filters) hasAllTags(tags []string) bool {
	for _, wanted := range f.values("tags") {
		if !slices.Contains(tags, wanted) {
			return false
		}
	}
	return true
}

// nullableText is a text of a request that null clears. If the request does not have it, it is not set.
type nullableText struct {
	isSet bool
	value string
}

// UnmarshalJSON decodes a text or null.
func (n *nullableText) UnmarshalJSON(raw []byte) error {
	n.isSet, n.value = true, ""
	return json.Unmarshal(raw, &n.value)
}
