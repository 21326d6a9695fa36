package framework

import "sync"

// AllowLists are the allow-lists that resources of this process wanted for their clusters, so that what is built upon a
// cluster can tell a list that was not set. The zero value is empty.
type AllowLists struct {
	mu     sync.Mutex
	wanted map[string][]string
}

// Want keeps the ranges that a cluster's allow-list is to have, by the cluster's UUID.
func (a *AllowLists) Want(clusterID string, ranges []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wanted == nil {
		a.wanted = map[string][]string{}
	}
	a.wanted[clusterID] = ranges
}

// Wanted are the ranges that Want kept; false where nothing of this process set the cluster's list.
func (a *AllowLists) Wanted(clusterID string) ([]string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ranges, ok := a.wanted[clusterID]
	return ranges, ok
}
