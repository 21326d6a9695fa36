package cluster_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

type terraformState = terraform.State

// scalewayRangesRules returns an allow-list that allows all of Scaleway's addresses.
func scalewayRangesRules() []*k8s.ACLRuleRequest {
	allow := true
	return []*k8s.ACLRuleRequest{{ScalewayRanges: &allow, Description: "everybody"}}
}

// hdsApplyAfterInterruption lets pending operations end, applies again and expects an update in place, then an empty
// plan.
func hdsApplyAfterInterruption(t *testing.T, env *acctest.Env, cli *acctest.CLI, want string) {
	t.Helper()
	if status := cli.ResourceStatus("srm_hds_cluster", "test"); status != "whole" {
		t.Fatalf("status of the cluster after the interruption: %s", status)
	}
	env.Sandbox.Advance(24 * time.Hour)
	if out := cli.MustRun("apply", "-auto-approve", "-no-color"); !strings.Contains(out, want) {
		t.Errorf("the next apply does not print %q:\n%s", want, out)
	}
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan after the next apply: exit %d\n%s", code, out)
	}
	if creates := strings.Count(strings.Join(env.Writes(), "\n"), "POST "+clustersPath+"\n"); creates > 1 {
		t.Errorf("%d create requests, want 1", creates)
	}
}

func TestHDSInterruptedCreate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, request string }{
		{"while the allow-list waits", "GET " + clusterPath}, {"after the create request", "POST " + clustersPath},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.SlowTransitions)
			cli := env.CLI(t, hdsConfig())
			apply := cli.Start("apply", "-auto-approve", "-no-color")
			env.WaitForRequest(t, test.request)
			apply.Interrupt()
			apply.Wait()
			hdsApplyAfterInterruption(t, env, cli, "0 added, 1 changed, 0 destroyed")
		})
	}
}

func TestHDSTimedOutCreate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, acctest.SlowTransitions)
	cli := env.CLI(t, hdsConfig(`timeouts = { create = "3s" }`))
	out := cli.MustRun("apply", "-auto-approve", "-no-color")
	if !strings.Contains(out, "exists but is not finished") {
		t.Errorf("no warning about the unfinished cluster:\n%s", out)
	}
	hdsApplyAfterInterruption(t, env, cli, "0 added, 1 changed, 0 destroyed")
}

func TestHDSProviderKilledDuringCreate(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.SlowTransitions)
	cli := env.CLI(t, hdsConfig())
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "GET "+clusterPath)
	apply.KillProvider()
	apply.Wait()
	env.Sandbox.Advance(24 * time.Hour)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Warning: A cluster of this name already exists", "import {")
	env.Sandbox.ClearRequests()
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	acctest.Contains(t, out, "Error: A cluster of this name already exists", "import {")
	if code != 1 || len(env.Writes()) > 0 {
		t.Errorf("exit %d, writes %v", code, env.Writes())
	}
}

// TestHDSProviderKilledBeforeAllowList checks that the next plan warns about the open API server of a cluster that is
// in no state.
func TestHDSProviderKilledBeforeAllowList(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, acctest.SlowTransitions)
	cli := env.CLI(t, hdsConfig())
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "GET "+clusterPath)
	apply.KillProvider()
	apply.Wait()
	env.Sandbox.Advance(24 * time.Hour)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Warning: A cluster of this name already exists",
		"Warning: The API server of the existing cluster is open to the world", "Clause: HDS-CTR-03")
}

func TestHDSCreateRequestFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{
		{
			Kind: "status", Status: http.StatusTooManyRequests,
		}, {Kind: "html"}, {Kind: "reset"}, {Kind: "lost_response"}, {Kind: "truncate"},
	} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			env := acctest.New(t)
			fault.Method, fault.Path, fault.Times = http.MethodPost, clustersPath, 1
			if err := env.Sandbox.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t, hdsConfig())
			if _, code := cli.Run("apply", "-auto-approve", "-no-color"); code != 0 {
				cli.MustRun("apply", "-auto-approve", "-no-color")
			}
			if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
				t.Errorf("the plan after the applies is not empty: exit %d\n%s", code, out)
			}
			found, err := env.Client(t).Clusters(t.Context(), "fr-par", anyCluster())
			if err != nil || len(found) != 1 {
				t.Errorf("%d clusters, %v", len(found), err)
			}
		})
	}
}

func anyCluster() scaleway.ClusterFilter { return scaleway.ClusterFilter{} }
