package guardrails_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// gitOpsApply applies manifests as a GitOps controller does, with its own field manager.
func (in kubeClient) gitOpsApply(manifests string, force bool) {
	in.t.Helper()
	for _, document := range strings.Split(manifests, "---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(document), &object.Object); err != nil {
			in.t.Fatal(err)
		}
		resource := map[string]schema.GroupVersionResource{
			"ValidatingAdmissionPolicy": policies, "ValidatingAdmissionPolicyBinding": bindings,
		}[object.GetKind()]
		// Argo CD tracks applied objects with an annotation, Flux with labels.
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations["argocd.argoproj.io/tracking-id"] = "guardrails:" + object.GetKind() + "/" + object.GetName()
		object.SetAnnotations(annotations)
		labels := object.GetLabels()
		labels["kustomize.toolkit.fluxcd.io/name"] = "guardrails"
		object.SetLabels(labels)
		options := metav1.ApplyOptions{FieldManager: "argocd-controller", Force: force}
		if _, err := in.Resource(resource).Apply(in.t.Context(), object.GetName(), object, options); err != nil {
			in.t.Fatal(err)
		}
	}
}

// TestManifestsAppliedByGitOps applies the manifests with the provider and with a GitOps controller.
func TestManifestsAppliedByGitOps(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	configured := func(action string) map[string]any {
		return map[string]any{
			"cluster_id":        "fr-par/" + r.cluster,
			"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
			"ingress":           map[string]any{"action": action},
		}
	}
	life := r.Protocol(t).Resource("srm_hds_guardrails", configured("deny"))
	apply := func(name string) {
		t.Helper()
		if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
			t.Fatalf("%s: %s", name, output)
		}
	}
	plan := func(name, want string) string {
		t.Helper()
		action, output := life.Plan(t.Context())
		if action != want {
			t.Errorf("%s: the planned action is %s, want %s: %s", name, action, want, output)
		}
		return output
	}
	apply("create")
	first := life.StringAttribute("manifests")
	if strings.Contains(first, passphrase) || strings.Contains(first, base64Encode(passphrase)) {
		t.Error("the manifests contain the passphrase")
	}
	if size := len(first); size < 10_000 || size > 200_000 {
		t.Errorf("the manifests have %d bytes", size)
	}
	r.kube.gitOpsApply(first, false)
	plan("equal content", "no-op")

	life.Configure(configured("audit"))
	plan("a change", "update")
	apply("a change of objects with two managers")
	if found := r.kube.field(bindings, "", "srm-ingresses", "spec", "validationActions"); found != "[Audit]" {
		t.Errorf("the binding has %s", found)
	}
	second := life.StringAttribute("manifests")
	if second == first {
		t.Error("the manifests did not change")
	}
	r.kube.gitOpsApply(second, false)
	plan("equal content after a change", "no-op")

	r.kube.mustDelete(policies, "", "srm-ingresses")
	r.kube.mustDelete(bindings, "", "srm-ingresses")
	r.kube.gitOpsApply(second, false)
	plan("equal content that only the other manager applied", "no-op")
	life.Configure(configured("deny"))
	apply("a change of objects that only the other manager applied")
	plan("after that change", "no-op")

	r.kube.gitOpsApply(second, true)
	output := plan("other content", "update")
	for _, part := range []string{
		"ValidatingAdmissionPolicyBinding/srm-ingresses spec.validationActions", "argocd-controller",
	} {
		if !strings.Contains(output, part) {
			t.Errorf("the plan does not contain %q: %s", part, output)
		}
	}
	apply("other content")
	plan("after the other content was reverted", "no-op")
	if found := r.kube.field(bindings, "", "srm-ingresses", "spec", "validationActions"); found != "[Deny]" {
		t.Errorf("the binding has %s", found)
	}
}

// TestChangeBetweenPlanAndApply changes a field out of band between plan and apply. The apply does not revert a change
// that no plan showed.
func TestChangeBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	config := map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
	}
	life := r.Protocol(t).Resource("srm_hds_guardrails", config)
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	config["ingress"] = map[string]any{"action": "audit"}
	life.Configure(config)
	output := life.ApplyAfterChange(t.Context(), func() {
		r.kube.patch(bindings, "", "srm-ingresses", `{"spec":{"validationActions":["Warn"]}}`)
	})
	if !strings.Contains(output, "ValidatingAdmissionPolicyBinding/srm-ingresses spec.validationActions") {
		t.Errorf("the apply does not report the change: %s", output)
	}
}
