package cluster_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// kosmosApplyAfterInterruption lets pending operations end, applies again and expects an update in place, then an empty
// plan. It also checks that there was one create request and that the allow-list was set.
func kosmosApplyAfterInterruption(t *testing.T, env *acctest.Env, cli *acctest.CLI) {
	t.Helper()
	if status := cli.ResourceStatus("srm_kosmos_cluster", "test"); status != "whole" {
		t.Fatalf("status of the cluster after the interruption: %s", status)
	}
	env.Sandbox.Advance(24 * time.Hour)
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color"), "0 added, 1 changed, 0 destroyed")
	expectEmptyPlan(t, cli)
	creates, allowListSet := 0, false
	for _, write := range env.Writes() {
		if write == "POST "+clustersPath {
			creates++
		}
		if write == "PUT "+allowListPath {
			allowListSet = true
		}
	}
	if creates != 1 || !allowListSet {
		t.Errorf("%d create requests, allow-list set: %t, in %v", creates, allowListSet, env.Writes())
	}
}

func TestKosmosInterruptedCreate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	for _, test := range []struct{ name, request string }{
		{"while the allow-list waits", "GET " + clusterPath}, {"after the create request", "POST " + clustersPath},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.SlowTransitions)
			cli := env.CLI(t, kosmosConfig(`scaleway_ranges = true`))
			apply := cli.Start("apply", "-auto-approve", "-no-color")
			env.WaitForRequest(t, test.request)
			apply.Interrupt()
			apply.Wait()
			kosmosApplyAfterInterruption(t, env, cli)
		})
	}
}

func TestKosmosTimedOutCreate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, acctest.SlowTransitions)
	cli := env.CLI(t, kosmosConfig(`timeouts = { create = "3s" }`))
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color"), "The API server of the new cluster is "+
		"still open to the world",
		"The Kosmos cluster exists but is not finished")
	kosmosApplyAfterInterruption(t, env, cli)
}

func TestKosmosProviderKilledDuringCreate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, acctest.SlowTransitions)
	cli := env.CLI(t, kosmosConfig())
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "GET "+clusterPath)
	apply.KillProvider()
	apply.Wait()
	env.Sandbox.Advance(24 * time.Hour)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Warning: A cluster of this name already exists")
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	acctest.Contains(t, out, "Error: A cluster of this name already exists", "import { to = srm_kosmos_cluster.NAME "+
		"id = \"fr-par/")
	all, err := env.Client(t).Clusters(t.Context(), "fr-par", anyCluster())
	if code != 1 || err != nil || len(all) != 1 {
		t.Fatalf("exit %d, %d clusters, %v", code, len(all), err)
	}
	// Follow the fix of the error.
	cli.MustRun("import", "-no-color", kosmosAddress, "fr-par/"+all[0].ID)
	cli.MustRun("apply", "-auto-approve", "-no-color")
	expectEmptyPlan(t, cli)
}

func TestKosmosCreateRequestFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{
		{Kind: "status", Status: http.StatusTooManyRequests}, {Kind: "status", Status: http.StatusInternalServerError},
		{Kind: "html"}, {Kind: "reset"}, {Kind: "lost_response"}, {Kind: "truncate"},
	} {
		t.Run(string(fault.Kind)+http.StatusText(fault.Status), func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			env := acctest.New(t)
			fault.Method, fault.Path, fault.Times = http.MethodPost, clustersPath, 1
			if err := env.Sandbox.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t, kosmosConfig())
			if _, code := cli.Run("apply", "-auto-approve", "-no-color"); code != 0 {
				cli.MustRun("apply", "-auto-approve", "-no-color")
			}
			expectEmptyPlan(t, cli)
			found, err := env.Client(t).Clusters(t.Context(), "fr-par", anyCluster())
			if err != nil || len(found) != 1 {
				t.Errorf("%d clusters, %v", len(found), err)
			}
		})
	}
}

// TestKosmosCreateAPIErrors checks that a permanent API error of the create fails the apply and leaves no cluster.
func TestKosmosCreateAPIErrors(t *testing.T) {
	t.Parallel()
	kosmosVariant().testCreateAPIErrors(t, http.StatusForbidden, http.StatusBadRequest, http.StatusConflict)
}

// TestKosmosCreateWithRejectedAllowList checks that an API error after the creation is a warning, as an error would
// taint the cluster, and that the next apply completes the cluster.
func TestKosmosCreateWithRejectedAllowList(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{Method: http.MethodPut, Path: "*/acls", Kind: "status", Status: http.StatusForbidden, Times: 1},
	); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, kosmosConfig(`scaleway_ranges = true`))
	acctest.Contains(t, cli.MustRun(
		"apply", "-auto-approve", "-no-color",
	), "is still open to the world", "exists but is not finished")
	kosmosApplyAfterInterruption(t, env, cli)
}

func TestKosmosInterruptedTypeChange(t *testing.T) {
	t.Parallel()
	kosmosVariant().testInterruptedTypeChange(t, "multicloud-dedicated-8")
}

func TestKosmosInterruptedDestroy(t *testing.T) {
	t.Parallel()
	kosmosVariant().testInterruptedDestroy(t)
}
