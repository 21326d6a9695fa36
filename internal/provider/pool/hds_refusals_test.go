package pool_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// absentID is a UUID that no object has.
const absentID = "00000000-0000-4000-8000-000000000000"

// expectNoPools checks that the cluster has no pool.
func expectNoPools(t *testing.T, env *acctest.Env, cluster string) {
	t.Helper()
	if pools, err := env.Client(t).Pools(t.Context(), scw.RegionFrPar, cluster); err != nil || len(pools) > 0 {
		t.Errorf("%d pools, %v", len(pools), err)
	}
}

func TestHDSRefusedAtPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	mutualised := env.CreateCluster(t, func(r *k8s.CreateClusterRequest) { r.Name, r.Type = "mutualised", "kapsule" })
	refusedAtPlan := func(config, want string) resource.TestStep {
		return resource.TestStep{Config: env.Config(config), PlanOnly: true, ExpectError: wrappedText(want)}
	}
	// A plan only warns about a problem of another object; the apply fails.
	refusedAtApply := func(config, want string) resource.TestStep {
		return resource.TestStep{Config: env.Config(config), ExpectError: wrappedText("Error: " + want)}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		refusedAtPlan(pool(cluster, `node_type = "DEV1-M"`), `Node type "DEV1-M" is not eligible for health data`),
		refusedAtPlan(pool(cluster, `zone = "pl-waw-1"`), `Zone "pl-waw-1" is not authorized for health data`),
		refusedAtPlan(
			pool(cluster, `root_volume = { type = "l_ssd", size_gb = 20 }`),
			`Root volume type "l_ssd" is not eligible `+
				`for health data`,
		),
		refusedAtApply(pool(absentID), "The cluster does not exist"),
		refusedAtApply(pool(mutualised), `Cluster type "kapsule" is outside the HDS scope`),
		refusedAtApply(pool(cluster, `version = "1.37"`), "The pool's version is newer than its cluster's"),
		refusedAtApply(pool(cluster, `version = "1.34"`), "A new pool cannot be older than its cluster"),
		refusedAtApply(pool(cluster, `security_group_id = "`+absentID+`"`), "The security group does not exist"),
		refusedAtApply(pool(cluster, `placement_group_id = "fr-par-1/`+absentID+`"`), "The placement group does not "+
			"exist"),
		{Config: env.Config(pool(cluster))},
		refusedAtApply(pool(cluster)+strings.Replace(pool(cluster), `"test"`, `"again"`, 1), `The cluster already `+
			`has a `+
			`pool named "workers"`),
		refusedAtPlan(pool(cluster, `version = "1.34"`), "Nodes cannot be downgraded"),
		refusedAtApply(pool(cluster, `version = "1.38"`), "The pool's version is newer than its cluster's"),
	}})
}

func TestHDSNameTaken(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	cli := env.CLI(t, pool(cluster))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if out, code := cli.Run("plan", "-no-color", "-replace="+hdsAddress); code != 0 {
		t.Errorf("the name of the replaced pool fails the plan: exit %d\n%s", code, out)
	}
	cli.MustRun("taint", hdsAddress)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "terraform untaint")
	// As after a killed create, the pool exists and is in no state.
	cli.MustRun("state", "rm", hdsAddress)
	if out, code := cli.Run("apply", "-auto-approve", "-no-color"); code != 1 || !strings.Contains(
		out, `id = "fr-par/`+onlyPool(t, env, cluster).ID+`"`,
	) {
		t.Errorf("exit %d, want an error with the import block:\n%s", code, out)
	}
}

// TestHDSRefusedByCreate checks problems that the same apply may still correct: the plan warns, and Create fails before
// it sends a request.
func TestHDSRefusedByCreate(t *testing.T) {
	t.Parallel()
	everyAddress := &scw.IPNet{}
	if err := everyAddress.UnmarshalJSON([]byte(`"0.0.0.0/0"`)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		prepare    func(t *testing.T, env *acctest.Env, cluster string) error
		changes    []string
	}{
		{"no gateway", "Nodes without a public IP would have no route to the Internet", func(
			_ *testing.T, env *acctest.Env, _ string,
		) error {
			return env.Sandbox.Remove("gateway-networks", sandbox.GatewayNetworkID)
		}, nil},
		{"open API server", "The cluster's API server is open to the world", func(t *testing.T, env *acctest.Env,
			cluster string) error {
			t.Helper()
			_, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, cluster,
				[]*k8s.ACLRuleRequest{{IP: everyAddress}})
			return err
		}, nil},
		{"no auto-upgrade", "Auto-upgrade of the cluster is off", func(
			_ *testing.T, env *acctest.Env, cluster string,
		) error {
			return env.Sandbox.Patch(
				"clusters", cluster, map[string]any{"auto_upgrade": map[string]any{"enabled": false}},
			)
		}, nil},
		{
			"newer version", "The pool's version is newer than its cluster's", func(
				*testing.T, *acctest.Env, string,
			) error {
				return nil
			}, []string{`version = "1.36"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cluster := env.CreateCluster(t)
			if err := test.prepare(t, env, cluster); err != nil {
				t.Fatal(err)
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: env.Config(pool(cluster, test.changes...)), PlanOnly: true, ExpectNonEmptyPlan: true},
				{Config: env.Config(pool(cluster, test.changes...)), ExpectError: wrappedText("Error: " + test.want)},
			}})
			expectNoPools(t, env, cluster)
		})
	}
}

func TestHDSMissingGateway(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	if err := env.Sandbox.Remove("gateway-networks", sandbox.GatewayNetworkID); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, pool(cluster))
	for _, want := range []string{"Warning: Nodes without a public IP would have no route to the Internet",
		"add it to depends_on of this pool"} {
		if out := cli.MustRun("plan", "-no-color"); !wrappedText(want).MatchString(out) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	cli.Configure(env, pool(cluster, `public_ip = { reason = "no gateway yet" }`))
	out := cli.MustRun("apply", "-auto-approve", "-no-color")
	for _, want := range []string{"Warning: The nodes have public IPs", "no gateway yet"} {
		if !wrappedText(want).MatchString(out) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
}

func TestHDSCreateAPIErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault sandbox.Fault
		want  string // error of the apply; "" expects success
	}{
		{"forbidden", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusForbidden},
			"Unable to create the HDS pool"},
		{"conflict", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusConflict}, ""},
		{"too many requests", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusTooManyRequests}, ""},
		{"internal error", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusInternalServerError},
			"Unable to create the HDS pool"},
		{"HTML page of a proxy", sandbox.Fault{Kind: sandbox.FaultHTML}, "Unable to create the HDS pool"},
		{"connection reset", sandbox.Fault{Kind: sandbox.FaultReset}, "Unable to create the HDS pool"},
		{"lost response", sandbox.Fault{Kind: sandbox.FaultLostResponse}, ""},
		{"truncated response", sandbox.Fault{Kind: sandbox.FaultTruncate}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cluster := env.CreateCluster(t)
			test.fault.Method, test.fault.Path = http.MethodPost, clustersPath+"/*/pools"
			if err := env.Sandbox.AddFault(test.fault); err != nil {
				t.Fatal(err)
			}
			steps := []resource.TestStep{{
				Config: env.Config(pool(cluster)), ConfigPlanChecks: hdsExpectAction(plancheck.ResourceActionCreate),
				Check: func(*terraform.State) error { onlyPool(t, env, cluster); return nil },
			}}
			if test.want != "" {
				steps = append(
					[]resource.TestStep{{Config: env.Config(pool(cluster)), ExpectError: wrappedText(test.want)}},
					steps...)
			}
			env.Test(t, resource.TestCase{Steps: steps})
		})
	}
}

func TestHDSReadErrors(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	forbid := func() {
		if err := env.Sandbox.AddFault(
			sandbox.Fault{
				Kind: sandbox.FaultStatus, Status: http.StatusForbidden, Method: http.MethodGet, Path: "*/pools",
			},
		); err != nil {
			t.Fatal(err)
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(pool(cluster))},
		{PreConfig: forbid, Config: env.Config(pool(cluster)), ExpectError: wrappedText("Unable to read the HDS pool")},
		{Config: env.Config(pool(cluster)), ConfigPlanChecks: hdsExpectAction(plancheck.ResourceActionNoop)},
	}})
}
