package pool_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestKosmosRefusals checks that each configuration fails with its text, with all problems at once, and without a
// request that writes.
func TestKosmosRefusals(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	kapsule := r.CreateCluster(t)
	r.Sandbox.ClearRequests()
	cli := r.CLI(t, "")
	// A plan only warns about a problem of another object; the apply fails.
	warned := []string{
		"Kapsule cluster", "missing cluster", "newer version", "version two minors newer", "missing placement group",
		"older version",
	}
	group := "77777777-7777-4777-8777-777777777777"
	for _, test := range []struct {
		name, config string
		want         []string
	}{
		{"Kapsule cluster", strings.ReplaceAll(r.external(), r.clusterID, kapsule), []string{"The cluster is not a " +
			"Kosmos cluster", "of type kapsule-dedicated-4", "use srm_hds_pool"}},
		{"missing cluster", strings.ReplaceAll(r.external(), r.clusterID, group), []string{"The cluster does not exist",
			"no cluster fr-par/" + group}},
		{"external pool with every unsupported attribute", r.external("size = 1", "autohealing = true",
			`zone = "fr-par-1"`,
			`root_volume = { type = "sbs_5k", size_gb = 20 }`, `rotation = "1"`,
			"upgrade_policy = {}", `placement_group_id = "`+group+`"`, `security_group_id = "`+group+`"`, `user_data `+
				`= { x = `+
				`"y" }`), []string{
			"An external pool cannot have size", `Found: size 1, with node_type "external"`,
			"Add an srm_kosmos_external_node for each machine",
			"An external pool cannot have autohealing", "An external pool cannot have zone",
			"An external pool cannot have root_volume", "An external pool cannot have rotation",
			"An external pool cannot have upgrade_policy", "An external pool cannot have placement_group_id",
			"An external pool cannot have security_group_id", "An external pool cannot have user_data",
			"Clause: EXT-01", "Clause: EXT-03"}},
		{"external pool with autoscaling", r.external(
			"autoscaling = { min = 0, max = 3 }",
		), []string{"An external pool cannot have autoscaling", "its machines are outside Scaleway"}},
		{"no zone", r.ProviderBlock("") + r.poolBlock(
			`node_type = "PRO2-XS"`, "size = 1",
		), []string{"The pool has no zone", `Found: ` +
			`node_type "PRO2-XS" without zone`}},
		{
			"region as zone", r.ProviderBlock("") + r.poolBlock(
				`node_type = "PRO2-XS"`, `zone = "nl-ams"`, "size = 1",
			), []string{"The value is not a zone", `"nl-ams" is a region`},
		},
		{"zone outside Scaleway", r.ProviderBlock("") + r.poolBlock(`node_type = "PRO2-XS"`, `zone = "us-east-1"`,
			"size = 1"), []string{"The value is not a zone", "fr-par-1, fr-par-2"}},
		{"no size", r.hosted(), []string{"The pool has neither size nor autoscaling"}},
		{
			"node type not on offer", r.ProviderBlock("") + r.poolBlock(
				`node_type = "HUGE-1"`, `zone = "nl-ams-1"`, "size = 1",
			), []string{
				`Node type "HUGE-1" is not available in nl-ams-1`, "Allowed: one of external, ",
			},
		},
		{"node_defaults of a hosted pool", r.hosted(
			"size = 1", `node_defaults = { owner = "me" }`,
		), []string{"Only an external pool can have node_defaults", "Clause: KOS-01"}},
		{"newer version", r.external(`version = "1.36"`), []string{"The pool's version is newer than its cluster's"}},
		{"version two minors newer", r.external(`version = "1.37"`),
			[]string{"The pool's version is newer than its cluster's"}},
		{"patch version", r.external(`version = "1.35.3"`), []string{"The version is not a minor version"}},
		{"legacy root volume type", r.hosted(
			"size = 1", `root_volume = { type = "b_ssd", size_gb = 20 }`,
		), []string{"The root volume cannot be of this type",
			`Found: "b_ssd", the legacy Block Storage, which new pools cannot have`,
			"Allowed: sbs_5k, sbs_15k, l_ssd"}},
		{"unknown root volume type", r.hosted("size = 1", `root_volume = { type = "sbs", size_gb = 20 }`),
			[]string{"The root volume cannot be of this type", `Found: "sbs"`, "or remove root_volume"}},
		{"invalid node_defaults", r.external(`node_defaults = { owner = " ", document_uri = "wiki", document_sha256 ` +
			`= "abc", reviewed_on = "1.11.2026", valid_days = 400 }`), []string{
			"The attestation has an empty owner", "The address of the document is not an absolute URI", "The digest " +
				"of the document is not a SHA-256 digest",
			"The day of the review is not a date", "node_defaults.valid_days value must be between 1 and 365"}},
		{"size and autoscaling", r.hosted("size = 1", "autoscaling = { min = 1, max = 3 }"), []string{"The pool has " +
			"both size and autoscaling"}},
		{"security group of another zone", r.hosted(
			"size = 1", `security_group_id = "fr-par-1/`+group+`"`,
		), []string{"The security group is in another zone than the pool", "Allowed: a security group in nl-ams-1"}},
		{"missing placement group", r.hosted("size = 1", `placement_group_id = "`+group+`"`),
			[]string{"The placement group does not exist", "no placement group nl-ams-1/" + group}},
		{"upgrade policy without replacement", r.hosted("size = 1", "upgrade_policy = { max_unavailable = 0, "+
			"max_surge = 0 }"), []string{"The upgrade policy does not allow the replacement of nodes"}},
		{"older version", r.external(`version = "1.34"`), []string{"A new pool cannot be older than its cluster"}},
		{"blank name", strings.Replace(r.external(), `"machines"`, `" "`, 1), []string{"The pool has no name"}},
		{
			"small root volume", r.hosted(
				"size = 1", `root_volume = { type = "sbs_5k", size_gb = 10 }`,
			), []string{"root_volume.size_gb value must be between 20"},
		},
	} {
		cli.ConfigureRaw(test.config)
		command := []string{"plan", "-no-color", "-input=false"}
		if slices.Contains(warned, test.name) {
			cli.MustRun(command...)
			command = []string{"apply", "-auto-approve", "-no-color", "-input=false"}
			test.want[0] = "Error: " + test.want[0]
		}
		out, code := cli.Run(command...)
		if code == 0 {
			t.Errorf("%s: no error:\n%s", test.name, out)
		}
		acctest.Contains(t, out, test.want...)
	}
	if writes := r.Writes(); len(writes) != 0 {
		t.Errorf("writes %v", writes)
	}
}

// TestKosmosNodesWithoutAPIServerAccess checks that an allow-list that blocks hosted nodes is a warning of the plan and
// an error of the apply.
func TestKosmosNodesWithoutAPIServerAccess(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	r.setAllowList(false)
	r.Sandbox.ClearRequests()
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.hosted("size = 1"))
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Warning: The nodes would not reach the API server",
		"Found: allow-list 203.0.113.0/24, without Scaleway's ranges")
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code == 0 || len(r.Writes()) != 0 {
		t.Errorf("exit %d, writes %v", code, r.Writes())
	}
	acctest.Contains(t, out, "Error: The nodes would not reach the API server", "Set scaleway_ranges = true on its "+
		"srm_kosmos_cluster")
	cli.ConfigureRaw(r.external())
	cli.MustRun("apply", "-auto-approve", "-no-color")
}

// TestKosmosDestroyWarnsAboutEnrolledMachines checks that a destroy names the enrolled machines.
func TestKosmosDestroyWarnsAboutEnrolledMachines(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.external())
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if _, _, err := r.api.EnrolExternalNode(t.Context(), r.pools()[0]); err != nil {
		t.Fatal(err)
	}
	acctest.Contains(
		t, cli.MustRun(
			"destroy", "-auto-approve", "-no-color",
		), "Machines are still enrolled in the pool", "Found: nodes scw-edge-machines-",
	)
}

// TestKosmosCreateFaults injects each fault into each request of a create. It checks that at most one more apply leads
// to exactly one untainted pool and an empty plan.
func TestKosmosCreateFaults(t *testing.T) {
	t.Parallel()
	config := func(r *rig) map[string]any {
		return map[string]any{
			"cluster_id": "fr-par/" + r.clusterID, "name": "machines", "node_type": "PRO2-XS", "zone": "nl-ams-1",
			"size": int64(1),
		}
	}
	probe := newRig(t)
	probe.Protocol(t).Resource("srm_kosmos_pool", config(probe)).Apply(t.Context())
	requests := probe.AllRequests()
	for _, template := range []sandbox.Fault{
		{Kind: sandbox.FaultLostResponse}, {Kind: sandbox.FaultReset}, {Kind: sandbox.FaultTruncate}, {
			Kind: sandbox.FaultStatus, Status: 500,
		}, {Kind: sandbox.FaultStatus, Status: 429}, {Kind: sandbox.FaultStatus, Status: 403},
	} {
		for n, request := range requests {
			fault := template
			fault.Path, fault.After = "*", n
			t.Run(string(fault.Kind)+" at "+request, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				pool := r.Protocol(t).Resource("srm_kosmos_pool", config(r))
				if err := r.Sandbox.AddFault(fault); err != nil {
					t.Fatal(err)
				}
				output := pool.Apply(t.Context())
				r.Sandbox.ClearFaults() // this create may have polled less often than the probe, and left the fault
				if pool.IsTainted() {
					t.Errorf("tainted:\n%s", output)
				}
				if action, _ := pool.Plan(t.Context()); action != "no-op" {
					output += pool.Apply(t.Context())
				}
				action, more := pool.Plan(t.Context())
				if action != "no-op" || len(r.pools()) != 1 {
					t.Errorf("the plan is %s, %d pools:\n%s", action, len(r.pools()), output+more)
				}
			})
		}
	}
}
