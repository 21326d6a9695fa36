package tfkit

import "sync"

// ClusterState is what the state says of a cluster and its destruction.
type ClusterState struct {
	// ID is "region/UUID".
	ID, Name string
	// Protected is its deletion protection; DeletesResources that volumes and Load Balancers are deleted with it.
	Protected, DeletesResources bool
	// Network is the Private Network of a cluster that has one.
	Network string
}

// ClusterStates are clusters by UUID. A plan of a replacement does not get the state of the object that it replaces.
type ClusterStates struct {
	mu     sync.Mutex
	states map[string]ClusterState
}

// Put keeps a cluster.
func (s *ClusterStates) Put(uuid string, state ClusterState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states == nil {
		s.states = map[string]ClusterState{}
	}
	s.states[uuid] = state
}

// Get returns a cluster that was put.
func (s *ClusterStates) Get(uuid string) (ClusterState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, ok := s.states[uuid]
	return state, ok
}
