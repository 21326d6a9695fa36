package scaleway

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
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

// TestNewestSnapshots reads a list of snapshots that fits into the limit of pages, and one that does not.
func TestNewestSnapshots(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ total, found int }{{0, 0}, {101, 101}, {2000, 2000}, {2001, 2000}} {
		t.Run(strconv.Itoa(test.total), func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				q := r.URL.Query()
				page, _ := strconv.Atoi(q.Get("page"))
				if q.Get("order_by") != "created_at_desc" || q.Get("page_size") != "100" || page < 1 || page > 20 {
					t.Errorf("query %v", q)
				}
				items := []string{}
				for i := (page - 1) * 100; i < min(page*100, test.total); i++ {
					items = append(items, fmt.Sprintf(`{"id":"%d","zone":"fr-par-1"}`, i))
				}
				writeJSON(
					w,
					200,
					fmt.Sprintf(`{"snapshots":[%s],"total_count":%d}`, strings.Join(items, ","), test.total),
				)
			})
			found, err := c.NewestSnapshotsIn(t.Context(), "fr-par-1", testProject)
			var tooMany *TooManyError
			isCut := errors.As(err, &tooMany)
			if len(found) != test.found || isCut != (test.total > 2000) || !isCut && err != nil ||
				isCut && (tooMany.Read != 2000 || tooMany.Total != test.total) {
				t.Errorf("%d snapshots, %v", len(found), err)
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
