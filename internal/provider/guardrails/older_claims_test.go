package guardrails_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// olderClaimManifest returns the manifest of a claim that waits for an unencrypted volume.
func olderClaimManifest(name string) string {
	return claimManifest(name, "storageClassName: sbs-default,")
}

// deleteClaim deletes a claim and its finalizer, which no controller removes.
func (in kubeClient) deleteClaim(name string) {
	in.t.Helper()
	in.patch(claims, "default", name, `{"metadata":{"finalizers":null}}`)
	in.mustDelete(claims, "default", name)
}

// TestOlderClaimsChangeBetweenPlanAndApply creates and deletes older claims between a plan and its apply. The apply
// returns the planned values of all attributes except older_claims.
func TestOlderClaimsChangeBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string]struct{ before, after []string }{
		"created":   {nil, []string{"one"}},
		"deleted":   {[]string{"one"}, nil},
		"replaced":  {[]string{"one"}, []string{"two"}},
		"unchanged": {[]string{"one"}, []string{"one"}},
		"none":      {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			change := func(from, to []string) {
				for _, name := range from {
					if !slices.Contains(to, name) {
						r.kube.deleteClaim(name)
					}
				}
				for _, name := range to {
					if !slices.Contains(from, name) {
						r.kube.mustCreate(claims, "default", olderClaimManifest(name))
					}
				}
			}
			life := r.newLifecycle(t)
			change(nil, changes.before)
			output, inconsistencies := life.CheckApplyAfterChange(
				t.Context(), func() { change(changes.before, changes.after) },
			)
			if strings.Contains(output, "ERROR") || len(inconsistencies) > 0 {
				t.Fatalf("create: %v: %s", inconsistencies, output)
			}
			checkState := func(operation string, names []string) {
				t.Helper()
				for _, name := range []string{"one", "two"} {
					found := strings.Contains(life.StateString(), `"name":tftypes.String<"`+name+`">`)
					if found != slices.Contains(names, name) {
						t.Errorf("%s: the state contains %s: %t: %s", operation, name, found, life.StateString())
					}
				}
			}
			checkState("create", changes.after)
			if action, output := life.Plan(t.Context()); action != "no-op" {
				t.Errorf("the plan after the create is %s: %s", action, output)
			}

			// The remaining claims are deleted between the plan and the apply of an update.
			life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "backend_tls": "deny",
				"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)}})
			output, inconsistencies = life.CheckApplyAfterChange(t.Context(), func() { change(changes.after, nil) })
			if strings.Contains(output, "ERROR") || len(inconsistencies) > 0 {
				t.Fatalf("update: %v: %s", inconsistencies, output)
			}
			checkState("update", nil)
			if action, output := life.Plan(t.Context()); action != "no-op" {
				t.Errorf("the plan after the update is %s: %s", action, output)
			}
		})
	}
}

// TestOlderClaimsWithCLI does the same with a CLI: a saved plan, a tainted create, a replacement, and a cluster that is
// unknown at plan.
func TestOlderClaimsWithCLI(t *testing.T) {
	t.Parallel()
	save := append(planArgs(), "-out=saved")
	saved := []string{"apply", "-no-color", "saved"}
	t.Run("claim created after a saved plan", func(t *testing.T) {
		t.Parallel()
		acctest.OnOneCLI(t)
		r := newRig(t, nil)
		cli := r.CLI(t, r.resourceConfig(passphrase, 1))
		expect(t, cli, 2, save)
		r.kube.mustCreate(claims, "default", olderClaimManifest("late"))
		expect(t, cli, 0, saved)
		expect(t, cli, 0, planArgs())
	})
	t.Run("claim deleted after a saved plan", func(t *testing.T) {
		t.Parallel()
		acctest.OnOneCLI(t)
		r := newRig(t, nil)
		r.kube.mustCreate(claims, "default", olderClaimManifest("early"))
		cli := r.CLI(t, r.resourceConfig(passphrase, 1))
		expect(t, cli, 2, save, "Warning: Older claims may still get a volume that is not encrypted.*default/early")
		r.kube.deleteClaim("early")
		expect(t, cli, 0, saved)
		expect(t, cli, 0, planArgs())
	})
	t.Run("tainted create", func(t *testing.T) {
		t.Parallel()
		acctest.OnOneCLI(t)
		r := newRig(t, nil)
		r.kube.mustCreate(claims, "default", olderClaimManifest("waiting"))
		cli, owner := r.newTaintedState(t, "")
		output := expect(t, cli, 2, planArgs(), "1 to add, 0 to change, 1 to destroy")
		acctest.NotContains(t, output, "already has guardrails", "The apply fails unless this is corrected")
		expect(t, cli, 0, applyArgs(), "1 added, 0 changed, 1 destroyed")
		r.checkOtherOwner(t, owner)
		expectEmptyPlanAndDestroy(t, cli)
	})
	t.Run("replacement", func(t *testing.T) {
		t.Parallel()
		acctest.OnOneCLI(t)
		r := newRig(t, nil)
		r.kube.mustCreate(claims, "default", olderClaimManifest("waiting"))
		cli, owner := r.newAppliedState(t)
		expect(t, cli, 0, append(applyArgs(), "-replace="+address), "1 added, 0 changed, 1 destroyed")
		r.checkOtherOwner(t, owner)
		expectEmptyPlanAndDestroy(t, cli)
	})
	t.Run("unknown cluster", func(t *testing.T) {
		t.Parallel()
		acctest.OnOneCLI(t)
		r := newRig(t, nil)
		r.kube.mustCreate(claims, "default", olderClaimManifest("waiting"))
		unknown := `terraform_data.cluster.output`
		config := strings.ReplaceAll(r.resourceConfig(passphrase, 1), `"fr-par/`+r.cluster+`"`, unknown)
		if !strings.Contains(config, unknown) {
			t.Fatal(config)
		}
		cli := r.CLI(t, `resource "terraform_data" "cluster" {`+"\n  input = \"fr-par/"+r.cluster+"\"\n}\n"+config)
		output := expect(t, cli, 0, applyArgs())
		acctest.NotContains(t, output, "inconsistent")
		expectEmptyPlanAndDestroy(t, cli)
	})
}
