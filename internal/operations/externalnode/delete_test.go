package externalnode_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestDelete: a node is drained and deleted, then its Node object. Whatever prevents the drain does not prevent the
// deletion, and is returned.
func TestDelete(t *testing.T) {
	t.Parallel()
	object := &kubernetes.Node{Name: "edge"}
	failed := errors.New("failed")
	for name, test := range map[string]struct {
		objects         nodeObjects
		timeout         time.Duration
		calls, drainErr string
	}{
		"drained": {
			nodeObjects{object: object}, 12 * time.Minute, "connect, read, drain edge in 7m0s, delete edge", "",
		},
		"short timeout": {
			nodeObjects{object: object}, 4 * time.Second, "connect, read, drain edge in 2s, delete edge", "",
		},
		"long timeout": {
			nodeObjects{object: object}, time.Hour, "connect, read, drain edge in 15m0s, delete edge", "",
		},
		"not joined":      {nodeObjects{}, time.Hour, "connect, read", ""},
		"not connected":   {nodeObjects{connectErr: failed}, time.Hour, "connect", "failed"},
		"object not read": {nodeObjects{object: object, readErr: failed}, time.Hour, "connect, read", "failed"},
		"drain fails": {
			nodeObjects{object: object, drainErr: failed}, time.Hour,
			"connect, read, drain edge in 15m0s, delete edge", "failed",
		},
		"pods remain": {
			nodeObjects{object: object, remaining: map[string]string{"b/c": "a budget", "a/b": "it runs"}}, time.Minute,
			"connect, read, drain edge in 30s, delete edge",
			"pods that are still running after 30s: a/b (it runs), b/c (a budget)",
		},
		"object not deleted": {
			nodeObjects{object: object, deleteErr: failed}, time.Hour,
			"connect, read, drain edge in 15m0s, delete edge", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			*r.objects = test.objects
			node := r.enrol()
			deleted, err := r.client.Delete(
				t.Context(), r.observed(node.Identity.ID, node.Credential), test.timeout,
			)
			drainErr := ""
			if deleted.DrainErr != nil {
				drainErr = deleted.DrainErr.Error()
			}
			if err != nil || deleted.Node.ID != node.Identity.ID || drainErr != test.drainErr {
				t.Errorf("deleted %+v, %v; want drain error %q", deleted, err, test.drainErr)
			}
			if calls := strings.Join(r.objects.calls, ", "); calls != test.calls {
				t.Errorf("calls %s, want %s", calls, test.calls)
			}
			if nodes := r.nodes(); len(nodes) != 0 {
				t.Errorf("%d nodes", len(nodes))
			}
		})
	}
}

// TestDeleteGone: the deletion of a node that is gone sends no write and does not connect to the cluster.
func TestDeleteGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare  func(*rig) externalnode.Observed
		requests []string
	}{
		"deleted": {func(r *rig) externalnode.Observed {
			node := r.enrol()
			r.remove("nodes", node.Identity.ID)
			return r.observed(node.Identity.ID, node.Credential)
		}, []string{readNode}},
		"being deleted": {func(r *rig) externalnode.Observed {
			node := r.enrol()
			r.patch(node.Identity.ID, map[string]any{"status": k8s.NodeStatusDeleting})
			return r.observed(node.Identity.ID, node.Credential)
		}, []string{readNode}},
		"id never known": {func(r *rig) externalnode.Observed {
			node := r.enrol()
			r.remove("nodes", node.Identity.ID)
			return r.observed("", node.Credential)
		}, []string{readMetadata, readPool, listNodes}},
		"never enrolled": {func(r *rig) externalnode.Observed {
			return r.observedMachine("")
		}, []string{readPool, listNodes}},
		"pool deleted": {func(r *rig) externalnode.Observed {
			r.remove("pools", r.pool.ID)
			return r.observedMachine("")
		}, []string{readPool}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			deleted, err := r.client.Delete(t.Context(), test.prepare(r), time.Hour)
			if err != nil || deleted != (externalnode.Deleted{}) || len(r.objects.calls) != 0 {
				t.Errorf("deleted %+v, %v; calls %v", deleted, err, r.objects.calls)
			}
			r.expectRequests(test.requests...)
		})
	}
}

// TestDeleteFails: a deletion whose response is lost succeeds. A refused one is an error that keeps the Node object.
func TestDeleteFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path string
		fault        sandbox.Fault
		isError      func(error) bool
		nodes        int
	}{
		"lost response": {
			"DELETE", "*/nodes/*", sandbox.Fault{Kind: sandbox.FaultLostResponse, Times: 1}, nil, 0,
		},
		"403 of the API": {
			"DELETE", "*/nodes/*", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403}, scaleway.IsForbidden, 1,
		},
		"404 of a proxy": {
			"DELETE", "*/nodes/*", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 404}, isFromProxy, 1,
		},
		"404 of a proxy for the node": {
			"GET", "*/nodes/*", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 404}, isFromProxy, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.objects.object = &kubernetes.Node{Name: "edge"}
			node := r.enrol()
			r.fault(test.method, test.path, test.fault)
			_, err := r.client.Delete(t.Context(), r.observed(node.Identity.ID, node.Credential), time.Hour)
			if err != nil && (test.isError == nil || !test.isError(err)) || err == nil && test.isError != nil {
				t.Errorf("error %v", err)
			}
			if isDeleted := slices.Contains(r.objects.calls, "delete edge"); isDeleted != (test.isError == nil) {
				t.Errorf("calls %v", r.objects.calls)
			}
			r.Sandbox.ClearFaults()
			if nodes := r.nodes(); len(nodes) != test.nodes {
				t.Errorf("%d nodes, want %d", len(nodes), test.nodes)
			}
		})
	}
}

// TestDeleteUnidentified: a node whose credential the API refuses is not deleted by guessing.
func TestDeleteUnidentified(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.enrol()
	r.fault("GET", "*/node-metadata", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401})
	_, err := r.newProcess().Delete(t.Context(), r.observed("", node.Credential), time.Hour)
	if _, ok := errors.AsType[*externalnode.UnidentifiedError](err); !ok {
		t.Errorf("error %v", err)
	}
	r.expectRequests(readMetadata, readPool, listNodes)
}
