package externalnode_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func (r *rig) life(more map[string]any) *acctest.Life {
	r.t.Helper()
	return r.Protocol(r.t).Life("srm_kosmos_external_node", r.wanted(more))
}

// TestWarnings: what a refresh says of a node that does not work, and of one that is too old; nothing of one whose
// machine has not come yet.
func TestWarnings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.life(nil)
	node.Apply(t.Context())
	if said := node.Refresh(t.Context()); said != "" {
		t.Errorf("of a machine that has not come: %s", said)
	}
	id := r.nodes()[0].ID
	for _, status := range []k8s.NodeStatus{k8s.NodeStatusNotReady, k8s.NodeStatusCreationError, k8s.NodeStatusLocked} {
		if err := r.Sandbox.Patch("nodes", id, map[string]any{"status": status, "error_message": "kubelet stopped posting " +
			"node status"}); err != nil {
			t.Fatal(err)
		}
		said := node.Refresh(t.Context())
		acctest.Contains(t, said, "WARNING: The external node edge-1 is "+strings.ReplaceAll(string(status), "_", " "),
			"Clause: KOS-04", "(fr-par/"+id+") at 203.0.113.10: kubelet stopped posting node status",
			"Running its program again is safe.")
		if node.Text("status") != string(status) {
			t.Errorf("status %s", node.Text("status"))
		}
	}
	if err := r.Sandbox.Patch("nodes", id, map[string]any{"status": "ready", "error_message": ""}); err != nil {
		t.Fatal(err)
	}
	if said := node.Refresh(t.Context()); said != "" {
		t.Errorf("of a ready node: %s", said)
	}
}

// TestInterrupted: a create that waits and is interrupted leaves an untainted node, which the next apply goes on with.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]map[string]any{
		"enrolled by the provider": {"wait_for_ready": true},
		"enrolled by the machine": {
			"wait_for_ready": true, "enrolment": "machine", "credential_source": map[string]any{"file": "/root/key"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			node := r.life(more)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			acctest.Contains(t, node.Apply(ctx), "WARNING: The external node is enrolled, and not ready: the next apply goes on")
			if !node.Exists() || node.Tainted() {
				t.Fatalf("exists %t, tainted %t", node.Exists(), node.Tainted())
			}
			if action, said := node.Plan(t.Context()); action != "update" {
				t.Errorf("the plan is %s: %s", action, said)
			}
			// An update that cannot read, or is refused, leaves it undone.
			if err := r.Sandbox.AddFault(
				sandbox.Fault{Method: "GET", Path: "*/acls", Kind: sandbox.FaultStatus, Status: 500},
			); err != nil {
				t.Fatal(err)
			}
			acctest.Contains(t, node.Apply(t.Context()), "ERROR: Unable to update the external node")
			if more["enrolment"] == nil {
				refused := maps.Clone(more)
				refused["address"] = "198.51.100.7"
				node.Configure(r.wanted(refused))
				acctest.Contains(t, node.Apply(t.Context()), "ERROR: The API server does not let the machine in")
				node.Configure(r.wanted(more))
			}
			if action, said := node.Plan(t.Context()); action != "update" {
				t.Errorf("after a failed update the plan is %s: %s", action, said)
			}
			if more["enrolment"] == "machine" {
				r.come()
			} else {
				_, credential, _ := strings.Cut(node.Text("script"), `"node_secret_key":"`)
				credential, _, _ = strings.Cut(credential, `"`)
				r.beat(r.nodes()[0].ID, credential, `{"ready": true}`)
			}
			if said := node.Apply(t.Context()); strings.Contains(said, "ERROR") {
				t.Error(said)
			}
			if action, said := node.Plan(t.Context()); action != "no-op" || node.Text("status") != "ready" ||
				len(r.nodes()) != 1 {
				t.Errorf("the plan is %s, status %s, %d nodes: %s", action, node.Text("status"), len(r.nodes()), said)
			}
		})
	}
}

// TestOldAddress: an allow-list that lost the machine is a warning of what does not concern it, and refuses another
// address.
func TestOldAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.life(nil)
	node.Apply(t.Context())
	r.allow(r.pool.ClusterID, "192.0.2.0/24")
	node.Configure(r.wanted(map[string]any{"name": "edge-2"}))
	said := node.Apply(t.Context())
	acctest.Contains(t, said, "WARNING: The API server does not let the machine in")
	if strings.Contains(said, "ERROR") || !strings.Contains(node.Text("script"), "as edge-2 in") {
		t.Error(said)
	}
	node.Configure(r.wanted(map[string]any{"name": "edge-2", "address": "203.0.113.99"}))
	acctest.Contains(t, node.Apply(t.Context()), "ERROR: The API server does not let the machine in", "Found: address "+
		"203.0.113.99")
}

// TestUnknownInputs: what is not known at plan is checked by the plan that precedes the apply.
func TestUnknownInputs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, config := range map[string]map[string]any{
		"all of it": r.wanted(
			map[string]any{
				"pool_id": acctest.Unknown, "address": acctest.Unknown, "attestation": acctest.Unknown, "agent": acctest.Unknown,
				"ssh": acctest.Unknown, "enrolment": acctest.Unknown,
			},
		),
		"parts": r.wanted(map[string]any{
			"attestation": map[string]any{"owner": acctest.Unknown}, "agent": map[string]any{
				"version": acctest.Unknown, "sha256": acctest.Unknown,
			},
			"enrolment": "machine", "credential_source": map[string]any{"file": acctest.Unknown, "command": acctest.Unknown},
		}),
	} {
		node := r.Protocol(t).Life("srm_kosmos_external_node", config)
		if action, said := node.Plan(t.Context()); action != "create" || strings.Contains(said, "ERROR") {
			t.Errorf("%s: the plan is %s: %s", name, action, said)
		}
	}
}

// TestImportByIdentity speaks the protocol itself: not every CLI that is tested here has identities.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.come()
	for region, wanted := range map[any]string{
		nil: "fr-par/" + id, "fr-par": "fr-par/" + id, "nl-ams": "nl-ams/" + id, "nl-ams-1": "",
	} {
		imported, said := r.Protocol(t).ImportByIdentity("srm_kosmos_external_node", region, id)
		if (wanted == "") != (said != "") || wanted != "" && imported != wanted {
			t.Errorf("region %v: %q, %s", region, imported, said)
		}
	}
}
