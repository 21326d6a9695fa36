package scaleway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// writeBody writes a response with a content type and a body. Without a type it leaves out the header.
func writeBody(w http.ResponseWriter, status int, kind, body string) {
	w.Header()["Content-Type"] = nil
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// proxyBodies returns bodies of error responses that the Scaleway API does not send, with their content types.
func proxyBodies() map[string][2]string {
	const plain, inJSON = "text/plain; charset=utf-8", "application/json"
	return map[string][2]string{
		"a page":                      {"text/html", "<html><h1>internals</h1></html>"},
		"a page without a type":       {"", "<!DOCTYPE html><html>internals</html>"},
		"a page that says it is JSON": {inJSON, "<html>internals</html>"},
		"an empty body":               {"", ""},
		"an empty body of JSON":       {inJSON, ""},
		"plain text":                  {plain, "404 page not found: internals"},
		"an API gateway":              {inJSON, `{"message":"no Route matched with those values"}`},
		"another API gateway":         {inJSON, `{"message":"Not Found"}`},
		"a gateway without a token":   {inJSON, `{"message":"Missing Authentication Token"}`},
		"a framework":                 {inJSON, `{"statusCode":404,"message":"Cannot GET /k8s","error":"Not Found"}`},
		"an error field":              {inJSON, `{"error":"not_found","error_description":"internals"}`},
		"a nested error":              {inJSON, `{"error":{"type":"not_found","message":"internals"}}`},
		"problem details": {"application/problem+json", `{"type":"about:blank","title":"Not ` +
			`Found","status":404}`},
		"problem details as JSON": {inJSON, `{"type":"https://example.org/not-found","title":"Not ` +
			`Found","detail":"internals"}`},
		"Kubernetes": {inJSON, `{"kind":"Status","status":"Failure","message":"not ` +
			`found","reason":"NotFound","code":404}`},
		"a type that is not a string":    {inJSON, `{"type":404,"message":"not found"}`},
		"a list":                         {inJSON, `["not_found"]`},
		"a string":                       {inJSON, `"not_found"`},
		"null":                           {inJSON, `null`},
		"an empty object":                {inJSON, `{}`},
		"cut short":                      {inJSON, `{"message":"resource is not found","type":"not_fo`},
		"a not_found without a resource": {inJSON, `{"message":"not found","type":"not_found"}`},
		"an API error as plain text": {plain, `{"message":"resource is not ` +
			`found","resource":"cluster","resource_id":"x","type":"not_found"}`},
		"a Load Balancer API error": {inJSON, `{"message":"lbs not Found"}`},
	}
}

// TestProxyErrorResponse checks that an error response of something in front of the API is not taken as a fact about an
// object or a permission.
func TestProxyErrorResponse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 410} {
		for name, body := range proxyBodies() {
			t.Run(http.StatusText(status)+" "+name, func(t *testing.T) {
				t.Parallel()
				c, fake := newFakeClient(
					t,
					func(w http.ResponseWriter, _ *http.Request, _ int) { writeBody(w, status, body[0], body[1]) },
				)
				for _, read := range []func(context.Context) error{
					func(ctx context.Context) error { _, err := c.Cluster(ctx, testRegion, testID); return err },
					func(ctx context.Context) error { return c.DeleteCluster(ctx, testRegion, testID, false) },
					func(ctx context.Context) error { return c.DeletePool(ctx, testRegion, testID) },
					func(ctx context.Context) error { return c.DeleteNode(ctx, testRegion, testID) },
					func(ctx context.Context) error {
						_, err := c.NodeMetadata(
							ctx, testRegion, Enrolment{MetadataURL: c.APIURL() + "/node-metadata", NodeSecretKey: "k"},
						)
						return err
					},
				} {
					err := read(t.Context())
					if err == nil || IsNotFound(err) || IsForbidden(err) || IsConflict(err) || errors.Is(err,
						ErrNotFound) {
						t.Fatalf(
							"error = %v: not found %t, forbidden %t, conflict %t", err, IsNotFound(err),
							IsForbidden(err), IsConflict(err),
						)
					}
					answer, ok := errors.AsType[*APIError](err)
					if !ok || !answer.FromProxy || answer.Status != status {
						t.Fatalf("error = %#v, want an APIError with Foreign and status %d", err, status)
					}
					if !strings.Contains(err.Error(), strings.TrimPrefix(c.APIURL(), "http://")) {
						t.Errorf("the error does not name the host: %v", err)
					}
					if kind := body[0]; kind != "" && !strings.Contains(err.Error(), strings.Split(kind, ";")[0]) {
						t.Errorf("the error does not name %s: %v", kind, err)
					}
					for _, next := range []string{"api_url", "proxy", "captive portal"} {
						if !strings.Contains(answer.Hint, next) {
							t.Errorf("the hint does not name %q: %s", next, answer.Hint)
						}
					}
					if strings.Contains(err.Error(), "internals") {
						t.Errorf("the error repeats the body: %v", err)
					}
				}
				if got := len(fake.allRequests()); got != 5 {
					t.Errorf("%d requests, want 5", got)
				}
			})
		}
	}
}

// TestProxyResponseIsNoConflict checks that a web page is never a conflict, whatever its status, so that no wait treats
// it as one.
func TestProxyResponseIsNoConflict(t *testing.T) {
	t.Parallel()
	for _, status := range []int{402, 405, 407, 409, 412, 423, 451, 501, 511} {
		for _, body := range [][2]string{
			{
				"text/html", "<html>internals</html>",
			}, {"", ""}, {"text/plain", "locked"}, {"application/json", `{"error":"x"}`},
		} {
			c, _ := newFakeClient(
				t,
				func(w http.ResponseWriter, _ *http.Request, _ int) { writeBody(w, status, body[0], body[1]) },
			)
			_, err := c.Cluster(t.Context(), testRegion, testID)
			answer, ok := errors.AsType[*APIError](err)
			if !ok || !answer.FromProxy || IsConflict(err) || IsTransient(err) || hasStatus(err, status) {
				t.Errorf("%d %q: error = %#v", status, body[0], err)
			}
		}
	}
	// No Scaleway API sends these statuses. They come from a proxy or a captive portal even with a JSON body.
	for _, status := range []int{407, 511} {
		c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			writeJSON(w, status, `{"message":"log in","type":"locked"}`)
		})
		_, err := c.Cluster(t.Context(), testRegion, testID)
		if answer, ok := errors.AsType[*APIError](err); !ok || !answer.FromProxy || IsConflict(err) {
			t.Errorf("%d: error = %#v", status, err)
		}
	}
}

// TestProxyResponseToCreate checks that a create with a response that does not come from the API has an unknown
// outcome, and is never sent again.
func TestProxyResponseToCreate(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 410, 451} {
		objects := &objectStore{}
		c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method == http.MethodGet {
				objects.writeList(w, "clusters")
				return
			}
			objects.add(clusterObject("new"))
			proxyPage(status)(w)
		})
		if cluster, err := c.CreateCluster(t.Context(), createRequest()); err != nil || cluster.ID != "new" {
			t.Errorf("%d: cluster %v, error %v, want the one that was created", status, cluster, err)
		}
		if got := fake.countMethod(http.MethodPost); got != 1 {
			t.Errorf("%d: %d creates, want 1", status, got)
		}
	}
}

// TestUnknownResourceWithoutUUID covers an error of the Instance API without a UUID, for which the SDK returns a nil
// pointer.
func TestUnknownResourceWithoutUUID(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 404, `{"message":"Not found","type":"unknown_resource"}`)
	})
	if _, err := c.SecurityGroup(
		t.Context(), "fr-par-1", testID,
	); !IsNotFound(err) || !strings.Contains(err.Error(), "not found") {
		t.Errorf("error = %v", err)
	}
}

// TestLoadBalancersNotFound covers errors of the Load Balancer API, which have no type; "lbs not Found" is recorded.
func TestLoadBalancersNotFound(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(
		t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 404, `{"message":"lbs not Found"}`) },
	)
	_, err := c.ClusterLoadBalancers(t.Context(), &k8s.Cluster{ID: testID, Region: testRegion}, nil)
	if answer, ok := errors.AsType[*APIError](err); !ok || answer.FromProxy || !IsNotFound(err) {
		t.Errorf("error = %#v", err)
	}
	c, _ = newFakeClient(
		t,
		func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 404, `{"message":"Not Found"}`) },
	)
	if _, err = c.ClusterLoadBalancers(
		t.Context(), &k8s.Cluster{ID: testID, Region: testRegion}, nil,
	); err == nil || IsNotFound(err) {
		t.Errorf("error = %v", err)
	}
}

// TestNotFoundStatusWithOtherErrorType checks that a 404 of the API about a permission or a state does not mean that
// the object is deleted.
func TestNotFoundStatusWithOtherErrorType(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{
		"permissions_denied", "transient_state", "invalid_arguments", "denied_authentication", "locked",
	} {
		c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			writeJSON(w, 404, `{"message":"x","type":"`+kind+`"}`)
		})
		if _, err := c.Cluster(t.Context(), testRegion, testID); err == nil || IsNotFound(err) {
			t.Errorf("%s: error = %v", kind, err)
		}
	}
}

// TestProxyResponseForZone checks that a zone is skipped only if the API itself rejects it.
func TestProxyResponseForZone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 410, 501} {
		c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { proxyPage(status)(w) })
		if gateway, err := c.DefaultRouteGateway(t.Context(), testRegion, testID); err == nil {
			t.Errorf("%d: gateway %v without an error", status, gateway)
		}
	}
}

// TestProxyResponseWithStatus200 checks that a 200 that does not come from the API is not read as an empty object or an
// empty list.
func TestProxyResponseWithStatus200(t *testing.T) {
	t.Parallel()
	for _, body := range [][2]string{
		{"text/plain", "OK"}, {"application/json", `{}`}, {
			"application/json", `{"status":"ok"}`,
		}, {"application/json", `[]`}, {"application/json", `null`},
		{"application/json", `"ok"`},
	} {
		c, _ := newFakeClient(
			t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeBody(w, 200, body[0], body[1]) },
		)
		for name, read := range map[string]func() error{
			"cluster":  func() error { _, err := c.Cluster(t.Context(), testRegion, testID); return err },
			"clusters": func() error { _, err := c.Clusters(t.Context(), testRegion, ClusterFilter{}); return err },
			"pool":     func() error { _, err := c.Pool(t.Context(), testRegion, testID); return err },
			"pools":    func() error { _, err := c.Pools(t.Context(), testRegion, testID); return err },
			"node":     func() error { _, err := c.Node(t.Context(), testRegion, testID); return err },
			"nodes": func() error {
				_, err := c.Nodes(t.Context(), testRegion, NodeFilter{ClusterID: testID})
				return err
			},
			"allow-list": func() error { _, err := c.AllowList(t.Context(), testRegion, testID); return err },
		} {
			if answer, ok := errors.AsType[*APIError](read()); !ok || !answer.FromProxy {
				t.Errorf("%s, %s: error = %v", name, body[1], read())
			}
		}
	}
}
