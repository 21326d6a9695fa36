package kubernetes

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// subsystem names the log of the requests.
const subsystem = "kubernetes"

// attempts is how often a request is sent at most.
const attempts = 4

// logged writes a line for each request: never a body, which may hold a passphrase.
func logged(base http.RoundTripper) http.RoundTripper { return logging{base} }

type logging struct{ base http.RoundTripper }

func (l logging) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := tflog.NewSubsystem(req.Context(), subsystem)
	start := wallClock()
	response, err := l.base.RoundTrip(req)
	fields := map[string]any{"method": req.Method, "path": req.URL.Path, "duration_ms": wallClock().Sub(start).Milliseconds()}
	if err != nil {
		fields["error"] = err.Error()
		tflog.SubsystemWarn(ctx, subsystem, "Kubernetes API request failed", fields)
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

// retried sends a request again after an answer that another attempt may mend: a connection that broke, 429, 5xx. All
// requests of this package can be repeated. An address that does not answer at all is not tried again here.
func retried[T any](ctx context.Context, c *Client, of call, send func(context.Context) (T, error)) (T, error) {
	pause := c.Interval
	for attempt := 1; ; attempt++ {
		got, err := send(ctx)
		if err == nil {
			return got, nil
		}
		typed := of.fail(c, err)
		var found *Error
		if attempt == attempts || ctx.Err() != nil || !errors.As(typed, &found) || !found.transient {
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
