package hdscluster_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// flat is a CLI's output without its frames and line breaks, so that a sentence can be looked for.
func flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

func contains(t *testing.T, out string, wanted ...string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains(flat(out), text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
}

func empty(t *testing.T, cli *acctest.CLI) string {
	t.Helper()
	out, code := cli.Run("plan", "-detailed-exitcode", "-no-color")
	if code != 0 {
		t.Errorf("the plan is not empty: exit %d\n%s", code, out)
	}
	return out
}

// TestForcedUpgrade is the whole story: the minor goes out of support, Scaleway upgrades the cluster, the plan warns and
// changes nothing, and raising `version` is no request either.
func TestForcedUpgrade(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) })
	cli := env.CLI(t, cluster())
	cli.Must("apply", "-auto-approve", "-no-color")
	env.Sandbox.SetNow(time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC))
	contains(t, empty(t, cli), "The cluster runs a newer version than the configuration says", "LIF-05", `raise `+"`version`"+` to "1.36"`)
	env.Sandbox.ClearRequests()
	cli.Must("apply", "-auto-approve", "-no-color")
	cli.Configure(env, cluster(`version = "1.36"`))
	cli.Must("apply", "-auto-approve", "-no-color")
	empty(t, cli)
	if wrong := env.Writes(); len(wrong) > 0 {
		t.Errorf("writes after a forced upgrade: %v", wrong)
	}
	cli.Configure(env, cluster(`version = "1.35"`))
	out, code := cli.Run("plan", "-no-color")
	if code != 1 {
		t.Errorf("a downgrade is planned:\n%s", out)
	}
	contains(t, out, "A cluster cannot be downgraded", "LIF-02")
}

func TestWarningsOfTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, now, wanted string
	}{
		{"deprecated and soon out", "2027-01-19", "The support of Kubernetes 1.35 ends soon"}, {"soon", "2027-02-01", "The support of Kubernetes 1.35 ends soon"},
		{"out", "2027-03-20", "Kubernetes 1.35 is out of support"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.DateOnly, test.now)
			if err != nil {
				t.Fatal(err)
			}
			found := warnings(t, now)
			if !strings.Contains(found, test.wanted) {
				t.Errorf("%q is not in %q", test.wanted, found)
			}
		})
	}
}

func TestPatchUpgradeBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.CLI(t, cluster())
	cli.Must("apply", "-auto-approve", "-no-color")
	cli.Configure(env, cluster(`tags = ["new"]`))
	cli.Must("plan", "-no-color", "-out=plan.bin")
	clusters, err := env.Client(t).Clusters(t.Context(), "fr-par", anyCluster())
	if err != nil || len(clusters) != 1 {
		t.Fatal(err, len(clusters))
	}
	if err := env.Sandbox.Patch("clusters", clusters[0].ID, map[string]any{"version": "1.35.99"}); err != nil {
		t.Fatal(err)
	}
	cli.Must("apply", "-no-color", "plan.bin")
	empty(t, cli)
}

// TestUnknownInput gives values that are not known at plan: they are checked before anything is sent.
func TestUnknownInput(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	later := func(value string) string {
		return "resource \"terraform_data\" \"later\" {\n  input = " + value + "\n}\n"
	}
	cli := env.CLI(t, later(`"0.0.0.0/0"`)+cluster(`allowed_ip_ranges = [{ cidr = terraform_data.later.output }]`))
	cli.Must("plan", "-no-color")
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code != 1 || len(env.Writes()) > 0 {
		t.Errorf("exit %d, writes %v", code, env.Writes())
	}
	contains(t, out, "The API server would be open to the world")

	cli = env.CLI(t, later(`"fr-par/`+sandbox.PrivateNetworkID+`"`)+
		cluster(`private_network_id = terraform_data.later.output`, `tags = [terraform_data.later.output]`, `feature_gates = terraform_data.later.output == "" ? ["HPAScaleToZero"] : null`))
	cli.Must("apply", "-auto-approve", "-no-color")
	empty(t, cli)
}

func TestErrorsOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		wanted string
	}{{http.StatusForbidden, "Unable to create the HDS cluster"}, {http.StatusBadRequest, "Unable to create the HDS cluster"}} {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			if err := env.Sandbox.AddFault(sandbox.Fault{Method: http.MethodPost, Path: clusters, Kind: "status", Status: test.status, Times: 9}); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t, cluster())
			out, code := cli.Run("apply", "-auto-approve", "-no-color")
			if code != 1 || cli.Status("srm_hds_cluster", "test") != "absent" {
				t.Errorf("exit %d, %s", code, cli.Status("srm_hds_cluster", "test"))
			}
			contains(t, out, test.wanted)
			if strings.Contains(out, sandbox.SecretKey) {
				t.Error("the secret key is in the output")
			}
		})
	}
}

// TestNoPermissionToReadContracts: the reference stands as attestation, with a warning.
func TestNoPermissionToReadContracts(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	if err := env.Sandbox.AddFault(sandbox.Fault{Path: "/account/v3/contract-signatures*", Kind: "status", Status: http.StatusForbidden, Times: 99}); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, cluster())
	cli.ConfigureRaw(env.Provider(`hds_contract = { reference = "HDS-1", signed_on = "2026-01-15", type = "global", name = "hds" }`) + cluster())
	contains(t, cli.Must("apply", "-auto-approve", "-no-color"), "The signature of the HDS contract could not be checked", "HDS-CTR-01")
	empty(t, cli)
}

func TestInterruptedTypeChange(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 50 })
	cli := env.CLI(t, cluster())
	cli.Must("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	cli.Configure(env, cluster(`type = "kapsule-dedicated-8"`))
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.Until(t, "POST "+one+"/set-type")
	apply.Interrupt()
	apply.Wait()
	env.Sandbox.Advance(time.Hour)
	cli.Must("apply", "-auto-approve", "-no-color")
	empty(t, cli)
	if writes := env.Writes(); !slices.Equal(writes, []string{"POST " + one + "/set-type"}) {
		t.Errorf("writes %v", writes)
	}
}

func TestInterruptedDestroy(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 10 })
	cli := env.CLI(t, cluster())
	cli.Must("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	destroy := cli.Start("destroy", "-auto-approve", "-no-color")
	env.Until(t, "DELETE "+one)
	destroy.Interrupt()
	destroy.Wait()
	env.Sandbox.Advance(time.Hour)
	cli.Must("destroy", "-auto-approve", "-no-color")
	if status := cli.Status("srm_hds_cluster", "test"); status != "absent" {
		t.Errorf("after the second destroy the cluster is %s", status)
	}
}
