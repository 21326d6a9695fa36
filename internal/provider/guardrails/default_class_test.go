package guardrails_test

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
	annotationDefault     = "storageclass.kubernetes.io/is-default-class"
	annotationDefaultBeta = "storageclass.beta.kubernetes.io/is-default-class"
)

// shippedClass returns a StorageClass as Kapsule ships it, with annotations.
func shippedClass(name, annotations string) string {
	return `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ` + name + `, annotations: {` +
		annotations + `}}, provisioner: csi.scaleway.com}`
}

// checkAnnotations checks annotations of StorageClasses. The keys of the map are the class and the annotation.
func (in kubeClient) checkAnnotations(wanted map[[2]string]string) {
	in.t.Helper()
	for key, want := range wanted {
		if got := in.field(classes, "", key[0], "metadata", "annotations", key[1]); got != want {
			in.t.Errorf("%s of %s is %q, want %q", key[1], key[0], got, want)
		}
	}
}

// TestDestroyRestoresDefaultClass destroys guardrails whose create removed the default annotation from other classes.
func TestDestroyRestoresDefaultClass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// before holds the classes of the cluster; during changes them while the guardrails exist.
		before []string
		during func(kubeClient)
		wanted map[[2]string]string
	}{
		{"the GA annotation", []string{
			shippedClass("sbs-default", annotationDefault+`: "true"`), shippedClass("sbs-5k", ""),
		}, nil,
			map[[2]string]string{{"sbs-default", annotationDefault}: "true", {"sbs-5k", annotationDefault}: "<nil>"}},
		{"the beta annotation", []string{shippedClass(
			"scw-bssd", annotationDefaultBeta+`: "true"`,
		), shippedClass("sbs-5k",
			annotationDefault+`: "false"`)}, nil,
			map[[2]string]string{{
				"scw-bssd", annotationDefaultBeta,
			}: "true", {"scw-bssd", annotationDefault}: "<nil>", {"sbs-5k",
				annotationDefault}: "false"}},
		{"both annotations", []string{shippedClass("scw-bssd",
			annotationDefault+`: "true", `+annotationDefaultBeta+`: `+
				`"true"`)}, nil,
			map[[2]string]string{{"scw-bssd", annotationDefault}: "true", {"scw-bssd", annotationDefaultBeta}: "true"}},
		{"another class became the default", []string{
			shippedClass("sbs-default", annotationDefault+`: "true"`), shippedClass("sbs-5k", ""),
		},
			func(in kubeClient) {
				in.patch(classes, "", "sbs-5k", `{"metadata":{"annotations":{"`+annotationDefaultBeta+`":"true"}}}`)
			}, map[[2]string]string{
				{"sbs-default", annotationDefault}: "false", {"sbs-5k", annotationDefaultBeta}: "true",
			}},
		{"another manager set the annotation", []string{shippedClass(
			"sbs-default", annotationDefault+`: "true"`,
		), shippedClass("sbs-5k",
			annotationDefault+`: "true"`)}, func(in kubeClient) {
			in.patch(classes, "", "sbs-5k", `{"metadata":{"annotations":{"`+annotationDefault+`":"no"}}}`)
		}, map[[2]string]string{{"sbs-default", annotationDefault}: "true", {"sbs-5k", annotationDefault}: "no"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			r := newRig(t, seedAccessOnly)
			for _, class := range test.before {
				r.kube.mustCreate(classes, "", class)
			}
			r.Test(t, resource.TestCase{Steps: []resource.TestStep{
				{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
					if test.during != nil {
						test.during(r.kube)
					}
					return nil
				}},
			}})
			r.kube.checkAnnotations(test.wanted)
			r.kube.checkAnnotations(map[[2]string]string{{"srm-encrypted", annotationDefault}: "absent"})
		})
	}
}

// TestInterruptedDestroy interrupts a destroy after it restored the default annotations and before it deleted the
// class of the guardrails, then repeats it.
func TestInterruptedDestroy(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, seedAccessOnly)
	r.kube.mustCreate(classes, "", shippedClass("sbs-default", annotationDefault+`: "true"`))
	r.kube.mustCreate(classes, "", shippedClass("scw-bssd", annotationDefaultBeta+`: "true"`))
	defer r.kube.allowClassWrites()
	both := map[[2]string]string{
		{"sbs-default", annotationDefault}: "true", {"scw-bssd", annotationDefaultBeta}: "true",
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", "")},
		{
			PreConfig: func() {
				r.kube.denyClassWrites("DELETE")
			},
			Config: r.config(passphrase, 1, "", ""), Destroy: true,
			ExpectError: regexp.MustCompile(`(?s)Unable to remove the\s+guardrails.*held`),
		},
		{
			PreConfig: func() {
				r.kube.checkAnnotations(both)
				r.kube.checkAnnotations(map[[2]string]string{{"srm-encrypted", annotationDefault}: "true"})
				r.kube.allowClassWrites()
				// A second destroy keeps a change that an administrator made in between.
				r.kube.patch(
					classes, "", "scw-bssd", `{"metadata":{"annotations":{"`+annotationDefaultBeta+`":"false"}}}`,
				)
			},
			Config: r.config(passphrase, 1, "", ""), Destroy: true,
		},
		// A new create removes the annotations again, and its destroy restores them.
		{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
			r.kube.checkAnnotations(map[[2]string]string{{"sbs-default", annotationDefault}: "false", {"scw-bssd",
				annotationDefaultBeta}: "false", {"srm-encrypted", annotationDefault}: "true"})
			return nil
		}},
	}})
	r.kube.checkAnnotations(
		map[[2]string]string{{"sbs-default", annotationDefault}: "true", {"scw-bssd", annotationDefaultBeta}: "false",
			{"srm-encrypted", annotationDefault}: "absent"},
	)
}

// TestDestroyWithDeniedDefaultClass destroys guardrails while an admission policy denies updates of the shipped class.
// The destroy warns, and deletes the guardrails.
func TestDestroyWithDeniedDefaultClass(t *testing.T) {
	t.Parallel()
	r := newRig(t, seedAccessOnly)
	r.kube.mustCreate(classes, "", shippedClass("sbs-default", annotationDefault+`: "true"`))
	life := r.newAppliedLifecycle(t)
	defer r.kube.allowClassWrites()
	r.kube.denyClassWrites("UPDATE")
	output := life.Destroy(t.Context())
	acctest.Contains(t, output, "The destroy could not restore a default StorageClass",
		"The StorageClass sbs-default could not be marked as default again", "kubectl annotate storageclass NAME")
	if strings.Contains(output, "ERROR") || life.Exists() {
		t.Error(output)
	}
	r.kube.checkAnnotations(
		map[[2]string]string{
			{"sbs-default", annotationDefault}: "false", {"srm-encrypted", annotationDefault}: "absent",
		},
	)
}

// denyClassWrites creates an admission policy that denies an operation on classes, and waits until the API server
// enforces it.
func (in kubeClient) denyClassWrites(operation string) {
	in.t.Helper()
	in.mustCreate(policies, "", `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, `+
		`metadata: {name: hold}, spec: {matchConstraints: {resourceRules: [{apiGroups: [storage.k8s.io], `+
		`apiVersions: ["*"], operations: [DELETE, `+operation+`], resources: [storageclasses]}]}, `+
		`matchConditions: [{name: others, expression: "request.operation != 'DELETE' || '`+operation+`' == 'DELETE' `+
		`|| `+
		`request.name == 'held'"}], validations: [{expression: "false", message: held}]}}`)
	in.mustCreate(bindings, "", `{apiVersion: admissionregistration.k8s.io/v1, kind: `+
		`ValidatingAdmissionPolicyBinding, `+
		`metadata: {name: hold}, spec: {policyName: hold, validationActions: [Deny]}}`)
	in.mustCreate(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: held}, `+
		`provisioner: example.com/none}`)
	in.awaitClassPolicy(true)
}

// allowClassWrites deletes that policy, and waits until the API server stops enforcing it: a later test resets the
// classes.
func (in kubeClient) allowClassWrites() {
	in.t.Helper()
	for _, resource := range []schema.GroupVersionResource{bindings, policies} {
		if err := in.resourceClient(resource, "").Delete(
			in.t.Context(), "hold", metav1.DeleteOptions{},
		); err != nil && !errors.IsNotFound(err) {
			in.t.Error(err)
		}
	}
	in.awaitClassPolicy(false)
}

// awaitClassPolicy waits until the API server enforces the policy of hold, or stops enforcing it.
func (in kubeClient) awaitClassPolicy(held bool) {
	in.t.Helper()
	ctx, cancel := context.WithTimeout(in.t.Context(), 30*time.Second)
	defer cancel()
	for ; ; time.Sleep(50 * time.Millisecond) {
		err := in.resourceClient(classes, "").Delete(in.t.Context(), "held",
			metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
		if held == (err != nil && strings.Contains(err.Error(), "'hold'")) {
			return
		}
		if ctx.Err() != nil {
			in.t.Fatalf("timeout, enforced should be %t: %v", held, err)
		}
	}
}

// TestOtherDefaultClassesWarning makes other classes the default while the guardrails exist. The commands in
// the warning remove the GA and the beta annotation. One warning names all classes, because Terraform shows only one of
// several warnings with the same summary.
func TestOtherDefaultClassesWarning(t *testing.T) {
	t.Parallel()
	r := newRig(t, seedAccessOnly)
	life := r.newAppliedLifecycle(t)
	r.kube.mustCreate(classes, "", shippedClass("sbs-default", annotationDefault+`: "true"`))
	r.kube.mustCreate(classes, "", shippedClass("scw-bssd", annotationDefaultBeta+`: "true"`))
	r.kube.mustCreate(
		classes,
		"",
		strings.Replace(shippedClass("both", annotationDefault+`: "true", `+annotationDefaultBeta+`: "true"`),
			"csi.scaleway.com", "example.com/none", 1),
	)
	output := life.Refresh(t.Context())
	if warnings := strings.Count(output, "WARNING"); warnings != 1 {
		t.Errorf("%d warnings:\n%s", warnings, output)
	}
	acctest.Contains(t, output, "The cluster has other default StorageClasses", "StorageClass both, StorageClass "+
		"sbs-default, StorageClass scw-bssd",
		"kubectl annotate storageclass sbs-default "+annotationDefault+"=false --overwrite",
		"kubectl annotate storageclass scw-bssd "+annotationDefaultBeta+"=false --overwrite",
		"kubectl annotate storageclass both "+annotationDefault+"=false "+annotationDefaultBeta+"=false --overwrite")
}

// TestDestroyNamesPendingClaims plans a destroy while claims wait for a volume of the encrypted class: first without a
// volume, so that the destroy deletes the class, then with one.
func TestDestroyNamesPendingClaims(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.newAppliedLifecycle(t)
	acctest.NotContains(t, life.PlanDestroy(t.Context()), "WARNING")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.kube.mustCreate(claims, "default", claimManifest(name, ""))
	}
	r.kube.setPhase("default", "c", "Bound")
	summary := "Claims wait for a volume of the encrypted StorageClass"
	acctest.Contains(t, life.PlanDestroy(t.Context()), summary, "4 claims (default/a, default/b, default/d and 1 more)",
		"stay pending", "srm-encrypted")
	r.kube.mustCreate(volumes, "", volumeManifest("pvc-1c2d3e4f", 1))
	output := life.PlanDestroy(t.Context())
	acctest.Contains(t, output, summary, "4 claims (default/a", "still get an encrypted volume")
	acctest.NotContains(t, output, "stay pending")
}

// TestRenamedClassIsKeptForPendingClaims renames the class while a claim of the class waits for a volume, which needs
// the class.
func TestRenamedClassIsKeptForPendingClaims(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.newLifecycle(t)
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	r.kube.mustCreate(claims, "default", claimManifest("waiting", ""))
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
	if found := r.kube.field(classes, "", "srm-encrypted", "kind"); found == "absent" {
		t.Error("the class was deleted, although a claim of it waits for a volume")
	}
	acctest.NotContains(t, rename("srm-third"), "stays")
	if found := r.kube.field(classes, "", "srm-second", "kind"); found != "absent" {
		t.Error("the unused class was not deleted")
	}
}

// TestDestroyWithoutDefaultClass destroys guardrails in a cluster that had no default class. The destroy warns.
func TestDestroyWithoutDefaultClass(t *testing.T) {
	t.Parallel()
	r := newRig(t, seedAccessOnly)
	life := r.newAppliedLifecycle(t)
	r.kube.mustCreate(classes, "", shippedClass("sbs-5k", annotationDefault+`: "false"`))
	acctest.Contains(t, life.Destroy(t.Context()), "The destroy could not restore a default StorageClass",
		"a claim without a class stays pending",
		"kubectl annotate storageclass NAME "+annotationDefault+"=true --overwrite")
	r.kube.checkAnnotations(map[[2]string]string{{"sbs-5k", annotationDefault}: "false"})
}

// TestDestroyKeepsUsedDefaultClass destroys guardrails whose class a volume needs. The class stays the default class.
func TestDestroyKeepsUsedDefaultClass(t *testing.T) {
	t.Parallel()
	r := newRig(t, seedAccessOnly)
	r.kube.mustCreate(classes, "", shippedClass("sbs-default", annotationDefault+`: "true"`))
	life := r.newAppliedLifecycle(t)
	r.kube.mustCreate(volumes, "", volumeManifest("pvc-1c2d3e4f", 1))
	acctest.Contains(t, life.Destroy(t.Context()), "stay in the cluster", "make another class the default")
	r.kube.checkAnnotations(
		map[[2]string]string{{"sbs-default", annotationDefault}: "false", {"srm-encrypted", annotationDefault}: "true"},
	)
}
