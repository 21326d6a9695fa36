package hdscluster_test

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

// open is the allow-list that lets everybody in.
func open() []*k8s.ACLRuleRequest {
	everybody := true
	return []*k8s.ACLRuleRequest{{ScalewayRanges: &everybody, Description: "everybody"}}
}

// finish lets what is under way end, applies again and expects an update in place that leaves nothing to do.
func finish(t *testing.T, env *acctest.Env, cli *acctest.CLI, wanted string) {
	t.Helper()
	if status := cli.Status("srm_hds_cluster", "test"); status != "whole" {
		t.Fatalf("after the interruption the cluster is %s", status)
	}
	env.Sandbox.Advance(24 * time.Hour)
	if out := cli.Must("apply", "-auto-approve", "-no-color"); !strings.Contains(out, wanted) {
		t.Errorf("%q is not in the next apply:\n%s", wanted, out)
	}
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan after it: exit %d\n%s", code, out)
	}
	if created := strings.Count(strings.Join(env.Writes(), "\n"), "POST "+clusters+"\n"); created > 1 {
		t.Errorf("%d creates", created)
	}
}

func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, at string }{
		{"waiting for the allow-list", "PUT " + allowList}, {"just created", "POST " + clusters},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.Held)
			cli := env.CLI(t, cluster())
			apply := cli.Start("apply", "-auto-approve", "-no-color")
			env.Until(t, test.at)
			apply.Interrupt()
			apply.Wait()
			finish(t, env, cli, "0 added, 1 changed, 0 destroyed")
		})
	}
}

func TestTimedOutCreate(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.Held)
	cli := env.CLI(t, cluster(`timeouts = { create = "3s" }`))
	out := cli.Must("apply", "-auto-approve", "-no-color")
	if !strings.Contains(out, "exists but is not finished") {
		t.Errorf("no word of what is left:\n%s", out)
	}
	finish(t, env, cli, "0 added, 1 changed, 0 destroyed")
}

func TestKilledProvider(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.Held)
	cli := env.CLI(t, cluster())
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.Until(t, "PUT "+allowList)
	apply.KillProvider()
	apply.Wait()
	env.Sandbox.Advance(24 * time.Hour)
	acctest.Contains(t, cli.Must("plan", "-no-color"), "Warning: A cluster of this name already exists", "import {")
	env.Sandbox.ClearRequests()
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	acctest.Contains(t, out, "Error: A cluster of this name already exists", "import {")
	if code != 1 || len(env.Writes()) > 0 {
		t.Errorf("exit %d, writes %v", code, env.Writes())
	}
}

// TestKilledBeforeTheAllowList: the next plan says that the cluster, which is in no state, is open to the world.
func TestKilledBeforeTheAllowList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.Held)
	if err := env.Sandbox.AddFault(sandbox.Fault{
		Method: http.MethodPut, Path: "*/acls", Kind: "status", Status: http.StatusServiceUnavailable, Times: 1000,
	}); err != nil {
		t.Fatal(err)
	}
	cli := env.CLI(t, cluster())
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.Until(t, "PUT "+allowList)
	apply.KillProvider()
	apply.Wait()
	env.Sandbox.Advance(24 * time.Hour)
	acctest.Contains(t, cli.Must("plan", "-no-color"), "Warning: A cluster of this name already exists",
		"Warning: The API server of the existing cluster is open to the world", "Clause: HDS-CTR-03")
}

func TestFaultsAtTheCreateCall(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{
		{
			Kind: "status", Status: http.StatusTooManyRequests,
		}, {Kind: "html"}, {Kind: "reset"}, {Kind: "lost_response"}, {Kind: "truncate"},
	} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			fault.Method, fault.Path, fault.Times = http.MethodPost, clusters, 1
			if err := env.Sandbox.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t, cluster())
			if _, code := cli.Run("apply", "-auto-approve", "-no-color"); code != 0 {
				cli.Must("apply", "-auto-approve", "-no-color")
			}
			if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
				t.Errorf("not in the wanted state: exit %d\n%s", code, out)
			}
			found, err := env.Client(t).Clusters(t.Context(), "fr-par", anyCluster())
			if err != nil || len(found) != 1 {
				t.Errorf("%d clusters, %v", len(found), err)
			}
		})
	}
}

func anyCluster() scaleway.ClusterFilter { return scaleway.ClusterFilter{} }
