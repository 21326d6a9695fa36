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

// shipped returns a StorageClass as Kapsule ships it, with annotations.
func shipped(name, annotations string) string {
	return `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ` + name + `, annotations: {` +
		annotations + `}}, provisioner: csi.scaleway.com}`
}

// checkMarks checks annotations of StorageClasses. The keys of the map are the class and the annotation.
func (in inside) checkMarks(wanted map[[2]string]string) {
	in.t.Helper()
	for key, want := range wanted {
		if got := in.field(classes, "", key[0], "metadata", "annotations", key[1]); got != want {
			in.t.Errorf("%s of %s is %q, want %q", key[1], key[0], got, want)
		}
	}
}

// TestDestroyGivesTheDefaultBack destroys guardrails whose create removed the default annotation from other classes.
func TestDestroyGivesTheDefaultBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// before holds the classes of the cluster; during changes them while the guardrails exist.
		before []string
		during func(inside)
		wanted map[[2]string]string
	}{
		{"the GA annotation", []string{shipped("sbs-default", markGA+`: "true"`), shipped("sbs-5k", "")}, nil,
			map[[2]string]string{{"sbs-default", markGA}: "true", {"sbs-5k", markGA}: "<nil>"}},
		{"the beta annotation", []string{shipped("scw-bssd", markBeta+`: "true"`), shipped("sbs-5k",
			markGA+`: "false"`)}, nil,
			map[[2]string]string{{"scw-bssd", markBeta}: "true", {"scw-bssd", markGA}: "<nil>", {"sbs-5k",
				markGA}: "false"}},
		{"both annotations", []string{shipped("scw-bssd", markGA+`: "true", `+markBeta+`: "true"`)}, nil,
			map[[2]string]string{{"scw-bssd", markGA}: "true", {"scw-bssd", markBeta}: "true"}},
		{"another class became the default", []string{shipped("sbs-default", markGA+`: "true"`), shipped("sbs-5k", "")},
			func(in inside) {
				in.patch(classes, "", "sbs-5k", `{"metadata":{"annotations":{"`+markBeta+`":"true"}}}`)
			}, map[[2]string]string{{"sbs-default", markGA}: "false", {"sbs-5k", markBeta}: "true"}},
		{"another manager set the annotation", []string{shipped("sbs-default", markGA+`: "true"`), shipped("sbs-5k",
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

// TestDestroyThatIsInterrupted interrupts a destroy after it restored the default annotations and before it deleted the
// class of the guardrails, then repeats it.
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
				// A second destroy keeps a change that an administrator made in between.
				r.inside.patch(classes, "", "scw-bssd", `{"metadata":{"annotations":{"`+markBeta+`":"false"}}}`)
			},
			Config: r.config(passphrase, 1, "", ""), Destroy: true,
		},
		// A new create removes the annotations again, and its destroy restores them.
		{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
			r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "false", {"scw-bssd",
				markBeta}: "false", {"srm-encrypted", markGA}: "true"})
			return nil
		}},
	}})
	r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "true", {"scw-bssd", markBeta}: "false",
		{"srm-encrypted", markGA}: "absent"})
}

// TestDestroyWhereTheMarkIsDenied destroys guardrails while an admission policy denies updates of the shipped class.
// The destroy warns, and deletes the guardrails.
func TestDestroyWhereTheMarkIsDenied(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	life := r.appliedLife(t)
	defer r.inside.release()
	r.inside.hold("UPDATE")
	output := life.Destroy(t.Context())
	acctest.Contains(t, output, "The cluster has no default StorageClass",
		"The StorageClass sbs-default could not be marked as default again", "kubectl annotate storageclass NAME")
	if strings.Contains(output, "ERROR") || life.Exists() {
		t.Error(output)
	}
	r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "false", {"srm-encrypted", markGA}: "absent"})
}

// hold creates an admission policy that denies an operation on classes, and waits until the API server enforces it.
func (in inside) hold(operation string) {
	in.t.Helper()
	in.must(policies, "", `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, `+
		`metadata: {name: hold}, spec: {matchConstraints: {resourceRules: [{apiGroups: [storage.k8s.io], `+
		`apiVersions: ["*"], operations: [DELETE, `+operation+`], resources: [storageclasses]}]}, `+
		`matchConditions: [{name: others, expression: "request.operation != 'DELETE' || '`+operation+`' == 'DELETE' || `+
		`request.name == 'held'"}], validations: [{expression: "false", message: held}]}}`)
	in.must(bindings, "", `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, `+
		`metadata: {name: hold}, spec: {policyName: hold, validationActions: [Deny]}}`)
	in.must(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: held}, `+
		`provisioner: example.com/none}`)
	in.awaitHold(true)
}

// release deletes that policy, and waits until the API server stops enforcing it: a later test resets the classes.
func (in inside) release() {
	in.t.Helper()
	for _, resource := range []schema.GroupVersionResource{bindings, policies} {
		if err := in.at(resource, "").Delete(
			in.t.Context(), "hold", metav1.DeleteOptions{},
		); err != nil && !errors.IsNotFound(err) {
			in.t.Error(err)
		}
	}
	in.awaitHold(false)
}

// awaitHold waits until the API server enforces the policy of hold, or stops enforcing it.
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
			in.t.Fatalf("timeout, enforced should be %t: %v", held, err)
		}
	}
}

// TestOtherDefaultsAreNamedWithTheirMarks makes other classes the default while the guardrails exist. The commands in
// the warning remove the GA and the beta annotation. One warning names all classes, because Terraform shows only one of
// several warnings with the same summary.
func TestOtherDefaultsAreNamedWithTheirMarks(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	life := r.appliedLife(t)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	r.inside.must(classes, "", shipped("scw-bssd", markBeta+`: "true"`))
	r.inside.must(classes, "", strings.Replace(shipped("both", markGA+`: "true", `+markBeta+`: "true"`),
		"csi.scaleway.com", "example.com/none", 1))
	output := life.Refresh(t.Context())
	if warnings := strings.Count(output, "WARNING"); warnings != 1 {
		t.Errorf("%d warnings:\n%s", warnings, output)
	}
	acctest.Contains(t, output, "The cluster has other default StorageClasses", "StorageClass both, StorageClass "+
		"sbs-default, "+
		"StorageClass scw-bssd",
		"kubectl annotate storageclass sbs-default "+markGA+"=false --overwrite",
		"kubectl annotate storageclass scw-bssd "+markBeta+"=false --overwrite",
		"kubectl annotate storageclass both "+markGA+"=false "+markBeta+"=false --overwrite")
}

// TestDestroyNamesPendingClaims plans a destroy while claims wait for a volume of the encrypted class: first without a
// volume, so that the destroy deletes the class, then with one.
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
	output := life.PlanDestroy(t.Context())
	acctest.Contains(t, output, summary, "4 claims (default/a", "still get an encrypted volume")
	acctest.Lacks(t, output, "stay pending")
}

// TestRenamedClassStaysForWaitingClaims renames the class while a claim of the class waits for a volume, which needs
// the class.
func TestRenamedClassStaysForWaitingClaims(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.life(t)
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
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
		t.Error("the class was deleted, although a claim of it waits for a volume")
	}
	acctest.Lacks(t, rename("srm-third"), "stays")
	if found := r.inside.field(classes, "", "srm-second", "kind"); found != "absent" {
		t.Error("the unused class was not deleted")
	}
}

// TestDestroyWithoutADefault destroys guardrails in a cluster that had no default class. The destroy warns.
func TestDestroyWithoutADefault(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	life := r.appliedLife(t)
	r.inside.must(classes, "", shipped("sbs-5k", markGA+`: "false"`))
	acctest.Contains(t, life.Destroy(t.Context()), "The cluster has no default StorageClass",
		"a claim without a class stays pending", "kubectl annotate storageclass NAME "+markGA+"=true --overwrite")
	r.inside.checkMarks(map[[2]string]string{{"sbs-5k", markGA}: "false"})
}

// TestVolumesKeepTheEncryptedDefault destroys guardrails whose class a volume needs. The class stays the default class.
func TestVolumesKeepTheEncryptedDefault(t *testing.T) {
	t.Parallel()
	r := newRig(t, bare)
	r.inside.must(classes, "", shipped("sbs-default", markGA+`: "true"`))
	life := r.appliedLife(t)
	r.inside.must(volumes, "", volume("pvc-1c2d3e4f", 1))
	acctest.Contains(t, life.Destroy(t.Context()), "stay in the cluster", "make another class the default")
	r.inside.checkMarks(map[[2]string]string{{"sbs-default", markGA}: "false", {"srm-encrypted", markGA}: "true"})
}
