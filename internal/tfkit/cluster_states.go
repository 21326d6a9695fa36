package tfkit

import "sync"

// ClusterState is the part of a cluster's Terraform state that the plan of a destroy needs.
type ClusterState struct {
	// ID is "region/UUID".
	ID, Name string
	// Protected is the deletion protection. DeletesAdditionalResources is delete_additional_resources: a destroy also
	// deletes volumes and Load Balancers.
	Protected, DeletesAdditionalResources bool
	// Network is the Private Network of the cluster, or "".
	Network string
}

// ClusterStates holds the clusters that this process has read, by UUID. The plan of a replacement needs it: Terraform
// does not pass it the state of the object that it replaces.
type ClusterStates struct {
	mu     sync.Mutex
	states map[string]ClusterState
}

// Put stores a cluster.
func (s *ClusterStates) Put(uuid string, state ClusterState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states == nil {
		s.states = map[string]ClusterState{}
	}
	s.states[uuid] = state
}

// Get returns a stored cluster.
func (s *ClusterStates) Get(uuid string) (ClusterState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, ok := s.states[uuid]
	return state, ok
}
