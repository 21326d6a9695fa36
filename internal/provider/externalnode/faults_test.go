package externalnode_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func accessKey() string { return sandbox.AccessKey }

// tenNodesConfig returns a configuration of ten nodes.
func (r *rig) tenNodesConfig() string {
	return strings.NewReplacer(`"edge" {`, "\"edge\" {\n  count = 10", `"203.0.113.10"`, `"203.0.113.${10 + `+
		`count.index}"`, `"edge-1"`, `"edge-${count.index}"`).Replace(r.nodeConfig(""))
}

// TestTenNodesAtOnce enrols ten nodes with a parallelism of ten.
func TestTenNodesAtOnce(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.tenNodesConfig())
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color", "-parallelism=10"), "10 added, 0 changed, "+
		"0 destroyed")
	if nodes := r.nodes(); len(nodes) != 10 {
		t.Errorf("%d nodes", len(nodes))
	}
	if _, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the second plan is not empty: exit code %d", code)
	}
	cli.MustRun("destroy", "-auto-approve", "-no-color", "-parallelism=10")
	if nodes := r.nodes(); len(nodes) != 0 {
		t.Errorf("%d nodes were not deleted", len(nodes))
	}
}

// nodeAttributes returns the attributes of a node for the provider protocol.
func (r *rig) nodeAttributes(extra map[string]any) map[string]any {
	config := map[string]any{
		"pool_id": r.poolID, "name": "edge-1", "address": "203.0.113.10",
		"attestation": map[string]any{
			"owner": "Hospital IT", "os": "Debian 12", "os_patching": "unattended",
			"hardening_baseline": "ANSSI-BP-028",
			"firewall":           "nftables",
			"monitoring":         "node exporter", "document_uri": "https://wiki.example.org/edge-1",
			"document_sha256": strings.Repeat("0a", 32),
			"reviewed_by":     "CISO", "reviewed_on": "2026-11-01", "valid_days": int64(365),
		},
		"agent": map[string]any{"version": "0.1.5", "sha256": map[string]any{"amd64": strings.Repeat("0b", 32)}},
	}
	maps.Copy(config, extra)
	return config
}

// TestFaults injects each kind of fault into each request of a create. After at most one more apply the resource has
// one node, is not tainted, and its plan is empty. Diagnostics name every orphaned node, and none was deleted.
func TestFaults(t *testing.T) {
	t.Parallel()
	probe := newRig(t)
	if output := probe.Protocol(t).Resource(
		"srm_kosmos_external_node", probe.nodeAttributes(nil),
	).Apply(t.Context()); strings.Contains(output, "error") {
		t.Fatal(output)
	}
	requests := probe.AllRequests()
	if len(requests) < 8 {
		t.Fatalf("only %d requests: %v", len(requests), requests)
	}
	for _, base := range []sandbox.Fault{
		{Kind: sandbox.FaultLostResponse}, {Kind: sandbox.FaultReset}, {Kind: sandbox.FaultTruncate},
		{Kind: sandbox.FaultHTML}, {Kind: sandbox.FaultStatus, Status: 500}, {Kind: sandbox.FaultStatus, Status: 429},
		{Kind: sandbox.FaultStatus, Status: 403},
	} {
		for n, request := range requests {
			fault := base
			fault.Path, fault.After = "*", n
			t.Run(fmt.Sprintf("%s %d at request %d, %s", fault.Kind, fault.Status, n+1, request), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				node := r.Protocol(t).Resource("srm_kosmos_external_node", r.nodeAttributes(nil))
				if err := r.Sandbox.AddFault(fault); err != nil {
					t.Fatal(err)
				}
				output := node.Apply(t.Context())
				r.Sandbox.ClearFaults() // the request may not have been made in this run
				if node.IsTainted() {
					t.Errorf("tainted:\n%s", output)
				}
				action, diagnostics := node.Plan(t.Context())
				if output += diagnostics; action != "no-op" {
					output += node.Apply(t.Context())
				}
				if action, diagnostics := node.Plan(t.Context()); action != "no-op" {
					t.Errorf("the planned action is %s:\n%s", action, output+diagnostics)
				}
				id, orphans := strings.TrimPrefix(node.StringAttribute("id"), "fr-par/"), 0
				for _, other := range r.nodes() {
					if other.ID == id {
						continue
					}
					if orphans++; !strings.Contains(output, other.ID) || !strings.Contains(output, "deleted no node") {
						t.Errorf("no diagnostic names the orphaned node %s:\n%s", other.ID, output)
					}
				}
				wantOrphans := 0
				if strings.HasSuffix(
					request, "/external-nodes/auth",
				) && (fault.Kind == sandbox.FaultLostResponse || fault.Kind == sandbox.FaultTruncate) {
					wantOrphans = 1
				}
				if id == "" || orphans != wantOrphans {
					t.Errorf(
						"node %q, %d orphaned nodes, want %d, after %v:\n%s", id, orphans, wantOrphans,
						r.AllRequests(), output,
					)
				}
				for _, write := range r.Writes() {
					if strings.HasPrefix(write, "DELETE") {
						t.Errorf("unexpected request: %s", write)
					}
				}
				if strings.Contains(output, sandbox.SecretKey) {
					t.Errorf("diagnostics contain the secret key:\n%s", output)
				}
			})
		}
	}
}
