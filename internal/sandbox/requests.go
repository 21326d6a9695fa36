package sandbox

import (
	"sync"
	"time"
)

// Request is the log entry of one API request. Requests to /_sandbox/ are not logged.
type Request struct {
	ID     string `json:"id"`     // X-Request-Id of the response
	Method string `json:"method"` // GET, POST…
	Path   string `json:"path"`
	Query  string `json:"query"` // as sent, without the question mark
	// Status of the response, or 0 if the connection broke before it.
	Status     int       `json:"status"`
	DurationMS float64   `json:"duration_ms"` // in milliseconds, including the latency
	At         time.Time `json:"at"`          // time of arrival, by the sandbox's clock
	UserAgent  string    `json:"user_agent"`
}

// requestLog holds the requests since the start or the last clear.
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

// Requests returns the API requests since the start or the last ClearRequests, in the order of their responses.
func (s *Server) Requests() []Request { return s.log.all() }

// ClearRequests empties the request log.
func (s *Server) ClearRequests() { s.log.clear() }
