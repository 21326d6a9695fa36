package scaleway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// operation is a request of the client with an HTTP method.
type operation struct {
	method string
	run    func(context.Context, *Client) error
}

func operations() []operation {
	tags := []string{"a"}
	return []operation{
		{
			http.MethodGet,
			func(ctx context.Context, c *Client) error { _, err := c.Cluster(ctx, testRegion, testID); return err },
		},
		{http.MethodPatch, func(ctx context.Context, c *Client) error {
			_, err := c.UpdateCluster(
				ctx, &k8s.UpdateClusterRequest{Region: testRegion, ClusterID: testID, Tags: &tags},
			)
			return err
		}},
		{http.MethodPut, func(ctx context.Context, c *Client) error {
			_, err := c.SetAllowList(ctx, testRegion, testID, nil)
			return err
		}},
		{
			http.MethodDelete,
			func(ctx context.Context, c *Client) error { return c.DeleteCluster(ctx, testRegion, testID, true) },
		},
		{
			http.MethodPost, func(ctx context.Context, c *Client) error {
				return c.ResetAdminToken(ctx, testRegion, testID)
			},
		},
	}
}

func TestFaultThenSuccess(t *testing.T) {
	t.Parallel()
	tooMany := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "0")
		writeJSON(w, http.StatusTooManyRequests, `{"message":"too many requests"}`)
	}
	faults := []struct {
		name  string
		fault func(http.ResponseWriter)
		// retriesPost is set if a POST is sent again.
		retriesPost bool
		// err is a part of the error of a POST that is not sent again.
		err string
	}{
		{"429", tooMany, true, ""},
		{"429 page", proxyPage(http.StatusTooManyRequests), true, ""},
		{"502 page", proxyPage(http.StatusBadGateway), false, "HTTP 502"},
		{"503 page", proxyPage(http.StatusServiceUnavailable), false, "HTTP 503"},
		{"504 page", proxyPage(http.StatusGatewayTimeout), false, "HTTP 504"},
		{
			"503 JSON of a gateway",
			func(w http.ResponseWriter) { writeJSON(w, 503, `{"message":"no upstream"}`) },
			false,
			"HTTP 503",
		},
		{"reset", resetConnection, false, "connection broke"},
		{"lost answer", hangUp, false, "connection broke"},
		{"truncated", truncateBody, false, "cut short"},
		{"damaged JSON", func(w http.ResponseWriter) { writeJSON(w, 200, `{"id":"4444`) }, false, "cut short"},
		{"page with 200", proxyPage(http.StatusOK), false, "web page instead of data"},
		{"page with a JSON content type and 200", func(w http.ResponseWriter) { writeJSON(w, 200, "<html>") }, false,
			"web page instead of data"},
	}
	for _, fault := range faults {
		for _, operation := range operations() {
			t.Run(fault.name+" "+operation.method, func(t *testing.T) {
				t.Parallel()
				c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
					if number == 1 {
						fault.fault(w)
						return
					}
					writeJSON(w, 200, `{"id":"`+testID+`","rules":[]}`)
				})
				err := operation.run(t.Context(), c)
				seen := fake.allRequests()
				if operation.method == http.MethodPost && !fault.retriesPost {
					if !IsUnknownOutcome(err) || !strings.Contains(err.Error(), fault.err) {
						t.Errorf("error = %v, want an unknown outcome with %q", err, fault.err)
					}
					if strings.Contains(err.Error(), "internals") {
						t.Errorf("error contains the body of the page: %v", err)
					}
					if len(seen) != 1 {
						t.Errorf("%d requests, want 1", len(seen))
					}
					return
				}
				if err != nil {
					t.Fatalf("error = %v, want none", err)
				}
				if len(seen) != 2 || seen[0].body != seen[1].body || seen[0].path != seen[1].path {
					t.Errorf("requests = %+v, want the same twice", seen)
				}
			})
		}
	}
}

func TestPersistentFault(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fault  func(http.ResponseWriter)
		status int
		want   string
	}{
		{"429", func(w http.ResponseWriter) { writeJSON(w, 429, `{"message":"slow down"}`) }, 429, "slow down"},
		{"502 page", proxyPage(502), 502, "something in front of the API answered HTTP 502 Bad Gateway"},
		{"503 with a message", func(w http.ResponseWriter) { writeJSON(w, 503, `{"message":"overloaded"}`) }, 503,
			"the API answered HTTP 503 Service Unavailable: overloaded"},
		{"503 of another type", func(w http.ResponseWriter) {
			writeJSON(
				w, 503, `{"type":"unavailable","message":"overloaded"}`,
			)
		}, 503,
			"the API answered HTTP 503 Service Unavailable: overloaded"},
		{"503 of JSON without a message", func(w http.ResponseWriter) { writeJSON(w, 503, `{"up":false}`) }, 503,
			"something in front of the API answered HTTP 503"},
		{"JSON without the object", func(w http.ResponseWriter) { writeJSON(w, 200, `{}`) }, 200,
			"answered with JSON that lacks the requested object (HTTP 200 OK), content type application/json"},
		{"truncated", truncateBody, 0, "cut short"},
		{"reset", resetConnection, 0, "connection broke"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { test.fault(w) })
			_, err := c.Cluster(t.Context(), testRegion, testID)
			answer, ok := errors.AsType[*APIError](err)
			if !ok || answer.Status != test.status || !strings.Contains(
				answer.Message, test.want,
			) || answer.Hint == "" {
				t.Errorf("error = %#v, want status %d, message with %q and a hint", err, test.status, test.want)
			}
			if strings.Contains(err.Error(), "internals") {
				t.Errorf("error contains the body of the page: %v", err)
			}
			if got := len(fake.allRequests()); got < maxAttempts {
				t.Errorf("%d requests, want at least %d", got, maxAttempts)
			}
		})
	}
}

func TestResponsesThatAreNotRetried(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		status     int
	}{
		{"500", `{"message":"internal"}`, 500},
		{"403", `{"message":"no","type":"permissions_denied","details":[]}`, 403},
		{"503 with a typed error", `{"message":"no stock","type":"out_of_stock","resource":"node"}`, 503},
		{"redirect", `{}`, 307},
		{"400 that is not JSON", `<html>`, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Location", "/elsewhere")
				writeJSON(w, test.status, test.body)
			})
			_, err := c.ReplaceNode(t.Context(), testRegion, testID)
			if answer, ok := errors.AsType[*APIError](err); !ok || answer.Status != test.status ||
				answer.RequestID != "req-1" {
				t.Errorf("error = %#v, want an APIError of status %d with its request id", err, test.status)
			}
			if got := len(fake.allRequests()); got != 1 {
				t.Errorf("%d requests, want 1", got)
			}
		})
	}
}

func TestRefusedConnectionIsRetried(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newTestClient(t, server.URL)
	pauses := 0
	target := &transport{
		classify: classifyResponse,
		client:   c, base: http.DefaultTransport, sleep: func(context.Context, time.Duration) error {
			pauses++
			return nil
		},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := target.RoundTrip(req)
	if err == nil {
		_ = response.Body.Close()
	}
	if pauses != maxAttempts-1 {
		t.Errorf("%d pauses, want %d", pauses, maxAttempts-1)
	}
	if _, err := c.ReplaceNode(t.Context(), testRegion, testID); IsUnknownOutcome(err) || !strings.Contains(
		err.Error(), "connection was refused",
	) {
		t.Errorf("error = %v, want a refused connection and no unknown outcome", err)
	}
}

// roundTripFunc is a function that implements http.RoundTripper.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		header   string
		want     time.Duration
		attempts int
	}{
		{"7", 7 * time.Second, 2},
		{"0", 0, 2},
		{"Tue, 24 Nov 2026 12:00:21 GMT", 21 * time.Second, 2},
		{"Tue, 24 Nov 2026 11:00:00 GMT", 0, 2},
		{"3600", -1, 1},
	} {
		t.Run(test.header, func(t *testing.T) {
			t.Parallel()
			attempts := 0
			pause := time.Duration(-1)
			target := &transport{
				classify: classifyResponse,
				client:   &Client{now: func() time.Time { return now }, RetryWait: time.Hour},
				sleep:    func(_ context.Context, d time.Duration) error { pause = d; return nil },
				base: roundTripFunc(func(req *http.Request) (*http.Response, error) {
					attempts++
					status, header := 200, http.Header{"Content-Type": {"application/json"}}
					if attempts == 1 {
						status = 429
						header.Set("Retry-After", test.header)
					}
					return &http.Response{
						StatusCode: status, Header: header, Request: req, Body: io.NopCloser(strings.NewReader("{}")),
					}, nil
				}),
			}
			req, err := http.NewRequestWithContext(
				t.Context(), http.MethodPost, "http://127.0.0.1/x", strings.NewReader("{}"),
			)
			if err != nil {
				t.Fatal(err)
			}
			response, err := target.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if pause != test.want || attempts != test.attempts {
				t.Errorf("pause %v, attempts %d, want %v, %d", pause, attempts, test.want, test.attempts)
			}
		})
	}
}

func TestRetryEndsWithDeadline(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "60")
		writeJSON(w, 429, `{"message":"slow down"}`)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err := c.Cluster(ctx, testRegion, testID)
	if answer, ok := errors.AsType[*APIError](err); !ok || answer.Status != 429 || len(fake.allRequests()) != 1 {
		t.Errorf("error = %v after %d requests, want a 429 after one", err, len(fake.allRequests()))
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, full := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 6: 30 * time.Second, 9: 30 * time.Second,
	} {
		for range 20 {
			if got := backoff(time.Second, attempt); got < full/2 || got > full {
				t.Fatalf("backoff of attempt %d = %v, want between %v and %v", attempt, got, full/2, full)
			}
		}
	}
}

func TestInterruptedPostHasUnknownOutcome(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newFakeClient(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		cancel()
		<-r.Context().Done()
	})
	c.RecoveryGrace = time.Millisecond
	_, err := c.ReplaceNode(ctx, testRegion, testID)
	if !IsUnknownOutcome(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want an unknown outcome that wraps context.Canceled", err)
	}
	if _, err := c.ReplaceNode(ctx, testRegion, testID); err == nil || IsUnknownOutcome(err) {
		t.Errorf("error of a request that was never sent = %v, want one that is not an unknown outcome", err)
	}
}

func TestRequestHeadersAndNoMetadataRequest(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(
		t,
		func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 200, `{"id":"`+testID+`"}`) },
	)
	for range 2 {
		if _, err := c.Cluster(t.Context(), testRegion, testID); err != nil {
			t.Fatal(err)
		}
	}
	seen := fake.allRequests()
	if len(seen) != 2 {
		t.Fatalf("requests = %+v, want only the two reads", seen)
	}
	if agent := seen[0].header.Get("User-Agent"); !strings.Contains(agent, "terraform-provider-srm/test") {
		t.Errorf("user agent = %q", agent)
	}
	if token := seen[0].header.Get("X-Auth-Token"); token != testSecretKey {
		t.Error("the secret key was not sent")
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == 1 {
			proxyPage(502)(w)
			return
		}
		writeJSON(w, 200, `{"rules":[{"description":"body-of-answer"}]}`)
	})
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	rules := []*k8s.ACLRuleRequest{{Description: "body-of-request"}}
	if _, err := c.SetAllowList(ctx, testRegion, testID, rules); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, secret := range []string{testSecretKey, "body-of-request", "body-of-answer", "internals"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q:\n%s", secret, text)
		}
	}
	entries, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d entries, error %v, want 2", len(entries), err)
	}
	last := entries[1]
	if last["method"] != "PUT" || last["status"] != 200.0 || last["attempt"] != 2.0 || last["request_id"] != "req-1" ||
		last["path"] != "/k8s/v1/regions/fr-par/clusters/"+testID+"/acls" {
		t.Errorf("entry = %v", last)
	}
	if module, ok := last["@module"].(string); !ok || !slices.Contains(strings.Split(module, "."), subsystem) {
		t.Errorf("module = %v, want the subsystem %s", last["@module"], subsystem)
	}
	if _, ok := last["duration_ms"]; !ok {
		t.Error("no duration_ms")
	}
}

// TestMetadataIsNotRequested calls the API from several goroutines. The SDK requests the description of the platform
// after each call and stores the response without a lock, which the race detector reports.
func TestMetadataIsNotRequested(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/metadata" {
			writeJSON(w, http.StatusOK, `{"platform":"scw","partition":"scw","domain":"scw.cloud"}`)
			return
		}
		writeJSON(w, http.StatusOK, `{"id":"`+testID+`"}`)
	})
	const calls = 8
	var group sync.WaitGroup
	for range calls {
		group.Go(func() {
			if cluster, err := c.Cluster(t.Context(), testRegion, testID); err != nil || cluster.ID != testID {
				t.Errorf("%+v, %v", cluster, err)
			}
		})
	}
	group.Wait()
	for _, request := range fake.allRequests() {
		if request.path == "/metadata" {
			t.Errorf("the server received %s %s", request.method, request.path)
		}
	}
	if got := len(fake.allRequests()); got != calls {
		t.Errorf("%d requests, want %d", got, calls)
	}
}
