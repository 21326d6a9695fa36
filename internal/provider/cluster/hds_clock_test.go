package cluster_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// expectEmptyPlan plans, checks that the plan is empty and returns its output.
func expectEmptyPlan(t *testing.T, cli *acctest.CLI) string {
	t.Helper()
	out, code := cli.Run("plan", "-detailed-exitcode", "-no-color")
	if code != 0 {
		t.Errorf("the plan is not empty: exit %d\n%s", code, out)
	}
	return out
}

// setClock sets the sandbox's clock, waits until the only cluster is ready and returns it.
func setClock(t *testing.T, env *acctest.Env, to string) *k8s.Cluster {
	t.Helper()
	at, err := time.Parse(time.RFC3339, to)
	if err != nil {
		t.Fatal(err)
	}
	env.Sandbox.SetNow(at)
	client := env.Client(t)
	all, err := client.Clusters(t.Context(), "fr-par", anyCluster())
	if err != nil || len(all) != 1 {
		t.Fatal(err, len(all))
	}
	found, err := client.WaitCluster(t.Context(), "fr-par", all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	return found
}

// TestHDSForcedUpgrade follows Kubernetes 1.32 from its deprecation and the end of its support to the forced upgrade by
// Scaleway. The plans warn and change nothing, and raising `version` afterwards sends no request.
func TestHDSForcedUpgrade(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC) })
	original := hdsConfig(`version = "1.32"`)
	cli := env.CLI(t, original)
	cli.UseClock(env.Sandbox.Now)
	cli.MustRun("apply", "-auto-approve", "-no-color")
	const newerVersion = "The cluster runs a newer version than the configured one"
	for _, phase := range []struct {
		now, version     string
		want, unexpected []string
	}{
		{"2026-03-23T12:00:00Z", "1.32", nil, []string{"is deprecated", "ends soon", "out of support", newerVersion}},
		{"2026-03-24T12:00:00Z", "1.32", []string{"Kubernetes 1.32 is deprecated", "LIF-09",
			`raise ` + "`version`" + ` to ` +
				`"1.33"`}, []string{"ends soon", newerVersion}},
		{"2026-04-30T12:00:00Z", "1.32", []string{"The support of Kubernetes 1.32 ends soon", "LIF-01",
			"end of support 2026-06-24, in 54 days"}, []string{newerVersion}},
		{
			"2026-06-23T23:55:00Z", "1.32", []string{
				"The support of Kubernetes 1.32 ends soon",
			}, []string{"out of support", newerVersion},
		},
		{"2026-06-24T00:00:01Z", "1.33", []string{newerVersion, "LIF-05", `raise ` + "`version`" + ` to "1.33"`,
			"Kubernetes 1.32 is out of support", "LIF-10"}, nil},
		{"2026-08-01T00:00:00Z", "1.33", []string{newerVersion}, nil},
	} {
		actual := setClock(t, env, phase.now)
		if !strings.HasPrefix(actual.Version, phase.version+".") {
			t.Errorf("%s: the cluster runs %s, want %s", phase.now, actual.Version, phase.version)
		}
		out := expectEmptyPlan(t, cli)
		acctest.Contains(t, out, phase.want...)
		for _, text := range phase.unexpected {
			if strings.Contains(acctest.StripFrame(out), text) {
				t.Errorf("%s: the plan prints %q:\n%s", phase.now, text, out)
			}
		}
		cli.MustRun("apply", "-auto-approve", "-no-color")
		if writes := env.Writes(); len(writes) > 0 {
			t.Errorf("%s: writes %v", phase.now, writes)
		}
	}
	cli.Configure(env, hdsConfig(`version = "1.33"`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if out := expectEmptyPlan(t, cli); strings.Contains(acctest.StripFrame(out), newerVersion) {
		t.Errorf("the warning remains after raising the version:\n%s", out)
	}
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("writes after a forced upgrade: %v", writes)
	}
	cli.Configure(env, original)
	out, code := cli.Run("plan", "-no-color")
	if code != 1 {
		t.Errorf("the plan accepts a downgrade:\n%s", out)
	}
	acctest.Contains(t, out, "A cluster cannot be downgraded", "LIF-02")
}

func TestHDSVersionLifecycleWarnings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, now, want string
	}{
		{
			"deprecated, support ends soon", "2027-01-19", "The support of Kubernetes 1.35 ends soon",
		}, {"support ends soon",
			"2027-02-01", "The support of Kubernetes 1.35 ends soon"},
		{"out of support", "2027-03-20", "Kubernetes 1.35 is out of support"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.DateOnly, test.now)
			if err != nil {
				t.Fatal(err)
			}
			found := versionWarnings(t, now)
			if !strings.Contains(found, test.want) {
				t.Errorf("%q is not in %q", test.want, found)
			}
		})
	}
}

func TestHDSPatchUpgradeBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cli := env.CLI(t, hdsConfig())
	cli.MustRun("apply", "-auto-approve", "-no-color")
	cli.Configure(env, hdsConfig(`tags = ["new"]`))
	cli.MustRun("plan", "-no-color", "-out=plan.bin")
	all, err := env.Client(t).Clusters(t.Context(), "fr-par", anyCluster())
	if err != nil || len(all) != 1 {
		t.Fatal(err, len(all))
	}
	if err := env.Sandbox.Patch("clusters", all[0].ID, map[string]any{"version": "1.35.99"}); err != nil {
		t.Fatal(err)
	}
	cli.MustRun("apply", "-no-color", "plan.bin")
	expectEmptyPlan(t, cli)
}

// TestHDSUnknownInputs checks that values that are known only at apply are validated before the first request.
func TestHDSUnknownInputs(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	later := func(value string) string {
		return "resource \"terraform_data\" \"later\" {\n  input = " + value + "\n}\n"
	}
	cli := env.CLI(t, later(`"0.0.0.0/0"`)+hdsConfig(`allowed_ip_ranges = [{ cidr = terraform_data.later.output }]`))
	cli.MustRun("plan", "-no-color")
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code != 1 || len(env.Writes()) > 0 {
		t.Errorf("exit %d, writes %v", code, env.Writes())
	}
	acctest.Contains(t, out, "The API server would be open to the world")

	cli = env.CLI(t, later(`"fr-par/`+sandbox.PrivateNetworkID+`"`)+
		hdsConfig(`private_network_id = terraform_data.later.output`, `tags = [terraform_data.later.output]`,
			`feature_gates `+
				`= terraform_data.later.output == "" ? ["HPAScaleToZero"] : null`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	expectEmptyPlan(t, cli)
}

func TestHDSCreateAPIErrors(t *testing.T) {
	t.Parallel()
	hdsVariant().testCreateAPIErrors(t, http.StatusForbidden, http.StatusBadRequest)
}

// TestHDSNoPermissionToReadContracts checks that the create succeeds with a warning: the reference counts as
// attestation.
func TestHDSNoPermissionToReadContracts(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{
			Path: "/account/v3/contract-signatures*", Kind: "status", Status: http.StatusForbidden, Times: 99,
		},
	); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, hdsConfig())
	cli.ConfigureRaw(env.ProviderBlock(`hds_contract = { reference = "HDS-1", signed_on = "2026-01-15", type = `+
		`"global", `+
		`name = "hds" }`) + hdsConfig())
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color"), "Unable to check whether the HDS "+
		"contract is signed", "HDS-CTR-01", "OrganizationReadOnly")
	expectEmptyPlan(t, cli)
}

func TestHDSInterruptedTypeChange(t *testing.T) {
	t.Parallel()
	hdsVariant().testInterruptedTypeChange(t, "kapsule-dedicated-8")
}

func TestHDSInterruptedDestroy(t *testing.T) {
	t.Parallel()
	hdsVariant().testInterruptedDestroy(t)
}
