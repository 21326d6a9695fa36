package provider_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// permissionRow is a row of the table in the guide: an operation of a component, and its permission sets. If one of the
// permission sets in failsWithout is missing, the operation fails. If one of those in warnsWithout is missing, the
// operation succeeds, and warns about what it could not read.
type permissionRow struct {
	component, operation       string
	failsWithout, warnsWithout []string
}

// readPermissionTable returns the table of the guide.
func readPermissionTable(t *testing.T) []permissionRow {
	t.Helper()
	guide, err := os.ReadFile(repositoryPath("templates", "guides", "permissions.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	rows := []permissionRow{}
	for line := range strings.Lines(string(guide)) {
		columns := strings.Split(line, "|")
		if len(columns) != 6 || !strings.HasPrefix(columns[1], " `srm_") {
			continue
		}
		sets := func(column string) []string {
			found := []string{}
			for set := range strings.SplitSeq(column, ",") {
				if set = strings.TrimSpace(set); set != "none" {
					found = append(found, strings.Trim(set, "`"))
				}
			}
			return found
		}
		rows = append(
			rows, permissionRow{
				strings.Trim(columns[1], " `"), strings.TrimSpace(columns[2]), sets(columns[3]), sets(columns[4]),
			},
		)
	}
	return rows
}

// restrictKeyTo restricts the API key of the tests to these permission sets.
func restrictKeyTo(t testing.TB, env *acctest.Env, sets []string) {
	t.Helper()
	if sets == nil {
		sets = []string{}
	}
	if env.ObjectStorage != nil && !slices.Contains(sets, "ObjectStorageReadOnly") {
		env.ObjectStorage.Forbid(env.Bucket)
	}
	if err := env.Sandbox.Patch("api-keys", sandbox.AccessKey, map[string]any{"permission_sets": sets}); err != nil {
		t.Fatal(err)
	}
}

// runWithPermissions runs an operation in a new sandbox with these permission sets, and returns its diagnostics.
func runWithPermissions(t testing.TB, component, operation string, sets []string) string {
	t.Helper()
	index := slices.IndexFunc(permissionSubjects(), func(s subject) bool { return s.kind == component })
	if index < 0 || operation == "list" {
		return runNonResourceWithPermissions(t, component, operation, sets)
	}
	of, env := permissionSubjects()[index], acctest.New(t)
	config := of.setup(t, env)
	if operation == "plan" {
		restrictKeyTo(t, env, sets)
		_, diagnostics := env.Protocol(t).Resource(of.kind, config).Plan(t.Context())
		return diagnostics
	}
	life := env.Protocol(t).Resource(of.kind, config)
	if operation == "create" {
		restrictKeyTo(t, env, sets)
		return life.Apply(t.Context())
	}
	if diagnostics := life.Apply(t.Context()); !life.Exists() || strings.Contains(diagnostics, "ERROR") {
		t.Fatalf("%s: %s", component, diagnostics)
	}
	if operation == "destroy" && of.objects == "clusters" {
		occupyCluster(t, env, of.kind, life.StringAttribute("id"))
	}
	restrictKeyTo(t, env, sets)
	switch operation {
	case "refresh":
		return life.Refresh(t.Context())
	case "destroy":
		return life.Destroy(t.Context())
	}
	changed := maps.Clone(config)
	maps.Copy(changed, of.changes)
	life.Configure(changed)
	return life.Apply(t.Context())
}

// occupyCluster adds a node with a volume and a Load Balancer to a cluster, which the plan of a destroy reads.
func occupyCluster(t testing.TB, env *acctest.Env, kind, id string) {
	t.Helper()
	config := map[string]any{
		"cluster_id": id, "name": "workers", "node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
	}
	if kind == "srm_hds_cluster" {
		config["guardrails_id"] = id + "/guardrails"
	}
	if diagnostics := env.Protocol(t).Resource(
		strings.Replace(kind, "cluster", "pool", 1), config,
	).Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	_, uuid, err := scaleway.SplitID(id, scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	createAttachedResources(t, env, uuid)
}

// permissionSubjects returns the subjects of the campaign, with configurations that need all permission sets.
func permissionSubjects() []subject {
	all := subjects()
	for i, of := range all {
		if of.kind == "srm_kosmos_cluster" {
			all[i].setup = func(t testing.TB, env *acctest.Env) map[string]any {
				t.Helper()
				config := of.setup(t, env)
				config["scaleway_ranges"] = true
				return config
			}
		}
		if of.kind == "srm_kosmos_pool" {
			all[i].setup = func(t testing.TB, env *acctest.Env) map[string]any {
				t.Helper()
				config := of.setup(t, env)
				allowScalewayRanges(t, env, fmt.Sprint(config["cluster_id"]))
				return map[string]any{"cluster_id": config["cluster_id"], "name": "machines", "node_type": "POP2-2C-8G",
					"zone": "fr-par-1", "size": int64(1),
					"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)}}
			}
		}
	}
	return all
}

// allowScalewayRanges allows Scaleway's ranges in the allow-list of a cluster.
func allowScalewayRanges(t testing.TB, env *acctest.Env, clusterID string) {
	t.Helper()
	_, id, err := scaleway.SplitID(clusterID, scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{ScalewayRanges: scw.BoolPtr(true)}},
	); err != nil {
		t.Fatal(err)
	}
}

// runNonResourceWithPermissions runs an operation of a data source, an ephemeral resource, an action or a list
// resource, or the plan of guardrails.
func runNonResourceWithPermissions(t testing.TB, component, operation string, sets []string) string {
	t.Helper()
	env := acctest.New(t)
	id := "fr-par/" + env.CreateCluster(t)
	configs := map[string]map[string]any{
		"srm_cluster": {"id": id}, "srm_cluster_assessment": {"cluster_id": id, "hds": true},
		"srm_cluster_lifecycle": {"cluster_id": id}, "srm_cluster_types": {},
		"srm_contract_signatures": {},
		"srm_kubernetes_version":  {"version": "1.35"}, "srm_kubernetes_versions": {}, "srm_responsibilities": {
			"cluster_id": id, "hds": true,
		},
	}
	on := env.Protocol(t)
	switch component {
	case "srm_kubeconfig":
		restrictKeyTo(t, env, sets)
		return on.OpenEphemeral(component, map[string]any{"cluster_id": id})
	case "srm_reset_admin_token":
		restrictKeyTo(t, env, sets)
		_, diagnostics := on.InvokeAction(t.Context(), component, map[string]any{"cluster_id": id}, nil)
		return diagnostics
	case "srm_replace_node":
		pool := on.Resource("srm_hds_pool", map[string]any{
			"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "workers", "node_type": "POP2-2C-8G",
			"zone": "fr-par-1", "size": int64(1),
			"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
		})
		pool.Apply(t.Context())
		var nodes []map[string]any
		if err := env.Sandbox.Objects("nodes", &nodes); err != nil || len(nodes) != 1 {
			t.Fatalf("%d nodes, error %v", len(nodes), err)
		}
		restrictKeyTo(t, env, sets)
		_, diagnostics := on.InvokeAction(
			t.Context(), component, map[string]any{"node_id": "fr-par/" + fmt.Sprint(nodes[0]["id"])}, nil,
		)
		return diagnostics
	case "srm_hds_guardrails":
		allowScalewayRanges(t, env, id)
		restrictKeyTo(t, env, sets)
		_, diagnostics := on.Resource(component, map[string]any{
			"cluster_id": id, "volume_encryption": map[string]any{
				"passphrase_wo": strings.Repeat("passphrase", 4), "passphrase_wo_version": int64(1),
			},
		}).Plan(t.Context())
		return diagnostics
	}
	if operation == "list" {
		config := map[string]any{}
		if component == "srm_hds_pool" {
			config["cluster_id"] = id
		}
		restrictKeyTo(t, env, sets)
		diagnostics := ""
		for _, result := range on.List(component, config, false, 0) {
			diagnostics += result.Diagnostics
		}
		return diagnostics
	}
	config, ok := configs[component]
	if !ok {
		t.Fatalf("the test does not support %s", component)
	}
	restrictKeyTo(t, env, sets)
	return on.ReadDataSource(component, config)
}

// TestPermissions checks the table in the guide on permissions. With the sets of a row an operation succeeds without a
// 403. Without one of the sets in "fails without" it fails, and without one of the sets in "warns without" it warns;
// both name the missing set. A row with a set that the operation does not need fails the test.
func TestPermissions(t *testing.T) {
	t.Parallel()
	rows := readPermissionTable(t)
	checkRow := func(component, operation string) {
		if !slices.ContainsFunc(
			rows, func(row permissionRow) bool { return row.component == component && row.operation == operation },
		) {
			t.Errorf("the guide has no row for %s of %s", operation, component)
		}
	}
	for _, of := range subjects() {
		for _, operation := range []string{"plan", "create", "refresh", "update", "destroy"} {
			checkRow(of.kind, operation)
		}
	}
	declared := acctest.New(t).Protocol(t).Schemas()
	for name := range declared.ResourceSchemas {
		checkRow(name, "plan")
	}
	for name := range declared.DataSourceSchemas {
		checkRow(name, "read")
	}
	for name := range declared.EphemeralResourceSchemas {
		checkRow(name, "open")
	}
	for name := range declared.ActionSchemas {
		checkRow(name, "invoke")
	}
	for name := range declared.ListResourceSchemas {
		checkRow(name, "list")
	}
	for _, row := range rows {
		t.Run(row.component+" "+row.operation, func(t *testing.T) {
			t.Parallel()
			all := append(slices.Clone(row.failsWithout), row.warnsWithout...)
			running := acctest.NewConcurrent(t, 8)
			try := func(sets []string, check func(diagnostics string)) {
				running.Go(func(t testing.TB) { check(runWithPermissions(t, row.component, row.operation, sets)) })
			}
			try(all, func(diagnostics string) {
				if strings.Contains(diagnostics, "HTTP 403") || strings.Contains(diagnostics, "ERROR: ") {
					t.Errorf("the sets of the row do not suffice:\n%s", diagnostics)
				}
			})
			for _, set := range all {
				without := slices.DeleteFunc(slices.Clone(all), func(other string) bool { return other == set })
				if readOnly := strings.TrimSuffix(set, "FullAccess") + "ReadOnly"; strings.HasSuffix(set,
					"FullAccess") {
					without = append(without, readOnly)
				}
				isNeeded := slices.Contains(row.failsWithout, set)
				try(without, func(diagnostics string) {
					if failed := strings.Contains(diagnostics, "ERROR: "); failed != isNeeded {
						t.Errorf("without %s the operation fails: %t, want %t\n%s", set, failed, isNeeded, diagnostics)
					}
					// An assessment sums up what was forbidden, without the responses.
					isSummary := strings.Contains(diagnostics, "assessment of the cluster is not complete")
					if !isSummary && !strings.Contains(diagnostics, "HTTP 403") || !strings.Contains(diagnostics, set) {
						t.Errorf("without %s the output does not name the set:\n%s", set, diagnostics)
					}
				})
			}
			running.Wait()
		})
	}
}
