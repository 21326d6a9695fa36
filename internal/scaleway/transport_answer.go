package scaleway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"syscall"
)

// judgeAnswer tells an answer of the API from that of something in front of it, and a whole one from a damaged one.
func judgeAnswer(response *http.Response, body []byte) outcome {
	status, kind := response.StatusCode, mediaType(response)
	whole := json.Valid(body)
	switch {
	case status == http.StatusTooManyRequests:
		tame(response, kind, whole)
		return outcome{response: response, verdict: undone}
	case status >= 200 && status <= 299:
		switch {
		case len(body) == 0 && status != http.StatusNoContent && response.Request != nil && response.Request.Method != http.MethodDelete:
			return outcome{response: response, err: &noAnswer{err: io.ErrUnexpectedEOF, sent: true}, verdict: uncertain}
		case len(body) == 0:
			return outcome{response: response, verdict: final}
		case isPage(kind, body):
			return outcome{response: response, err: &foreignAnswer{status: status}, verdict: uncertain}
		case kind == "application/json" && !whole:
			return outcome{response: response, err: &noAnswer{err: io.ErrUnexpectedEOF, sent: true}, verdict: uncertain}
		}
		return outcome{response: response, verdict: final}
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		// An error of the API itself, such as out_of_stock, is an answer, whatever its status.
		if kind == "application/json" && whole && isTyped(body) {
			return outcome{response: response, verdict: final}
		}
		return outcome{response: response, err: &foreignAnswer{status: status}, verdict: uncertain}
	default:
		tame(response, kind, whole)
		return outcome{response: response, verdict: final}
	}
}

// tame keeps the SDK from parsing an error that says it is JSON and is not: it then reports the status.
func tame(response *http.Response, kind string, whole bool) {
	if kind == "application/json" && !whole {
		response.Header.Set("Content-Type", "text/plain")
	}
}

func mediaType(response *http.Response) string {
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// isPage says whether a body is a page for people.
func isPage(kind string, body []byte) bool {
	return kind == "text/html" || kind == "application/xhtml+xml" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// isTyped says whether an error body has one of the types of the API's standard errors.
func isTyped(body []byte) bool {
	var answer struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return false
	}
	switch answer.Type {
	case "invalid_arguments", "quotas_exceeded", "transient_state", "not_found", "locked", "permissions_denied",
		"out_of_stock", "resource_expired", "denied_authentication", "precondition_failed":
		return true
	}
	return false
}

// foreignAnswer is an answer that does not come from the API: a proxy's or a gateway's page. Its text is left out.
type foreignAnswer struct{ status int }

func (e *foreignAnswer) Error() string {
	name := http.StatusText(e.status)
	if e.status >= 200 && e.status <= 299 {
		return fmt.Sprintf("something in front of the API answered with a page instead of data (HTTP %d %s)", e.status, name)
	}
	return fmt.Sprintf("something in front of the API answered HTTP %d %s", e.status, name)
}

// noAnswer is a request that got no whole answer. sent says whether it may have reached the API.
type noAnswer struct {
	err  error
	sent bool
}

func (e *noAnswer) Error() string {
	var resolve *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(e.err, &resolve):
		return "the API cannot be reached: the name " + resolve.Name + " does not resolve"
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return "the API cannot be reached: the connection was refused"
	case errors.Is(e.err, io.ErrUnexpectedEOF):
		return "the API's answer was cut short"
	case errors.Is(e.err, io.EOF), errors.Is(e.err, syscall.ECONNRESET), errors.Is(e.err, syscall.EPIPE):
		return "the connection broke before the API answered"
	case errors.As(e.err, &timeout) && timeout.Timeout():
		return "the API did not answer in time"
	case e.sent:
		return "the connection broke before the API answered: " + e.err.Error()
	default:
		return "the API cannot be reached: " + e.err.Error()
	}
}

// lostAnswer is a write that was sent and not answered.
type lostAnswer struct{ cause error }

func (e *lostAnswer) Error() string { return e.cause.Error() }

func (e *lostAnswer) Unwrap() error { return e.cause }
