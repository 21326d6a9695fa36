package scaleway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

const transientClusterBody = `{"current_state":"creating","message":"resource is in a transient ` +
	`state","resource":"cluster","resource_id":"` + testID + `","type":"transient_state"}`

func TestClustersAllPagesAndExactName(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		page := r.URL.Query().Get("page")
		writeJSON(
			w, 200, fmt.Sprintf(
				`{"total_count":4,"clusters":[{"id":"a%s","name":"c1"},{"id":"b%s","name":"c1-old"}]}`, page, page,
			),
		)
	})
	clusters, err := c.Clusters(t.Context(), testRegion, ClusterFilter{Name: "c1"})
	if err != nil || len(clusters) != 2 || clusters[0].ID != "a1" || clusters[1].ID != "a2" {
		t.Errorf("clusters %v, error %v, want a1 and a2", clusters, err)
	}
	if len(fake.allRequests()) != 2 || !strings.Contains(fake.allRequests()[0].query, "page_size=100") {
		t.Errorf("requests = %+v", fake.allRequests())
	}
}

func TestDeleteCluster(t *testing.T) {
	t.Parallel()
	const notFound = `{"message":"resource is not found","resource":"cluster","resource_id":"` + testID + `",` +
		`"type":"not_found"}`
	type step struct {
		status int
		body   string
	}
	for _, test := range []struct {
		name    string
		deletes []step
		state   string
		fails   bool
	}{
		{"accepted", []step{{200, statusBody("deleting")}}, "", false},
		{"deleted already", []step{{404, notFound}}, "", false},
		{"being deleted already", []step{{409, transientClusterBody}}, "deleting", false},
		{
			"updating, then accepted", []step{
				{409, transientClusterBody}, {200, statusBody("deleting")},
			}, "updating", false,
		},
		{"forbidden", []step{{403, `{"message":"no","type":"permissions_denied"}`}}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			deletes := 0
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodGet {
					writeJSON(w, 200, statusBody(test.state))
					return
				}
				deletes++
				writeJSON(w, test.deletes[deletes-1].status, test.deletes[deletes-1].body)
			})
			err := c.DeleteCluster(t.Context(), testRegion, testID, false)
			if (err != nil) != test.fails || fake.countMethod(http.MethodDelete) != len(test.deletes) {
				t.Errorf("error %v, %d requests", err, fake.countMethod(http.MethodDelete))
			}
			if query := fake.allRequests()[0].query; query != "with_additional_resources=false" {
				t.Errorf("query = %s", query)
			}
		})
	}
}

func TestSetClusterTypeAfterLostAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, typ string
		ok        bool
	}{{"type changed", "kapsule-dedicated-8", true}, {"type not changed", "kapsule-dedicated-4", false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodPost {
					hangUp(w)
				}
				writeJSON(w, 200, `{"id":"`+testID+`","status":"updating","type":"`+test.typ+`"}`)
			})
			cluster, err := c.SetClusterType(t.Context(), testRegion, testID, "kapsule-dedicated-8")
			if test.ok && (err != nil || cluster.Type != test.typ) || !test.ok && !IsUnknownOutcome(err) {
				t.Errorf("cluster %v, error %v", cluster, err)
			}
			if fake.countMethod(http.MethodPost) != 1 {
				t.Errorf("%d type changes were sent, want 1", fake.countMethod(http.MethodPost))
			}
		})
	}
}

func TestUpdateClusterRetriesTransientState(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number < 3 {
			writeJSON(w, 409, transientClusterBody)
			return
		}
		writeJSON(w, 200, statusBody("updating"))
	})
	name := "new"
	if _, err := c.UpdateCluster(
		t.Context(), &k8s.UpdateClusterRequest{Region: testRegion, ClusterID: testID, Name: &name},
	); err != nil {
		t.Fatal(err)
	}
	seen := fake.allRequests()
	if len(seen) != 3 || seen[2].body != `{"name":"new"}` {
		t.Errorf("requests = %+v", seen)
	}
}

func TestSetAllowListWithRetry(t *testing.T) {
	t.Parallel()
	const precondition = `{"message":"precondition ` +
		`failed","type":"precondition_failed","precondition":"unknown_precondition"}`
	const rules = `{"rules":[{"id":"r","ip":"1.2.3.4/32","description":"x"}]}`
	const set, read = http.MethodPut, http.MethodGet
	type step struct {
		method string
		status int
		body   string
	}
	isReady := step{read, 200, statusBody("ready")}
	isCreating := step{read, 200, statusBody("creating")}
	accepted := step{set, 200, rules}
	for _, test := range []struct {
		name   string
		status k8s.ClusterStatus
		steps  []step
		want   string
	}{
		{"of a ready cluster", "ready", []step{accepted}, ""},
		{"whose status is not known", "", []step{accepted}, ""},
		{"once created", "creating", []step{isCreating, isCreating, isReady, accepted}, ""},
		{"once updated", "updating", []step{{read, 200, statusBody("updating")}, isReady, accepted}, ""},
		{"a mutualised cluster", "creating", []step{{read, 200, statusBody("pool_required")}, accepted}, ""},
		{"a status that cannot be read", "creating", []step{{read, 403, `{"message":"denied"}`}, accepted}, ""},
		{"a transient state", "", []step{{set, 409, transientClusterBody}, isCreating, isReady, accepted}, ""},
		{
			"a status that is behind", "ready", []step{
				{set, 409, transientClusterBody}, isReady, {set, 409, transientClusterBody}, isReady, accepted,
			}, "",
		},
		{
			"a precondition while the cluster is created", "",
			[]step{{set, 412, precondition}, isCreating, isCreating, isReady, accepted}, "",
		},
		{
			"a precondition of a ready cluster", "ready", []step{{set, 412, precondition}, isReady},
			"precondition failed",
		},
		{"wrong rules", "ready", []step{{set, 400, `{"message":"invalid ` +
			`argument(s)","type":"invalid_arguments","details":[{"argument_name":"acls","reason":"constraint"}]}`}},
			"acls does not respect constraint"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, number int) {
				if number > len(test.steps) || r.Method != test.steps[number-1].method {
					t.Errorf("request %d is %s %s", number, r.Method, r.URL.Path)
					writeJSON(w, 400, `{}`)
					return
				}
				writeJSON(w, test.steps[number-1].status, test.steps[number-1].body)
			})
			found, err := c.SetAllowListWithRetry(t.Context(), testRegion, testID, test.status, nil)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error = %v, want %q", err, test.want)
				}
			} else if err != nil || len(found) != 1 {
				t.Errorf("rules %v, error %v", found, err)
			}
			if n := len(fake.allRequests()); n != len(test.steps) {
				t.Errorf("%d requests, want %d", n, len(test.steps))
			}
			for _, request := range fake.allRequests() {
				if request.method == set && request.body != `{"acls":[]}` {
					t.Errorf("body = %s, want an empty list", request.body)
				}
			}
		})
	}
}

func TestSetAllowListWithRetryCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, number int) {
		if r.Method == http.MethodGet {
			writeJSON(w, 200, statusBody("ready"))
		} else {
			writeJSON(w, 409, transientClusterBody)
		}
		if number == 3 {
			cancel()
		}
	})
	c.RecoveryGrace = time.Millisecond
	_, err := c.SetAllowListWithRetry(ctx, testRegion, testID, "", nil)
	if !errors.Is(err, context.Canceled) || !IsTransient(err) {
		t.Errorf("error = %v, want one that wraps context.Canceled and the last rejection", err)
	}
}

// TestSetAllowListOfClusterBeingCreatedCancelled checks that the wait for the end of the creation continues for the
// grace period, and that the error names the status.
func TestSetAllowListOfClusterBeingCreatedCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 200, statusBody("creating"))
		cancel()
	})
	c.RecoveryGrace = 50 * time.Millisecond
	_, err := c.SetAllowListWithRetry(ctx, testRegion, testID, "creating", nil)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "was interrupted after") ||
		!strings.Contains(err.Error(), "its last state was creating") {
		t.Errorf("error = %v", err)
	}
	if reads := fake.countMethod(http.MethodGet); reads < 2 || fake.countMethod(http.MethodPut) > 0 {
		t.Errorf("%d reads, want at least one after the interruption, and no write", reads)
	}
}

func TestPoolWrites(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/user-data"):
			writeJSON(w, 200, `{"user_data":[{"key":"cloud-init"}]}`)
		case strings.HasSuffix(r.URL.Path, "/user-data/cloud-init"):
			writeJSON(w, 200, `{"name":"x","content_type":"text/plain","content":"aGVsbG8="}`)
		default:
			writeJSON(w, 200, `{"id":"`+testID+`","status":"ready"}`)
		}
	})
	for _, write := range []func() (*k8s.Pool, error){
		func() (*k8s.Pool, error) { return c.SetPoolLabels(t.Context(), testRegion, testID, nil) },
		func() (*k8s.Pool, error) { return c.SetPoolTaints(t.Context(), testRegion, testID, nil) },
		func() (*k8s.Pool, error) { return c.SetPoolStartupTaints(t.Context(), testRegion, testID, nil) },
		func() (*k8s.Pool, error) { return c.UpgradePool(t.Context(), testRegion, testID, "1.35.3") },
	} {
		if pool, err := write(); err != nil || pool.ID != testID {
			t.Errorf("pool %v, error %v", pool, err)
		}
	}
	want := []string{`{"labels":{}}`, `{"taints":[]}`, `{"startup_taints":[]}`, `{"version":"1.35.3"}`}
	for i, request := range fake.allRequests() {
		if request.body != want[i] {
			t.Errorf("body %d = %s, want %s", i, request.body, want[i])
		}
	}
	keys, err := c.PoolUserDataKeys(t.Context(), testRegion, testID)
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %v, error %v", keys, err)
	}
	if content, err := c.PoolUserData(
		t.Context(), testRegion, testID, keys[0],
	); err != nil || string(content) != "hello" {
		t.Errorf("content %q, error %v", content, err)
	}
}
