package scaleway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// TestListRejected lists volumes in zones that the API rejects, and in a Project that never used the product.
func TestListRejected(t *testing.T) {
	t.Parallel()
	const notFound, html = `{"message":"resource is not found","type":"not_found"}`, "<html>no</html>"
	for _, test := range []struct {
		name   string
		zone   scw.Zone
		status int
		body   string
		failed bool
	}{
		{"never activated", "fr-par-1", 412, `{"message":"no","type":"precondition_failed"}`, false},
		{"no zone of the product", "it-mil-2", 404, notFound, false},
		{"invalid zone", "it-mil-2", 400, `{"message":"no","type":"invalid_arguments"}`, false},
		{"not implemented", "it-mil-2", 501, `{"message":"no","type":"not_implemented"}`, false},
		{"not found in a zone of the product", "fr-par-1", 404, notFound, true},
		{"no route to the zone", "it-mil-2", 404, html, false},
		{"web page of a proxy", "fr-par-1", 404, html, true},
		{"forbidden", "it-mil-2", 403, `{"message":"no","type":"permissions_denied"}`, true},
		{"failed", "it-mil-2", 500, `{"message":"no"}`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if test.body == html {
					w.Header().Set("Content-Type", "text/html")
					w.WriteHeader(test.status)
					_, _ = w.Write([]byte(html))
					return
				}
				writeJSON(w, test.status, test.body)
			})
			found, err := c.VolumesIn(t.Context(), test.zone, testProject)
			if (err != nil) != test.failed || len(found) != 0 {
				t.Errorf("%v, error %v", found, err)
			}
		})
	}
}

// TestListServerless reads the namespaces of serverless products, which the sandbox does not have, in the form of the
// SDK's types.
func TestListServerless(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		name := strings.Split(r.URL.Path, "/")[1]
		writeJSON(w, 200, `{"namespaces":[{"id":"`+testID+`","name":"`+name+`","region":"fr-par"}],"total_count":1}`)
	})
	functions, err := c.FunctionNamespacesIn(t.Context(), testRegion, testProject)
	if err != nil || len(functions) != 1 || functions[0].Name != "functions" {
		t.Errorf("functions: %+v, error %v", functions, err)
	}
	containers, err := c.ContainerNamespacesIn(t.Context(), testRegion, testProject)
	if err != nil || len(containers) != 1 || containers[0].Name != "containers" || containers[0].ID != testID {
		t.Errorf("containers: %+v, error %v", containers, err)
	}
	fake.mu.Lock()
	defer fake.mu.Unlock()
	for _, r := range fake.requests {
		if !strings.Contains(r.query, "project_id="+testProject) {
			t.Errorf("%s?%s: it is not limited to the Project", r.path, r.query)
		}
	}
}

// TestListOfAnotherService checks that the JSON of another service is an error, not an empty list.
func TestListOfAnotherService(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 200, `{"status":"ok"}`)
	})
	if _, err := c.VolumesIn(t.Context(), "fr-par-1", testProject); err == nil {
		t.Error("volumes: no error")
	}
	if _, err := c.LBFrontends(t.Context(), "fr-par-1", testID); err == nil {
		t.Error("frontends: no error")
	}
	if _, err := c.DatabasesIn(t.Context(), testRegion, testProject); err == nil {
		t.Error("databases: no error")
	}
}
