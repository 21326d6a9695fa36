package sandbox

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
	"syscall"
	"testing"
	"time"
)

// countVPCs returns the number of VPCs with a name, which shows whether a request with a fault was handled.
func (r *rig) countVPCs(name string) any {
	r.t.Helper()
	return jsonAt(r.t, r.call(200, "GET", vpcsPath+"?name="+name, ""), "total_count")
}

func TestFaultStatus(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	r.call(200, "POST", "/_sandbox/faults", `{"method":"post","path":"/vpc/*/vpcs","kind":"status","status":429,`+
		`"retry_after":7,"times":2}`)
	for range 2 {
		response, raw, err := r.send("POST", vpcsPath, `{"name":"one"}`)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != 429 || response.Header.Get("Retry-After") != "7" || !bytes.Contains(
			raw, []byte(`"too_many_requests"`),
		) {
			t.Errorf("%s, Retry-After %q: %s", response.Status, response.Header.Get("Retry-After"), raw)
		}
	}
	expectJSON(t, 0.0, r.countVPCs("one"))
	r.call(200, "POST", vpcsPath, `{"name":"one"}`)
	expectJSON(t, 1.0, r.countVPCs("one"))
	if log := r.server.Requests(); log[0].Status != 429 {
		t.Errorf("the request log does not have the fault: %+v", log[0])
	}
}

func TestFaultHTML(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for _, fault := range []Fault{{Path: "*/vpcs", Kind: FaultHTML}, {Path: "*/vpcs", Kind: FaultHTML, Status: 503}} {
		if err := r.server.AddFault(fault); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{502, 503} {
		response, raw, err := r.send("POST", vpcsPath, `{"name":"page"}`)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != want || response.Header.Get("Content-Type") != "text/html" || !bytes.HasPrefix(raw,
			[]byte("<html>")) {
			t.Errorf("%s, want %d: %s", response.Status, want, raw)
		}
	}
	expectJSON(t, 0.0, r.countVPCs("page"))
}

func TestFaultPersistent(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	r.call(
		200, "POST", "/_sandbox/faults", `{"path":"*/vpcs","kind":"status","status":503,"persistent":true,"after":1}`,
	)
	r.call(200, "GET", vpcsPath, "")
	for range 30 {
		r.call(503, "GET", vpcsPath, "")
	}
	r.call(503, "POST", vpcsPath, `{"name":"one"}`)
	pending := r.call(200, "GET", "/_sandbox/faults", "")
	expectJSON(t, true, jsonAt(t, pending, "faults", 0, "persistent"))
	expectJSON(t, 0.0, jsonAt(t, pending, "faults", 0, "times"))
	r.call(204, "DELETE", "/_sandbox/faults", "")
	expectJSON(t, 0.0, r.countVPCs("one"))
}

func TestFaultSameRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := stringAt(t, r.call(200, "POST", vpcsPath, `{"name":"v"}`), "id")
	r.call(
		200, "POST", "/_sandbox/faults", `{"path":"*","kind":"reset","persistent":true,"same_request":true,"after":1}`,
	)
	r.call(200, "GET", vpcsPath, "")
	for range 3 {
		if _, _, err := r.send("GET", vpcsPath+"/"+id, ""); err == nil {
			t.Error("the fault did not apply to a retry")
		}
	}
	r.call(200, "GET", vpcsPath, "")
	r.call(200, "PATCH", vpcsPath+"/"+id, `{"name":"w"}`)
	expectJSON(t, vpcsPath+"/"+id, jsonAt(t, r.call(200, "GET", "/_sandbox/faults", ""), "faults", 0, "path"))
}

func TestFaultForeign(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for _, fault := range []Fault{
		{Path: "*/vpcs", Kind: FaultForeign, Status: 404, ContentType: "application/problem+json",
			Body: `{"title":"Not ` +
				`Found"}`},
		{Path: "*/vpcs", Kind: FaultForeign, Status: 401},
		{Path: "*/vpcs", Kind: FaultForeign, Status: 200, ContentType: "text/html", Body: "<html>Log in</html>"},
	} {
		if err := r.server.AddFault(fault); err != nil {
			t.Fatal(err)
		}
		response, raw, err := r.send("POST", vpcsPath, `{"name":"foreign"}`)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != fault.Status || response.Header.Get("Content-Type") != fault.ContentType ||
			string(raw) != fault.Body {
			t.Errorf("%s, %q: %s, want %+v", response.Status, response.Header.Get("Content-Type"), raw, fault)
		}
	}
	expectJSON(t, 0.0, r.countVPCs("foreign"))
}

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for kind, happened := range map[FaultKind]float64{FaultReset: 0, FaultLostResponse: 1, FaultTruncate: 1} {
		name := string(kind)
		if err := r.server.AddFault(Fault{Method: "POST", Path: "*/vpcs", Kind: kind}); err != nil {
			t.Fatal(err)
		}
		response, raw, err := r.send("POST", vpcsPath, `{"name":"`+name+`"}`)
		switch {
		case err == nil:
			t.Errorf("%s: no error, but %s: %s", kind, response.Status, raw)
		case kind == FaultTruncate && (!errors.Is(err, io.ErrUnexpectedEOF) || response.StatusCode != http.StatusOK ||
			len(raw) == 0):
			t.Errorf("%s: %v after %q", kind, err, raw)
		case kind != FaultTruncate && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF):
			t.Errorf("%s: %v, want a broken connection", kind, err)
		}
		expectJSON(t, happened, r.countVPCs(name))
	}
	var status []int
	for _, entry := range r.server.Requests() {
		if entry.Method == "POST" {
			status = append(status, entry.Status)
		}
	}
	broken := 0
	for _, code := range status {
		if code == 0 {
			broken++
		}
	}
	if len(status) != 3 || broken != 2 {
		t.Errorf("logged statuses %v, want two broken connections and a 200", status)
	}
}

func TestFaultTruncateWithoutBody(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := stringAt(t, r.call(200, "POST", vpcsPath, `{"name":"v"}`), "id")
	if err := r.server.AddFault(Fault{Method: "DELETE", Path: "*", Kind: FaultTruncate}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.send("DELETE", vpcsPath+"/"+id, ""); err == nil {
		t.Error("the client received a response")
	}
	r.call(404, "GET", vpcsPath+"/"+id, "")
}

func TestFaultDelay(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	r.call(200, "POST", "/_sandbox/faults", `{"path":"/vpc/*","kind":"delay","delay":30}`)
	r.call(200, "POST", vpcsPath, `{"name":"late"}`)
	if log := r.server.Requests(); log[0].DurationMS < 30 {
		t.Errorf("the response took %v ms, want at least the 30 ms of the fault", log[0].DurationMS)
	}
	expectJSON(t, 1.0, r.countVPCs("late"))
}

// TestFaultDelayEndsWhenClientDisconnects checks that a disconnect of the client ends the delay, and that the request
// is not handled.
func TestFaultDelayEndsWhenClientDisconnects(t *testing.T) {
	t.Parallel()
	server := New(Options{})
	listener := httptest.NewServer(server)
	ctx, cancel := context.WithCancel(t.Context())
	if err := server.AddFault(Fault{Path: "*", Kind: FaultDelay, Delay: time.Hour, OnMatch: cancel}); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(
		ctx, http.MethodPost, listener.URL+vpcsPath, strings.NewReader(`{"name":"late"}`),
	)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", SecretKey)
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		_ = response.Body.Close()
		t.Error("the client received a response")
	}
	listener.Close() // waits until the request ends
	var found []struct{ Name string }
	if err := server.Objects("vpcs", &found); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(found, func(v struct{ Name string }) bool { return v.Name == "late" }) {
		t.Error("the request was handled")
	}
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	r.call(200, "POST", "/_sandbox/faults", `{"method":"GET","path":"/vpc/v2/regions/*/vpcs/*","kind":"status",`+
		`"status":500,"after":1}`)
	path := vpcsPath + "/" + VPCID
	r.call(200, "GET", vpcsPath, "")
	r.call(200, "PATCH", path, "{}")
	r.call(200, "GET", path, "") // let through by after
	left := r.call(200, "GET", "/_sandbox/faults", "")
	expectJSON(t, 0, left, "faults", 0, "after")
	expectJSON(t, 1, left, "faults", 0, "times")
	r.call(500, "GET", path, "")
	r.call(200, "GET", path, "")
	expectJSON(t, []any{}, r.call(200, "GET", "/_sandbox/faults", ""), "faults")
	r.call(200, "POST", "/_sandbox/faults", `{"path":"*","kind":"reset","times":100}`)
	r.call(204, "DELETE", "/_sandbox/faults", "")
	r.call(200, "GET", path, "")
}

func TestInvalidFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for body, want := range map[string]string{
		`{"path":"*","kind":"explode"}`: "status, reset, lost_response, delay, truncate, " +
			"html",
		`{"kind":"reset"}`:                                        "/k8s/v1/regions/*/clusters",
		`{"path":"*","kind":"status"}`:                            "400 to 599",
		`{"path":"*","kind":"status","status":200}`:               "400 to 599",
		`{"path":"*","kind":"delay"}`:                             "milliseconds",
		`{"path":"*","kind":"delay","delay":"soon"}`:              "milliseconds",
		`{"path":"*","kind":"reset","times":-1}`:                  "negative",
		`{"path":"*","kind":"reset","often":3}`:                   "retry_after",
		`{"path":"*","kind":"reset","times":2,"persistent":true}`: "omit times",
		`{"path":"*","kind":"foreign"}`:                           "200 to 599",
		`{"path":"*","kind":"html","body":"<html>"}`:              "only faults of kind foreign",
		``: "empty",
		`{"path":"*","kind":"delay","delay":"-1s","after":0}`: "negative",
	} {
		refused := r.call(400, "POST", "/_sandbox/faults", body)
		if help := stringAt(t, refused, "details", 0, "help_message"); !strings.Contains(help, want) {
			t.Errorf("%s: got %q, want %q", body, help, want)
		}
	}
	if got := r.server.AddFault(Fault{Path: "*", Kind: "explode"}); got == nil {
		t.Error("no error for an unknown kind of fault")
	}
}

// TestConcurrentFaults adds faults and sends requests concurrently, for the race detector.
func TestConcurrentFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	if err := r.server.AddFault(Fault{Path: "*", Kind: FaultStatus, Status: 500, Times: 8}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _, _ = r.send("GET", vpcsPath, "")
			_ = r.server.AddFault(Fault{Path: "/nowhere", Kind: FaultDelay, Delay: time.Second})
			_ = r.server.Patch("vpcs", VPCID, map[string]any{"name": "n"})
		})
	}
	wg.Wait()
	failed := 0
	for _, entry := range r.server.Requests() {
		if entry.Status == 500 {
			failed++
		}
	}
	if failed != 8 {
		t.Errorf("the fault applied to %d requests, want 8", failed)
	}
}
