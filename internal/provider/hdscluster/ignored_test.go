package hdscluster_test

import (
	"net"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestIgnoredChanges: what the configuration ignores is no change, and a plan and a refresh warn where the cluster is
// not as the resource requires it.
func TestIgnoredChanges(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.CLI(t, cluster("lifecycle {\n    ignore_changes = [allowed_ip_ranges, maintenance_window, type]\n  }"))
	cli.Must("apply", "-auto-approve", "-no-color")
	summaries := []string{"The API server is open to the world", "Auto-upgrade of the cluster is off", "The resource " +
		"does not support the control plane offer"}
	out := empty(t, cli)
	for _, summary := range summaries {
		if strings.Contains(acctest.Flat(out), summary) {
			t.Errorf("of a cluster as it is required:\n%s", out)
		}
	}
	client := env.Client(t)
	clusters, err := client.Clusters(t.Context(), scw.RegionFrPar, anyCluster())
	if err != nil || len(clusters) != 1 {
		t.Fatal(err, len(clusters))
	}
	letIn(t, env, clusters[0].ID, false)
	if err := env.Sandbox.Patch(
		"clusters", clusters[0].ID, map[string]any{"type": "kapsule", "auto_upgrade": map[string]any{"enabled": false}},
	); err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	for _, command := range [][]string{
		{"plan", "-no-color", "-detailed-exitcode"}, {"plan", "-no-color", "-refresh-only"},
	} {
		out, code := cli.Run(command...)
		if code != 0 {
			t.Errorf("%v: exit %d", command, code)
		}
		acctest.Contains(t, out, append(
			summaries, "HDS-CTR-03", "LIF-03", "HDS-SCP-01", `"records": 0.0.0.0/0`, "ignore_changes",
		)...)
	}
	if wrong := env.Writes(); len(wrong) > 0 {
		t.Errorf("writes %v", wrong)
	}
}

// letIn lets the world in, or all of Scaleway's addresses.
func letIn(t *testing.T, env *acctest.Env, id string, scaleway bool) {
	t.Helper()
	rule := &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}}
	if scaleway {
		rule = &k8s.ACLRuleRequest{ScalewayRanges: &scaleway}
	}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{rule}); err != nil {
		t.Fatal(err)
	}
}

// TestActualAllowList: a refresh warns of an allow-list that the resource would never set, and of no other.
func TestActualAllowList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	life := env.Protocol(t).Life("srm_hds_cluster", wanted(nil))
	life.Apply(t.Context())
	if said := life.Refresh(t.Context()); said != "" {
		t.Errorf("of a closed API server: %s", said)
	}
	id := strings.TrimPrefix(life.Text("id"), "fr-par/")
	letIn(t, env, id, false)
	acctest.Contains(t, life.Refresh(t.Context()), "WARNING: The API server is open to the world", "Clause: HDS-CTR-03")
	letIn(t, env, id, true)
	said := life.Refresh(t.Context())
	acctest.Contains(t, said, "WARNING: The API server allows all of Scaleway's addresses", "Clause: HDS-CTR-03")
	if strings.Contains(said, "open to the world") {
		t.Error(said)
	}
}
