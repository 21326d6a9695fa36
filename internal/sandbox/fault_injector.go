package sandbox

import (
	"net/http"
	"time"
)

// FaultInjector adds faults and a request log to another handler, like those of a sandbox. Tests put it in front of the
// Kubernetes API server of a cluster.
type FaultInjector struct {
	next       http.HandlerFunc
	writeError func(w http.ResponseWriter, status int)
	report     func(Request)
	clock      *clock
	log        requestLog
	faults     faults
}

// NewFaultInjector returns a Faulty in front of next. writeError writes the response of a fault of kind status, in the
// format of next. report is as in Options.
func NewFaultInjector(
	next http.Handler,
	writeError func(w http.ResponseWriter, status int),
	report func(Request),
) *FaultInjector {
	return &FaultInjector{next: next.ServeHTTP, writeError: writeError, report: report, clock: newClock(time.Time{})}
}

// AddFault adds a fault, see Server.AddFault.
func (f *FaultInjector) AddFault(fault Fault) error { return f.faults.add(fault) }

// ClearFaults removes all faults.
func (f *FaultInjector) ClearFaults() { f.faults.clear() }

// Requests returns the requests since the start or the last ClearRequests.
func (f *FaultInjector) Requests() []Request { return f.log.all() }

// ClearRequests empties the request log.
func (f *FaultInjector) ClearRequests() { f.log.clear() }

// ServeHTTP logs the request, and applies a matching fault or passes it on.
func (f *FaultInjector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := f.clock.now()
	recorder := &recorder{ResponseWriter: w, onStatus: func(status int) {
		entry := Request{
			Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status, At: start,
			DurationMS: float64(f.clock.now().Sub(start)) / float64(time.Millisecond), UserAgent: r.UserAgent(),
		}
		f.log.add(entry)
		if f.report != nil {
			f.report(entry)
		}
	}}
	defer recorder.record(0)
	if fault := f.faults.match(r); fault != nil {
		fault.serve(recorder, r, f.next, f.writeError)
		return
	}
	f.next(recorder, r)
}
