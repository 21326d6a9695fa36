package kosmospool_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestRefusals: each plan fails with its text, all findings at once, and nothing is made.
func TestRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kapsule := r.Cluster(t)
	r.Sandbox.ClearRequests()
	cli := r.CLI(t, "")
	// What is wrong with another object is a warning of the plan.
	warned := []string{
		"a Kapsule cluster", "no cluster", "a newer version", "a version far newer", "no such group", "an older version",
	}
	group := "77777777-7777-4777-8777-777777777777"
	for _, test := range []struct {
		name, config string
		wanted       []string
	}{
		{"a Kapsule cluster", strings.ReplaceAll(r.external(), r.clusterID, kapsule), []string{"The cluster is not a " +
			"Kosmos cluster", "of type kapsule-dedicated-4", "use srm_hds_pool"}},
		{"no cluster", strings.ReplaceAll(r.external(), r.clusterID, group), []string{"The cluster does not exist", "no " +
			"cluster fr-par/" + group}},
		{"an external pool with all that it has not", r.external("size = 1", "autohealing = true", `zone = "fr-par-1"`,
			`root_volume = { type = "sbs_5k", size_gb = 20 }`, `rotation = "1"`,
			"upgrade_policy = {}", `placement_group_id = "`+group+`"`, `security_group_id = "`+group+`"`, `user_data = { x = `+
				`"y" }`), []string{
			"An external pool has no size", `Found: size 1, with node_type "external"`, "add an srm_kosmos_external_node for " +
				"each machine",
			"An external pool has no autohealing", "An external pool has no zone", "An external pool has no root_volume", "An " +
				"external pool has no rotation", "An external pool has no upgrade_policy",
			"An external pool has no placement_group_id", "An external pool has no security_group_id", "An external pool has " +
				"no user_data", "Clause: EXT-01", "Clause: EXT-03"}},
		{"an external pool that scales", r.external("autoscaling = { min = 0, max = 3 }"), []string{"An external pool has " +
			"no autoscaling", "its machines are outside Scaleway"}},
		{"no zone", r.Provider("") + r.body(`node_type = "PRO2-XS"`, "size = 1"), []string{"The pool has no zone", `Found: ` +
			`node_type "PRO2-XS" without zone`}},
		{
			"a region for a zone", r.Provider("") + r.body(
				`node_type = "PRO2-XS"`, `zone = "nl-ams"`, "size = 1",
			), []string{"The value is not a zone", `"nl-ams" is a region`},
		},
		{"a zone of no region of Scaleway", r.Provider("") + r.body(`node_type = "PRO2-XS"`, `zone = "us-east-1"`, "size = "+
			"1"), []string{"The value is not a zone", "fr-par-1, fr-par-2"}},
		{"no size", r.hosted(), []string{"The pool has neither size nor autoscaling"}},
		{
			"a type that is not offered", r.Provider("") + r.body(
				`node_type = "HUGE-1"`, `zone = "nl-ams-1"`, "size = 1",
			), []string{
				`Node type "HUGE-1" is not available in nl-ams-1`, "Allowed: one of external, ",
			},
		},
		{"defaults of nodes that are Scaleway's", r.hosted("size = 1", `node_defaults = { owner = "me" }`), []string{"The " +
			"nodes of this pool are Scaleway's to harden", "Clause: KOS-01"}},
		{"a newer version", r.external(`version = "1.36"`), []string{"The pool's version is newer than its cluster's"}},
		{"a version far newer", r.external(`version = "1.37"`), []string{"The pool's version is newer than its cluster's"}},
		{"a full version", r.external(`version = "1.35.3"`), []string{"The version is not a minor version"}},
		{"a disk that no new pool gets", r.hosted(
			"size = 1", `root_volume = { type = "b_ssd", size_gb = 20 }`,
		), []string{"The root volume cannot be of this type",
			`Found: "b_ssd", the legacy Block Storage, which new pools do not get`, "Allowed: sbs_5k, sbs_15k, l_ssd"}},
		{"a disk of no type", r.hosted("size = 1", `root_volume = { type = "sbs", size_gb = 20 }`), []string{"The root " +
			"volume cannot be of this type", `Found: "sbs"`, "or remove root_volume"}},
		{"defaults that state nothing", r.external(`node_defaults = { owner = " ", document_uri = "wiki", document_sha256 ` +
			`= "abc", reviewed_on = "1.11.2026", valid_days = 400 }`), []string{
			"The attestation has an empty owner", "The address of the document is not an absolute URI", "The digest of the " +
				"document is not a SHA-256 digest",
			"The day of the review is not a date", "node_defaults.valid_days value must be between 1 and 365"}},
		{"both size and autoscaling", r.hosted("size = 1", "autoscaling = { min = 1, max = 3 }"), []string{"The pool has " +
			"both size and autoscaling"}},
		{"a group of another zone", r.hosted("size = 1", `security_group_id = "fr-par-1/`+group+`"`), []string{"The " +
			"security group is in another zone than the pool", "Allowed: a security group in nl-ams-1"}},
		{"no such group", r.hosted("size = 1", `placement_group_id = "`+group+`"`), []string{"The placement group does not " +
			"exist", "no placement group nl-ams-1/" + group}},
		{"an upgrade policy that stands still", r.hosted("size = 1", "upgrade_policy = { max_unavailable = 0, max_surge = "+
			"0 }"), []string{"The upgrade policy does not allow the replacement of nodes"}},
		{"an older version", r.external(`version = "1.34"`), []string{"A new pool cannot be older than its cluster"}},
		{"no name", strings.Replace(r.external(), `"machines"`, `" "`, 1), []string{"The pool has no name"}},
		{
			"a small disk", r.hosted(
				"size = 1", `root_volume = { type = "sbs_5k", size_gb = 10 }`,
			), []string{"root_volume.size_gb value must be between 20"},
		},
	} {
		cli.ConfigureRaw(test.config)
		command := []string{"plan", "-no-color", "-input=false"}
		if slices.Contains(warned, test.name) {
			cli.Must(command...)
			command = []string{"apply", "-auto-approve", "-no-color", "-input=false"}
			test.wanted[0] = "Error: " + test.wanted[0]
		}
		out, code := cli.Run(command...)
		if code == 0 {
			t.Errorf("%s is not refused:\n%s", test.name, out)
		}
		acctest.Contains(t, out, test.wanted...)
	}
	if writes := r.Writes(); len(writes) != 0 {
		t.Errorf("refused plans wrote %v", writes)
	}
}

// TestWayToTheAPIServer: hosted nodes that would not get in are a warning of the plan and a refusal of the apply.
func TestWayToTheAPIServer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allow(false)
	r.Sandbox.ClearRequests()
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.hosted("size = 1"))
	acctest.Contains(t, cli.Must("plan", "-no-color"), "Warning: The nodes would not reach the API server", "Found: "+
		"allow-list 203.0.113.0/24, without Scaleway's ranges")
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code == 0 || len(r.Writes()) != 0 {
		t.Errorf("exit %d, %v", code, r.Writes())
	}
	acctest.Contains(t, out, "Error: The nodes would not reach the API server", "Set scaleway_ranges = true of its "+
		"srm_kosmos_cluster")
	cli.ConfigureRaw(r.external())
	cli.Must("apply", "-auto-approve", "-no-color")
}

// TestMachinesStillEnrolled: the plan of a destroy names them.
func TestMachinesStillEnrolled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.external())
	cli.Must("apply", "-auto-approve", "-no-color")
	if _, _, err := r.api.EnrolExternalNode(t.Context(), r.pools()[0]); err != nil {
		t.Fatal(err)
	}
	acctest.Contains(
		t, cli.Must("destroy", "-auto-approve", "-no-color"), "Machines are still enrolled in the pool", "Found: nodes "+
			"scw-edge-machines-",
	)
}

// TestFaults: whatever goes wrong at whichever request, at most one more apply leaves one pool, untainted, with an
// empty plan.
func TestFaults(t *testing.T) {
	t.Parallel()
	config := func(r *rig) map[string]any {
		return map[string]any{
			"cluster_id": "fr-par/" + r.clusterID, "name": "machines", "node_type": "PRO2-XS", "zone": "nl-ams-1",
			"size": int64(1),
		}
	}
	probe := newRig(t)
	probe.Protocol(t).Life("srm_kosmos_pool", config(probe)).Apply(t.Context())
	requests := probe.AllRequests()
	for _, kind := range []sandbox.Fault{
		{Kind: sandbox.FaultLostResponse}, {Kind: sandbox.FaultReset}, {Kind: sandbox.FaultTruncate}, {
			Kind: sandbox.FaultStatus, Status: 500,
		}, {Kind: sandbox.FaultStatus, Status: 429}, {Kind: sandbox.FaultStatus, Status: 403},
	} {
		for n, request := range requests {
			fault := kind
			fault.Path, fault.After = "*", n
			t.Run(string(fault.Kind)+" at "+request, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				pool := r.Protocol(t).Life("srm_kosmos_pool", config(r))
				if err := r.Sandbox.AddFault(fault); err != nil {
					t.Fatal(err)
				}
				said := pool.Apply(t.Context())
				r.Sandbox.ClearFaults() // a wait may have looked less often than that of the probe
				if pool.Tainted() {
					t.Errorf("tainted:\n%s", said)
				}
				if action, _ := pool.Plan(t.Context()); action != "no-op" {
					said += pool.Apply(t.Context())
				}
				action, more := pool.Plan(t.Context())
				if action != "no-op" || len(r.pools()) != 1 {
					t.Errorf("the plan is %s, %d pools:\n%s", action, len(r.pools()), said+more)
				}
			})
		}
	}
}
