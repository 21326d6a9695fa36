package hdsguardrails_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// olderClaim is a claim that waits for a volume which is not encrypted.
func olderClaim(name string) string { return claim(name, "storageClassName: sbs-default,") }

// removeClaim removes a claim whose finalizer no controller removes.
func (in inside) removeClaim(name string) {
	in.t.Helper()
	in.patch(claims, "default", name, `{"metadata":{"finalizers":null}}`)
	in.remove(claims, "default", name)
}

// TestOlderClaimsAfterTheirPlan: older claims appear and go away between a plan and its apply. The apply returns the
// planned value of everything but older_claims.
func TestOlderClaimsAfterTheirPlan(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string]struct{ before, after []string }{
		"appears":          {nil, []string{"one"}},
		"goes away":        {[]string{"one"}, nil},
		"is another":       {[]string{"one"}, []string{"two"}},
		"stays as it was":  {[]string{"one"}, []string{"one"}},
		"there never were": {nil, nil},
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
			said, mistakes := life.ApplySaved(t.Context(), func() { change(changes.before, changes.after) })
			if strings.Contains(said, "ERROR") || len(mistakes) > 0 {
				t.Fatalf("create: %v: %s", mistakes, said)
			}
			held := func(when string, names []string) {
				t.Helper()
				for _, name := range []string{"one", "two"} {
					shown := strings.Contains(life.Dump(), `"name":tftypes.String<"`+name+`">`)
					if shown != slices.Contains(names, name) {
						t.Errorf("%s: the state shows %s: %t: %s", when, name, shown, life.Dump())
					}
				}
			}
			held("create", changes.after)
			if action, said := life.Plan(t.Context()); action != "no-op" {
				t.Errorf("the plan after the create is %s: %s", action, said)
			}

			// The claims that are there now are gone at the apply of an update.
			life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "backend_tls": "deny",
				"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)}})
			said, mistakes = life.ApplySaved(t.Context(), func() { change(changes.after, nil) })
			if strings.Contains(said, "ERROR") || len(mistakes) > 0 {
				t.Fatalf("update: %v: %s", mistakes, said)
			}
			held("update", nil)
			if action, said := life.Plan(t.Context()); action != "no-op" {
				t.Errorf("the plan after the update is %s: %s", action, said)
			}
		})
	}
}

// TestOlderClaimsOfACLI: the same with a saved plan, with a tainted create, with a replacement, and with a cluster that
// the plan does not know.
func TestOlderClaimsOfACLI(t *testing.T) {
	t.Parallel()
	save := append(plan(), "-out=saved")
	saved := []string{"apply", "-no-color", "saved"}
	t.Run("a saved plan, and a claim appears", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		cli := r.CLI(t, r.resources(passphrase, 1))
		expect(t, cli, 2, save)
		r.inside.must(claims, "default", olderClaim("late"))
		expect(t, cli, 0, saved)
		expect(t, cli, 0, plan())
	})
	t.Run("a saved plan, and a claim goes away", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("early"))
		cli := r.CLI(t, r.resources(passphrase, 1))
		expect(t, cli, 2, save, "Warning: Older claims may still get a volume that is not encrypted.*default/early")
		r.inside.removeClaim("early")
		expect(t, cli, 0, saved)
		expect(t, cli, 0, plan())
	})
	t.Run("a tainted create", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("waiting"))
		cli, owner := r.tainted(t, "")
		said := expect(t, cli, 2, plan(), "1 to add, 0 to change, 1 to destroy")
		acctest.Lacks(t, said, "already has guardrails", "The apply fails with this error")
		expect(t, cli, 0, apply(), "1 added, 0 changed, 1 destroyed")
		r.checkOtherOwner(t, owner)
		finish(t, cli)
	})
	t.Run("a replacement", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("waiting"))
		cli, owner := r.applied(t)
		expect(t, cli, 0, append(apply(), "-replace="+address), "1 added, 0 changed, 1 destroyed")
		r.checkOtherOwner(t, owner)
		finish(t, cli)
	})
	t.Run("a cluster that the plan does not know", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.inside.must(claims, "default", olderClaim("waiting"))
		unknown := `terraform_data.cluster.output`
		config := strings.ReplaceAll(r.resources(passphrase, 1), `"fr-par/`+r.cluster+`"`, unknown)
		if !strings.Contains(config, unknown) {
			t.Fatal(config)
		}
		cli := r.CLI(t, `resource "terraform_data" "cluster" {`+"\n  input = \"fr-par/"+r.cluster+"\"\n}\n"+config)
		said := expect(t, cli, 0, apply())
		acctest.Lacks(t, said, "inconsistent")
		finish(t, cli)
	})
}
