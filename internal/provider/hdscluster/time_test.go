package hdscluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func empty(t *testing.T, cli *acctest.CLI) string {
	t.Helper()
	out, code := cli.Run("plan", "-detailed-exitcode", "-no-color")
	if code != 0 {
		t.Errorf("the plan is not empty: exit %d\n%s", code, out)
	}
	return out
}

// onSandboxClock makes the CLI start a provider whose clock is that of the sandbox: this test binary, which TestMain
// turns into the provider. The one that is built of main.go has the machine's clock.
func onSandboxClock(t *testing.T, env *acctest.Env, cli *acctest.CLI) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(cli.Dir(), "terraform-provider-srm")
	if err := os.Remove(binary); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, []byte("#!/bin/sh\nexec "+self+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cli.Environ(clockVariable + "=" + env.URL + "/_sandbox/clock")
}

// clockVariable holds the address that a provider asks for the time.
const clockVariable = "SRM_TEST_CLOCK"

func TestMain(m *testing.M) {
	address := os.Getenv(clockVariable)
	if address == "" {
		os.Exit(m.Run())
	}
	now := func() time.Time {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		at, err := askClock(ctx, http.MethodGet, address, "")
		if err != nil {
			log.Fatal(err)
		}
		return at
	}
	if err := providerserver.Serve(context.Background(), provider.New(
		"test", provider.WithClock(now),
	), providerserver.ServeOpts{
		Address: "registry.terraform.io/terraform-srm/srm", ProtocolVersion: 6,
	}); err != nil {
		log.Fatal(err)
	}
}

// askClock reads or sets the clock of a sandbox as any program can, and returns its time.
func askClock(ctx context.Context, method, address, body string) (time.Time, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return time.Time{}, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	var told struct{ Now time.Time }
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil || answer.StatusCode != http.StatusOK {
		return time.Time{}, fmt.Errorf("%s %s: HTTP %d, %w", method, address, answer.StatusCode, err)
	}
	return told.Now, nil
}

// setClock sets the sandbox's clock over HTTP, and waits until what that set in motion is over.
func setClock(t *testing.T, env *acctest.Env, to string) *k8s.Cluster {
	t.Helper()
	if _, err := askClock(t.Context(), http.MethodPost, env.URL+"/_sandbox/clock", `{"now": "`+to+`"}`); err != nil {
		t.Fatal(err)
	}
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

// TestForcedUpgrade is the whole story of a minor, 1.32: it is deprecated, its support ends soon, Scaleway upgrades the
// cluster by force as the window begins, the plan warns and changes nothing, and raising `version` is no request
// either.
func TestForcedUpgrade(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC) })
	old := cluster(`version = "1.32"`)
	cli := env.CLI(t, old)
	onSandboxClock(t, env, cli)
	cli.Must("apply", "-auto-approve", "-no-color")
	const newer = "The cluster runs a newer version than the configured one"
	for _, act := range []struct {
		at, version string
		says, never []string
	}{
		{"2026-03-23T12:00:00Z", "1.32", nil, []string{"is deprecated", "ends soon", "out of support", newer}},
		{"2026-03-24T12:00:00Z", "1.32", []string{"Kubernetes 1.32 is deprecated", "LIF-09", `raise ` + "`version`" + ` to ` +
			`"1.33"`}, []string{"ends soon", newer}},
		{"2026-04-30T12:00:00Z", "1.32", []string{"The support of Kubernetes 1.32 ends soon", "LIF-01", "end of support " +
			"2026-06-24, in 54 days"}, []string{newer}},
		{
			"2026-06-23T23:55:00Z", "1.32", []string{
				"The support of Kubernetes 1.32 ends soon",
			}, []string{"out of support", newer},
		},
		{"2026-06-24T00:00:01Z", "1.33", []string{newer, "LIF-05", `raise ` + "`version`" + ` to "1.33"`, "Kubernetes 1.32 " +
			"is out of support", "LIF-10"}, nil},
		{"2026-08-01T00:00:00Z", "1.33", []string{newer}, nil},
	} {
		actual := setClock(t, env, act.at)
		if !strings.HasPrefix(actual.Version, act.version+".") {
			t.Errorf("on %s the cluster runs %s, want %s", act.at, actual.Version, act.version)
		}
		out := empty(t, cli)
		acctest.Contains(t, out, act.says...)
		for _, text := range act.never {
			if strings.Contains(acctest.Flat(out), text) {
				t.Errorf("on %s the plan says %q:\n%s", act.at, text, out)
			}
		}
		cli.Must("apply", "-auto-approve", "-no-color")
		if wrong := env.Writes(); len(wrong) > 0 {
			t.Errorf("on %s: writes %v", act.at, wrong)
		}
	}
	cli.Configure(env, cluster(`version = "1.33"`))
	cli.Must("apply", "-auto-approve", "-no-color")
	if out := empty(t, cli); strings.Contains(acctest.Flat(out), newer) {
		t.Errorf("raised, and still:\n%s", out)
	}
	if wrong := env.Writes(); len(wrong) > 0 {
		t.Errorf("writes after a forced upgrade: %v", wrong)
	}
	cli.Configure(env, old)
	out, code := cli.Run("plan", "-no-color")
	if code != 1 {
		t.Errorf("a downgrade is planned:\n%s", out)
	}
	acctest.Contains(t, out, "A cluster cannot be downgraded", "LIF-02")
}

func TestWarningsOfTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, now, wanted string
	}{
		{"deprecated and soon out", "2027-01-19", "The support of Kubernetes 1.35 ends soon"}, {"soon", "2027-02-01", "The " +
			"support of Kubernetes 1.35 ends soon"},
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
	acctest.Contains(t, out, "The API server would be open to the world")

	cli = env.CLI(t, later(`"fr-par/`+sandbox.PrivateNetworkID+`"`)+
		cluster(`private_network_id = terraform_data.later.output`, `tags = [terraform_data.later.output]`, `feature_gates `+
			`= terraform_data.later.output == "" ? ["HPAScaleToZero"] : null`))
	cli.Must("apply", "-auto-approve", "-no-color")
	empty(t, cli)
}

func TestErrorsOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		wanted string
	}{{http.StatusForbidden, "Unable to create the HDS cluster"}, {http.StatusBadRequest, "Unable to create the HDS " +
		"cluster"}} {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			if err := env.Sandbox.AddFault(
				sandbox.Fault{Method: http.MethodPost, Path: clusters, Kind: "status", Status: test.status, Times: 9},
			); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t, cluster())
			out, code := cli.Run("apply", "-auto-approve", "-no-color")
			if code != 1 || cli.Status("srm_hds_cluster", "test") != "absent" {
				t.Errorf("exit %d, %s", code, cli.Status("srm_hds_cluster", "test"))
			}
			acctest.Contains(t, out, test.wanted)
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
	if err := env.Sandbox.AddFault(
		sandbox.Fault{Path: "/account/v3/contract-signatures*", Kind: "status", Status: http.StatusForbidden, Times: 99},
	); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, cluster())
	cli.ConfigureRaw(env.Provider(`hds_contract = { reference = "HDS-1", signed_on = "2026-01-15", type = "global", `+
		`name = "hds" }`) + cluster())
	acctest.Contains(t, cli.Must("apply", "-auto-approve", "-no-color"), "The signature of the HDS contract could not "+
		"be checked", "HDS-CTR-01", "OrganizationReadOnly")
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
