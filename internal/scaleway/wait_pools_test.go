package scaleway

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// TestWaitPoolsUpgraded checks when the wait ends, and which pools it returns as not upgraded.
func TestWaitPoolsUpgraded(t *testing.T) {
	t.Parallel()
	to, err := lifecycle.ParseMinor("1.36")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, status, version string
		behind                int
	}{
		{"ready", "ready", "1.36.3", 0}, {"newer", "ready", "1.37.1", 0}, {"older", "ready", "1.35.3", 1}, {
			"warning", "warning", "1.36.3", 1,
		},
		{"scaling", "scaling", "1.36.3", 1}, {"locked", "locked", "1.36.3", 1}, {"deleting", "deleting", "1.35.3", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
				status := test.status
				if number == 1 {
					status = "upgrading"
				}
				writeJSON(
					w,
					200,
					`{"total_count":1,"pools":[{"id":"`+testID+`","status":"`+status+`","version":"`+test.version+
						`"}]}`,
				)
			})
			behind, err := c.WaitPoolsUpgraded(t.Context(), testRegion, testID, to)
			if err != nil || len(behind) != test.behind {
				t.Errorf("%d pools were not upgraded, want %d: %v", len(behind), test.behind, err)
			}
		})
	}
}

// TestUpgradeAfterLostAnswer checks that an upgrade whose response was lost succeeds if the object then has the
// version, or a newer patch that auto-upgrade applied since.
func TestUpgradeAfterLostAnswer(t *testing.T) {
	t.Parallel()
	for version, happened := range map[string]bool{
		"1.35.2": false, "1.36.1": false, "1.36.3": true, "1.36.5": true, "1.37.1": false, "": false,
	} {
		c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method == http.MethodPost {
				panic(http.ErrAbortHandler) // the connection breaks
			}
			writeJSON(w, 200, `{"id":"`+testID+`","status":"ready","version":"`+version+`"}`)
		})
		if _, err := c.UpgradeCluster(t.Context(), testRegion, testID, "1.36.3", true); (err == nil) != happened {
			t.Errorf("cluster that runs %q: %v", version, err)
		}
		if _, err := c.UpgradePool(t.Context(), testRegion, testID, "1.36.3"); (err == nil) != happened {
			t.Errorf("pool that runs %q: %v", version, err)
		}
	}
}

// TestWaitPoolNodes checks that a wait for the nodes of a ready pool reads the pool less often than the nodes, does not
// end with a pool of an earlier read, and notices that the pool is locked.
func TestWaitPoolNodes(t *testing.T) {
	t.Parallel()
	const settledAt = 11
	for _, test := range []struct {
		name string
		// status is the status of the pool by the number of times that the nodes were listed.
		status func(lists int) string
		// lists and reads are the requests for the nodes and for the pool.
		lists, reads int
		want         string
	}{
		{"ready", func(int) string { return "ready" }, settledAt + 1, 4, ""},
		{"scaling at first", func(lists int) string {
			if lists == 0 {
				return "scaling"
			}
			return "ready"
		}, settledAt + 1, 5, ""},
		{"scaling at the end", func(lists int) string {
			if lists == settledAt {
				return "scaling"
			}
			return "ready"
		}, settledAt + 1, 5, ""},
		{"locked", func(lists int) string {
			if lists > 0 {
				return "locked"
			}
			return "ready"
		}, 4, 2, "is locked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var lists atomic.Int64
			scaling := 0
			c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				status := test.status(int(lists.Load()))
				if status == "scaling" {
					if scaling++; scaling > 1 {
						status = "ready"
					}
				}
				writeJSON(w, 200, statusBody(status))
			})
			pool, err := c.WaitPoolNodes(t.Context(), testRegion, testID, func(pool *k8s.Pool) (bool, error) {
				if pool.Status != k8s.PoolStatusReady {
					return false, nil
				}
				return lists.Add(1) >= settledAt, nil
			})
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error = %v, want %q", err, test.want)
				}
			} else if err != nil || pool.Status != k8s.PoolStatusReady {
				t.Errorf("pool %v, error %v", pool, err)
			}
			if reads := len(fake.allRequests()); int(lists.Load()) != test.lists || reads != test.reads {
				t.Errorf("%d lists and %d reads, want %d and %d", lists.Load(), reads, test.lists, test.reads)
			}
		})
	}
}
