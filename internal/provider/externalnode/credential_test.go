package externalnode_test

import (
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// failNodeMetadata makes requests for a node's metadata fail until the faults are cleared.
func (r *rig) failNodeMetadata(kind sandbox.FaultKind, status int) {
	r.t.Helper()
	if err := r.Sandbox.AddFault(
		sandbox.Fault{Path: "*/node-metadata", Kind: kind, Status: status, Times: 1000},
	); err != nil {
		r.t.Fatal(err)
	}
}

// TestRefusedCredential checks that a refused credential never leads to a second enrolment: the refusal may be
// temporary, or the response from a proxy.
func TestRefusedCredential(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		kind   sandbox.FaultKind
		status int
		want   string
	}{
		{"401 of a proxy", sandbox.FaultHTML, 401, "something in front of the API answered HTTP 401"},
		{"403 of a proxy", sandbox.FaultHTML, 403, "something in front of the API answered HTTP 403"},
		{"404 of a proxy", sandbox.FaultHTML, 404, "something in front of the API answered HTTP 404"},
		{"410 of a proxy", sandbox.FaultHTML, 410, "something in front of the API answered HTTP 410"},
		{"401 of the API", sandbox.FaultStatus, 401, "terraform state rm"},
		{"403 of the API", sandbox.FaultStatus, 403, "terraform state rm"},
		{"404 of the API", sandbox.FaultStatus, 404, "terraform state rm"},
		{"410 of the API", sandbox.FaultStatus, 410, "terraform state rm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			node := r.newLifecycle(nil)
			r.failNodeMetadata(test.kind, test.status)
			acctest.Contains(t, node.Apply(t.Context()), "its id could not be read: the next plan reads it again")
			if !node.Exists() || node.IsTainted() || node.StringAttribute("id") != "" {
				t.Fatalf("exists %t, tainted %t, id %q", node.Exists(), node.IsTainted(), node.StringAttribute("id"))
			}
			for _, output := range []string{
				node.Refresh(t.Context()), node.Apply(t.Context()), node.Destroy(t.Context()),
			} {
				acctest.Contains(t, output, "ERROR: ", test.want)
				if !node.Exists() {
					t.Fatalf("the node was removed from the state:\n%s", output)
				}
			}
			if left := r.nodes(); len(left) != 1 {
				t.Errorf("%d nodes, want 1", len(left))
			}
			r.Sandbox.ClearFaults()
			node.Apply(t.Context())
			if action, output := node.Plan(t.Context()); action != "no-op" || !strings.HasSuffix(
				node.StringAttribute("id"), r.nodes()[0].ID,
			) || len(r.nodes()) != 1 {
				t.Errorf("the planned action is %s, with %d nodes: %s", action, len(r.nodes()), output)
			}
		})
	}
}

// TestNodeDeletedBeforeIDIsKnown deletes a node before its id is known. A refresh removes the resource from the state:
// the credential is refused, and the pool has no other node.
func TestNodeDeletedBeforeIDIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.newLifecycle(nil)
	r.failNodeMetadata(sandbox.FaultStatus, 401)
	node.Apply(t.Context())
	r.Sandbox.ClearFaults()
	id := r.nodes()[0].ID
	if err := r.api.DeleteNode(t.Context(), scw.RegionFrPar, id); err != nil {
		t.Fatal(err)
	}
	if err := r.api.WaitNodeDeleted(t.Context(), scw.RegionFrPar, id); err != nil {
		t.Fatal(err)
	}
	if output := node.Refresh(t.Context()); node.Exists() || output != "" {
		t.Errorf("in the state %t: %s", node.Exists(), output)
	}
}
