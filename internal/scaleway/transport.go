package scaleway

import (
	"bytes"
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

// attemptTimeout bounds one attempt, so that a connection that went silent does not eat the caller's whole timeout.
const attemptTimeout = 2 * time.Minute

// maxBody bounds an answer: the largest real ones are far below a megabyte.
const maxBody = 32 << 20

// doer is the http.Client of the SDK. It is a type of its own because the SDK, with SCW_DEBUG set, wraps a plain
// *http.Client in a logger that writes bodies.
type doer struct{ client http.Client }

// Do sends a request.
func (d *doer) Do(req *http.Request) (*http.Response, error) { return d.client.Do(req) }

func newDoer(c *Client) *doer {
	return &doer{client: http.Client{
		Transport: &transport{client: c, sleep: sleep, base: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConnsPerHost:   10,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   15 * time.Second,
			ExpectContinueTimeout: time.Second,
		}},
		// A redirect would carry the secret key to another host; the API has none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// transport sends a request again where that is safe: every method after a 429 or when nothing was sent; all but POST
// after a 502, 503 or 504 of a proxy, a broken connection, a damaged answer or a proxy's page. The PATCHes of this
// package carry absolute values, so that they can be repeated; a POST may have happened, and becomes a lostAnswer. A
// page with another status is not asked for again.
type transport struct {
	client *Client
	base   http.RoundTripper
	sleep  func(context.Context, time.Duration) error
}

// RoundTrip implements http.RoundTripper. The answer's body is read whole.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.String() == t.client.config.APIURL+"/metadata" || req.Body != nil && req.GetBody == nil {
		return nil, refused(req)
	}
	if req.Body != nil {
		// Each attempt reads a copy.
		_ = req.Body.Close()
	}
	ctx := req.Context()
	called := callOf(ctx)
	called.causes = t.client.causes
	once := req.Method == http.MethodPost && !called.repeatable
	for attempt := 1; ; attempt++ {
		got := t.attempt(req, attempt)
		if got.verdict == final || got.verdict == foreign && (!once || got.refusedUnread()) {
			return got.last()
		}
		if once && (got.verdict == uncertain || got.verdict == foreign) {
			return nil, &ambiguousWriteError{cause: got.cause()}
		}
		if ctx.Err() != nil {
			return got.last()
		}
		pause := backoff(t.client.RetryWait, attempt)
		if asked, ok := retryAfter(got.header(), t.client.now()); ok {
			pause = asked
		}
		if attempt == maxAttempts || pause > maxRetryAfter || deadlineBefore(ctx, t.client.now().Add(pause)) {
			return got.last()
		}
		if err := t.sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("%w while waiting to send the request again after: %w", err, got.cause())
		}
	}
}

// refused answers what must not go out. The SDK asks for /metadata after every call, without a context, to fill in a
// field that this package does not read: it takes an error for "not known".
func refused(req *http.Request) error {
	if req.Body != nil {
		return errors.New("the request's body cannot be read twice")
	}
	return errors.New("the API's metadata is not used")
}

// deadlineBefore says whether the context ends before a moment.
func deadlineBefore(ctx context.Context, moment time.Time) bool {
	deadline, ok := ctx.Deadline()
	return ok && deadline.Before(moment)
}

type verdict int

const (
	// final is an answer of the API, or an error that a repeat cannot mend.
	final verdict = iota
	// undone is a request that did nothing, so that any method may be repeated.
	undone
	// uncertain is a request that may have been carried out.
	uncertain
	// foreign is an error of something in front of the API. A repeat gets the same; whether the API carried the request
	// out is not known.
	foreign
)

// outcome is what one attempt came to: a response whose body is in memory, or an error.
type outcome struct {
	response *http.Response
	err      error
	verdict  verdict
}

func (o outcome) header() http.Header {
	if o.response == nil {
		return http.Header{}
	}
	return o.response.Header
}

// cause is the outcome as an error, for the time when it is not repeated.
func (o outcome) cause() error {
	if o.err != nil {
		return o.err
	}
	kind := mediaType(o.response)
	if o.response.StatusCode == http.StatusTooManyRequests && kind == "application/json" {
		return &unavailable{status: o.response.StatusCode}
	}
	return newProxyResponseError(o.response, kind)
}

// refusedUnread says whether a proxy refuses a request before it passes it on: one that it cannot read, or without a
// login.
func (o outcome) refusedUnread() bool {
	return o.response.StatusCode == http.StatusBadRequest || o.response.StatusCode == http.StatusProxyAuthRequired
}

// last is what the caller gets when the attempts are over.
func (o outcome) last() (*http.Response, error) {
	if o.err != nil {
		return nil, o.err
	}
	return o.response, nil
}

func (t *transport) attempt(req *http.Request, number int) outcome {
	parent := req.Context()
	ctx, cancel := context.WithTimeout(parent, attemptTimeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(
		ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }},
	)

	again := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return outcome{err: fmt.Errorf("the request's body cannot be read again: %w", err), verdict: final}
		}
		again.Body = body
	}
	start := t.client.now()
	response, err := t.base.RoundTrip(again)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(response.Body, maxBody))
		_ = response.Body.Close()
	}
	got := judge(parent, response, body, err, connected.Load())
	t.log(req, got, response, number, t.client.now().Sub(start))
	return got
}

// judge decides what an attempt came to. err is of the connection or of reading the body.
func judge(parent context.Context, response *http.Response, body []byte, err error, connected bool) outcome {
	if err != nil {
		switch {
		case parent.Err() != nil && !connected:
			return outcome{err: parent.Err(), verdict: final}
		case parent.Err() != nil:
			// Only a POST minds: nothing is repeated after the end of the context.
			return outcome{err: parent.Err(), verdict: uncertain}
		case !connected:
			return outcome{err: &transportError{err: err}, verdict: undone}
		default:
			return outcome{err: &transportError{err: err, sent: true}, verdict: uncertain}
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return judgeAnswer(response, body)
}

func (t *transport) log(req *http.Request, got outcome, response *http.Response, number int, took time.Duration) {
	called := callOf(req.Context())
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path, "duration_ms": took.Milliseconds(), "attempt": number,
	}
	called.method, called.path, called.status, called.requestID = req.Method, req.URL.Path, 0, ""
	if response != nil {
		called.status, called.requestID = response.StatusCode, response.Header.Get("X-Request-Id")
		fields["status"], fields["request_id"] = called.status, called.requestID
	}
	if got.err != nil {
		fields["error"] = got.err.Error()
	}
	if got.verdict == final && got.err == nil {
		tflog.SubsystemDebug(req.Context(), subsystem, "Scaleway API request", fields)
		return
	}
	tflog.SubsystemWarn(req.Context(), subsystem, "Scaleway API request failed", fields)
}
