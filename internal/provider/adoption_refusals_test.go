package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// officialState returns a recorded state with every attribute of the official schema. change replaces attributes.
func officialState(t *testing.T, name string, change map[string]any) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "tfkit", "scalewaystate", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	maps.Copy(state, change)
	if text, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	return text
}

const officialAddress = "registry.terraform.io/scaleway/scaleway"

// TestMoveSources moves states of the official provider, whose address may be on any registry or be the bare name, and
// refuses states of other providers, resource types and schema versions.
func TestMoveSources(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	recorded := officialState(t, "cluster.json", nil)
	for address, moves := range map[string]bool{
		officialAddress: true, "registry.opentofu.org/scaleway/scaleway": true,
		"registry.example.org/scaleway/scaleway": true, "scaleway": true,
		"registry.terraform.io/hashicorp/scaleway": false, "registry.terraform.io/other/scaleway": false,
		"notscaleway": false, "": false,
	} {
		cluster := protocol.Resource("srm_hds_cluster", nil)
		if out := cluster.Move(
			t.Context(), address, "scaleway_k8s_cluster", 0, recorded,
		); cluster.Exists() != moves || (out == "") != moves {
			t.Errorf("%q: moved %t, want %t: %s", address, cluster.Exists(), moves, out)
		}
	}
	for _, test := range []struct {
		kind, from string
		version    int64
		state      []byte
		want       string
	}{
		{"srm_hds_cluster", "scaleway_k8s_pool", 0, recorded, "Unable to Move Resource State"},
		{"srm_hds_pool", "scaleway_k8s_cluster", 0, recorded, "Unable to Move Resource State"},
		{"srm_hds_cluster", "scaleway_k8s_cluster", 1, recorded, "Unable to read the state of the " +
			"scaleway_k8s_cluster"},
		{
			"srm_hds_cluster", "scaleway_k8s_cluster", 0, []byte(
				`{"id": 7, "kubeconfig": [{"token": "` + fakescaleway.AdminToken + `"}]}`,
			), "Unable to read the state of the scaleway_k8s_cluster",
		},
		{"srm_hds_cluster", "scaleway_k8s_cluster", 0, nil, "Unable to read the state of the scaleway_k8s_cluster"},
	} {
		resource := protocol.Resource(test.kind, nil)
		out := resource.Move(t.Context(), officialAddress, test.from, test.version, test.state)
		if resource.Exists() || !strings.Contains(out, test.want) || strings.Contains(out, fakescaleway.AdminToken) {
			t.Errorf("%s from %s: %s", test.kind, test.from, out)
		}
	}
}

// TestMoveRefused moves objects that violate the model in ways that no update in place can correct. One error lists all
// problems and the fix.
func TestMoveRefused(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	for name, test := range map[string]struct {
		kind, fixture string
		change        map[string]any
		want          []string
	}{
		"HDS cluster": {"srm_hds_cluster", "cluster.json",
			map[string]any{
				"id": "nl-ams/11111111-2222-4333-8444-555555555555", "region": "nl-ams", "type": "multicloud",
				"cni":                "kilo",
				"private_network_id": "",
			},
			[]string{"region nl-ams (HDS-RES-01)", `offer "multicloud", which is not a Kapsule offer (HDS-SCP-01)`,
				"no Private Network (HDS-RES-02)", `CNI "kilo"`, "Create a second cluster with srm_hds_cluster"}},
		"HDS pool": {"srm_hds_pool", "pool.json",
			map[string]any{
				"id": "nl-ams/66666666-2222-4333-8444-555555555555", "region": "nl-ams", "zone": "nl-ams-1",
				"node_type": "dev1_m", "root_volume_type": "l_ssd",
				"root_volume_size_in_gb": 10,
			},
			[]string{"region nl-ams (HDS-RES-01)", "zone nl-ams-1", "node type dev1_m", `root volume of type "l_ssd" ` +
				`(HDS-IDN-02)`, "root volume of 10 GB", "drain the nodes of the old pool"}},
		"Kosmos cluster": {"srm_kosmos_cluster", "cluster.json", nil,
			[]string{`offer "kapsule-dedicated-8", which is not a Kosmos offer: move the cluster to srm_hds_cluster ` +
				`instead`,
				`CNI "calico"`}},
	} {
		resource := protocol.Resource(test.kind, nil)
		kind := map[bool]string{
			true: "scaleway_k8s_cluster", false: "scaleway_k8s_pool",
		}[test.fixture == "cluster.json"]
		out := resource.Move(t.Context(), officialAddress, kind, 0, officialState(t, test.fixture, test.change))
		if resource.Exists() || strings.Count(out, "ERROR") != 1 {
			t.Errorf("%s: exists %t, want one error: %s", name, resource.Exists(), out)
		}
		acctest.Contains(t, out, test.want...)
		if strings.Contains(out, fakescaleway.AdminToken) {
			t.Errorf("%s: the output contains the admin token", name)
		}
	}
}

// TestMoveCopiesEveryAttribute checks that a move copies the attributes of the official state before any read.
// Attributes that only the configuration decides, and secrets, are not copied.
func TestMoveCopiesEveryAttribute(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	cluster := protocol.Resource("srm_hds_cluster", nil)
	if out := cluster.Move(
		t.Context(), officialAddress, "scaleway_k8s_cluster", 0, officialState(t, "cluster.json", nil),
	); out != "" {
		t.Fatal(out)
	}
	for name, value := range map[string]string{
		"id": "fr-par/11111111-2222-4333-8444-555555555555", "name": "prod", "type": "kapsule-dedicated-8",
		"version": "1.35", "description": "patients", "cni": "calico",
		"private_network_id": "fr-par/44444444-4444-4444-4444-444444444444", "pod_cidr": "100.64.0.0/15",
		"created_at": "2026-03-01T10:00:00Z", "version_used": "",
	} {
		if found := cluster.StringAttribute(name); found != value {
			t.Errorf("%s is %q, not %q", name, found, value)
		}
	}
	if dump := cluster.StateString(); strings.Contains(
		dump, fakescaleway.AdminToken,
	) || !strings.Contains(dump, "most_pods") || !strings.Contains(
		dump, "https://login.example.org",
	) || !strings.Contains(dump, "tuesday") {
		t.Errorf("the state after the move: %s", dump)
	}
	pool := protocol.Resource("srm_hds_pool", nil)
	if out := pool.Move(
		t.Context(), officialAddress, "scaleway_k8s_pool", 0, officialState(t, "pool.json", nil),
	); out != "" {
		t.Fatal(out)
	}
	for name, value := range map[string]string{
		"id":         "fr-par/66666666-2222-4333-8444-555555555555",
		"cluster_id": "fr-par/11111111-2222-4333-8444-555555555555",
		"name":       "workers", "zone": "fr-par-2",
		"node_type": "POP2-2C-8G", "placement_group_id": "fr-par-2/77777777-2222-4333-8444-555555555555",
		"guardrails_id": "", "version_used": "1.35.3",
	} {
		if found := pool.StringAttribute(name); found != value {
			t.Errorf("%s is %q, not %q", name, found, value)
		}
	}
}

// TestMovedClusterIsNotDestroyedBeforeApply checks that a moved cluster is neither destroyed nor replaced before the
// first apply, even if its configuration has deletion_protection = false.
func TestMovedClusterIsNotDestroyedBeforeApply(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	for _, protection := range []bool{true, false} {
		cluster := env.Protocol(t).
			Resource("srm_hds_cluster", hdsClusterConfig(map[string]any{"deletion_protection": protection}))
		if out := cluster.Move(
			t.Context(), officialAddress, "scaleway_k8s_cluster", 0, officialState(
				t, "cluster.json", map[string]any{"id": "fr-par/" + id, "delete_additional_resources": true},
			),
		); out != "" {
			t.Fatal(out)
		}
		cluster.Refresh(t.Context())
		out := cluster.Destroy(t.Context())
		acctest.Contains(t, out, "The cluster would be destroyed before its configuration was applied", "no applied "+
			"deletion_protection and no delete_additional_resources yet", "DEL-01")
		if !cluster.Exists() || len(deleteRequests(env)) > 0 {
			t.Fatalf("the cluster was destroyed: %s", out)
		}
	}
}

// hdsClusterConfig returns the configuration of the cluster that Env.Cluster creates.
func hdsClusterConfig(changes map[string]any) map[string]any {
	config := map[string]any{
		"name": "outside", "version": "1.35", "type": "kapsule-dedicated-4",
		"private_network_id": sandbox.PrivateNetworkID,
		"allowed_ip_ranges":  []map[string]any{},
		"maintenance_window": map[string]any{
			"day": "sunday", "start_hour": int64(2),
		}, "delete_additional_resources": false,
	}
	maps.Copy(config, changes)
	return config
}

// deleteRequests returns the DELETE requests to the sandbox.
func deleteRequests(env *acctest.Env) []string {
	found := []string{}
	for _, request := range env.Writes() {
		if strings.HasPrefix(request, "DELETE") {
			found = append(found, request)
		}
	}
	return found
}

// TestMovedPoolIsNotReplaced checks that the first apply after a move does not replace the pool. Later applies may.
func TestMovedPoolIsNotReplaced(t *testing.T) {
	t.Parallel()
	for _, hds := range []bool{true, false} {
		a := newAdoption(t, hds)
		kind, config := "srm_hds_pool", map[string]any{
			"cluster_id": "fr-par/" + a.cluster, "guardrails_id": tfkit.GuardrailsID(a.cluster), "name": "other",
			"node_type": "POP2-4C-16G", "zone": "fr-par-1", "size": int64(1),
			"root_volume": map[string]any{"type": "sbs_15k", "size_gb": int64(100)}, "labels": nil,
		}
		want := []string{"The move would replace the HDS pool", "name, node_type, root_volume", `"workers"`}
		if !hds {
			kind, config = "srm_kosmos_pool", map[string]any{
				"cluster_id": "fr-par/" + a.cluster, "name": "other", "node_type": "external",
			}
			want = []string{"The move would replace the Kosmos pool", "cannot change: name"}
		}
		pool := a.env.Protocol(t).Resource(kind, config)
		state := officialState(t, "pool.json", map[string]any{
			"id": "fr-par/" + a.pool, "cluster_id": "fr-par/" + a.cluster, "node_type": config["node_type"],
			"zone": "fr-par-1", "placement_group_id": nil, "root_volume_type": "sbs_5k",
		})
		if out := pool.Move(t.Context(), officialAddress, "scaleway_k8s_pool", 0, state); out != "" {
			t.Fatal(out)
		}
		action, out := pool.Plan(t.Context())
		if action != "error" {
			t.Errorf("%s: the plan is %s, want an error", kind, action)
		}
		acctest.Contains(t, out, want...)
		acctest.NotContains(t, out, "must be replaced")
		matching := maps.Clone(config)
		matching["name"] = "workers"
		if hds {
			maps.Copy(
				matching, map[string]any{
					"node_type": "POP2-2C-8G", "root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
				},
			)
		}
		pool.Configure(matching)
		a.env.Sandbox.ClearRequests()
		if out := pool.Apply(t.Context()); strings.Contains(out, "ERROR") || len(deleteRequests(a.env)) > 0 {
			t.Errorf("%s: %s", kind, out)
		}
		if action, out := pool.Plan(t.Context()); action != "no-op" {
			t.Errorf("%s: the second plan is %s: %s", kind, action, out)
		}
		pool.Configure(config)
		if action, out := pool.Plan(t.Context()); action == "error" || action == "no-op" {
			t.Errorf("%s: after the first apply, a replacement is planned as %s: %s", kind, action, out)
		}
	}
}
