package sandbox

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"time"
)

// collection holds the objects of one kind in the order of their creation. The server's mutex guards it.
type collection[T any] struct {
	items map[string]*T
	order []string
}

func newCollection[T any]() *collection[T] {
	return &collection[T]{items: map[string]*T{}}
}

func (c *collection[T]) put(id string, item *T) {
	if _, known := c.items[id]; !known {
		c.order = append(c.order, id)
	}
	c.items[id] = item
}

func (c *collection[T]) get(id string) (*T, bool) {
	item, ok := c.items[id]
	return item, ok
}

func (c *collection[T]) has(id string) bool {
	_, known := c.items[id]
	return known
}

func (c *collection[T]) remove(id string) bool {
	if _, known := c.items[id]; !known {
		return false
	}
	delete(c.items, id)
	for i, other := range c.order {
		if other == id {
			c.order = append(c.order[:i:i], c.order[i+1:]...)
			break
		}
	}
	return true
}

// list returns the objects that keep accepts, oldest first; a nil keep accepts all.
func (c *collection[T]) list(keep func(*T) bool) []*T {
	found := []*T{}
	for _, id := range c.order {
		if item := c.items[id]; keep == nil || keep(item) {
			found = append(found, item)
		}
	}
	return found
}

// patch changes an object out of band: the fields of the JSON body replace the object's.
func (c *collection[T]) patch(id string, body []byte) (any, error) {
	item, ok := c.items[id]
	if !ok {
		return nil, errNotFound("object", id)
	}
	if err := strictly(body, new(T)); err != nil { // before anything of the object changes
		return nil, errInvalid("body", "constraint", err.Error())
	}
	if err := json.Unmarshal(body, item); err != nil {
		return nil, errInvalid("body", "constraint", err.Error())
	}
	return item, nil
}

func (c *collection[T]) all() any { return c.list(nil) }

// kind is what the control endpoints need of any collection, whatever its objects are.
type kind interface {
	patch(id string, body []byte) (any, error)
	has(id string) bool
	remove(id string) bool
	all() any
}

// event is a change that the sandbox's own time brings.
type event struct {
	at  time.Time
	seq int
	run func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].seq < e[j].seq
	}
	return e[i].at.Before(e[j].at)
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any) {
	if next, ok := x.(event); ok {
		*e = append(*e, next)
	}
}

func (e *events) Pop() any {
	last := len(*e) - 1
	next := (*e)[last]
	*e = (*e)[:last]
	return next
}

// after runs change when the recorded duration, divided by the speed, has passed. The caller holds the mutex, and so
// does change when it runs: it must look its object up again, which may be gone.
func (s *Server) after(recorded time.Duration, change func()) {
	s.at(s.now().Add(time.Duration(float64(recorded)/s.options.Speed)), change)
}

// at runs change at a moment of the sandbox's time.
func (s *Server) at(moment time.Time, change func()) {
	s.scheduled++
	heap.Push(&s.events, event{at: moment, seq: s.scheduled, run: change})
}

// settle brings the store to the present: every event that is due, and what Scaleway does on its own, runs in its
// order, with the clock of its own moment.
func (s *Server) settle() {
	for present := s.clock.now(); ; {
		until := present
		if len(s.events) > 0 && s.events[0].at.Before(present) {
			until = s.events[0].at
		}
		if due, run := s.upkeep(until); run != nil {
			s.in(due, run)
			continue
		}
		if len(s.events) == 0 || s.events[0].at.After(present) {
			return
		}
		next, ok := heap.Pop(&s.events).(event)
		if !ok {
			panic(fmt.Sprintf("sandbox: %T in the queue of events", next))
		}
		s.in(next.at, next.run)
	}
}

// in runs a change with the clock of a moment.
func (s *Server) in(moment time.Time, run func()) {
	s.moment = moment
	run()
	s.moment = time.Time{}
}

// now is the sandbox's time; while an event runs, the moment that it was due.
func (s *Server) now() time.Time {
	if !s.moment.IsZero() {
		return s.moment
	}
	return s.clock.now()
}
