package cluster_test

import (
	"net"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestHDSWarningsForIgnoredChanges checks that attributes in ignore_changes cause no change, and that a plan and a
// refresh still warn about settings that the resource does not allow.
func TestHDSWarningsForIgnoredChanges(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.CLI(t, hdsConfig("lifecycle {\n    ignore_changes = [allowed_ip_ranges, maintenance_window, type]\n  }"))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	summaries := []string{"The API server is open to the world", "Auto-upgrade of the cluster is off", "The resource " +
		"does not support the control plane offer"}
	out := expectEmptyPlan(t, cli)
	for _, summary := range summaries {
		if strings.Contains(acctest.StripFrame(out), summary) {
			t.Errorf("warning about an unchanged cluster:\n%s", out)
		}
	}
	client := env.Client(t)
	clusters, err := client.Clusters(t.Context(), scw.RegionFrPar, anyCluster())
	if err != nil || len(clusters) != 1 {
		t.Fatal(err, len(clusters))
	}
	setOpenAllowList(t, env, clusters[0].ID, false)
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
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("writes %v", writes)
	}
}

// setOpenAllowList sets an allow-list that allows 0.0.0.0/0 or, if scaleway is true, all of Scaleway's addresses.
func setOpenAllowList(t *testing.T, env *acctest.Env, id string, scaleway bool) {
	t.Helper()
	rule := &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}}
	if scaleway {
		rule = &k8s.ACLRuleRequest{ScalewayRanges: &scaleway}
	}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{rule}); err != nil {
		t.Fatal(err)
	}
}

// TestHDSRefreshWarnsAboutOpenAllowList checks that a refresh warns only about an allow-list that the resource does not
// allow.
func TestHDSRefreshWarnsAboutOpenAllowList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	lifecycle := env.Protocol(t).Resource("srm_hds_cluster", hdsProtocolConfig(nil))
	lifecycle.Apply(t.Context())
	if output := lifecycle.Refresh(t.Context()); output != "" {
		t.Errorf("warning about the configured allow-list: %s", output)
	}
	id := strings.TrimPrefix(lifecycle.StringAttribute("id"), "fr-par/")
	setOpenAllowList(t, env, id, false)
	acctest.Contains(
		t,
		lifecycle.Refresh(t.Context()),
		"WARNING: The API server is open to the world",
		"Clause: HDS-CTR-03",
	)
	setOpenAllowList(t, env, id, true)
	output := lifecycle.Refresh(t.Context())
	acctest.Contains(t, output, "WARNING: The API server allows all of Scaleway's addresses", "Clause: HDS-CTR-03")
	if strings.Contains(output, "open to the world") {
		t.Error(output)
	}
}
