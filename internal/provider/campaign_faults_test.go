package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// faultScope is the duration of a fault, and the heading of its table in the guide.
type faultScope string

const (
	once         faultScope = "A fault that happens once"
	sameRequest  faultScope = "A persistent fault of one request"
	everyRequest faultScope = "A persistent fault of every request"
)

func scopes() []faultScope { return []faultScope{once, sameRequest, everyRequest} }

// fault is a way in which a request fails. column is its column in the table of its scope; name also distinguishes the
// faults of a column.
type fault struct {
	scope        faultScope
	column, name string
	sandbox.Fault
}

// proxyBody is the body of an error that a proxy in front of the API answers with.
type proxyBody struct{ name, contentType, body string }

// proxyBodies returns the bodies that a proxy may send with a status.
func proxyBodies(status int) []proxyBody {
	text := http.StatusText(status)
	page := fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%[1]d "+
		"%[2]s</title></head><body><h1>%[2]s</h1></body></html>\n", status, text)
	return []proxyBody{
		{"HTML", "text/html; charset=utf-8", page},
		{"HTML that claims to be JSON", "application/json", page},
		{"plain text", "text/plain; charset=utf-8", fmt.Sprintf("%d %s\n", status, text)},
		{"no body", "", ""},
		{"JSON of a framework", "application/json", fmt.Sprintf(`{"timestamp":"2026-11-24T00:00:00Z","status":%d,`+
			`"error":%q,"path":"/"}`, status, text)},
		{"JSON of a gateway", "application/json; charset=utf-8", fmt.Sprintf(`{"message":%q}`, text)},
		{
			"problem details", "application/problem+json", fmt.Sprintf(
				`{"type":"about:blank","title":%q,"status":%d}`, text, status,
			),
		},
		{"half of a JSON error", "application/json", `{"message":"resource is not found","type":"not_fo`},
	}
}

// campaignFaults returns the faults that are injected into a request. turn selects among faults that a client handles
// the same way: over the requests of a resource all of them occur, and each status of a proxy with each body.
func campaignFaults(turn int) []fault {
	all := []fault{}
	add := func(scope faultScope, column, name string, injected sandbox.Fault) {
		injected.Persistent, injected.SameRequest = scope != once, scope == sameRequest
		all = append(all, fault{scope: scope, column: column, name: name, Fault: injected})
	}
	status := func(code int) sandbox.Fault { return sandbox.Fault{Kind: sandbox.FaultStatus, Status: code} }
	page := sandbox.Fault{Kind: sandbox.FaultHTML, Status: http.StatusBadGateway}
	reset, lost := sandbox.Fault{Kind: sandbox.FaultReset}, sandbox.Fault{Kind: sandbox.FaultLostResponse}
	limited := sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: 1}
	proxy := func(scope faultScope, statuses ...int) {
		code := statuses[turn%len(statuses)]
		bodies := proxyBodies(code)
		body := bodies[turn/len(statuses)%len(bodies)]
		add(scope, "401, 403, 404, 410 of a proxy", fmt.Sprintf("%d of a proxy, %s", code, body.name), sandbox.Fault{
			Kind: sandbox.FaultForeign, Status: code, ContentType: body.contentType, Body: body.body,
		})
	}

	add(once, "429 with Retry-After", "429 with Retry-After", limited)
	add(once, "429", "429", status(http.StatusTooManyRequests))
	add(once, "500", "500", status(http.StatusInternalServerError))
	add(once, "502 of a proxy", "502 of a proxy", page)
	add(once, "503", "503", status(http.StatusServiceUnavailable))
	add(once, "403", "403", status(http.StatusForbidden))
	add(once, "connection reset", "connection reset", reset)
	add(once, "answer lost", "answer lost", lost)
	add(once, "answer truncated", "answer truncated", sandbox.Fault{Kind: sandbox.FaultTruncate})
	add(
		once, "no answer until the end", "no answer until the end", sandbox.Fault{
			Kind: sandbox.FaultDelay, Delay: time.Minute,
		},
	)
	proxy(once, http.StatusNotFound, http.StatusGone)
	proxy(once, http.StatusUnauthorized, http.StatusForbidden)

	add(sameRequest, "429", "429", status(http.StatusTooManyRequests))
	add(sameRequest, "500", "500", status(http.StatusInternalServerError))
	if turn%2 == 0 {
		add(sameRequest, "502 of a proxy, 503", "502 of a proxy", page)
	} else {
		add(sameRequest, "502 of a proxy, 503", "503", status(http.StatusServiceUnavailable))
	}
	add(sameRequest, "403", "403", status(http.StatusForbidden))
	add(sameRequest, "connection reset", "connection reset", reset)
	add(sameRequest, "answer lost", "answer lost", lost)
	proxy(sameRequest, http.StatusGone, http.StatusNotFound)
	proxy(sameRequest, http.StatusForbidden, http.StatusUnauthorized)

	add(everyRequest, "503", "503", status(http.StatusServiceUnavailable))
	add(everyRequest, "403", "403", status(http.StatusForbidden))
	add(everyRequest, "connection reset", "connection reset", reset)
	add(everyRequest, "answer lost", "answer lost", lost)
	proxy(everyRequest, http.StatusNotFound, http.StatusUnauthorized, http.StatusGone, http.StatusForbidden)
	return all
}

// columns returns the column headings of the table of a scope.
func columns(of faultScope) []string {
	found := []string{}
	for _, f := range campaignFaults(0) {
		if f.scope == of && !slices.Contains(found, f.column) {
			found = append(found, f.column)
		}
	}
	return found
}
