package pool_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const (
	hdsAddress         = "srm_hds_pool.test"
	clustersPath       = "/k8s/v1/regions/fr-par/clusters"
	poolsPath          = clustersPath + "/{id}/pools"
	createPoolRequest  = "POST " + poolsPath
	poolPath           = "/k8s/v1/regions/fr-par/pools/{id}"
	replaceNodeRequest = "POST /k8s/v1/regions/fr-par/nodes/{id}/replace"
)

// pool returns a minimal configuration; each change replaces or adds an attribute ("name = …"), or removes one
// ("name").
func pool(cluster string, changes ...string) string {
	attributes := []string{
		`cluster_id = "fr-par/` + cluster + `"`, `guardrails_id = "fr-par/` + cluster + `/guardrails"`,
		`name = "workers"`,
		`node_type = "POP2-2C-8G"`, `zone = "fr-par-1"`, `size = 2`,
		`root_volume = { type = "sbs_5k", size_gb = 20 }`,
	}
	for _, change := range changes {
		name, _, assigned := strings.Cut(change, " ")
		attributes = slices.DeleteFunc(
			attributes, func(attribute string) bool { return strings.HasPrefix(attribute, name+" ") },
		)
		if assigned {
			attributes = append(attributes, change)
		}
	}
	return "resource \"srm_hds_pool\" \"test\" {\n  " + strings.Join(attributes, "\n  ") + "\n}\n"
}

// wrappedText returns a pattern that matches a text regardless of how the CLI wraps it.
func wrappedText(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

// hdsExpectAction returns a check that the plan has an action for the pool.
func hdsExpectAction(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(hdsAddress, action)},
	}
}

// hdsExpectState returns a check of an attribute in the state.
func hdsExpectState(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(hdsAddress, tfjsonpath.New(attribute), check)
}

func TestHDSCreateAndSecondPlan(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	env.Sandbox.ClearRequests()
	cli := env.CLI(t, pool(cluster))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if found := env.Writes(); !slices.Equal(found, []string{createPoolRequest}) {
		t.Errorf("writes %q", found)
	}
	nodes, err := env.Client(t).Nodes(t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: cluster})
	if err != nil || len(nodes) != 2 || nodes[0].Status != k8s.NodeStatusReady ||
		nodes[1].Status != k8s.NodeStatusReady {
		t.Errorf("nodes after the apply: %v, %v", nodes, err)
	}
	env.Sandbox.ClearRequests()
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	if found := env.AllRequests(); !slices.Equal(found, []string{"GET " + poolsPath}) {
		t.Errorf("requests of the second plan: %q", found)
	}
	env.Sandbox.ClearRequests()
	cli.MustRun("destroy", "-auto-approve", "-no-color")
	if found := env.Writes(); !slices.Equal(found, []string{"DELETE " + poolPath}) {
		t.Errorf("writes of the destroy %q", found)
	}
}

func TestHDSStateWithAllAttributes(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	config := env.Config(pool(cluster, "size", `autoscaling = { min = 1, max = 3 }`, `labels = { role = "db" }`,
		`tags `+
			`= ["a", "b"]`,
		`taints = [{ key = "only", effect = "NoSchedule" }]`, `startup_taints = [{ key = "wait", value = "cni", `+
			`effect = `+
			`"NoExecute" }]`,
		`kubelet_args = { maxPods = "50" }`, `user_data = { cloud-init = "#cloud-config" }`, `version = "1.35"`,
		`upgrade_policy = { max_surge = 2 }`,
		`max_termination_grace_period = "1200s"`, `rotation = "first"`, `public_ip = { reason = "a migration" }`,
		`node_type_attestation = { reason = "asked the support", reviewed_on = "2026-11-02" }`, `node_type = `+
			`"MEMORY3-X2C-16G"`))
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New(
						"responsibility_transfers",
					).AtSliceIndex(0).AtMapKey("key"), knownvalue.StringExact("kubelet_args/maxPods"),
				),
				plancheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New(
						"responsibility_transfers",
					).AtSliceIndex(1).AtMapKey("key"), knownvalue.StringExact("public_ip"),
				),
				plancheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New(
						"responsibility_transfers",
					).AtSliceIndex(2).AtMapKey("key"), knownvalue.StringExact("user_data/cloud-init"),
				),
				plancheck.ExpectSensitiveValue(
					hdsAddress, tfjsonpath.New("kubelet_args"),
				), plancheck.ExpectSensitiveValue(hdsAddress, tfjsonpath.New("user_data")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				hdsExpectState("size", knownvalue.Null()),
				hdsExpectState("upgrade_policy", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"max_unavailable": knownvalue.Int64Exact(0), "max_surge": knownvalue.Int64Exact(2),
				})),
				hdsExpectState("id", knownvalue.StringRegexp(regexp.MustCompile(`^fr-par/[0-9a-f-]{36}$`))),
				hdsExpectState("version_used", knownvalue.StringRegexp(regexp.MustCompile(`^1\.35\.\d+$`))),
				hdsExpectState("node_type", knownvalue.StringExact("MEMORY3-X2C-16G")),
			},
			Check: func(*terraform.State) error { env.Sandbox.ClearRequests(); return nil },
		},
		{
			// A size that the autoscaler chooses is no drift.
			PreConfig:        func() { updatePool(t, env, cluster, &k8s.UpdatePoolRequest{Size: scw.Uint32Ptr(3)}) },
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	}})
}

// onlyPool returns the only pool of a cluster.
func onlyPool(t *testing.T, env *acctest.Env, cluster string) *k8s.Pool {
	t.Helper()
	pools, err := env.Client(t).Pools(t.Context(), scw.RegionFrPar, cluster)
	if err != nil || len(pools) != 1 {
		t.Fatalf("%d pools, %v", len(pools), err)
	}
	return pools[0]
}

// updatePool changes the only pool of a cluster outside Terraform and waits until it is ready.
func updatePool(t *testing.T, env *acctest.Env, cluster string, request *k8s.UpdatePoolRequest) {
	t.Helper()
	client := env.Client(t)
	request.Region, request.PoolID = scw.RegionFrPar, onlyPool(t, env, cluster).ID
	if _, err := client.UpdatePool(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, request.PoolID, nil); err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
}

func TestHDSUpdatesSendOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	workers := env.Protocol(t).Resource("srm_hds_pool", nil)
	workers.ApplyHCL(pool(cluster), "create")
	env.Sandbox.ClearRequests()
	step := func(want []string, changes ...string) {
		t.Helper()
		workers.ApplyHCL(pool(cluster, changes...), "update")
		env.ExpectWrites(t, want...)
	}
	step([]string{"PATCH " + poolPath}, `size = 3`)
	step(
		[]string{"PATCH " + poolPath}, `size = 3`, `tags = ["a"]`, `kubelet_args = { maxPods = "50" }`,
		`max_termination_grace_period = "10m"`,
	)
	step([]string{
		"PUT " + poolPath + "/set-labels",
	}, `size = 3`, `tags = ["a"]`, `kubelet_args = { maxPods = "50" }`, `max_termination_grace_period = "10m"`,
		`labels = { role = "db" }`)
	step([]string{
		"PATCH " + poolPath,
		"PUT " + poolPath + "/set-labels",
		"PUT " + poolPath + "/set-taints",
		"PUT " + poolPath + "/set-startup-taints",
	},
		`taints = [{ key = "only", effect = "NoSchedule" }]`, `startup_taints = [{ key = "only", effect = `+
			`"NoExecute" }]`,
		"size", `autoscaling = { min = 2, max = 4 }`)
	step(
		[]string{"PATCH " + poolPath, "PUT " + poolPath + "/set-taints", "PUT " + poolPath + "/set-startup-taints"},
	)
	// Attributes that exist only in the state cause no request.
	step(nil, `timeouts = { update = "1h" }`, `version = "1.35"`, `node_type_attestation = { reason = "asked", `+
		`reviewed_on = "2026-11-02" }`, `labels = {}`)
	workers.MustDestroy()
}

func TestHDSReplacement(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	step := func(action plancheck.ResourceActionType, changes ...string) resource.TestStep {
		return resource.TestStep{
			Config:           env.Config(pool(cluster, changes...)),
			ConfigPlanChecks: hdsExpectAction(action),
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		step(plancheck.ResourceActionCreate),
		step(
			plancheck.ResourceActionNoop, `node_type = "pop2_2c_8g"`, `cluster_id = "`+cluster+`"`,
			`max_termination_grace_period = "900s"`,
		),
		step(plancheck.ResourceActionReplace, `node_type = "POP2-HC-2C-4G"`),
		step(plancheck.ResourceActionReplace, `node_type = "POP2-HC-2C-4G"`, `user_data = { a = "b" }`),
		step(plancheck.ResourceActionReplace, `node_type = "POP2-HC-2C-4G"`, `user_data = { a = "b" }`,
			`public_ip = { `+
				`reason = "one" }`),
		step(plancheck.ResourceActionUpdate, `node_type = "POP2-HC-2C-4G"`, `user_data = { a = "b" }`, `public_ip = { `+
			`reason = "another" }`),
		// create_before_destroy needs another name.
		step(plancheck.ResourceActionReplace, `name = "next"`, "lifecycle {\n    create_before_destroy = true\n  }"),
	}})
}

func TestHDSDrift(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	off, grace := false, scw.NewDurationFromTimeDuration(60e9)
	workers := env.Protocol(t).Resource("srm_hds_pool", nil)
	workers.ApplyHCL(pool(cluster), "create")
	for _, drift := range []*k8s.UpdatePoolRequest{
		{Size: scw.Uint32Ptr(1)},
		{Autohealing: &off},
		{KubeletArgs: &map[string]string{"maxPods": "9"}, MaxTerminationGracePeriod: grace},
	} {
		updatePool(t, env, cluster, drift)
		workers.ApplyHCL(pool(cluster), "update")
		env.ExpectWrites(t, "PATCH "+poolPath)
	}
	if err := env.Client(t).DeletePool(t.Context(), scw.RegionFrPar, onlyPool(t, env, cluster).ID); err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	workers.ApplyHCL(pool(cluster), "create")
	env.ExpectWrites(t, createPoolRequest)
	workers.MustDestroy()
}

func TestHDSRotation(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	nodes := func() []string {
		all, err := env.Client(t).Nodes(t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: cluster})
		if err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		for _, node := range all {
			ids = append(ids, node.ID)
		}
		return ids
	}
	workers := env.Protocol(t).Resource("srm_hds_pool", nil)
	workers.ApplyHCL(pool(cluster, `rotation = "october"`), "create")
	before := nodes()
	env.Sandbox.ClearRequests()
	workers.ApplyHCL(pool(cluster, `rotation = "november"`), "update")
	env.ExpectWrites(t, replaceNodeRequest, replaceNodeRequest)
	for _, id := range nodes() {
		if slices.Contains(before, id) {
			t.Errorf("node %s was not replaced", id)
		}
	}
	workers.ApplyHCL(pool(cluster), "update")
	env.ExpectWrites(t)
	workers.MustDestroy()
}

func TestHDSUnknownInputs(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	config := env.Config(`resource "terraform_data" "later" {
  input = {
    id = "fr-par/` + cluster + `", name = "late", type = "POP2-2C-8G", zone = "fr-par-1", size = 1
    args = { maxPods = "50" }
  }
}
` + pool(cluster, `cluster_id = terraform_data.later.output.id`, `guardrails_id = `+
		`"${terraform_data.later.output.id}/guardrails"`, `name = terraform_data.later.output.name`, `node_type = `+
		`terraform_data.later.output.type`,
		`zone = terraform_data.later.output.zone`, `size = terraform_data.later.output.size`, `kubelet_args = `+
			`terraform_data.later.output.args`,
		`root_volume = { type = "sbs_5k", size_gb = 20 * terraform_data.later.output.size }`, `labels = { role = `+
			`terraform_data.later.output.name }`,
		`user_data = { role = terraform_data.later.output.name }`, `tags = [terraform_data.later.output.name]`))
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(
					hdsAddress, tfjsonpath.New("responsibility_transfers"),
				), plancheck.ExpectUnknownValue(hdsAddress, tfjsonpath.New("id")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				hdsExpectState("responsibility_transfers", knownvalue.ListSizeExact(2)),
				hdsExpectState("name", knownvalue.StringExact("late")),
			},
		},
		{
			// Values that become known at apply are checked before the create request.
			PreConfig: env.Sandbox.ClearRequests,
			Config: strings.ReplaceAll(
				strings.ReplaceAll(config, "POP2-2C-8G", "PRO2-XXS"), `"late"`, `"later"`,
			), ExpectError: wrappedText(`Node type "PRO2-XXS" is not eligible`),
		},
	}})
}
