package scaleway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// attemptTimeout limits one attempt, so that a connection without data does not use up the caller's whole timeout.
const attemptTimeout = 2 * time.Minute

// maxBodySize limits the size of a response; the largest real ones are far below a megabyte.
const maxBodySize = 32 << 20

// doer is the SDK's HTTP client. It is a separate type because the SDK, with SCW_DEBUG set, wraps a plain *http.Client
// in a logger that writes bodies.
type doer struct{ client http.Client }

// Do sends a request.
func (d *doer) Do(req *http.Request) (*http.Response, error) { return d.client.Do(req) }

func newDoer(c *Client, classify func(*http.Response, []byte) outcome) *doer {
	return &doer{client: http.Client{
		Transport: &transport{client: c, sleep: sleep, classify: classify, base: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConnsPerHost:   10,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   15 * time.Second,
			ExpectContinueTimeout: time.Second,
		}},
		// The API does not redirect. Following a redirect would send the secret key to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// transport retries requests if that is safe. It retries every method after a 429 and when nothing was sent. It retries
// all methods but POST after a 502, 503 or 504 of a proxy, a broken connection, a damaged response, and a web page with
// status 200. The PATCHes of this package contain absolute values, so they are safe to repeat. A POST may have been
// carried out, so it becomes an ambiguousWriteError. A web page with any other status is not retried.
type transport struct {
	client *Client
	base   http.RoundTripper
	sleep  func(context.Context, time.Duration) error
	// classify classifies a complete response.
	classify func(*http.Response, []byte) outcome
}

// RoundTrip implements http.RoundTripper. It reads the whole body of the response.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.String() == t.client.config.APIURL+"/metadata" || req.Body != nil && req.GetBody == nil {
		return nil, blockedRequestError(req)
	}
	if req.Body != nil {
		_ = req.Body.Close() // each attempt reads a copy
	}
	ctx := req.Context()
	call := callFromContext(ctx)
	call.reported, call.host = t.client.reported, req.URL.Host
	sendOnce := req.Method == http.MethodPost && !call.idempotent
	for attempt := 1; ; attempt++ {
		result := t.attempt(req, attempt)
		if result.kind == final || result.kind == proxyError && (!sendOnce || result.isRefusedByProxy()) {
			return result.result()
		}
		if sendOnce && (result.kind == maybeExecuted || result.kind == proxyError) {
			return nil, &ambiguousWriteError{cause: result.asError()}
		}
		if ctx.Err() != nil {
			return result.result()
		}
		pause := backoff(t.client.RetryWait, attempt)
		if requested, ok := parseRetryAfter(result.header(), t.client.now()); ok {
			pause = requested
		}
		if attempt == maxAttempts || pause > maxRetryAfter || deadlineBefore(ctx, t.client.now().Add(pause)) {
			return result.result()
		}
		if err := t.sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("%w while waiting to retry after: %w", err, result.asError())
		}
	}
}

// blockedRequestError returns the error for a request that must not be sent. The SDK requests /metadata after every
// call, without a context, to set a field that this package does not read, and ignores the error. It would store the
// response without a lock, although goroutines share its client.
func blockedRequestError(req *http.Request) error {
	if req.Body != nil {
		return errors.New("the request's body cannot be read twice")
	}
	return errors.New("the provider does not read the API's metadata")
}

// deadlineBefore reports whether the context ends before a time.
func deadlineBefore(ctx context.Context, t time.Time) bool {
	deadline, ok := ctx.Deadline()
	return ok && deadline.Before(t)
}

// outcomeKind decides whether a request is sent again.
type outcomeKind int

const (
	// final is a response from the API, or an error that another attempt cannot fix.
	final outcomeKind = iota
	// notExecuted is a request that the API did not carry out; every method may be repeated.
	notExecuted
	// maybeExecuted is a request that the API may have carried out.
	maybeExecuted
	// proxyError is an error response of something in front of the API. A repeated request gets the same response.
	// Whether the API carried the request out is not known.
	proxyError
)

// outcome is the result of one attempt: a response with its body in memory, or an error.
type outcome struct {
	response *http.Response
	err      error
	kind     outcomeKind
}

func (o outcome) header() http.Header {
	if o.response == nil {
		return http.Header{}
	}
	return o.response.Header
}

// asError returns the outcome as an error, even if it is a response.
func (o outcome) asError() error {
	if o.err != nil {
		return o.err
	}
	kind := mediaType(o.response)
	if o.response.StatusCode == http.StatusTooManyRequests && kind == "application/json" {
		return &unavailableError{status: o.response.StatusCode}
	}
	return newProxyResponseError(o.response, kind)
}

// isRefusedByProxy reports whether the status is one with which a proxy rejects a request without forwarding it: a
// malformed request, or one without a login.
func (o outcome) isRefusedByProxy() bool {
	return o.response.StatusCode == http.StatusBadRequest || o.response.StatusCode == http.StatusProxyAuthRequired
}

// result returns the outcome of the last attempt as RoundTrip returns it.
func (o outcome) result() (*http.Response, error) {
	if o.err != nil {
		return nil, o.err
	}
	return o.response, nil
}

// attempt sends a request once and logs the result.
func (t *transport) attempt(req *http.Request, number int) outcome {
	parent := req.Context()
	ctx, cancel := context.WithTimeout(parent, attemptTimeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(
		ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }},
	)

	clone := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return outcome{err: fmt.Errorf("the request's body cannot be read again: %w", err), kind: final}
		}
		clone.Body = body
	}
	start := t.client.now()
	response, err := t.base.RoundTrip(clone)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(response.Body, maxBodySize))
		_ = response.Body.Close()
	}
	result := t.classifyAttempt(parent, response, body, err, connected.Load())
	t.log(req, result, response, number, t.client.now().Sub(start))
	return result
}

// classifyAttempt classifies an attempt. err is an error of the connection or of reading the body.
func (t *transport) classifyAttempt(
	parent context.Context, response *http.Response, body []byte, err error, connected bool,
) outcome {
	if err != nil {
		switch {
		case parent.Err() != nil && !connected:
			return outcome{err: parent.Err(), kind: final}
		case parent.Err() != nil:
			// This only matters for a POST, as nothing is retried after the end of the context.
			return outcome{err: parent.Err(), kind: maybeExecuted}
		case !connected:
			return outcome{err: &transportError{err: err}, kind: notExecuted}
		default:
			return outcome{err: &transportError{err: err, sent: true}, kind: maybeExecuted}
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return t.classify(response, body)
}

func (t *transport) log(req *http.Request, result outcome, response *http.Response, number int, took time.Duration) {
	call := callFromContext(req.Context())
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path, "duration_ms": took.Milliseconds(), "attempt": number,
	}
	call.method, call.path, call.status, call.requestID = req.Method, req.URL.Path, 0, ""
	described := Response{Method: req.Method, URL: req.URL.Redacted()}
	if response != nil {
		call.status, call.requestID = response.StatusCode, cmp.Or(
			response.Header.Get("X-Request-Id"), response.Header.Get("X-Amz-Request-Id"),
		)
		fields["status"], fields["request_id"] = call.status, call.requestID
		described.Status, described.RequestID = call.status, call.requestID
		described.Date = response.Header.Get("Date")
	}
	if report, ok := req.Context().Value(responsesKey{}).(func(Response)); ok {
		report(described)
	}
	if result.err != nil {
		fields["error"] = result.err.Error()
	}
	if result.kind == final && result.err == nil {
		tflog.SubsystemDebug(req.Context(), subsystem, "Scaleway API request", fields)
		return
	}
	tflog.SubsystemWarn(req.Context(), subsystem, "Scaleway API request failed", fields)
}
