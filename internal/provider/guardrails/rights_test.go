package guardrails_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

var (
	clusterRoleBindings = schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings",
	}
	clusterRoles = schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles",
	}
	roles        = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"}
	roleBindings = schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings",
	}
)

// grantAllServiceAccounts makes all service accounts administrators, until the test ends or the returned function is
// called.
func (in kubeClient) grantAllServiceAccounts() (end func()) {
	in.t.Helper()
	in.mustCreate(
		clusterRoleBindings,
		"",
		`{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: `+
			`{name: srm-test-everyone}, `+
			`roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}, `+
			`subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts"}]}`,
	)
	end = func() {
		_ = in.Resource(clusterRoleBindings).Delete(in.t.Context(), "srm-test-everyone", metav1.DeleteOptions{})
	}
	in.t.Cleanup(end)
	return end
}

// setPhase sets the phase of a claim, as the volume controller does.
func (in kubeClient) setPhase(namespace, name, phase string) {
	in.t.Helper()
	status := []byte(`{"status":{"phase":"` + phase + `"}}`)
	if _, err := in.resourceClient(claims, namespace).Patch(
		in.t.Context(), name, types.MergePatchType, status, metav1.PatchOptions{}, "status",
	); err != nil {
		in.t.Fatal(err)
	}
}

const broadGrant = "ClusterRoleBinding srm-test-everyone binds the ClusterRole cluster-admin to the group " +
	"system:serviceaccounts"

// newLifecycle returns a resource with the guardrails of the rig's cluster and minimal settings.
func (r rig) newLifecycle(t *testing.T) *acctest.ResourceLifecycle {
	t.Helper()
	return r.Protocol(t).Resource("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
	})
}

// newAppliedLifecycle returns such a resource after its create.
func (r rig) newAppliedLifecycle(t *testing.T) *acctest.ResourceLifecycle {
	t.Helper()
	life := r.newLifecycle(t)
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	return life
}

// TestBroadRightsInPlan grants all rights to all service accounts. The plan names the binding, and is not empty until
// the binding is deleted and an apply verified the policies.
func TestBroadRightsInPlan(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.newLifecycle(t)
	if output := life.Apply(t.Context()); output != "" {
		t.Fatal(output)
	}
	end := r.kube.grantAllServiceAccounts()
	checkPlan := func(name, wantAction string, want ...string) {
		t.Helper()
		action, output := life.Plan(t.Context())
		if action != wantAction {
			t.Errorf("%s: the planned action is %s, want %s", name, action, wantAction)
		}
		acctest.Contains(t, output, want...)
	}
	checkPlan("granted", "update", broadGrant, "remove wildcards")
	output := life.Apply(t.Context())
	acctest.Contains(
		t, output, "ERROR", "that the policy srm-known-volumes is enforced", broadGrant, "then apply again",
	)
	checkPlan("after an apply that failed", "update", broadGrant, "The last apply could not verify that the policies "+
		"are enforced")
	end()
	checkPlan("binding deleted", "update", "ValidatingAdmissionPolicy/srm-known-volumes enforcement is not verified")
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Error(output)
	}
	checkPlan("verified", "no-op")
}

// TestBroadRightsBlockCreate creates guardrails in a cluster with such a binding. The plan warns, and the apply fails
// before it writes anything.
func TestBroadRightsBlockCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	end := r.kube.grantAllServiceAccounts()
	life := r.newLifecycle(t)
	action, output := life.Plan(t.Context())
	if action != "create" {
		t.Errorf("the planned action is %s", action)
	}
	acctest.Contains(t, output, broadGrant)
	acctest.Contains(t, life.Apply(t.Context()), "ERROR", broadGrant)
	for _, policy := range []string{"srm-owner", "srm-claims"} {
		if found := r.kube.field(policies, "", policy, "kind"); found != "absent" {
			t.Errorf("the create wrote the policy %s", policy)
		}
	}
	end()
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Error(output)
	}
}

// TestSingleNameRights grants single names of the lookups to all service accounts, which the check with a name that
// is never granted cannot detect. A create is refused, the plan names the binding, and an apply fails until it is
// deleted.
func TestSingleNameRights(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.newLifecycle(t)
	role := func(name, group, resource, verb string) string {
		return `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: srm-test-names}, ` +
			`rules: ` +
			`[{apiGroups: ["` + group +
			`"], resources: ["` + resource + `"], resourceNames: ["` + name + `"], verbs: ["` + verb + `"]}]}`
	}
	const (
		claim = "app/x/0b5b1f3e-6a0c-4f6e-9d6c-2f1f6c1f0a01/sbs-5k"
		grant = "ClusterRoleBinding srm-test-names binds the ClusterRole srm-test-names to the group " +
			"system:serviceaccounts"
	)
	bind := func(manifest string) (end func()) {
		r.kube.mustCreate(clusterRoles, "", manifest)
		r.kube.mustCreate(clusterRoleBindings, "", `{apiVersion: rbac.authorization.k8s.io/v1, kind: `+
			`ClusterRoleBinding, `+
			`metadata: {name: srm-test-names}, `+
			`roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: srm-test-names}, `+
			`subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts"}]}`)
		return func() {
			r.kube.mustDelete(clusterRoleBindings, "", "srm-test-names")
			r.kube.mustDelete(clusterRoles, "", "srm-test-names")
		}
	}
	end := bind(role(claim, "*", "olderclaims", "*"))
	acctest.Contains(t, life.Apply(t.Context()), "ERROR", grant)
	if found := r.kube.field(policies, "", "srm-claims", "kind"); found != "absent" {
		t.Error("the create wrote the policy srm-claims")
	}
	end()
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, test := range []struct{ name, role, action string }{
		{"a claim", role(claim, "*", "olderclaims", "*"), "update"},
		{"a volume that reserves a claim", role(claim, "terraform-srm.github.io", "reservedclaims", "use"), "update"},
		{"a passphrase", role("srm-passphrase-v99", "*", "*", "use"), "update"},
		{"another verb", role(claim, "*", "olderclaims", "get"), "no-op"},
		{"a name that is not looked up", role("settings", "*", "*", "*"), "no-op"},
		{"another group", role(claim, "", "*", "*"), "no-op"},
	} {
		end := bind(test.role)
		action, output := life.Plan(t.Context())
		if action != test.action {
			t.Errorf("%s: the planned action is %s, want %s", test.name, action, test.action)
		}
		if test.action == "update" {
			acctest.Contains(t, output, grant, "RBAC grants the guardrails' service account permissions for "+
				"additional names")
		}
		if test.name == "a passphrase" {
			acctest.Contains(t, life.Apply(t.Context()), "ERROR", grant, "then apply again")
		}
		end()
		if test.name == "a passphrase" {
			if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
				t.Error(output)
			}
		}
	}
	if action, output := life.Plan(t.Context()); action != "no-op" {
		t.Errorf("the last planned action is %s: %s", action, output)
	}
}

// TestUnverifiedPolicyKeepsPlanNonEmpty reverts a deleted binding with an apply that cannot verify the policies. The
// next plan is not empty.
func TestUnverifiedPolicyKeepsPlanNonEmpty(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	proxied, option := acctest.ProxiedKubernetes(t, server)
	r := newRigOn(t, server, option)
	life := r.newLifecycle(t)
	if output := life.Apply(t.Context()); output != "" {
		t.Fatal(output)
	}
	r.kube.mustDelete(bindings, "", "srm-volumes")
	fault := sandbox.Fault{
		Method: "POST", Path: "/api/v1/persistentvolumes", Kind: sandbox.FaultStatus, Status: 500, Persistent: true,
	}
	if err := proxied.AddFault(fault); err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, life.Apply(t.Context()), "ERROR", "that the policy srm-volumes is enforced")
	proxied.ClearFaults()
	if found := r.kube.field(bindings, "", "srm-volumes", "kind"); found == "absent" {
		t.Fatal("the apply did not write the binding, so that the plan is not empty for another reason")
	}
	for range 2 {
		action, output := life.Plan(t.Context())
		if action != "update" {
			t.Errorf("the policy is not verified, and the planned action is %s", action)
		}
		acctest.Contains(t, output, "ValidatingAdmissionPolicy/srm-volumes enforcement is not verified")
	}
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Error(output)
	}
	if action, output := life.Plan(t.Context()); action != "no-op" || output != "" {
		t.Errorf("the planned action is %s: %s", action, output)
	}
}

// TestExceptionsOfOlderClaims creates guardrails in a cluster with claims that wait for a volume. Plan and state list
// the exceptions, and an apply removes the exception of a claim after it got its volume.
func TestExceptionsOfOlderClaims(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.kube.mustCreate(claims, "default", claimManifest("waiting", "storageClassName: sbs-default,"))
	r.kube.mustCreate(claims, "default", claimManifest("other", "storageClassName: sbs-5k,"))
	r.kube.mustCreate(claims, "default", claimManifest("foreign", "storageClassName: nfs-client,"))
	r.kube.mustCreate(claims, "default", claimManifest("reserved", "storageClassName: nfs-client,"))
	r.kube.mustCreate(volumes, "", `{apiVersion: v1, kind: PersistentVolume, metadata: {name: exports}, spec: `+
		`{capacity: `+
		`{storage: 1Gi}, `+
		`accessModes: [ReadWriteOnce], claimRef: {namespace: default, name: reserved}, nfs: {server: nfs.example.org, `+
		`path: /}}}`)
	life := r.newLifecycle(t)
	_, output := life.Plan(t.Context())
	acctest.Contains(t, output, "3 claims (default/other, default/reserved, default/waiting)")
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, value := range []string{"waiting", "sbs-default", "other", "sbs-5k", "reserved", "exports"} {
		acctest.Contains(t, life.StateString(), `String<"`+value+`">`)
	}
	acctest.NotContains(t, life.StateString(), `String<"foreign">`)
	if action, output := life.Plan(t.Context()); action != "no-op" {
		t.Errorf("the second planned action is %s: %s", action, output)
	}
	r.kube.setPhase("default", "waiting", "Bound")
	action, output := life.Plan(t.Context())
	if action != "update" {
		t.Errorf("the claim has its volume, and the planned action is %s", action)
	}
	acctest.Contains(t, output, "Exceptions for older claims are no longer needed", "default/waiting")
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Error(output)
	}
	acctest.NotContains(t, life.StateString(), `String<"waiting">`)
	acctest.NotContains(t, r.kube.field(roles, "srm-system", "srm-known", "rules"), "default/waiting/")
	acctest.Contains(t, r.kube.field(roles, "srm-system", "srm-known", "rules"), "default/other/")
	if action, output := life.Plan(t.Context()); action != "no-op" {
		t.Errorf("the last planned action is %s: %s", action, output)
	}
}
