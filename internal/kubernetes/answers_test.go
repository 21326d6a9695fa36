package kubernetes

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// serve is a client of an HTTPS server that answers as handle says.
func serve(t *testing.T, handle http.HandlerFunc) *Client {
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

func answer(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// enough is the time of a request: more than a connection on a busy machine takes, less than a server asks to wait.
const enough = 5 * time.Second

const (
	page   = "<html><body><h1>Not here</h1></body></html>"
	status = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"said so","reason":"`
)

// TestAnAnswerIsNoSilence sorts what answers, and what breaks: only a connection that was never possible is
// unreachable.
func TestAnAnswerIsNoSilence(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handle      http.HandlerFunc
		wanted      Reason
		unreachable bool
		said        string
	}{
		"401": {
			answer(401, "application/json", status+`Unauthorized","code":401}`), Unauthorized, false, "API key",
		},
		"403": {
			answer(403, "application/json", status+`Forbidden","code":403}`), Forbidden, false, "KubernetesFullAccess",
		},
		"404": {answer(404, "application/json", status+`NotFound","code":404}`), NotFound, false, "said so"},
		"429": {
			answer(429, "application/json", status+`TooManyRequests","code":429}`), Unavailable, false, "said so",
		},
		"500": {
			answer(500, "application/json", status+`InternalError","code":500}`), Unavailable, false, "said so",
		},
		"503": {
			answer(503, "application/json", status+`ServiceUnavailable","code":503}`), Unavailable, false, "cannot do its " +
				"work now",
		},
		"503 for a long time": {
			answer(
				503, "application/json", status+`ServiceUnavailable","code":503}`, "Retry-After", "60",
			), Unavailable, false, "503",
		},
		"429 for a long time": {
			answer(
				429, "application/json", status+`TooManyRequests","code":429}`, "Retry-After", "60",
			), Unavailable, false, "429",
		},
		"502 of a proxy":       {answer(502, "text/html", page), Unavailable, false, "cannot do its work now"},
		"401 of a proxy":       {answer(401, "text/html", page), Foreign, false, "HTTP 401"},
		"403 of a proxy":       {answer(403, "text/html", page), Foreign, false, "a proxy, a gateway"},
		"404 of a proxy":       {answer(404, "text/html", page), Foreign, false, "HTTP 404"},
		"410 of a proxy":       {answer(410, "text/html", page), Foreign, false, "HTTP 410"},
		"404 in plain text":    {answer(404, "text/plain", "404 page not found\n"), Foreign, false, "HTTP 404"},
		"200 of a proxy":       {answer(200, "text/html", page), Foreign, false, "HTTP 200"},
		"302 of a proxy":       {answer(302, "text/html", page, "Location", "/login"), Foreign, false, "HTTP 302"},
		"403 in another JSON":  {answer(403, "application/json", `{"message":"no"}`), Foreign, false, "HTTP 403"},
		"404 without any body": {answer(404, "application/json", ""), Foreign, false, "HTTP 404"},
		"connections that end": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, true, "allow-list",
		},
		"no answer in time": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Unreachable, true, "allow-list",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, test.handle)
			ctx, cancel := context.WithTimeout(t.Context(), enough)
			defer cancel()
			_, err := client.Disks(ctx)
			var found *Error
			if !errors.As(err, &found) || found.Reason != test.wanted || IsUnreachable(err) != test.unreachable ||
				!strings.Contains(
					err.Error()+found.Hint(), test.said,
				) {
				t.Errorf("%v, %+v", err, found)
			}
		})
	}
}

// TestAForeignAnswerIsNoAbsence reads, removes and deletes nothing on the word of something in front of the API server.
func TestAForeignAnswerIsNoAbsence(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{
		"a page": answer(404, "text/html", page), "a page that is there": answer(200, "text/html", page),
		"plain text": answer(
			404, "text/plain", "404 page not found",
		), "another JSON": answer(
			404, "application/json", `{"message":"no"}`,
		),
	} {
		client := serve(t, handle)
		if object, err := client.get(t.Context(), policies, "", "srm-claims"); err == nil || object != nil {
			t.Errorf("%s: get says that the object is absent", name)
		}
		if err := client.remove(t.Context(), policies, "", "srm-claims", ""); err == nil {
			t.Errorf("%s: remove says that the object is gone", name)
		}
		if missing, err := client.MissingGuardrails(t.Context()); err == nil {
			t.Errorf("%s: guardrails are missing: %v", name, missing)
		}
	}
	client := serve(t, answer(404, "application/json", status+`NotFound","code":404}`))
	if object, err := client.get(t.Context(), policies, "", "srm-claims"); err != nil || object != nil {
		t.Errorf("an object that is absent: %v", err)
	}
	if err := client.remove(t.Context(), policies, "", "srm-claims", ""); err != nil {
		t.Errorf("an object that is gone: %v", err)
	}
	if missing, err := client.MissingGuardrails(t.Context()); err != nil || len(missing) != 1 {
		t.Errorf("no guardrails: %v, %v", missing, err)
	}
}

// TestTimeThatIsUp says nothing of an API server that has answered before.
func TestTimeThatIsUp(t *testing.T) {
	t.Parallel()
	first := true
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !first {
			<-r.Context().Done()
			return
		}
		first = false
		answer(200, "application/json", `{"kind":"PersistentVolumeList","apiVersion":"v1","metadata":{"continue":"more"},`+
			`"items":[]}`)(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	if _, err := client.Disks(ctx); err == nil || IsUnreachable(err) || !Is(err, Unavailable) {
		t.Errorf("%v", err)
	}
}
