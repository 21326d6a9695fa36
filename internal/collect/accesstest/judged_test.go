package accesstest

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// expect checks the result, the severity and the subjects of a finding.
func expect(
	t *testing.T, a assessment.Assessment, check string, want assessment.Result, severity assessment.Severity,
	subjects ...string,
) {
	t.Helper()
	f, _ := a.Finding(check)
	if f.Result != want || severity != "" && f.Severity != severity {
		t.Errorf("%s: %s %s, expected %s %s: %+v", check, f.Result, f.Severity, want, severity, f)
	}
	for _, s := range subjects {
		if !slices.Contains(f.Subjects, s) {
			t.Errorf("%s: subjects %q, expected %s", check, f.Subjects, s)
		}
	}
}

// settings returns settings with the strictest actions.
func settings(change func(*guardrails.Settings)) guardrails.Settings {
	deny := guardrails.Rule{Action: guardrails.Deny}
	s := guardrails.Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, ReclaimPolicy: "Retain", IOPS: 5000,
		Zones: []string{"fr-par-1"}, LoadBalancers: deny, Ingress: deny, NodeDisk: deny, KubeSystem: deny,
		NodePorts: deny, BackendTLS: guardrails.Deny, Users: guardrails.DefaultUsers(),
		Groups: append(guardrails.DefaultGroups(), "scaleway:cluster-write"),
	}
	change(&s)
	return s
}

// applyGuardrails applies the guardrails like the provider.
func (r *rig) applyGuardrails(t *testing.T, s guardrails.Settings, before *guardrails.Settings) {
	t.Helper()
	client, err := kubernetes.New(r.endpoint, asAdmin, "accesstest")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = 20 * time.Millisecond
	allowed := []kubernetes.Difference{}
	if before != nil {
		allowed = kubernetes.OverwritableFields(*before)
	}
	passphrase := kubernetes.Passphrase{
		Value: "passphrase-of-version-one-0123456789abcdef", Fingerprints: guardrails.NewFingerprints(),
	}
	if _, err := client.Apply(t.Context(), s, passphrase, allowed); err != nil {
		t.Fatal(err)
	}
}

// TestGuardrailsJudged judges guardrails as written, with exemptions, loosened, of another release, and altered.
func TestGuardrailsJudged(t *testing.T) {
	t.Parallel()
	const bindingOf = "ValidatingAdmissionPolicyBinding/"
	r := newRig(t)
	a := assess(r.collect(t, asAdmin))
	expect(t, a, "admission_policies", assessment.Fail, assessment.High)
	expect(t, a, "guardrails_exemptions", assessment.NotApplicable, "")
	expect(t, a, "rbac_secret_readers", assessment.NotApplicable, "")

	strict := settings(func(s *guardrails.Settings) {
		s.Ingress.Exemptions = []guardrails.Exemption{{
			Namespace: "legacy", Reason: "It is being replaced.", Approver: "ciso", Until: "2020-01-31",
		}}
		s.TLSPassthrough = []guardrails.Exception{{Namespace: "edge", Reason: "It ends TLS.", Approver: "ciso"}}
	})
	r.applyGuardrails(t, strict, nil)
	facts := r.collect(t, asAdmin)
	found := facts.InCluster.Guardrails.Value
	if !found.Present || !found.IsCurrent || found.SecretNamespace != "srm-system" || len(found.Loosened) > 0 ||
		!slices.Equal(found.TLSNamespaces, []string{"edge"}) || len(found.Exemptions) != 1 ||
		found.Exemptions[0].Approver != "ciso" || !strings.HasPrefix(found.Digest, "sha256:") {
		t.Errorf("guardrails as written: %+v", found)
	}
	a = assess(facts)
	expect(t, a, "admission_policies", assessment.Pass, "")
	expect(t, a, "guardrails_exemptions", assessment.Fail, assessment.Medium, "Namespace/legacy")
	expect(t, a, "rbac_secret_readers", assessment.Pass, "")

	loose := settings(func(s *guardrails.Settings) { s.Ingress.Action = guardrails.Warn })
	r.applyGuardrails(t, loose, &strict)
	a = assess(r.collect(t, asAdmin))
	expect(t, a, "admission_policies", assessment.Fail, assessment.Medium,
		bindingOf+guardrails.Ingresses, bindingOf+guardrails.Gateways)
	expect(t, a, "guardrails_exemptions", assessment.NotApplicable, "")
	r.applyGuardrails(t, strict, &loose)

	policies := schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	patch := func(resource schema.GroupVersionResource, name, content, manager string) {
		t.Helper()
		_, err := r.admin.Resource(resource).Patch(t.Context(), name, types.MergePatchType, []byte(content),
			metav1.PatchOptions{FieldManager: manager})
		if err != nil {
			t.Fatal(err)
		}
	}
	patch(policies, guardrails.Claims, `{"spec":{"failurePolicy":"Ignore"}}`, guardrails.FieldManager)
	a = assess(r.collect(t, asAdmin))
	expect(t, a, "admission_policies", assessment.Fail, assessment.Low, "ValidatingAdmissionPolicy/"+guardrails.Claims)

	bindings := policies
	bindings.Resource = "validatingadmissionpolicybindings"
	patch(bindings, guardrails.Volumes, `{"spec":{"validationActions":["Audit"]}}`, "kubectl-edit")
	a = assess(r.collect(t, asAdmin))
	expect(t, a, "admission_policies", assessment.Fail, assessment.High, bindingOf+guardrails.Volumes)

	err := r.admin.Resource(policies).Delete(t.Context(), guardrails.Claims, metav1.DeleteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a = assess(r.collect(t, asAdmin))
	expect(t, a, "admission_policies", assessment.Fail, assessment.High, "ValidatingAdmissionPolicy/"+guardrails.Claims)
}

// TestAccessJudged judges RBAC, Pod Security, network policies and add-ons of a real API server.
func TestAccessJudged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.createNetworkCRDs(t)
	names := []string{"denied", "opened", "some", "bare", "cilium", "wide"}
	for _, name := range names {
		r.create(t, `
apiVersion: v1
kind: Namespace
metadata: {name: `+name+`, labels: {pod-security.kubernetes.io/enforce: baseline, team: `+name+`}}
---
apiVersion: v1
kind: Pod
metadata: {name: main, namespace: `+name+`}
spec: {containers: [{name: main, image: "registry.example/app:1"}]}
`)
	}
	r.create(t, `
apiVersion: v1
kind: Namespace
metadata: {name: unlabelled}
---
apiVersion: v1
kind: Pod
metadata: {name: main, namespace: unlabelled}
spec: {containers: [{name: main, image: "gcr.io/datadoghq/agent:7"}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: denied}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: opened}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: opened}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: some, namespace: some}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress, namespace: bare}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny, namespace: cilium}
spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: deny}
spec:
  endpointSelector:
    matchExpressions:
      - {key: "k8s:io.kubernetes.pod.namespace", operator: NotIn, values: [kube-system, opened, some, bare, unlabelled]}
  ingress: [{}]
---
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata: {name: deny}
spec: {types: [Ingress]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: accesstest-everyone}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]
`)
	facts := r.collect(t, asAdmin)
	a := assess(facts)
	f, _ := a.Finding("network_policy_default_deny")
	failed := []string{"Namespace/bare", "Namespace/opened", "Namespace/some", "Namespace/unlabelled"}
	if f.Result != assessment.Fail || !slices.Equal(f.Subjects, failed) {
		t.Errorf("network policies: %s %q, expected %q", f.Result, f.Subjects, failed)
	}
	facts.Cluster.Value.CNI = "calico"
	f, _ = assess(facts).Finding("network_policy_default_deny")
	if failed = []string{"Namespace/opened"}; !slices.Equal(f.Subjects, failed) {
		t.Errorf("network policies with Calico: %s %q, expected %q", f.Result, f.Subjects, failed)
	}
	expect(t, a, "pod_security", assessment.Fail, assessment.Medium, "Namespace/unlabelled")
	if f, _ := a.Finding("pod_security"); f.Population != (assessment.Population{Total: 7, Passed: 6}) {
		t.Errorf("pod_security: %s", f.Population)
	}
	expect(t, a, "rbac_broad_bindings", assessment.Fail, assessment.High, "ClusterRoleBinding/accesstest-everyone")
	if f, _ := a.Finding("rbac_broad_bindings"); len(f.Subjects) != 1 {
		t.Errorf("bindings of Kubernetes and of Scaleway have deviations: %q", f.Subjects)
	}
	expect(t, a, "addons_evaluated", assessment.NotEvaluated, "", "APIGroup/cert-manager.io")
	expect(t, a, "saas_agents", assessment.Fail, assessment.Low, "Pod/unlabelled/main")
	expect(t, a, "kube_system_unmodified", assessment.NeedsDecision, "")
	if version := facts.InCluster.Server.Value.Version; !strings.HasPrefix(version, "v1.") {
		t.Errorf("version %q", version)
	}
}

// TestReadPermission reads as a user with the permission set KubernetesReadOnly. Lists of custom resources that are not
// installed are complete; what the user is not allowed to read has a gap.
func TestReadPermission(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	facts := r.collect(t, sandbox.ReaderSecretKey)
	in := facts.InCluster
	if !in.NetworkPolicies.Complete || !in.Certificates.Complete || !in.Gateways.Complete || !in.Namespaces.Complete {
		t.Errorf("lists that the user may read are not complete: %q", gaps(t, in))
	}
	for name, gap := range map[string]*assessment.Gap{
		"list clusterroles.rbac.authorization.k8s.io":         in.Roles.Gap,
		"list clusterrolebindings.rbac.authorization.k8s.io":  in.Bindings.Gap,
		"list customresourcedefinitions.apiextensions.k8s.io": in.CRDs.Gap,
	} {
		if gap == nil || gap.Reason != assessment.Forbidden || gap.Needs != name {
			t.Errorf("%s: %+v", name, gap)
		}
	}
	a := assess(facts)
	expect(t, a, "rbac_broad_bindings", assessment.NotEvaluated, "")
	expect(t, a, "admission_policies", assessment.Fail, assessment.High)
}

// TestUnreachable reads a cluster whose API server does not answer: every list has the same gap, after one attempt.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := r.endpoint
	endpoint.Server = "https://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	facts, err := collect.Cluster(t.Context(), collect.Sources{
		Scaleway: r.env.Client(t), Now: r.env.Sandbox.Now, Tool: "test",
		Kubernetes: func(context.Context) (*kubernetes.Client, error) {
			return kubernetes.New(endpoint, asAdmin, "accesstest")
		},
	}, scw.RegionFrPar, r.clusterID)
	if err != nil {
		t.Fatal(err)
	}
	found := gaps(t, facts.InCluster)
	if len(found) != 24 {
		t.Errorf("%d gaps, expected one for each list: %q", len(found), found)
	}
	for _, gap := range found {
		if !strings.Contains(gap, ": "+string(assessment.Unreachable)+" ") {
			t.Error(gap)
		}
	}
	for _, f := range assess(facts).Findings {
		if f.Layer == assessment.LayerCluster && f.Result != assessment.NotEvaluated {
			t.Errorf("%s: %s", f.Check, f.Result)
		}
	}
}
