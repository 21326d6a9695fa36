package tfkit

import "sync"

// PlannedAddresses records which resource addresses of one plan manage an object, to detect an object with two
// addresses. A provider cannot see addresses: a random token in the private state identifies each. One configured
// provider serves one plan. The zero value is ready to use.
type PlannedAddresses struct {
	mu sync.Mutex
	// destroyed has, by object and token, whether the plan destroys the object at that address.
	destroyed map[string]map[string]bool
}

// Add records the plan of an address. It reports a conflict if another address has the same object, unless the plan
// destroys both.
func (p *PlannedAddresses) Add(object, token string, destroyed bool) (conflict bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.destroyed == nil {
		p.destroyed = map[string]map[string]bool{}
	}
	if p.destroyed[object] == nil {
		p.destroyed[object] = map[string]bool{}
	}
	p.destroyed[object][token] = destroyed
	for otherToken, otherDestroyed := range p.destroyed[object] {
		if otherToken != token && (!otherDestroyed || !destroyed) {
			return true
		}
	}
	return false
}
