package tfkit

import "sync"

// PlannedAddresses are the resource addresses that a CLI plans, by the object that they have. A provider does not know
// an address: a token that its private state keeps identifies it. A CLI configures the provider once for all that it
// plans together. The zero value is ready.
type PlannedAddresses struct {
	mu sync.Mutex
	// destroyed says for an object and a token whether the plan destroys the object at that address.
	destroyed map[string]map[string]bool
}

// Add keeps the plan of an address, and says whether another address has the same object, unless both are destroyed.
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
	for other, gone := range p.destroyed[object] {
		if other != token && (!gone || !destroyed) {
			return true
		}
	}
	return false
}
