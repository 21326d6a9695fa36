package sandbox

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"time"
)

// collection holds the objects of one kind in creation order. The server's mutex guards it.
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

// list returns the objects for which keep returns true, oldest first. A nil keep returns all objects.
func (c *collection[T]) list(keep func(*T) bool) []*T {
	found := []*T{}
	for _, id := range c.order {
		if item := c.items[id]; keep == nil || keep(item) {
			found = append(found, item)
		}
	}
	return found
}

// patch changes an object out of band: the fields of the JSON body replace those of the object.
func (c *collection[T]) patch(id string, body []byte) (any, error) {
	item, ok := c.items[id]
	if !ok {
		return nil, errNotFound("object", id)
	}
	if err := decodeStrict(body, new(T)); err != nil { // an invalid body must not change the object in part
		return nil, errInvalid("body", "constraint", err.Error())
	}
	if err := json.Unmarshal(body, item); err != nil {
		return nil, errInvalid("body", "constraint", err.Error())
	}
	return item, nil
}

func (c *collection[T]) all() any { return c.list(nil) }

// find returns the object with an id.
func (c *collection[T]) find(id string) (any, bool) {
	item, ok := c.items[id]
	return item, ok
}

// anyCollection is a collection of any object type, as the control endpoints use it.
type anyCollection interface {
	patch(id string, body []byte) (any, error)
	has(id string) bool
	find(id string) (any, bool)
	remove(id string) bool
	all() any
}

// event is a change that runs when the sandbox's clock reaches its time.
type event struct {
	at  time.Time
	seq int
	run func()
}

// events is a heap of events, the earliest first.
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

// after schedules change to run once the recorded duration, divided by the speed, has passed. The caller holds the
// mutex, and change runs with the mutex held. It must look up its object again, which may have been deleted.
func (s *Server) after(recorded time.Duration, change func()) {
	s.schedule(s.now().Add(time.Duration(float64(recorded)/s.options.Speed)), change)
}

// minStateDuration is the shortest time that a state lasts if afterState schedules its end. A client that polls can see
// the state also in a sandbox with a high speed.
const minStateDuration = 40 * time.Millisecond

// afterState schedules the end of a state like after, but not before the state has lasted minStateDuration.
func (s *Server) afterState(recorded time.Duration, change func()) {
	scaled := time.Duration(float64(recorded) / s.options.Speed)
	s.schedule(s.now().Add(max(scaled, minStateDuration)), change)
}

// schedule schedules change to run at the given time of the sandbox's clock.
func (s *Server) schedule(moment time.Time, change func()) {
	s.eventCount++
	heap.Push(&s.events, event{at: moment, seq: s.eventCount, run: change})
}

// runDueEvents brings the objects up to date: it runs the due events and Scaleway's automatic actions in the order of
// their times. While one runs, now returns its time.
func (s *Server) runDueEvents() {
	for now := s.clock.now(); ; {
		until := now
		if len(s.events) > 0 && s.events[0].at.Before(now) {
			until = s.events[0].at
		}
		if due, run := s.nextAutomaticAction(until); run != nil {
			s.runAt(due, run)
			continue
		}
		if len(s.events) == 0 || s.events[0].at.After(now) {
			return
		}
		next, ok := heap.Pop(&s.events).(event)
		if !ok {
			panic(fmt.Sprintf("sandbox: %T in the event queue", next))
		}
		s.runAt(next.at, next.run)
	}
}

// runAt runs a change with now fixed to the given time.
func (s *Server) runAt(moment time.Time, run func()) {
	s.eventTime = moment
	defer func() { s.eventTime = time.Time{} }() // also after a panic, which net/http recovers
	run()
}

// now returns the sandbox's time. While an event runs, it returns the time at which the event was due.
func (s *Server) now() time.Time {
	if !s.eventTime.IsZero() {
		return s.eventTime
	}
	return s.clock.now()
}
