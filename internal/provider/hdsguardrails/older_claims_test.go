package hdsguardrails_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// olderClaim returns the manifest of a claim that waits for an unencrypted volume.
func olderClaim(name string) string { return claim(name, "storageClassName: sbs-default,") }

// removeClaim deletes a claim and its finalizer, which no controller removes.
func (in inside) removeClaim(name string) {
	in.t.Helper()
	in.patch(claims, "default", name, `{"metadata":{"finalizers":null}}`)
	in.remove(claims, "default", name)
}

// TestOlderClaimsAfterTheirPlan creates and deletes older claims between a plan and its apply. The apply returns the
// planned values of all attributes except older_claims.
func TestOlderClaimsAfterTheirPlan(t *testing.T) {
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
						r.inside.removeClaim(name)
					}
				}
				for _, name := range to {
					if !slices.Contains(from, name) {
						r.inside.must(claims, "default", olderClaim(name))
					}
				}
			}
			life := r.life(t)
			change(nil, changes.before)
			output, inconsistencies := life.ApplySaved(t.Context(), func() { change(changes.before, changes.after) })
			if strings.Contains(output, "ERROR") || len(inconsistencies) > 0 {
				t.Fatalf("create: %v: %s", inconsistencies, output)
			}
			checkState := func(operation string, names []string) {
				t.Helper()
				for _, name := range []string{"one", "two"} {
					found := strings.Contains(life.Dump(), `"name":tftypes.String<"`+name+`">`)
					if found != slices.Contains(names, name) {
						t.Errorf("%s: the state contains %s: %t: %s", operation, name, found, life.Dump())
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
			output, inconsistencies = life.ApplySaved(t.Context(), func() { change(changes.after, nil) })
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

// TestOlderClaimsOfACLI does the same with a CLI: a saved plan, a tainted create, a replacement, and a cluster that is
// unknown at plan.
func TestOlderClaimsOfACLI(t *testing.T) {
	t.Parallel()
	save := append(plan(), "-out=saved")
	saved := []string{"apply", "-no-color", "saved"}
	t.Run("claim created after a saved plan", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		cli := r.CLI(t, r.resources(passphrase, 1))
		expect(t, cli, 2, save)
		r.inside.must(claims, "default", olderClaim("late"))
		expect(t, cli, 0, saved)
		expect(t, cli, 0, plan())
	})
	t.Run("claim deleted after a saved plan", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("early"))
		cli := r.CLI(t, r.resources(passphrase, 1))
		expect(t, cli, 2, save, "Warning: Older claims may still get a volume that is not encrypted.*default/early")
		r.inside.removeClaim("early")
		expect(t, cli, 0, saved)
		expect(t, cli, 0, plan())
	})
	t.Run("tainted create", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("waiting"))
		cli, owner := r.tainted(t, "")
		output := expect(t, cli, 2, plan(), "1 to add, 0 to change, 1 to destroy")
		acctest.Lacks(t, output, "already has guardrails", "The apply fails with this error")
		expect(t, cli, 0, apply(), "1 added, 0 changed, 1 destroyed")
		r.checkOtherOwner(t, owner)
		finish(t, cli)
	})
	t.Run("replacement", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("waiting"))
		cli, owner := r.applied(t)
		expect(t, cli, 0, append(apply(), "-replace="+address), "1 added, 0 changed, 1 destroyed")
		r.checkOtherOwner(t, owner)
		finish(t, cli)
	})
	t.Run("unknown cluster", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("waiting"))
		unknown := `terraform_data.cluster.output`
		config := strings.ReplaceAll(r.resources(passphrase, 1), `"fr-par/`+r.cluster+`"`, unknown)
		if !strings.Contains(config, unknown) {
			t.Fatal(config)
		}
		cli := r.CLI(t, `resource "terraform_data" "cluster" {`+"\n  input = \"fr-par/"+r.cluster+"\"\n}\n"+config)
		output := expect(t, cli, 0, apply())
		acctest.Lacks(t, output, "inconsistent")
		finish(t, cli)
	})
}
