package kubernetes

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// newTestClient returns a client of an HTTPS server with the handler.
func newTestClient(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := New(Endpoint{Server: server.URL, CA: authority}, "token", "test")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = time.Millisecond
	return client
}

// respondWith returns a handler that sends a fixed response. header holds pairs of names and values.
func respondWith(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// requestDeadline is long enough for a connection on a busy machine and shorter than the Retry-After of the tests.
const requestDeadline = 5 * time.Second

const (
	htmlPage     = "<html><body><h1>Not here</h1></body></html>"
	statusPrefix = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"said so","reason":"`
)

// TestReasonOfResponse checks the reason of each response and connection failure. An API server that has responded
// is never unreachable.
func TestReasonOfResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handle      http.HandlerFunc
		want        Reason
		unreachable bool
		contains    string
	}{
		"401": {
			respondWith(
				401, "application/json", statusPrefix+`Unauthorized","code":401}`,
			), Unauthorized, false, "API key",
		},
		"403": {
			respondWith(
				403, "application/json", statusPrefix+`Forbidden","code":403}`,
			), Forbidden, false, "KubernetesFullAccess",
		},
		"404": {respondWith(404, "application/json", statusPrefix+`NotFound","code":404}`), NotFound, false, "said so"},
		"429": {
			respondWith(
				429, "application/json", statusPrefix+`TooManyRequests","code":429}`,
			), Unavailable, false, "said so",
		},
		"500": {
			respondWith(
				500, "application/json", statusPrefix+`InternalError","code":500}`,
			), Unavailable, false, "said so",
		},
		"503": {
			respondWith(
				503, "application/json", statusPrefix+`ServiceUnavailable","code":503}`,
			), Unavailable, false, "cannot process requests now",
		},
		"503 with a long Retry-After": {
			respondWith(
				503, "application/json", statusPrefix+`ServiceUnavailable","code":503}`, "Retry-After", "60",
			), Unavailable, false, "503",
		},
		"429 with a long Retry-After": {
			respondWith(
				429, "application/json", statusPrefix+`TooManyRequests","code":429}`, "Retry-After", "60",
			), Unavailable, false, "429",
		},
		"502 from a proxy": {
			respondWith(502, "text/html", htmlPage), Unavailable, false, "cannot process requests now",
		},
		"401 from a proxy":  {respondWith(401, "text/html", htmlPage), ProxyResponse, false, "HTTP 401"},
		"403 from a proxy":  {respondWith(403, "text/html", htmlPage), ProxyResponse, false, "a proxy, a gateway"},
		"404 from a proxy":  {respondWith(404, "text/html", htmlPage), ProxyResponse, false, "HTTP 404"},
		"410 from a proxy":  {respondWith(410, "text/html", htmlPage), ProxyResponse, false, "HTTP 410"},
		"404 in plain text": {respondWith(404, "text/plain", "404 page not found\n"), ProxyResponse, false, "HTTP 404"},
		"200 from a proxy":  {respondWith(200, "text/html", htmlPage), ProxyResponse, false, "HTTP 200"},
		"302 from a proxy": {respondWith(
			302, "text/html", htmlPage, "Location", "/login",
		), ProxyResponse, false, "HTTP 302"},
		"403 with other JSON": {
			respondWith(403, "application/json", `{"message":"no"}`), ProxyResponse, false, "HTTP 403",
		},
		"404 without a body": {respondWith(404, "application/json", ""), ProxyResponse, false, "HTTP 404"},
		"interrupted connections": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, true, "allow-list",
		},
		"no response in time": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Unreachable, true, "allow-list",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newTestClient(t, test.handle)
			ctx, cancel := context.WithTimeout(t.Context(), requestDeadline)
			defer cancel()
			_, err := client.Disks(ctx)
			var found *Error
			if !errors.As(err, &found) || found.Reason != test.want || IsUnreachable(err) != test.unreachable ||
				!strings.Contains(err.Error()+found.Hint(), test.contains) {
				t.Errorf("got error %v, %+v", err, found)
			}
		})
	}
}

// TestProxyResponseIsNotNotFound checks that a response of a proxy never counts as an absent object.
func TestProxyResponseIsNotNotFound(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{
		"HTML with 404": respondWith(
			404, "text/html", htmlPage,
		), "HTML with 200": respondWith(200, "text/html", htmlPage),
		"plain text": respondWith(404, "text/plain", "404 page not found"), "other JSON": respondWith(
			404, "application/json", `{"message":"no"}`,
		),
	} {
		client := newTestClient(t, handle)
		if object, err := client.get(t.Context(), policies, "", "srm-claims"); err == nil || object != nil {
			t.Errorf("%s: get returned an absent object", name)
		}
		if err := client.remove(t.Context(), policies, "", "srm-claims", ""); err == nil {
			t.Errorf("%s: remove succeeded", name)
		}
		if missing, err := client.MissingGuardrails(t.Context()); err == nil {
			t.Errorf("%s: got missing guardrails %v", name, missing)
		}
	}
	client := newTestClient(t, respondWith(404, "application/json", statusPrefix+`NotFound","code":404}`))
	if object, err := client.get(t.Context(), policies, "", "srm-claims"); err != nil || object != nil {
		t.Errorf("get of an absent object: %v", err)
	}
	if err := client.remove(t.Context(), policies, "", "srm-claims", ""); err != nil {
		t.Errorf("remove of an absent object: %v", err)
	}
	if missing, err := client.MissingGuardrails(t.Context()); err != nil || len(missing) != 1 {
		t.Errorf("cluster without guardrails: got missing guardrails %v, error %v", missing, err)
	}
}

// TestTimeoutAfterResponse checks that a timeout does not make an API server unreachable that has responded before.
func TestTimeoutAfterResponse(t *testing.T) {
	t.Parallel()
	isFirst := true
	client := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if !isFirst {
			<-r.Context().Done()
			return
		}
		isFirst = false
		respondWith(
			200,
			"application/json",
			`{"kind":"PersistentVolumeList","apiVersion":"v1","metadata":{"continue":"more"},`+
				`"items":[]}`,
		)(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), requestDeadline)
	defer cancel()
	if _, err := client.Disks(ctx); err == nil || IsUnreachable(err) || !Is(err, Unavailable) {
		t.Errorf("got error %v", err)
	}
}

// endingTransport ends the context of a request before it returns a result.
type endingTransport struct {
	end      context.CancelFunc
	response *http.Response
	err      error
}

func (e endingTransport) RoundTrip(*http.Request) (*http.Response, error) {
	e.end()
	return e.response, e.err
}

// TestResponseAfterTimeout checks that an empty response and a broken connection count as a timeout or an interruption
// once the context has ended. The client then closes the connection, which the server may notice first.
func TestResponseAfterTimeout(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]endingTransport{
		"empty response":    {response: httptest.NewRecorder().Result()},
		"broken connection": {err: io.EOF},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		result.end = cancel
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://127.0.0.1/api/v1/pods", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := logTransport(&lastResponse{})(result).RoundTrip(req)
		if err == nil {
			_ = response.Body.Close()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}
