package scaleway

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// temporaryFailure is a failure of a request that may pass by itself.
type temporaryFailure struct {
	name    string
	respond func(http.ResponseWriter)
}

// temporaryFailures returns all kinds of temporary failures.
func temporaryFailures() []temporaryFailure {
	found := []temporaryFailure{
		{"429", func(w http.ResponseWriter) { writeJSON(w, 429, `{"message":"slow down"}`) }},
		{"429 with a long Retry-After", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3600")
			writeJSON(w, 429, `{"message":"slow down"}`)
		}},
		{"500", func(w http.ResponseWriter) { writeJSON(w, 500, `{"message":"internal error"}`) }},
		{"JSON of a gateway", func(w http.ResponseWriter) { writeJSON(w, 404, `{"message":"no Route matched"}`) }},
		{"a captive portal", func(w http.ResponseWriter) {
			w.Header().Set("Location", "/login")
			w.WriteHeader(302)
		}},
		{"reset", resetConnection}, {"lost answer", hangUp}, {"truncated", truncateBody},
	}
	for _, status := range []int{200, 401, 403, 404, 407, 410, 500, 501, 502, 503, 504, 511} {
		found = append(found, temporaryFailure{http.StatusText(status) + " page", proxyPage(status)})
	}
	return found
}

// TestSetAllowListWithRetryTemporaryFailures checks that no temporary failure, however often it occurs, leaves the API
// server of a new cluster open to everyone.
func TestSetAllowListWithRetryTemporaryFailures(t *testing.T) {
	t.Parallel()
	const failures = 3*maxAttempts + 1
	for _, failure := range temporaryFailures() {
		for _, status := range []k8s.ClusterStatus{"", k8s.ClusterStatusCreating} {
			t.Run(failure.name+" "+string(status), func(t *testing.T) {
				t.Parallel()
				var requests atomic.Int64
				c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
					if requests.Add(1) <= failures {
						failure.respond(w)
						return
					}
					writeJSON(w, 200, `{"rules":[],"status":"ready"}`)
				})
				if _, err := c.SetAllowListWithRetry(t.Context(), testRegion, testID, status, nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number <= failures {
			writeJSON(w, 409, `{"message":"something else changes it"}`)
			return
		}
		writeJSON(w, 200, `{"rules":[],"status":"ready"}`)
	})
	if _, err := c.SetAllowListWithRetry(t.Context(), testRegion, testID, "", nil); err != nil {
		t.Errorf("a conflict: %v after %d requests", err, len(fake.allRequests()))
	}
}

// TestSetAllowListWithRetryPermanentFailures checks that an error that does not pass by itself ends the retries at
// once.
func TestSetAllowListWithRetryPermanentFailures(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		400: `{"message":"invalid argument(s)","type":"invalid_arguments"}`,
		401: `{"message":"authentication is denied","type":"denied_authentication"}`,
		403: `{"message":"insufficient permissions","type":"permissions_denied"}`,
		404: `{"message":"resource is not found","resource":"cluster","resource_id":"` + testID +
			`","type":"not_found"}`,
	} {
		c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, status, body) })
		if _, err := c.SetAllowListWithRetry(t.Context(), testRegion, testID, "", nil); err == nil ||
			len(fake.allRequests()) != 1 {
			t.Errorf("%d: error %v after %d requests", status, err, len(fake.allRequests()))
		}
	}
}

// TestSetAllowListWithRetryInterrupted checks that the allow-list is set even after an interruption, before the first
// request, during a read of the status or between two attempts.
func TestSetAllowListWithRetryInterrupted(t *testing.T) {
	t.Parallel()
	for _, status := range []k8s.ClusterStatus{"", k8s.ClusterStatusCreating} {
		for _, interruptedAt := range []int{0, 1, 3} {
			ctx, cancel := context.WithCancel(t.Context())
			var isSet atomic.Bool
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, number int) {
				switch {
				case number < interruptedAt:
					writeJSON(w, 409, transientClusterBody)
				case number == interruptedAt:
					cancel()
					proxyPage(503)(w)
				case r.Method == http.MethodGet:
					writeJSON(w, 200, statusBody("ready"))
				default:
					isSet.Store(true)
					writeJSON(w, 200, `{"rules":[]}`)
				}
			})
			if interruptedAt == 0 {
				cancel()
			}
			_, err := c.SetAllowListWithRetry(ctx, testRegion, testID, status, nil)
			if err != nil || !isSet.Load() {
				t.Errorf("%q, interrupted at request %d: set %t, error %v", status, interruptedAt, isSet.Load(), err)
			}
			cancel()
		}
	}
}

// TestWaitsTolerateOutages checks that a wait continues after more temporary failures than a single request is retried.
func TestWaitsTolerateOutages(t *testing.T) {
	t.Parallel()
	enrolledNodes := []byte(`{"nodes":[{"id":"` + testID + `","status":"ready","public_ip_v4":"203.0.113.10"}],` +
		`"total_count":1}`)
	for name, wait := range map[string]struct {
		do   func(context.Context, *Client) error
		last string
	}{
		"cluster": {
			func(ctx context.Context, c *Client) error {
				_, err := c.WaitCluster(ctx, testRegion, testID)
				return err
			}, statusBody("ready"),
		},
		"pool": {
			func(ctx context.Context, c *Client) error {
				_, err := c.WaitPool(ctx, testRegion, testID, nil)
				return err
			}, statusBody("ready"),
		},
		"node": {
			func(ctx context.Context, c *Client) error {
				_, err := c.WaitNode(ctx, testRegion, testID)
				return err
			}, statusBody("ready"),
		},
		"cluster deleted": {
			func(ctx context.Context, c *Client) error {
				return c.WaitClusterDeleted(ctx, testRegion, testID)
			}, statusBody("deleted"),
		},
		"pool deleted": {
			func(ctx context.Context, c *Client) error {
				return c.WaitPoolDeleted(ctx, testRegion, testID)
			}, statusBody("deleted"),
		},
		"node deleted": {
			func(ctx context.Context, c *Client) error {
				return c.WaitNodeDeleted(ctx, testRegion, testID)
			}, statusBody("deleted"),
		},
		"external node": {func(ctx context.Context, c *Client) error {
			_, err := c.WaitExternalNodeByAddress(ctx, externalPool(), "203.0.113.10")
			return err
		}, string(enrolledNodes)},
		"pool and its nodes": {func(ctx context.Context, c *Client) error {
			_, err := c.WaitPoolUntil(ctx, testRegion, testID, func(*k8s.Pool) (bool, error) {
				_, err := c.Nodes(ctx, testRegion, NodeFilter{ClusterID: testID})
				return err == nil, err
			})
			return err
		}, `{"id":"` + testID + `","status":"ready","nodes":[],"total_count":0}`},
	} {
		for _, failure := range temporaryFailures() {
			t.Run(name+" "+failure.name, func(t *testing.T) {
				t.Parallel()
				c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
					if number <= 3*maxAttempts+1 {
						failure.respond(w)
						return
					}
					writeJSON(w, 200, wait.last)
				})
				c.now = func() time.Time { return time.Time{} } // no time passes
				if err := wait.do(t.Context(), c); err != nil {
					t.Errorf("%v after %d requests", err, len(fake.allRequests()))
				}
			})
		}
	}
}

// TestWaitEndsAfterLongOutage checks that a wait fails after more than the tolerance without a response from the API,
// that a response resets the tolerance, and that an error from the API itself ends the wait at once.
func TestWaitEndsAfterLongOutage(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	var out bytes.Buffer
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		requests.Store(int64(number))
		if number == 4 {
			writeJSON(w, 200, statusBody("creating"))
			return
		}
		proxyPage(403)(w)
	})
	// A web page with this status is not retried, so each request is one read. It takes a third of the tolerance.
	began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return began.Add(time.Duration(requests.Load()) * c.outageTolerance() / 3) }
	_, err := c.WaitCluster(tflogtest.RootLogger(t.Context(), &out), testRegion, testID)
	if answer, ok := errors.AsType[*APIError](err); !ok || !answer.FromProxy || requests.Load() != 4+4 {
		t.Errorf("error %v after %d requests, want one at the fourth failure after the answer", err, requests.Load())
	}
	entries, text := waitLogEntries(t, &out)
	if len(entries) == 0 || !strings.Contains(text, "Still waiting for cluster fr-par/"+testID+" to be ready: "+
		"tolerating a failure") ||
		!strings.Contains(text, "HTTP 403") {
		t.Errorf("the log has\n%s", text)
	}
	for status, body := range map[int]string{
		403: `{"message":"no","type":"permissions_denied"}`,
		404: `{"message":"no","type":"not_found","resource":"cluster","resource_id":"` + testID + `"}`,
		400: `{"message":"no","type":"invalid_arguments"}`,
	} {
		c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, status, body) })
		if _, err := c.WaitCluster(t.Context(), testRegion, testID); err == nil || len(fake.allRequests()) != 1 {
			t.Errorf("%d: error %v after %d requests", status, err, len(fake.allRequests()))
		}
	}
}

// TestTransientWriteToleratesOutages checks that a write that waits for a transient state continues after temporary
// failures, but never sends a POST again after a lost response.
func TestTransientWriteToleratesOutages(t *testing.T) {
	t.Parallel()
	for _, failure := range temporaryFailures() {
		for _, operation := range operations() {
			t.Run(failure.name+" "+operation.method, func(t *testing.T) {
				t.Parallel()
				if operation.method == http.MethodGet || operation.method == http.MethodPut {
					return // neither waits for a transient state
				}
				var writes atomic.Int64
				c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					if r.Method == http.MethodGet {
						writeJSON(w, 200, statusBody("updating"))
						return
					}
					switch n := writes.Add(1); {
					case n == 1:
						writeJSON(w, 409, transientClusterBody)
					case n <= 2*maxAttempts+1:
						failure.respond(w)
					default:
						writeJSON(w, 200, statusBody("updating"))
					}
				})
				c.now = func() time.Time { return time.Time{} }
				err := operation.run(t.Context(), c)
				if operation.method != http.MethodPost || strings.HasPrefix(failure.name, "429") {
					if err != nil {
						t.Errorf("%v after %d writes", err, writes.Load())
					}
					return
				}
				if writes.Load() != 2 && failure.name != http.StatusText(http.StatusProxyAuthRequired)+" page" {
					t.Errorf("%d writes, want 2: %v", writes.Load(), err)
				}
			})
		}
	}
}

// TestLostCreateSearchFailures checks that the error names what may exist, whatever happens during the search.
func TestLostCreateSearchFailures(t *testing.T) {
	t.Parallel()
	listClusters := func(objects *objectStore) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { objects.writeList(w, "clusters") }
	}
	for _, test := range []struct {
		name string
		// lists are the responses to the lists after the create; the last one repeats. appears is the list that has the
		// cluster, and interrupted the list during which the context ends; 0 is never.
		lists                []func(http.ResponseWriter)
		appears, interrupted int
		found                bool
		want                 []string
	}{
		{"interrupted between two lists, and created", nil, 2, 1, true, nil},
		{"interrupted in the third list, and created", nil, 4, 3, true, nil},
		{"interrupted, and not created", nil, 0, 1, false, []string{`"c1"`, "fr-par"}},
		{
			"the list fails, then has the cluster", []func(http.ResponseWriter){
				proxyPage(403), resetConnection, hangUp, proxyPage(403), proxyPage(403), proxyPage(403), proxyPage(403),
			}, 3, 0, true, nil,
		},
		{"the list always fails", []func(http.ResponseWriter){proxyPage(404)}, 0, 0, false, []string{`a cluster ` +
			`named "c1" ` +
			`may exist in fr-par`, "import {"}},
		{"the list is forbidden", []func(http.ResponseWriter){func(w http.ResponseWriter) {
			writeJSON(w, 403, `{"message":"no",`+
				`"type":"permissions_denied"}`)
		}}, 0, 0, false,
			[]string{`a cluster named "c1" may exist in fr-par`, "import {"}},
		{"interrupted while the list fails", []func(http.ResponseWriter){proxyPage(403)}, 0, 2, false,
			[]string{`a cluster ` +
				`named "c1" may exist in fr-par`, "import {"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			objects, lists := &objectStore{}, 0
			var posts atomic.Int64
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodPost {
					posts.Add(1)
					hangUp(w)
				}
				if posts.Load() == 0 {
					objects.writeList(w, "clusters")
					return
				}
				lists++
				if lists == test.appears {
					objects.add(clusterObject("new"))
				}
				if lists == test.interrupted {
					cancel()
				}
				answer := listClusters(objects)
				if test.lists != nil && (test.appears == 0 || lists < test.appears) {
					answer = test.lists[min(lists, len(test.lists))-1]
				}
				answer(w)
			})
			cluster, err := c.CreateCluster(ctx, createRequest())
			if posts.Load() != 1 {
				t.Errorf("%d creates, want 1", posts.Load())
			}
			if test.found {
				if err != nil || cluster.ID != "new" {
					t.Errorf("cluster %v, error %v", cluster, err)
				}
				return
			}
			lost, ok := errors.AsType[*LostCreateError](err)
			if !ok || IsForbidden(err) || IsNotFound(err) {
				t.Fatalf("error = %v, want a *LostCreateError", err)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error()+"\n"+lost.Hint(), part) {
					t.Errorf("%q is not in: %v\n%s", part, err, lost.Hint())
				}
			}
		})
	}
}

// TestLostEnrolmentSearchFailures is TestLostCreateSearchFailures for the enrolment of an external node.
func TestLostEnrolmentSearchFailures(t *testing.T) {
	t.Parallel()
	for _, interrupted := range []int{0, 1, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		nodes, lists := &objectStore{}, 0
		var posts atomic.Int64
		c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method == http.MethodPost {
				posts.Add(1)
				hangUp(w)
			}
			if posts.Load() == 0 {
				nodes.writeList(w, "nodes")
				return
			}
			if lists++; lists == interrupted {
				cancel()
			}
			if lists < 3 {
				proxyPage(403)(w)
				return
			}
			nodes.add(map[string]any{"id": "new", "status": "creating"})
			nodes.writeList(w, "nodes")
		})
		_, _, err := c.EnrolExternalNode(ctx, externalPool())
		if lost, ok := errors.AsType[*LostEnrolmentError](err); !ok || len(lost.NewNodes) != 1 || posts.Load() != 1 {
			t.Errorf("interrupted at list %d: error %v after %d enrolments", interrupted, err, posts.Load())
		}
		cancel()
	}
	var posts atomic.Int64
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		switch {
		case r.Method == http.MethodPost:
			posts.Add(1)
			hangUp(w)
		case posts.Load() == 0:
			(&objectStore{}).writeList(w, "nodes")
		default:
			proxyPage(404)(w)
		}
	})
	_, _, err := c.EnrolExternalNode(t.Context(), externalPool())
	if lost, ok := errors.AsType[*LostEnrolmentError](err); !ok || IsNotFound(err) || !strings.Contains(
		err.Error(), "may have a node",
	) ||
		!strings.Contains(lost.Hint(), "delete it") {
		t.Errorf("error %v", err)
	}
}

// TestDeletedStatusCountsAsDeleted checks that an object with the status deleted counts as deleted.
func TestDeletedStatusCountsAsDeleted(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		writeJSON(w, 200, statusBody([]string{"deleting", "deleted"}[(number+1)%2]))
	})
	for name, wait := range map[string]func() error{
		"cluster": func() error { return c.WaitClusterDeleted(t.Context(), testRegion, testID) },
		"pool":    func() error { return c.WaitPoolDeleted(t.Context(), testRegion, testID) },
		"node":    func() error { return c.WaitNodeDeleted(t.Context(), testRegion, testID) },
	} {
		if err := wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
