package sandbox

import (
	"sync"
	"time"
)

// Request is one request to the API as the sandbox answered it. Requests to /_sandbox/ are not among them.
type Request struct {
	ID     string `json:"id"`     // the X-Request-Id of the answer
	Method string `json:"method"` // GET, POST…
	Path   string `json:"path"`
	Query  string `json:"query"` // as sent, without the question mark
	// Status of the answer; 0 is a connection that broke before one.
	Status     int       `json:"status"`
	DurationMS float64   `json:"duration_ms"` // in milliseconds, the latency included
	At         time.Time `json:"at"`          // when it arrived, in the sandbox's time
	UserAgent  string    `json:"user_agent"`
}

// requestLog holds the requests since the start, or since it was emptied.
type requestLog struct {
	mu       sync.Mutex
	requests []Request
}

func (l *requestLog) add(entry Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, entry)
}

func (l *requestLog) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Request{}, l.requests...) // never null in JSON
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}

// Requests are those of the API since the start or the last ClearRequests, in the order of their answers.
func (s *Server) Requests() []Request { return s.log.all() }

// ClearRequests empties the log of requests.
func (s *Server) ClearRequests() { s.log.clear() }
