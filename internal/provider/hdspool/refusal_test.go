package hdspool_test

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

const nobody = "00000000-0000-4000-8000-000000000000"

// none checks that nothing was created.
func none(t *testing.T, env *acctest.Env, cluster string) {
	t.Helper()
	if pools, err := env.Client(t).Pools(t.Context(), scw.RegionFrPar, cluster); err != nil || len(pools) > 0 {
		t.Errorf("%d pools, %v", len(pools), err)
	}
}

func TestRefusedAtPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Cluster(t)
	mutualised := env.Cluster(t, func(r *k8s.CreateClusterRequest) { r.Name, r.Type = "mutualised", "kapsule" })
	refused := func(config string, wanted ...string) resource.TestStep {
		return resource.TestStep{Config: env.Config(config), PlanOnly: true, ExpectError: says(strings.Join(wanted, " "))}
	}
	// What is wrong with another object is a warning of the plan.
	refusedLater := func(config string, wanted string) resource.TestStep {
		return resource.TestStep{Config: env.Config(config), ExpectError: says("Error: " + wanted)}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		refused(pool(cluster, `node_type = "DEV1-M"`), `Node type "DEV1-M" is not eligible for health data`),
		refused(pool(cluster, `zone = "pl-waw-1"`), `Zone "pl-waw-1" is not one for health data`),
		refused(pool(cluster, `root_volume = { type = "l_ssd", size_gb = 20 }`), `Root volume type "l_ssd" is not eligible `+
			`for health data`),
		refusedLater(pool(nobody), "The cluster does not exist"),
		refusedLater(pool(mutualised), `Cluster type "kapsule" is outside the HDS scope`),
		refusedLater(pool(cluster, `version = "1.37"`), "The pool's version is newer than its cluster's"),
		refusedLater(pool(cluster, `version = "1.34"`), "A new pool cannot be older than its cluster"),
		refusedLater(pool(cluster, `security_group_id = "`+nobody+`"`), "The security group does not exist"),
		refusedLater(pool(cluster, `placement_group_id = "fr-par-1/`+nobody+`"`), "The placement group does not exist"),
		{Config: env.Config(pool(cluster))},
		refusedLater(pool(cluster)+strings.Replace(pool(cluster), `"test"`, `"again"`, 1), `The cluster already has a `+
			`pool named "workers"`),
		refused(pool(cluster, `version = "1.34"`), "Nodes are never downgraded"),
		refusedLater(pool(cluster, `version = "1.38"`), "The pool's version is newer than its cluster's"),
	}})
}

func TestNameIsTaken(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Cluster(t)
	cli := env.CLI(t, pool(cluster))
	cli.Must("apply", "-auto-approve", "-no-color")
	if out, code := cli.Run("plan", "-no-color", "-replace="+address); code != 0 {
		t.Errorf("a replacement is refused for its own name: exit %d\n%s", code, out)
	}
	cli.Must("taint", address)
	acctest.Contains(t, cli.Must("plan", "-no-color"), "terraform untaint")
	// As after a provider that was killed: the pool exists, and no state knows it.
	cli.Must("state", "rm", address)
	if out, code := cli.Run("apply", "-auto-approve", "-no-color"); code != 1 || !strings.Contains(
		out, `id = "fr-par/`+only(t, env, cluster).ID+`"`,
	) {
		t.Errorf("exit %d, wanted the import block:\n%s", code, out)
	}
}

// TestRefusedByCreate is about what the same apply may still put right: a warning at plan, refused before the pool
// exists.
func TestRefusedByCreate(t *testing.T) {
	t.Parallel()
	everybody := &scw.IPNet{}
	if err := everybody.UnmarshalJSON([]byte(`"0.0.0.0/0"`)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, wanted string
		prepare      func(t *testing.T, env *acctest.Env, cluster string) error
		changes      []string
	}{
		{"no way out", "Nodes without public IP would have no way to the Internet", func(
			_ *testing.T, env *acctest.Env, _ string,
		) error {
			return env.Sandbox.Remove("gateway-networks", sandbox.GatewayNetworkID)
		}, nil},
		{"open", "The cluster's API server is open to the world", func(t *testing.T, env *acctest.Env, cluster string) error {
			t.Helper()
			_, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, cluster, []*k8s.ACLRuleRequest{{IP: everybody}})
			return err
		}, nil},
		{"no auto-upgrade", "Auto-upgrade of the cluster is off", func(
			_ *testing.T, env *acctest.Env, cluster string,
		) error {
			return env.Sandbox.Patch("clusters", cluster, map[string]any{"auto_upgrade": map[string]any{"enabled": false}})
		}, nil},
		{
			"newer", "The pool's version is newer than its cluster's", func(
				*testing.T, *acctest.Env, string,
			) error {
				return nil
			}, []string{`version = "1.36"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cluster := env.Cluster(t)
			if err := test.prepare(t, env, cluster); err != nil {
				t.Fatal(err)
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: env.Config(pool(cluster, test.changes...)), PlanOnly: true, ExpectNonEmptyPlan: true},
				{Config: env.Config(pool(cluster, test.changes...)), ExpectError: says("Error: " + test.wanted)},
			}})
			none(t, env, cluster)
		})
	}
}

func TestWithoutGateway(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Cluster(t)
	if err := env.Sandbox.Remove("gateway-networks", sandbox.GatewayNetworkID); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, pool(cluster))
	for _, wanted := range []string{"Warning: Nodes without public IP would have no way to the Internet", "name its " +
		"connection in depends_on of this pool"} {
		if out := cli.Must("plan", "-no-color"); !says(wanted).MatchString(out) {
			t.Errorf("%q is not in:\n%s", wanted, out)
		}
	}
	cli.Configure(env, pool(cluster, `public_ip = { reason = "no gateway yet" }`))
	out := cli.Must("apply", "-auto-approve", "-no-color")
	for _, wanted := range []string{"Warning: The nodes have public IPs", "no gateway yet"} {
		if !says(wanted).MatchString(out) {
			t.Errorf("%q is not in:\n%s", wanted, out)
		}
	}
}

func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fault  sandbox.Fault
		wanted string // "" is success in the same apply
	}{
		{"forbidden", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusForbidden}, "Unable to create HDS pool"},
		{"conflict", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusConflict}, ""},
		{"too many", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusTooManyRequests}, ""},
		{"broken", sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusInternalServerError}, "Unable to create HDS " +
			"pool"},
		{"proxy", sandbox.Fault{Kind: sandbox.FaultHTML}, "Unable to create HDS pool"},
		{"reset", sandbox.Fault{Kind: sandbox.FaultReset}, "Unable to create HDS pool"},
		{"lost", sandbox.Fault{Kind: sandbox.FaultLostResponse}, ""},
		{"truncated", sandbox.Fault{Kind: sandbox.FaultTruncate}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cluster := env.Cluster(t)
			test.fault.Method, test.fault.Path = http.MethodPost, clusters+"/*/pools"
			if err := env.Sandbox.AddFault(test.fault); err != nil {
				t.Fatal(err)
			}
			steps := []resource.TestStep{{
				Config: env.Config(pool(cluster)), ConfigPlanChecks: expect(plancheck.ResourceActionCreate),
				Check: func(*terraform.State) error { only(t, env, cluster); return nil },
			}}
			if test.wanted != "" {
				steps = append([]resource.TestStep{{Config: env.Config(pool(cluster)), ExpectError: says(test.wanted)}}, steps...)
			}
			env.Test(t, resource.TestCase{Steps: steps})
		})
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Cluster(t)
	forbid := func() {
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusForbidden, Method: http.MethodGet, Path: "*/pools/*"},
		); err != nil {
			t.Fatal(err)
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(pool(cluster))},
		{PreConfig: forbid, Config: env.Config(pool(cluster)), ExpectError: says("Unable to read HDS pool")},
		{Config: env.Config(pool(cluster)), ConfigPlanChecks: expect(plancheck.ResourceActionNoop)},
	}})
}
