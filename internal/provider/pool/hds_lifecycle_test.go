package pool_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func TestHDSImport(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	attributes := []string{
		`kubelet_args = { maxPods = "50" }`, `user_data = { a = "b" }`, `labels = { role = "db" }`, `taints = [{ key ` +
			`= ` +
			`"only", effect = "NoSchedule" }]`,
	}
	cli := env.CLI(t, pool(cluster, attributes...))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	id := onlyPool(t, env, cluster).ID
	cli.MustRun("state", "rm", hdsAddress)
	cli.MustRun("import", "-no-color", hdsAddress, id)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan after the import is not empty: exit %d\n%s", code, out)
	}
	cli.Configure(
		env,
		pool(cluster, append(attributes, `cluster_id = "`+cluster+`"`, `node_type = "pop2-2c_8G"`, `rotation = `+
			`"first"`,
			`version = "1.35"`, `tags = []`, `max_termination_grace_period = "900s"`)...),
	)
	for _, importID := range []string{"fr-par/" + id, strings.ToUpper(id)} {
		cli.MustRun("state", "rm", hdsAddress)
		cli.MustRun("import", "-no-color", hdsAddress, importID)
		env.Sandbox.ClearRequests()
		if out := cli.MustRun("apply", "-auto-approve", "-no-color"); !strings.Contains(
			out,
			"0 added, 1 changed, 0 destroyed",
		) {
			t.Errorf("import of %s: %s", importID, out)
		}
		if found := env.Writes(); len(found) > 0 {
			t.Errorf("import of %s: writes %v", importID, found)
		}
		if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
			t.Errorf("the second plan after the import is not empty: exit %d\n%s", code, out)
		}
	}
	cli.MustRun("state", "rm", hdsAddress)
	for importID, want := range map[string]string{
		"nl-ams/" + id: "HDS-RES-01", "workers": "is not an id", absentID: "Cannot import non-existent remote object",
	} {
		if out, code := cli.Run(
			"import", "-no-color", hdsAddress, importID,
		); code == 0 || !wrappedText(want).MatchString(out) {
			t.Errorf("import of %s: exit %d\n%s", importID, code, out)
		}
	}
}

// TestHDSImportByIdentity imports over the provider protocol, as not every tested CLI supports identities.
func TestHDSImportByIdentity(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	env.CLI(t, pool(cluster)).MustRun("apply", "-auto-approve", "-no-color")
	id := onlyPool(t, env, cluster).ID
	server, err := env.ProviderFactories()["srm"]()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	object, ok := schema.Provider.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the provider's configuration is not an object")
	}
	values := map[string]tftypes.Value{}
	for name, attributeType := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	for name, text := range map[string]string{
		"api_url": env.URL, "access_key": sandbox.AccessKey, "secret_key": sandbox.SecretKey,
	} {
		values[name] = tftypes.NewValue(tftypes.String, text)
	}
	config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := server.ConfigureProvider(
		t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &config},
	); err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(resp, err)
	}
	identityType := tftypes.Object{
		AttributeTypes: map[string]tftypes.Type{"region": tftypes.String, "id": tftypes.String},
	}
	for _, region := range []any{nil, "fr-par", "nl-ams"} {
		identity, err := tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType,
			map[string]tftypes.Value{
				"region": tftypes.NewValue(tftypes.String, region), "id": tftypes.NewValue(tftypes.String, id),
			}))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: "srm_hds_pool", Identity: &tfprotov6.ResourceIdentityData{IdentityData: &identity},
		})
		if err != nil {
			t.Fatal(err)
		}
		if region == "nl-ams" {
			if len(resp.Diagnostics) != 1 || !strings.Contains(resp.Diagnostics[0].Detail, "HDS-RES-01") {
				t.Errorf("region nl-ams: %v", resp.Diagnostics)
			}
			continue
		}
		if len(resp.Diagnostics) > 0 || len(resp.ImportedResources) != 1 {
			t.Fatalf("region %v: %v", region, resp.Diagnostics)
		}
		state, err := resp.ImportedResources[0].State.Unmarshal(schema.ResourceSchemas["srm_hds_pool"].ValueType())
		if err != nil {
			t.Fatal(err)
		}
		var attributes map[string]tftypes.Value
		var found string
		if err := state.As(&attributes); err != nil {
			t.Fatal(err)
		}
		if err := attributes["id"].As(&found); err != nil || found != "fr-par/"+id {
			t.Errorf("region %v: imported %s, %v", region, found, err)
		}
	}
}

func TestHDSVersionUpgrades(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	upgradeCluster := func(minor string, pools bool) {
		t.Helper()
		client := env.Client(t)
		if _, err := client.UpgradeCluster(
			t.Context(), scw.RegionFrPar, cluster, env.FullVersion(t, minor), pools,
		); err != nil {
			t.Fatal(err)
		}
		if _, err := client.WaitCluster(t.Context(), scw.RegionFrPar, cluster); err != nil {
			t.Fatal(err)
		}
		env.Sandbox.ClearRequests()
	}
	workers := env.Protocol(t).Resource("srm_hds_pool", nil)
	workers.ApplyHCL(pool(cluster, `version = "1.35"`), "create")
	// An upgrade of the cluster without its pools is no drift of the pool.
	upgradeCluster("1.36", false)
	workers.ApplyHCL(pool(cluster, `version = "1.35"`), "no-op")
	env.ExpectWrites(t)
	workers.ApplyHCL(pool(cluster, `version = "1.36"`), "update")
	env.ExpectWrites(t, "POST "+poolPath+"/upgrade")
	if used := workers.StringAttribute("version_used"); used != env.FullVersion(t, "1.36") {
		t.Errorf("version_used is %s", used)
	}
	// After a forced upgrade the nodes run a newer minor than configured, which is no drift.
	upgradeCluster("1.37", true)
	workers.ApplyHCL(pool(cluster, `version = "1.36"`), "no-op")
	workers.ApplyHCL(pool(cluster, `version = "1.37"`), "update")
	env.ExpectWrites(t)
	workers.MustDestroy()
}

func TestHDSUpgradeClusterAndPoolInOneApply(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := func(version, pools string) string {
		return env.Config(`resource "srm_hds_cluster" "test" {
  name                        = "records"
  version                     = "` + version + `"
  type                        = "kapsule-dedicated-4"
  private_network_id          = "fr-par/` + sandbox.PrivateNetworkID + `"
  allowed_ip_ranges           = []
  maintenance_window          = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  deletion_protection         = false
  upgrade_pools               = ` + pools + `
}
` + pool("", `cluster_id = srm_hds_cluster.test.id`, `guardrails_id = "${srm_hds_cluster.test.id}/guardrails"`,
			`version = "`+version+`"`))
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("1.35", "false")},
		{
			Config: config("1.36", "false"), ConfigStateChecks: []statecheck.StateCheck{
				hdsExpectState("version_used", knownvalue.StringExact(env.FullVersion(t, "1.36"))),
			},
		},
		{
			Config: config("1.37", "true"), ConfigStateChecks: []statecheck.StateCheck{
				hdsExpectState("version_used", knownvalue.StringExact(env.FullVersion(t, "1.37"))),
			},
		},
	}})
}

// applyAfterInterruption lets pending operations end, applies again and expects an update in place, then an empty plan.
func applyAfterInterruption(t *testing.T, env *acctest.Env, cli *acctest.CLI) {
	t.Helper()
	if status := cli.ResourceStatus("srm_hds_pool", "test"); status != "whole" {
		t.Fatalf("status of the pool after the interruption: %s", status)
	}
	env.Sandbox.Advance(24 * time.Hour)
	if out := cli.MustRun("apply", "-auto-approve", "-no-color"); !strings.Contains(
		out,
		"0 added, 1 changed, 0 destroyed",
	) {
		t.Errorf("the next apply:\n%s", out)
	}
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan after the next apply: exit %d\n%s", code, out)
	}
}

// newHeldEnv returns an environment with a ready cluster, whose API operations end only when the clock is advanced.
func newHeldEnv(t *testing.T) (env *acctest.Env, cluster string) {
	t.Helper()
	env = acctest.New(t, acctest.SlowTransitions)
	stop := env.AdvanceContinuously()
	cluster = env.CreateCluster(t)
	stop()
	env.Sandbox.ClearRequests()
	return env, cluster
}

func TestHDSInterruptedCreate(t *testing.T) {
	t.Parallel()
	env, cluster := newHeldEnv(t)
	cli := env.CLI(t, pool(cluster))
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "GET "+poolPath)
	apply.Interrupt()
	apply.Wait()
	applyAfterInterruption(t, env, cli)
	if found := env.Writes(); len(found) != 1 {
		t.Errorf("writes %q", found)
	}
}

func TestHDSTimedOutCreate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env, cluster := newHeldEnv(t)
	cli := env.CLI(t, pool(cluster, `timeouts = { create = "2s" }`))
	if out := cli.MustRun("apply", "-auto-approve", "-no-color"); !wrappedText(
		"The HDS pool exists, but its nodes are not ready yet",
	).MatchString(out) {
		t.Errorf("no warning about the unfinished pool:\n%s", out)
	}
	applyAfterInterruption(t, env, cli)
}

func TestHDSInterruptedUpdate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env, cluster := newHeldEnv(t)
	cli := env.CLI(t, pool(cluster, `timeouts = { create = "1s" }`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	applyAfterInterruption(t, env, cli)
	env.Sandbox.ClearRequests()
	cli.Configure(env, pool(cluster, `timeouts = { create = "1s" }`, `size = 3`, `rotation = "november"`))
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "PATCH "+poolPath)
	env.Sandbox.Advance(time.Hour)
	env.WaitForRequest(t, replaceNodeRequest)
	apply.Interrupt()
	apply.Wait()
	// The interrupted apply has replaced one of the two nodes: the next one replaces the other.
	stop := env.AdvanceContinuously()
	out := cli.MustRun("apply", "-auto-approve", "-no-color")
	stop()
	if !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("the next apply:\n%s", out)
	}
	if found := env.Writes(); strings.Count(strings.Join(found, "\n"), replaceNodeRequest) != 2 {
		t.Errorf("want one replacement of each of the two nodes, writes %q", found)
	}
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan after the next apply: exit %d\n%s", code, out)
	}
}
