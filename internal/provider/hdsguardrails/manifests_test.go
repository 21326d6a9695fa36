package hdsguardrails_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// sync applies manifests as a GitOps controller does, under a field manager of its own.
func (in inside) sync(manifests string, force bool) {
	in.t.Helper()
	for _, document := range strings.Split(manifests, "---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(document), &object.Object); err != nil {
			in.t.Fatal(err)
		}
		of := map[string]schema.GroupVersionResource{
			"ValidatingAdmissionPolicy": policies, "ValidatingAdmissionPolicyBinding": bindings,
		}[object.GetKind()]
		// Argo CD tracks what it applies by an annotation, Flux by labels.
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
		if _, err := in.Resource(of).Apply(in.t.Context(), object.GetName(), object, options); err != nil {
			in.t.Fatal(err)
		}
	}
}

// TestManifestsOfAnotherManager lets a GitOps controller apply the manifests beside the provider.
func TestManifestsOfAnotherManager(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	configured := func(action string) map[string]any {
		return map[string]any{
			"cluster_id":        "fr-par/" + r.cluster,
			"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
			"ingress":           map[string]any{"action": action},
		}
	}
	life := r.Protocol(t).Life("srm_hds_guardrails", configured("deny"))
	apply := func(what string) {
		t.Helper()
		if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
			t.Fatalf("%s: %s", what, said)
		}
	}
	plan := func(what, expected string) string {
		t.Helper()
		action, said := life.Plan(t.Context())
		if action != expected {
			t.Errorf("%s: the plan is %s, want %s: %s", what, action, expected, said)
		}
		return said
	}
	apply("create")
	first := life.Text("manifests")
	if strings.Contains(first, passphrase) || strings.Contains(first, encoded(passphrase)) {
		t.Error("the manifests hold the passphrase")
	}
	if size := len(first); size < 10_000 || size > 200_000 {
		t.Errorf("the manifests have %d bytes", size)
	}
	r.inside.sync(first, false)
	plan("equal content", "no-op")

	life.Configure(configured("audit"))
	plan("a change", "update")
	apply("a change of what another manager has applied, too")
	if found := r.inside.field(bindings, "", "srm-ingresses", "spec", "validationActions"); found != "[Audit]" {
		t.Errorf("the binding has %s", found)
	}
	second := life.Text("manifests")
	if second == first {
		t.Error("the manifests did not change")
	}
	r.inside.sync(second, false)
	plan("equal content after a change", "no-op")

	r.inside.remove(policies, "", "srm-ingresses")
	r.inside.remove(bindings, "", "srm-ingresses")
	r.inside.sync(second, false)
	plan("equal content that the other manager alone has made", "no-op")
	life.Configure(configured("deny"))
	apply("a change of what the other manager alone has made")
	plan("after that", "no-op")

	r.inside.sync(second, true)
	said := plan("other content", "update")
	for _, part := range []string{
		"ValidatingAdmissionPolicyBinding/srm-ingresses spec.validationActions", "argocd-controller",
	} {
		if !strings.Contains(said, part) {
			t.Errorf("the plan does not say %q: %s", part, said)
		}
	}
	apply("other content")
	plan("other content that was taken back", "no-op")
	if found := r.inside.field(bindings, "", "srm-ingresses", "spec", "validationActions"); found != "[Deny]" {
		t.Errorf("the binding has %s", found)
	}
}

// TestChangesOfOthersMeanwhile changes a field between plan and apply: a change that no plan has shown is kept.
func TestChangesOfOthersMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	config := map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
	}
	life := r.Protocol(t).Life("srm_hds_guardrails", config)
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	config["ingress"] = map[string]any{"action": "audit"}
	life.Configure(config)
	said := life.ApplyLate(t.Context(), func() {
		r.inside.patch(bindings, "", "srm-ingresses", `{"spec":{"validationActions":["Warn"]}}`)
	})
	if !strings.Contains(said, "ValidatingAdmissionPolicyBinding/srm-ingresses spec.validationActions") {
		t.Errorf("a change that no plan showed was taken: %s", said)
	}
}
