package scaleway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

const nodeNotFoundBody = `{"message":"resource is not found","resource":"node","resource_id":"` + testID + `",` +
	`"type":"not_found"}`

func nodeBody(id, name, status string) string {
	return fmt.Sprintf(
		`{"id":%q,"name":%q,"status":%q,"region":"fr-par","pool_id":"p","cluster_id":"c"}`, id, name, status,
	)
}

// TestReplaceNodeAfterLostAnswer checks that the request is sent once, and succeeds if the node is then being deleted.
func TestReplaceNodeAfterLostAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body  string
		status      int
		ok, unknown bool
	}{
		{"being deleted", nodeBody(testID, "n", "deleting"), 200, true, false},
		{"deleted", nodeNotFoundBody, 404, true, false},
		{"not being deleted", nodeBody(testID, "n", "ready"), 200, false, true},
		{"reading is forbidden", `{"message":"no","type":"permissions_denied"}`, 403, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodPost {
					hangUp(w)
				}
				writeJSON(w, test.status, test.body)
			})
			_, err := c.ReplaceNode(t.Context(), testRegion, testID)
			if (err == nil) != test.ok || IsUnknownOutcome(err) != test.unknown {
				t.Errorf("error %v", err)
			}
			if fake.countMethod(http.MethodPost) != 1 {
				t.Errorf("%d replacements were sent, want 1", fake.countMethod(http.MethodPost))
			}
		})
	}
}

// TestReplaceNodeInterrupted checks that the request is sent once, and that the node is read even after an
// interruption.
func TestReplaceNodeInterrupted(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"deleting", "ready"} {
		ctx, cancel := context.WithCancel(t.Context())
		c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method == http.MethodGet {
				writeJSON(w, 200, nodeBody(testID, "n", status))
				return
			}
			cancel()
			hangUp(w)
		})
		node, err := c.ReplaceNode(ctx, testRegion, testID)
		if replaced := status == "deleting"; replaced && (err != nil || node.ID != testID) || !replaced &&
			!IsUnknownOutcome(err) {
			t.Errorf("%s: node %v, error %v", status, node, err)
		}
		if fake.countMethod(http.MethodPost) != 1 {
			t.Errorf("%s: %d replacements were sent, want 1", status, fake.countMethod(http.MethodPost))
		}
	}
}

func TestWaitNodeReplaced(t *testing.T) {
	t.Parallel()
	type answers struct{ pool, nodes string }
	old, other := nodeBody(testID, "old", "deleting"), nodeBody("other", "other", "ready")
	starting, ready := nodeBody("new", "new", "starting"), nodeBody("new", "new", "ready")
	for _, test := range []struct {
		name   string
		reads  []answers
		states []string
		failed string
	}{
		{
			"the new node replaces the old one",
			[]answers{
				{"ready", other + "," + old}, {
					"scaling", other + "," + old + "," + starting,
				}, {"scaling", other + "," + ready}, {"ready", ready + "," + other},
			},
			[]string{
				"old node deleting, pool workers ready, no new node yet", "old node deleting, pool workers scaling, " +
					"new node new starting",
				"old node deleted, pool workers scaling, new node new ready",
				"old node deleted, pool workers ready, new node new ready",
			}, "",
		},
		{
			"a node that existed before is not a new one",
			[]answers{{"ready", other}, {"ready", other + "," + starting}, {"ready", other + "," + ready}},
			[]string{
				"old node deleted, pool workers ready, no new node yet",
				"old node deleted, pool workers ready, new node new starting",
				"old node deleted, pool workers ready, new node new ready",
			}, "",
		},
		{
			"the pool is locked", []answers{{"locked", other}}, []string{
				"old node deleted, pool workers locked, no new node yet",
			}, "pool fr-par/p is locked",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reads := 0
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				now := test.reads[min(reads, len(test.reads)-1)]
				if strings.HasSuffix(r.URL.Path, "/pools/p") {
					writeJSON(w, 200, fmt.Sprintf(`{"id":"p","name":"workers","status":%q}`, now.pool))
					return
				}
				reads++
				if query := r.URL.Query(); query.Get("pool_id") != "p" {
					t.Errorf("the request is not limited to the pool: %s", r.URL)
				}
				writeJSON(
					w, 200, fmt.Sprintf(`{"total_count":%d,"nodes":[%s]}`, strings.Count(now.nodes, `"id"`), now.nodes),
				)
			})
			states := []string{}
			last, err := c.WaitNodeReplaced(t.Context(), &k8s.Node{
				ID: testID, Region: testRegion, PoolID: "p", ClusterID: "c",
			}, []*k8s.Node{{ID: testID}, {ID: "other"}},
				func(r Replacement) { states = append(states, r.State()) })
			if strings.Join(states, "\n") != strings.Join(test.states, "\n") {
				t.Errorf("states\n%s", strings.Join(states, "\n"))
			}
			if test.failed != "" {
				if err == nil || err.Error() != test.failed {
					t.Errorf("error %v, want %s", err, test.failed)
				}
				return
			}
			if err != nil || len(last.ReadyNodes()) != 1 || last.ReadyNodes()[0].ID != "new" {
				t.Errorf("replacement %+v, error %v", last, err)
			}
		})
	}
}

// TestWaitNodeReplacedInterrupted checks that the error contains the progress and the new node's own error message.
func TestWaitNodeReplacedInterrupted(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if strings.HasSuffix(r.URL.Path, "/pools/p") {
			writeJSON(w, 200, `{"id":"p","name":"workers","status":"warning","error_message":"out of stock"}`)
			return
		}
		writeJSON(w, 200,
			`{"total_count":1,"nodes":[{"id":"new","name":"new","status":"creation_error","error_message":"no `+
				`image"}]}`)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reads := 0
	_, err := c.WaitNodeReplaced(ctx, &k8s.Node{
		ID: testID, Region: testRegion, PoolID: "p", ClusterID: "c",
	}, nil, func(Replacement) {
		if reads++; reads == 2 {
			cancel()
		}
	})
	waiting, ok := errors.AsType[*WaitError](err)
	if !ok || !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	const state = "old node deleted, pool workers warning (out of stock), new node new creation_error (no image)"
	if waiting.State != state || waiting.Kind != "replacement of node" || waiting.ID != testID {
		t.Errorf("error %v", err)
	}
}

func TestResetAdminToken(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == 1 {
			writeJSON(w, 409, transientClusterBody)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	if err := c.ResetAdminToken(t.Context(), testRegion, testID); err != nil {
		t.Fatal(err)
	}
	seen := fake.allRequests()
	if len(seen) != 2 || seen[1].method != http.MethodPost || seen[1].path != "/k8s/v1/regions/fr-par/clusters/"+testID+
		"/reset-admin-token" {
		t.Errorf("requests = %+v", seen)
	}
	lost, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { hangUp(w) })
	if err := lost.ResetAdminToken(t.Context(), testRegion, testID); !IsUnknownOutcome(err) ||
		len(fake.allRequests()) != 1 {
		t.Errorf("error %v after %d requests", err, len(fake.allRequests()))
	}
}
