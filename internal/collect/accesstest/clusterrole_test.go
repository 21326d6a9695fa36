package accesstest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/kubeobjects"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// shippedRoles returns the objects of examples/assessment/clusterrole.yaml, bound to the user without rights.
func shippedRoles(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	raw, err := os.ReadFile("../../../examples/assessment/clusterrole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "scaleway:bearer:11111111-1111-4111-8111-111111111111",
		"scaleway:bearer:unprivileged")
	return parse(t, text)
}

// gaps returns the gaps of the facts from the cluster's Kubernetes API, and what is needed to close them.
func gaps(t *testing.T, in assessment.InCluster) (needs []string) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]struct {
		Gap *assessment.Gap `json:"gap"`
	}{}
	if err := json.Unmarshal(raw, &facts); err != nil {
		t.Fatal(err)
	}
	for name, f := range facts {
		if f.Gap != nil {
			needs = append(needs, fmt.Sprintf("%s: %s (%s): %s", name, f.Gap.Reason, f.Gap.Needs, f.Gap.Detail))
		}
	}
	slices.Sort(needs)
	return needs
}

// prepare creates objects without which some resources are not read.
func prepare(t *testing.T, r *rig) {
	t.Helper()
	r.createNetworkCRDs(t)
	r.createBackupCRDs(t)
	r.create(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec: {gatewayClassName: envoy, listeners: [{name: http, protocol: HTTP, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: single, namespace: default}
spec: {containers: [{name: main, image: "registry.example/app:1"}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: single, namespace: default}
spec:
  selector: {matchLabels: {app: single}}
  template: {metadata: {labels: {app: single}}, spec: {containers: [{name: main, image: "registry.example/app:1"}]}}
`)
}

// TestShippedRoles reads a cluster with the shipped roles: nothing is missing. Without any of their rights, the fact
// that needs it has a gap.
func TestShippedRoles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	prepare(t, r)
	roles := shippedRoles(t)
	for _, o := range roles {
		r.apply(t, o)
	}
	retry(t, func() error {
		if found := gaps(t, r.collect(t, sandbox.UnprivilegedSecretKey).InCluster); len(found) > 0 {
			return fmt.Errorf("gaps with the shipped roles:\n%s", strings.Join(found, "\n"))
		}
		return nil
	})
	for _, role := range roles {
		rules, isRole, _ := unstructured.NestedSlice(role.Object, "rules")
		if !isRole {
			continue
		}
		for i := range rules {
			rule, _ := rules[i].(map[string]any)
			resources, _, _ := unstructured.NestedStringSlice(rule, "resources")
			verbs, _, _ := unstructured.NestedStringSlice(rule, "verbs")
			for _, resource := range resources {
				for _, verb := range verbs {
					r.apply(t, withoutRight(t, role, i, resource, verb))
					retry(t, func() error {
						found := gaps(t, r.collect(t, sandbox.UnprivilegedSecretKey).InCluster)
						if slices.ContainsFunc(found, func(gap string) bool {
							return strings.Contains(gap, string(assessment.Forbidden)+" ("+verb+" "+resource)
						}) {
							return nil
						}
						return fmt.Errorf("%s %s of %s is not needed; gaps: %q", verb, resource, role.GetKind(), found)
					})
				}
			}
		}
		r.apply(t, role)
	}
}

// withoutRight returns a role without one verb on one resource of a rule. A resource of the same rule keeps its verbs.
func withoutRight(
	t *testing.T,
	role *unstructured.Unstructured,
	rule int,
	resource, verb string,
) *unstructured.Unstructured {
	t.Helper()
	changed := role.DeepCopy()
	rules, _, _ := unstructured.NestedSlice(changed.Object, "rules")
	content, _ := rules[rule].(map[string]any)
	for _, field := range []struct{ name, value string }{{"resources", resource}, {"verbs", verb}} {
		values, _, _ := unstructured.NestedStringSlice(content, field.name)
		if field.name == "verbs" && len(values) == 1 {
			continue // The rule is without the resource.
		}
		values = slices.DeleteFunc(values, func(v string) bool { return v == field.value })
		_ = unstructured.SetNestedStringSlice(content, values, field.name)
	}
	if left, _, _ := unstructured.NestedStringSlice(content, "resources"); len(left) == 0 {
		rules = slices.Delete(rules, rule, rule+1)
	}
	if err := unstructured.SetNestedSlice(changed.Object, rules, "rules"); err != nil {
		t.Fatal(err)
	}
	return changed
}

// apply creates or replaces an object.
func (r *rig) apply(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	resource := kubeobjects.Resource(r.admin, o)
	_, err := resource.Apply(t.Context(), o.GetName(), o, metav1.ApplyOptions{FieldManager: "helm", Force: true})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadsNoSecret reads a cluster as an administrator: every request is a GET, none is for a Secret, and pods are
// read as metadata, except the one that no workload created.
func TestReadsNoSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	prepare(t, r)
	r.create(t, `
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: default}
stringData: {password: "not-to-be-read"}
---
apiVersion: v1
kind: Pod
metadata:
  name: owned
  namespace: default
  ownerReferences:
    - {apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: 11111111-1111-4111-8111-111111111111, controller: true}
spec: {containers: [{name: main, image: "registry.example/app:1", env: [{name: TOKEN, value: not-to-be-read}]}]}
`)
	facts := r.collect(t, asAdmin)
	if found := gaps(t, facts.InCluster); len(found) > 0 {
		t.Errorf("gaps: %q", found)
	}
	if len(r.requests) < 25 {
		t.Errorf("only %d requests were recorded", len(r.requests))
	}
	for _, q := range r.requests {
		isPodList := strings.HasSuffix(q.path, "/pods") || strings.HasSuffix(q.path, "/replicasets") ||
			strings.HasSuffix(q.path, "/customresourcedefinitions")
		switch {
		case q.method != "GET":
			t.Errorf("%s %s", q.method, q.path)
		case strings.Contains(q.path, "/secrets"):
			t.Errorf("a Secret was read: %s", q.path)
		case isPodList && !strings.Contains(q.accept, "as=PartialObjectMetadataList"):
			t.Errorf("%s was read in full", q.path)
		case strings.Contains(q.path, "/pods/") && !strings.HasSuffix(q.path, "/pods/single"):
			t.Errorf("a pod with an owner was read: %s", q.path)
		}
	}
	raw, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "not-to-be-read") {
		t.Error("the facts contain a value of a Secret or of an environment variable")
	}
}
