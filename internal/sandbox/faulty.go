package sandbox

import (
	"net/http"
	"time"
)

// Faulty adds faults and a request log to another handler, like those of a sandbox. Tests put it in front of the
// Kubernetes API server of a cluster.
type Faulty struct {
	next   http.HandlerFunc
	refuse func(w http.ResponseWriter, status int)
	report func(Request)
	clock  *clock
	log    requestLog
	faults faults
}

// NewFaulty returns a Faulty in front of next. writeError writes the response of a fault of kind status, in the format
// of next. report is as in Options.
func NewFaulty(next http.Handler, writeError func(w http.ResponseWriter, status int), report func(Request)) *Faulty {
	return &Faulty{next: next.ServeHTTP, refuse: writeError, report: report, clock: newClock(time.Time{})}
}

// AddFault adds a fault, see Server.AddFault.
func (f *Faulty) AddFault(fault Fault) error { return f.faults.add(fault) }

// ClearFaults removes all faults.
func (f *Faulty) ClearFaults() { f.faults.clear() }

// Requests returns the requests since the start or the last ClearRequests.
func (f *Faulty) Requests() []Request { return f.log.all() }

// ClearRequests empties the request log.
func (f *Faulty) ClearRequests() { f.log.clear() }

// ServeHTTP logs the request, and applies a matching fault or passes it on.
func (f *Faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := f.clock.now()
	recorder := &recorder{ResponseWriter: w, note: func(status int) {
		entry := Request{
			Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status, At: start,
			DurationMS: float64(f.clock.now().Sub(start)) / float64(time.Millisecond), UserAgent: r.UserAgent(),
		}
		f.log.add(entry)
		if f.report != nil {
			f.report(entry)
		}
	}}
	defer recorder.done(0)
	if fault := f.faults.due(r); fault != nil {
		fault.serve(recorder, r, f.next, f.refuse)
		return
	}
	f.next(recorder, r)
}
