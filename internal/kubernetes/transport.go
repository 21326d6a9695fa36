package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// logSubsystem is the tflog subsystem of the requests.
const logSubsystem = "kubernetes"

// maxAttempts is the number of times a request is sent at most.
const maxAttempts = 4

// lastResponse holds the HTTP status of the last response, and its date in seconds since 1970.
type lastResponse struct{ status, date atomic.Int64 }

type lastResponseKey struct{}

// recordStatus stores the HTTP status of a response.
func (a *lastResponse) recordStatus(status int) { a.status.Store(int64(status)) }

// statusCode returns the HTTP status of the last response, or 0 if there was none.
func (a *lastResponse) statusCode() int { return int(a.status.Load()) }

// logTransport wraps a transport so that it logs each request. It never logs a body, which may hold a passphrase. The
// status of a response is recorded in last and in the context of the request.
func logTransport(last *lastResponse) func(http.RoundTripper) http.RoundTripper {
	return func(base http.RoundTripper) http.RoundTripper { return loggingTransport{base, last} }
}

// Response describes a response of an API server: evidence of what was read.
type Response struct {
	Method, URL string
	Status      int    // 0: there was no response.
	Date        string // By the server's clock, as in its header.
	AuditID     string // Id in the server's audit log.
}

type responsesKey struct{}

// WithResponses returns a context whose requests report each response, also those that are repeated. Reports may come
// at the same time.
func WithResponses(ctx context.Context, report func(Response)) context.Context {
	return context.WithValue(ctx, responsesKey{}, report)
}

func reportResponse(req *http.Request, response *http.Response) {
	report, ok := req.Context().Value(responsesKey{}).(func(Response))
	if !ok {
		return
	}
	described := Response{Method: req.Method, URL: req.URL.Redacted()}
	if response != nil {
		described.Status, described.Date = response.StatusCode, response.Header.Get("Date")
		described.AuditID = response.Header.Get("Audit-Id")
	}
	report(described)
}

type loggingTransport struct {
	base         http.RoundTripper
	lastResponse *lastResponse
}

func (l loggingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := tflog.NewSubsystem(req.Context(), logSubsystem)
	start := wallClock()
	response, err := l.base.RoundTrip(req)
	reportResponse(req, response)
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path, "duration_ms": wallClock().Sub(start).Milliseconds(),
	}
	if err == nil && response.StatusCode < http.StatusMultipleChoices && !isJSON(response) {
		_ = response.Body.Close()
		response, err = nil, &proxyResponseError{
			status: response.StatusCode, contentType: response.Header.Get("Content-Type"),
		}
	}
	// At the end of its context, a request may also fail because the connection is closed: a server may notice that
	// first, and respond without content.
	if ctxErr := req.Context().Err(); err != nil && ctxErr != nil {
		err = ctxErr
	}
	if err != nil {
		fields["error"] = err.Error()
		tflog.SubsystemWarn(ctx, logSubsystem, "Kubernetes API request failed", fields)
		if utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) {
			err = &brokenConnectionError{cause: err}
		}
		return response, err
	}
	l.lastResponse.recordStatus(response.StatusCode)
	l.lastResponse.recordDate(response.Header)
	if last, ok := req.Context().Value(lastResponseKey{}).(*lastResponse); ok {
		last.recordStatus(response.StatusCode)
	}
	if strings.HasSuffix(req.URL.Path, "/eviction") {
		// Because of this header, client-go would wait for a PodDisruptionBudget for minutes without a log line. Drain
		// repeats the eviction itself.
		response.Header.Del("Retry-After")
	}
	fields["status"] = response.StatusCode
	tflog.SubsystemDebug(ctx, logSubsystem, "Kubernetes API request", fields)
	return response, nil
}

// proxyResponseError is a successful response without JSON. An API server responds in JSON, so a proxy sent it.
type proxyResponseError struct {
	status      int
	contentType string
}

func (e *proxyResponseError) Error() string {
	return fmt.Sprintf(
		"HTTP %d with the content type %q; a Kubernetes API server responds with JSON",
		e.status,
		e.contentType,
	)
}

func isJSON(response *http.Response) bool {
	mediaType, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

// brokenConnectionError hides a broken connection from client-go, which would repeat a GET up to ten times, one second
// apart. The package has its own retries, and client-go must not multiply them.
type brokenConnectionError struct{ cause error }

func (e *brokenConnectionError) Error() string {
	return "the connection to the API server was interrupted"
}

// withRetry sends a request and repeats it after a transient failure: an interrupted connection, 429 or 5xx. All
// requests of this package are safe to repeat. It does not repeat a request to an address that does not respond. If
// every connection to the API server was interrupted and none ever had a response, the API server is unreachable.
func withRetry[T any](ctx context.Context, c *Client, op operation, send func(context.Context) (T, error)) (T, error) {
	pause, last := c.Interval, &lastResponse{}
	ctx = context.WithValue(ctx, lastResponseKey{}, last)
	for attempt := 1; ; attempt++ {
		result, err := send(ctx)
		if err == nil {
			return result, nil
		}
		typed := op.newError(c, err, last, ctx.Err() != nil)
		found, ok := errors.AsType[*Error](typed)
		if attempt == maxAttempts || ctx.Err() != nil || !ok || !found.transient {
			if attempt == maxAttempts && ok && found.connectionBroken && c.lastResponse.statusCode() == 0 {
				found.Reason = Unreachable
			}
			return result, typed
		}
		if sleep(ctx, pause) != nil {
			return result, typed
		}
		pause += pause / 2
	}
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
