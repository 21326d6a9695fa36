package hdsguardrails_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const (
	markGA   = "storageclass.kubernetes.io/is-default-class"
	markBeta = "storageclass.beta.kubernetes.io/is-default-class"
)

// shipped is a class as Kapsule ships it, with annotations.
func shipped(name, annotations string) string {
	return `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ` + name + `, annotations: {` +
		annotations + `}}, provisioner: csi.scaleway.com}`
}

// checkMarks compares the marks of classes with what they shall be: class and mark, then the value.
func (in inside) checkMarks(wanted map[[2]string]string) {
	in.t.Helper()
	for at, value := range wanted {
		if found := in.field(classes, "", at[0], "metadata", "annotations", at[1]); found != value {
			in.t.Errorf("%s of %s is %q, want %q", at[1], at[0], found, value)
		}
	}
}

// TestDestroyGivesTheDefaultBack destroys guardrails that took the mark of the default from other classes.
func TestDestroyGivesTheDefaultBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// before are the classes of the cluster; during happens to them while the guardrails are there.
		before []string
		during func(inside)
		wanted map[[2]string]string
	}{
		{"the mark of today", []string{shipped("sbs-default", markGA+`: "true"`), shipped("sbs-5k", "")}, nil,
			map[[2]string]string{{"sbs-default", markGA}: "true", {"sbs-5k", markGA}: "<nil>"}},
		{"the mark of older versions", []string{shipped("scw-bssd", markBeta+`: "true"`), shipped("sbs-5k",
			markGA+`: "false"`)}, nil,
			map[[2]string]string{{"scw-bssd", markBeta}: "true", {"scw-bssd", markGA}: "<nil>", {"sbs-5k",
				markGA}: "false"}},
		{"both marks", []string{shipped("scw-bssd", markGA+`: "true", `+markBeta+`: "true"`)}, nil,
			map[[2]string]string{{"scw-bssd", markGA}: "true", {"scw-bssd", markBeta}: "true"}},
		{"another default since", []string{shipped("sbs-default", markGA+`: "true"`), shipped("sbs-5k", "")},
			func(in inside) {
				in.patch(classes, "", "sbs-5k", `{"metadata":{"annotations":{"`+markBeta+`":"true"}}}`)
			}, map[[2]string]string{{"sbs-default", markGA}: "false", {"sbs-5k", markBeta}: "true"}},
		{"another manager's choice", []string{shipped("sbs-default", markGA+`: "true"`), shipped("sbs-5k",
			markGA+`: "true"`)}, func(in inside) {
			in.patch(classes, "", "sbs-5k", `{"metadata":{"annotations":{"`+markGA+`":"no"}}}`)
		}, map[[2]string]string{{"sbs-default", markGA}: "true", {"sbs-5k", markGA}: "no"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, bare)
			for _, class := range test.before {
				r.inside.must(classes, "", class)
			}
			r.Test(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
					if test.during != nil {
						test.during(r.inside)
					}
					return nil
				}},
			}})
			r.inside.checkMarks(test.wanted)
			r.inside.checkMarks(map[[2]string]string{{"srm-encrypted", markGA}: "absent"})
		})
	}
}

// TestDestroyThatIsInterrupted stops a destroy between the mark and the class of the guardrails, and goes on.
func TestDestroyThatIsInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	r.inside.must(classes, "", shipped("scw-bssd", markBeta+`: "true"`))
	defer r.inside.release()
	both := map[[2]string]string{{"sbs-default", markGA}: "true", {"scw-bssd", markBeta}: "true"}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", "")},
		{
			PreConfig: func() {
				r.inside.hold("DELETE")
			},
			Config: r.config(passphrase, 1, "", ""), Destroy: true,
			ExpectError: regexp.MustCompile(`(?s)Unable to remove the\s+guardrails.*held`),
		},
		{
			PreConfig: func() {
				r.inside.checkMarks(both)
				r.inside.checkMarks(map[[2]string]string{{"srm-encrypted", markGA}: "true"})
				r.inside.release()
				// A second destroy leaves what an administrator decides in between.
				r.inside.patch(classes, "", "scw-bssd", `{"metadata":{"annotations":{"`+markBeta+`":"false"}}}`)
			},
			Config: r.config(passphrase, 1, "", ""), Destroy: true,
		},
		// The guardrails that follow take the marks again, and their destroy gives them back.
		{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
			r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "false", {"scw-bssd",
				markBeta}: "false", {"srm-encrypted", markGA}: "true"})
			return nil
		}},
	}})
	r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "true", {"scw-bssd", markBeta}: "false",
		{"srm-encrypted", markGA}: "absent"})
}

// TestDestroyWhereTheMarkIsDenied destroys guardrails where an admission policy protects the shipped class: it warns,
// and removes them.
func TestDestroyWhereTheMarkIsDenied(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	life := r.appliedLife(t)
	defer r.inside.release()
	r.inside.hold("UPDATE")
	said := life.Destroy(t.Context())
	acctest.Contains(t, said, "The cluster has no default StorageClass",
		"The StorageClass sbs-default could not be marked as default again", "kubectl annotate storageclass NAME")
	if strings.Contains(said, "ERROR") || life.Exists() {
		t.Error(said)
	}
	r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "false", {"srm-encrypted", markGA}: "absent"})
}

// hold makes an admission policy that denies operations on classes, and waits until the API server enforces it.
func (in inside) hold(operation string) {
	in.t.Helper()
	in.must(policies, "", `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, `+
		`metadata: {name: hold}, spec: {matchConstraints: {resourceRules: [{apiGroups: [storage.k8s.io], `+
		`apiVersions: ["*"], operations: [DELETE, `+operation+`], resources: [storageclasses]}]}, `+
		`matchConditions: [{name: theirs, expression: "request.operation != 'DELETE' || '`+operation+`' == 'DELETE' || `+
		`request.name == 'held'"}], validations: [{expression: "false", message: held}]}}`)
	in.must(bindings, "", `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, `+
		`metadata: {name: hold}, spec: {policyName: hold, validationActions: [Deny]}}`)
	in.must(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: held}, `+
		`provisioner: example.com/none}`)
	in.awaitHold(true)
}

// release removes that policy, and waits until the API server forgets it: a later test resets the classes.
func (in inside) release() {
	in.t.Helper()
	for _, of := range []schema.GroupVersionResource{bindings, policies} {
		if err := in.at(of, "").Delete(
			in.t.Context(), "hold", metav1.DeleteOptions{},
		); err != nil && !errors.IsNotFound(err) {
			in.t.Error(err)
		}
	}
	in.awaitHold(false)
}

// awaitHold waits until the API server enforces the policy that holds classes, or forgets it.
func (in inside) awaitHold(held bool) {
	in.t.Helper()
	ctx, cancel := context.WithTimeout(in.t.Context(), 30*time.Second)
	defer cancel()
	for ; ; time.Sleep(50 * time.Millisecond) {
		err := in.at(classes, "").Delete(in.t.Context(), "held",
			metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
		if held == (err != nil && strings.Contains(err.Error(), "'hold'")) {
			return
		}
		if ctx.Err() != nil {
			in.t.Fatalf("classes are not as they should be: %v", err)
		}
	}
}

// TestOtherDefaultsAreNamedWithTheirMarks marks classes while the guardrails are there: the command of the warning
// removes the mark, of older versions, too. A CLI shows one of several warnings with the same summary: one names all
// classes.
func TestOtherDefaultsAreNamedWithTheirMarks(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	life := r.appliedLife(t)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	r.inside.must(classes, "", shipped("scw-bssd", markBeta+`: "true"`))
	r.inside.must(classes, "", strings.Replace(shipped("both", markGA+`: "true", `+markBeta+`: "true"`),
		"csi.scaleway.com", "example.com/none", 1))
	said := life.Refresh(t.Context())
	if warnings := strings.Count(said, "WARNING"); warnings != 1 {
		t.Errorf("%d warnings:\n%s", warnings, said)
	}
	acctest.Contains(t, said, "Other StorageClasses are marked default", "StorageClass both, StorageClass sbs-default, "+
		"StorageClass scw-bssd",
		"kubectl annotate storageclass sbs-default "+markGA+"=false --overwrite",
		"kubectl annotate storageclass scw-bssd "+markBeta+"=false --overwrite",
		"kubectl annotate storageclass both "+markGA+"=false "+markBeta+"=false --overwrite")
}

// TestDestroyNamesPendingClaims plans a destroy while claims wait for a volume of the encrypted class, first without a
// volume that keeps the class, then with one.
func TestDestroyNamesPendingClaims(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.appliedLife(t)
	acctest.Lacks(t, life.PlanDestroy(t.Context()), "WARNING")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.inside.must(claims, "default", claim(name, ""))
	}
	r.inside.setPhase("default", "c", "Bound")
	summary := "Claims wait for a volume of the encrypted StorageClass"
	acctest.Contains(t, life.PlanDestroy(t.Context()), summary, "4 claims (default/a, default/b, default/d and 1 more)",
		"stay pending", "srm-encrypted")
	r.inside.must(volumes, "", volume("pvc-1c2d3e4f", 1))
	said := life.PlanDestroy(t.Context())
	acctest.Contains(t, said, summary, "4 claims (default/a", "still get an encrypted volume")
	acctest.Lacks(t, said, "stay pending")
}

// TestRenamedClassStaysForWaitingClaims renames the class while a claim of it waits for a volume, which it would never
// get without the class.
func TestRenamedClassStaysForWaitingClaims(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.life(t)
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	r.inside.must(claims, "default", claim("waiting", ""))
	rename := func(name string) string {
		life.Configure(map[string]any{
			"cluster_id": "fr-par/" + r.cluster,
			"volume_encryption": map[string]any{
				"passphrase_wo": passphrase, "passphrase_wo_version": int64(1), "class_name": name,
			},
		})
		return life.Apply(t.Context())
	}
	acctest.Contains(t, rename("srm-second"), "The StorageClass srm-encrypted stays")
	if found := r.inside.field(classes, "", "srm-encrypted", "kind"); found == "absent" {
		t.Error("the class is gone, and its claim waits for ever")
	}
	acctest.Lacks(t, rename("srm-third"), "stays")
	if found := r.inside.field(classes, "", "srm-second", "kind"); found != "absent" {
		t.Error("the class that nothing is of has stayed")
	}
}

// TestDestroyWithoutADefault destroys guardrails in a cluster that had no default class: the destroy warns.
func TestDestroyWithoutADefault(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	life := r.appliedLife(t)
	r.inside.must(classes, "", shipped("sbs-5k", markGA+`: "false"`))
	acctest.Contains(t, life.Destroy(t.Context()), "The cluster has no default StorageClass",
		"a claim without a class stays pending", "kubectl annotate storageclass NAME "+markGA+"=true --overwrite")
	r.inside.checkMarks(map[[2]string]string{{"sbs-5k", markGA}: "false"})
}

// TestVolumesKeepTheEncryptedDefault destroys guardrails whose class a volume needs: it stays, and stays the default.
func TestVolumesKeepTheEncryptedDefault(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	life := r.appliedLife(t)
	r.inside.must(volumes, "", volume("pvc-1c2d3e4f", 1))
	acctest.Contains(t, life.Destroy(t.Context()), "stay in the cluster", "mark another class default")
	r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "false", {"srm-encrypted", markGA}: "true"})
}
