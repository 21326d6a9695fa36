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

func (r *rig) newLifecycle(extra map[string]any) *acctest.ResourceLifecycle {
	r.t.Helper()
	return r.Protocol(r.t).Resource("srm_kosmos_external_node", r.nodeAttributes(extra))
}

// TestStatusWarnings checks the warnings of a refresh for a node that does not work, and that there is none for a ready
// node and for a node whose machine has not joined yet.
func TestStatusWarnings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.newLifecycle(nil)
	node.Apply(t.Context())
	if output := node.Refresh(t.Context()); output != "" {
		t.Errorf("unexpected diagnostics before the machine joined: %s", output)
	}
	id := r.nodes()[0].ID
	for _, status := range []k8s.NodeStatus{k8s.NodeStatusNotReady, k8s.NodeStatusCreationError, k8s.NodeStatusLocked} {
		if err := r.Sandbox.Patch("nodes", id, map[string]any{"status": status,
			"error_message": "kubelet stopped posting node status"}); err != nil {
			t.Fatal(err)
		}
		output := node.Refresh(t.Context())
		acctest.Contains(t, output, "WARNING: The external node edge-1 has the status "+string(status),
			"Clause: KOS-04", "(fr-par/"+id+") at 203.0.113.10: kubelet stopped posting node status",
			"It is safe to run its program again.")
		if node.StringAttribute("status") != string(status) {
			t.Errorf("status %s", node.StringAttribute("status"))
		}
	}
	if err := r.Sandbox.Patch("nodes", id, map[string]any{"status": "ready", "error_message": ""}); err != nil {
		t.Fatal(err)
	}
	if output := node.Refresh(t.Context()); output != "" {
		t.Errorf("unexpected diagnostics of a ready node: %s", output)
	}
}

// TestInterruptedCreate interrupts a create that waits for the node. The resource is not tainted, and the next apply
// continues.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	for name, extra := range map[string]map[string]any{
		"enrolled by the provider": {"wait_for_ready": true},
		"enrolled by the machine": {
			"wait_for_ready": true, "enrolment": "machine", "credential_source": map[string]any{"file": "/root/key"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			node := r.newLifecycle(extra)
			// Long enough for the enrolment on a busy machine; the wait for the machine would never end.
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			acctest.Contains(t, node.Apply(ctx), "WARNING: The external node is enrolled but not ready: the next "+
				"apply continues")
			if !node.Exists() || node.IsTainted() {
				t.Fatalf("exists %t, tainted %t", node.Exists(), node.IsTainted())
			}
			if action, output := node.Plan(t.Context()); action != "update" {
				t.Errorf("the planned action is %s: %s", action, output)
			}
			// After an update that fails or is refused, the next plan still shows an update.
			if err := r.Sandbox.AddFault(
				sandbox.Fault{Method: "GET", Path: "*/acls", Kind: sandbox.FaultStatus, Status: 500},
			); err != nil {
				t.Fatal(err)
			}
			acctest.Contains(t, node.Apply(t.Context()), "ERROR: Unable to update the external node")
			if extra["enrolment"] == nil {
				refused := maps.Clone(extra)
				refused["address"] = "198.51.100.7"
				node.Configure(r.nodeAttributes(refused))
				acctest.Contains(t, node.Apply(t.Context()), "ERROR: The API server does not allow the machine")
				node.Configure(r.nodeAttributes(extra))
			}
			if action, output := node.Plan(t.Context()); action != "update" {
				t.Errorf("the planned action after a failed update is %s: %s", action, output)
			}
			if extra["enrolment"] == "machine" {
				r.enrolMachine()
			} else {
				_, credential, _ := strings.Cut(node.StringAttribute("script"), `"node_secret_key":"`)
				credential, _, _ = strings.Cut(credential, `"`)
				r.heartbeat(r.nodes()[0].ID, credential, `{"ready": true}`)
			}
			if output := node.Apply(t.Context()); strings.Contains(output, "ERROR") {
				t.Error(output)
			}
			if action, output := node.Plan(t.Context()); action != "no-op" ||
				node.StringAttribute("status") != "ready" ||
				len(r.nodes()) != 1 {
				t.Errorf("the planned action is %s, status %s, %d nodes: %s",
					action, node.StringAttribute("status"), len(r.nodes()), output)
			}
		})
	}
}

// TestAddressRemovedFromAllowList removes the machine from the allow-list. An update that does not change the address
// only warns; a new address is refused.
func TestAddressRemovedFromAllowList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.newLifecycle(nil)
	node.Apply(t.Context())
	r.allow(r.pool.ClusterID, "192.0.2.0/24")
	node.Configure(r.nodeAttributes(map[string]any{"name": "edge-2"}))
	output := node.Apply(t.Context())
	acctest.Contains(t, output, "WARNING: The API server does not allow the machine")
	if strings.Contains(output, "ERROR") || !strings.Contains(node.StringAttribute("script"), "as edge-2 in") {
		t.Error(output)
	}
	node.Configure(r.nodeAttributes(map[string]any{"name": "edge-2", "address": "203.0.113.99"}))
	acctest.Contains(t, node.Apply(t.Context()), "ERROR: The API server does not allow the machine", "Found: address "+
		"203.0.113.99")
}

// TestUnknownInputs plans a create with unknown values, which are checked at apply.
func TestUnknownInputs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, config := range map[string]map[string]any{
		"all of it": r.nodeAttributes(
			map[string]any{
				"pool_id": acctest.Unknown, "address": acctest.Unknown, "attestation": acctest.Unknown,
				"agent": acctest.Unknown,
				"ssh":   acctest.Unknown, "enrolment": acctest.Unknown,
			},
		),
		"parts": r.nodeAttributes(map[string]any{
			"attestation": map[string]any{"owner": acctest.Unknown}, "agent": map[string]any{
				"version": acctest.Unknown, "sha256": acctest.Unknown,
			},
			"enrolment": "machine", "credential_source": map[string]any{
				"file": acctest.Unknown, "command": acctest.Unknown,
			},
		}),
	} {
		node := r.Protocol(t).Resource("srm_kosmos_external_node", config)
		if action, output := node.Plan(t.Context()); action != "create" || strings.Contains(output, "ERROR") {
			t.Errorf("%s: the planned action is %s: %s", name, action, output)
		}
	}
}

// TestUnknownAtApply applies a plan with values that are still unknown, as no CLI does: nothing is enrolled.
func TestUnknownAtApply(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]map[string]any{
		"address": {"address": acctest.Unknown}, "agent": {"agent": acctest.Unknown},
	} {
		r := newRig(t)
		node := r.newLifecycle(value)
		acctest.Contains(t, node.Apply(t.Context()), "ERROR: Unable to enrol the external node",
			"Found: a planned value that is not known at apply")
		if writes := r.Writes(); node.Exists() || len(writes) != 0 {
			t.Errorf("%s: exists %t, writes %v", name, node.Exists(), writes)
		}
	}
}

// TestImportByIdentity uses the provider protocol, because not all tested CLIs support identities.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.enrolMachine()
	for region, wanted := range map[any]string{
		nil: "fr-par/" + id, "fr-par": "fr-par/" + id, "nl-ams": "nl-ams/" + id, "nl-ams-1": "",
	} {
		imported, output := r.Protocol(t).ImportByIdentity("srm_kosmos_external_node", region, id)
		if (wanted == "") != (output != "") || wanted != "" && imported != wanted {
			t.Errorf("region %v: %q, %s", region, imported, output)
		}
	}
}
