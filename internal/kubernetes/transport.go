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

// subsystem names the log of the requests.
const subsystem = "kubernetes"

// attempts is how often a request is sent at most.
const attempts = 4

// answers remembers the status of the last answer that came, and its date in seconds since 1970.
type answers struct{ status, date atomic.Int64 }

type answersKey struct{}

func (a *answers) add(status int) { a.status.Store(int64(status)) }

// last is 0 where no answer has come.
func (a *answers) last() int { return int(a.status.Load()) }

// logged writes a line for each request: never a body, which may hold a passphrase. It remembers the answers in
// heard, and in the answers of the request's context.
func logged(heard *answers) func(http.RoundTripper) http.RoundTripper {
	return func(base http.RoundTripper) http.RoundTripper { return logging{base, heard} }
}

type logging struct {
	base  http.RoundTripper
	heard *answers
}

func (l logging) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := tflog.NewSubsystem(req.Context(), subsystem)
	start := wallClock()
	response, err := l.base.RoundTrip(req)
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path, "duration_ms": wallClock().Sub(start).Milliseconds(),
	}
	if err == nil {
		if response.StatusCode < http.StatusMultipleChoices && !isJSON(response) {
			_ = response.Body.Close()
			return nil, &foreignAnswerError{status: response.StatusCode, contentType: response.Header.Get("Content-Type")}
		}
		l.heard.add(response.StatusCode)
		l.heard.heardAt(response.Header)
		if heard, ok := req.Context().Value(answersKey{}).(*answers); ok {
			heard.add(response.StatusCode)
		}
	}
	if err != nil {
		fields["error"] = err.Error()
		tflog.SubsystemWarn(ctx, subsystem, "Kubernetes API request failed", fields)
		if utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) {
			err = &brokenConnectionError{cause: err}
		}
		return response, err
	}
	if strings.HasSuffix(req.URL.Path, "/eviction") {
		// client-go would wait for a PodDisruptionBudget by itself, for minutes and without a word: a drain asks again.
		response.Header.Del("Retry-After")
	}
	fields["status"] = response.StatusCode
	tflog.SubsystemDebug(ctx, subsystem, "Kubernetes API request", fields)
	return response, nil
}

// foreignAnswerError is a success that no API server has sent: it answers in JSON, as it is asked to.
type foreignAnswerError struct {
	status      int
	contentType string
}

func (e *foreignAnswerError) Error() string {
	return fmt.Sprintf("HTTP %d with %q, where a Kubernetes API server answers in JSON", e.status, e.contentType)
}

func isJSON(response *http.Response) bool {
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// brokenConnectionError hides a broken connection from client-go, which would send a GET ten more times, a second
// apart: retried sends all requests again, and does not multiply the attempts.
type brokenConnectionError struct{ cause error }

func (e *brokenConnectionError) Error() string { return "the connection to the API server broke" }

// retried sends a request again after an answer that another attempt may mend: a connection that broke, 429, 5xx. All
// requests of this package can be repeated. An address that does not answer at all is not tried again here. An API
// server to which every connection broke before it ever answered is unreachable.
func retried[T any](ctx context.Context, c *Client, of call, send func(context.Context) (T, error)) (T, error) {
	pause, heard := c.Interval, &answers{}
	ctx = context.WithValue(ctx, answersKey{}, heard)
	for attempt := 1; ; attempt++ {
		got, err := send(ctx)
		if err == nil {
			return got, nil
		}
		typed := of.fail(c, err, heard, ctx.Err() != nil)
		found, ok := errors.AsType[*Error](typed)
		if attempt == attempts || ctx.Err() != nil || !ok || !found.transient {
			if attempt == attempts && ok && found.broken && c.heard.last() == 0 {
				found.Reason = Unreachable
			}
			return got, typed
		}
		if sleep(ctx, pause) != nil {
			return got, typed
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
