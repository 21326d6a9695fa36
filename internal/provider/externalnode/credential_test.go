package externalnode_test

import (
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// metadataFault makes reading a node's metadata fail as long as nothing clears it.
func (r *rig) metadataFault(kind sandbox.FaultKind, status int) {
	r.t.Helper()
	if err := r.Sandbox.AddFault(
		sandbox.Fault{Path: "*/node-metadata", Kind: kind, Status: status, Times: 1000},
	); err != nil {
		r.t.Fatal(err)
	}
}

// TestRefusedCredential: an answer to a node's own credential that may pass, or is not the API's, never enrols a second
// node.
func TestRefusedCredential(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		name   string
		kind   sandbox.FaultKind
		status int
		said   string
	}{
		{"a page 401", sandbox.FaultHTML, 401, "something in front of the API answered HTTP 401"},
		{"a page 403", sandbox.FaultHTML, 403, "something in front of the API answered HTTP 403"},
		{"a page 404", sandbox.FaultHTML, 404, "something in front of the API answered HTTP 404"},
		{"a page 410", sandbox.FaultHTML, 410, "something in front of the API answered HTTP 410"},
		{"401 of the API", sandbox.FaultStatus, 401, "terraform state rm"},
		{"403 of the API", sandbox.FaultStatus, 403, "terraform state rm"},
		{"404 of the API", sandbox.FaultStatus, 404, "terraform state rm"},
		{"410 of the API", sandbox.FaultStatus, 410, "terraform state rm"},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			node := r.life(nil)
			r.metadataFault(one.kind, one.status)
			acctest.Contains(t, node.Apply(t.Context()), "its id is not known: the next plan asks again")
			if !node.Exists() || node.Tainted() || node.Text("id") != "" {
				t.Fatalf("exists %t, tainted %t, id %q", node.Exists(), node.Tainted(), node.Text("id"))
			}
			for _, said := range []string{node.Refresh(t.Context()), node.Apply(t.Context()), node.Destroy(t.Context())} {
				acctest.Contains(t, said, "ERROR: ", one.said)
				if !node.Exists() {
					t.Fatalf("the node has left the state:\n%s", said)
				}
			}
			if left := r.nodes(); len(left) != 1 {
				t.Errorf("%d nodes, want 1", len(left))
			}
			r.Sandbox.ClearFaults()
			node.Apply(t.Context())
			if action, said := node.Plan(t.Context()); action != "no-op" || !strings.HasSuffix(
				node.Text("id"), r.nodes()[0].ID,
			) || len(r.nodes()) != 1 {
				t.Errorf("the plan is %s with %d nodes: %s", action, len(r.nodes()), said)
			}
		})
	}
}

// TestDeletedBeforeKnown: a node that was deleted before its id was known is gone: its credential is refused, and its
// pool has no node that could be it.
func TestDeletedBeforeKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.life(nil)
	r.metadataFault(sandbox.FaultStatus, 401)
	node.Apply(t.Context())
	r.Sandbox.ClearFaults()
	id := r.nodes()[0].ID
	if err := r.api.DeleteNode(t.Context(), scw.RegionFrPar, id); err != nil {
		t.Fatal(err)
	}
	if err := r.api.WaitNodeGone(t.Context(), scw.RegionFrPar, id); err != nil {
		t.Fatal(err)
	}
	if said := node.Refresh(t.Context()); node.Exists() || said != "" {
		t.Errorf("in the state %t: %s", node.Exists(), said)
	}
}
