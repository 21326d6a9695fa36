package pool_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestHDSPlannedUnknownValues checks that a computed attribute is planned as unknown only if the update can change it.
func TestHDSPlannedUnknownValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	config := func(changes map[string]any) map[string]any {
		attributes := map[string]any{
			"cluster_id": "fr-par/" + cluster, "guardrails_id": "fr-par/" + cluster + "/guardrails", "name": "workers",
			"node_type": "POP2-2C-8G",
			"zone":      "fr-par-1", "size": int64(1), "root_volume": map[string]any{
				"type": "sbs_5k", "size_gb": int64(20),
			},
		}
		for name, value := range changes {
			attributes[name] = value
		}
		return attributes
	}
	lifecycle := env.Protocol(t).Resource("srm_hds_pool", config(nil))
	if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, test := range []struct {
		name    string
		changes map[string]any
		unknown []string
	}{
		{"no change", nil, nil},
		{"size", map[string]any{"size": int64(2)}, nil},
		{"tags", map[string]any{"tags": []string{"new"}}, nil},
		{"unknown tags", map[string]any{"tags": acctest.Unknown}, []string{"tags"}},
		{
			"unknown kubelet argument", map[string]any{"kubelet_args": map[string]any{"maxPods": acctest.Unknown}},
			[]string{"kubelet_args"},
		},
		{
			"unknown kubelet_args", map[string]any{"kubelet_args": acctest.Unknown}, []string{
				"kubelet_args", "responsibility_transfers",
			},
		},
		{"rotation", map[string]any{"rotation": "new"}, nil},
		{"running version", map[string]any{"version": "1.35"}, nil},
		{"newer version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{"unknown version", map[string]any{"version": acctest.Unknown}, []string{"version", "version_used"}},
		{"unknown guardrails", map[string]any{"guardrails_id": acctest.Unknown}, []string{"guardrails_id"}},
	} {
		lifecycle.Configure(config(test.changes))
		if found := lifecycle.PlannedUnknownAttributes(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown attributes %v, want %v", test.name, found, test.unknown)
		}
	}
}

// TestHDSUpgradeDuringAutoUpgrade checks that the upgrade of a pool succeeds if auto-upgrade applies a newer patch to
// the cluster, or to the cluster and the pool, just before it.
func TestHDSUpgradeDuringAutoUpgrade(t *testing.T) {
	t.Parallel()
	for _, poolToo := range []bool{false, true} {
		env := acctest.New(t)
		cluster := env.CreateCluster(t)
		config := map[string]any{
			"cluster_id": "fr-par/" + cluster, "guardrails_id": "fr-par/" + cluster + "/guardrails", "name": "workers",
			"node_type": "POP2-2C-8G",
			"zone":      "fr-par-1", "size": int64(1), "root_volume": map[string]any{
				"type": "sbs_5k", "size_gb": int64(20),
			},
		}
		lifecycle := env.Protocol(t).Resource("srm_hds_pool", config)
		if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
			t.Fatal(output)
		}
		client := env.Client(t)
		if _, err := client.UpgradeCluster(
			t.Context(),
			scw.RegionFrPar,
			cluster,
			env.FullVersion(t, "1.36"),
			false,
		); err != nil {
			t.Fatal(err)
		}
		if _, err := client.WaitCluster(t.Context(), scw.RegionFrPar, cluster); err != nil {
			t.Fatal(err)
		}
		newer := map[string]any{"version": "1.36.99"}
		if err := env.Sandbox.AddFault(sandbox.Fault{
			Method: "POST", Path: "*/pools/*/upgrade", Kind: sandbox.FaultDelay, Delay: time.Millisecond,
			OnMatch: func() {
				if err := env.Sandbox.Patch("clusters", cluster, newer); err != nil {
					t.Error(err)
				}
				if !poolToo {
					return
				}
				if err := env.Sandbox.Patch(
					"pools",
					strings.TrimPrefix(lifecycle.StringAttribute("id"), "fr-par/"),
					newer,
				); err != nil {
					t.Error(err)
				}
			},
		}); err != nil {
			t.Fatal(err)
		}
		config["version"], config["timeouts"] = "1.36", map[string]any{"update": "30s"}
		output := lifecycle.Apply(t.Context())
		if strings.Contains(output, "ERROR") || lifecycle.StringAttribute("version_used") != "1.36.99" {
			t.Errorf("pool too: %t: version_used is %s: %s", poolToo, lifecycle.StringAttribute("version_used"), output)
		}
	}
}

// TestHDSReplacementReportsOnce checks that the plan of a replacement reports a problem of the new pool once, and
// nothing about the nodes of the old one.
func TestHDSReplacementReportsOnce(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	client, err := scw.NewClient(
		scw.WithAPIURL(env.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey),
		scw.WithDefaultProjectID(sandbox.ProjectID),
	)
	if err != nil {
		t.Fatal(err)
	}
	group, err := instance.NewAPI(client).CreateSecurityGroup(
		&instance.CreateSecurityGroupRequest{Zone: scw.ZoneFrPar1, Name: "nodes"}, scw.WithContext(t.Context()),
	)
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]any{
		"cluster_id": "fr-par/" + cluster, "guardrails_id": "fr-par/" + cluster + "/guardrails", "name": "workers",
		"node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
		"root_volume":       map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
		"security_group_id": "fr-par-1/" + group.SecurityGroup.ID,
	}
	lifecycle := env.Protocol(t).Resource("srm_hds_pool", config)
	if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, test := range []struct {
		name      string
		changes   map[string]any
		summary   string
		wantTimes int
	}{
		{"missing group", map[string]any{"security_group_id": "fr-par-1/" + absentID, "node_type": "POP2-4C-16G"},
			"The security group does not exist", 1},
		{"missing group without replacement", map[string]any{"security_group_id": "fr-par-1/" + absentID},
			"The security group does not exist", 1},
		{"unknown kubelet argument", map[string]any{
			"kubelet_args": map[string]any{"noSuchArgument": "1"}, "node_type": "POP2-4C-16G",
		}, "does not offer the kubelet argument", 1},
		{"removed group", map[string]any{"security_group_id": nil, "node_type": "POP2-4C-16G"},
			"The nodes stay in their security group", 0},
		{"removed group without replacement", map[string]any{"security_group_id": nil},
			"The nodes stay in their security group", 1},
	} {
		changed := maps.Clone(config)
		maps.Copy(changed, test.changes)
		lifecycle.Configure(changed)
		if _, output := lifecycle.Plan(t.Context()); strings.Count(output, test.summary) != test.wantTimes {
			t.Errorf("%s: want %q %d times, found:\n%s", test.name, test.summary, test.wantTimes, output)
		}
	}
}
