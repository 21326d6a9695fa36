package sandbox

import (
	"net/http"
	"time"
)

// Faulty puts faults and a log of requests before another server, as a sandbox has them before its API: for the API
// server of a cluster, which a sandbox is not.
type Faulty struct {
	next   http.HandlerFunc
	refuse func(w http.ResponseWriter, status int)
	report func(Request)
	clock  *clock
	log    requestLog
	faults faults
}

// NewFaulty returns one before next. refuse answers a fault of kind status in that server's own form; report is as in
// Options.
func NewFaulty(next http.Handler, refuse func(w http.ResponseWriter, status int), report func(Request)) *Faulty {
	return &Faulty{next: next.ServeHTTP, refuse: refuse, report: report, clock: newClock(time.Time{})}
}

// AddFault is as that of a Server, and so are the other methods.
func (f *Faulty) AddFault(fault Fault) error { return f.faults.add(fault) }

// ClearFaults forgets the faults that still wait.
func (f *Faulty) ClearFaults() { f.faults.clear() }

// Requests are those since the last ClearRequests.
func (f *Faulty) Requests() []Request { return f.log.all() }

// ClearRequests empties the log.
func (f *Faulty) ClearRequests() { f.log.clear() }

// ServeHTTP answers one request.
func (f *Faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := f.clock.now()
	recorder := &recorder{ResponseWriter: w, note: func(status int) {
		entry := Request{
			Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status, At: begun,
			DurationMS: float64(f.clock.now().Sub(begun)) / float64(time.Millisecond), UserAgent: r.UserAgent(),
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
