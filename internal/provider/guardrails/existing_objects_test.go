package guardrails_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// createExistingObjects creates objects in two namespaces before the guardrails are created.
func (r rig) createExistingObjects() {
	services := schema.GroupVersionResource{Version: "v1", Resource: "services"}
	for _, name := range []string{"databases", "web", "srm-system"} {
		r.kube.mustCreate(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: `+name+`}}`)
	}
	for i := range 5 {
		r.kube.mustCreate(
			claims, "databases", claimManifest(fmt.Sprintf("data-%d", i), "storageClassName: sbs-default,"),
		)
	}
	r.kube.mustCreate(claims, "web", claimManifest("uploads", "storageClassName: sbs-5k,"))
	r.kube.mustCreate(services, "web", `{apiVersion: v1, kind: Service, metadata: {name: shop}, `+
		`spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80}]}}`)
	for _, namespace := range []string{"web", "srm-system"} {
		r.kube.mustCreate(pods, namespace, `{apiVersion: v1, kind: Pod, metadata: {name: cache}, spec: {`+
			`volumes: [{name: tmp, emptyDir: {}}], containers: [{name: main, image: `+
			`"registry.example.org/main:1.0"}]}}`)
	}
	r.kube.mustCreate(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast-plain}, `+
		`provisioner: csi.scaleway.com}`)
}

// TestPlanCountsExistingObjects plans a create, changes, and no change. The plan warns about the existing objects that
// the policies will refuse, and makes no unnecessary requests.
func TestPlanCountsExistingObjects(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	proxied, option := acctest.ProxiedKubernetes(t, server)
	r := newRigOn(t, server, option)
	r.createExistingObjects()
	configured := func(extra map[string]any) map[string]any {
		config := map[string]any{
			"cluster_id":        "fr-par/" + r.cluster,
			"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		}
		for name, value := range extra {
			config[name] = value
		}
		return config
	}
	life := r.Protocol(t).Resource("srm_hds_guardrails", configured(nil))
	plan := func(name, action string, want, notWant []string) int {
		t.Helper()
		proxied.ClearRequests()
		planned, output := life.Plan(t.Context())
		if planned != action {
			t.Errorf("%s: the planned action is %s, want %s", name, planned, action)
		}
		for _, text := range want {
			if !strings.Contains(output, text) {
				t.Errorf("%s: the plan does not contain %q:\n%s", name, text, output)
			}
		}
		for _, text := range notWant {
			if strings.Contains(output, text) {
				t.Errorf("%s: the plan contains %q:\n%s", name, text, output)
			}
		}
		return len(proxied.Requests())
	}
	create := plan("create", "create", []string{
		"The policies will refuse existing objects",
		"srm-claims, namespace databases: 5 objects (PersistentVolumeClaim data-0, PersistentVolumeClaim data-1, " +
			"PersistentVolumeClaim data-2 and 2 more)",
		"srm-claims, namespace web: 1 object (PersistentVolumeClaim uploads)",
		"HDS-ENC-03: the claim must use the encrypted StorageClass srm-encrypted, found 'sbs-default'",
		"srm-load-balancers, namespace web: 1 object (Service shop)",
		"srm-storage-classes, cluster-scoped: 1 object (StorageClass fast-plain)",
		"1 pod (srm-system/cache) in the namespace of the Secrets, whose NetworkPolicy srm-default-deny will deny " +
			"all traffic",
		"not read: gateways.gateway.networking.k8s.io: the API server does not serve this kind",
		"Pods run in the namespace of the Secrets",
	}, []string{"srm-node-disk", "sbs-5k)", passphrase, sandbox.SecretKey})
	for _, policy := range []string{"srm-claims", "srm-load-balancers"} {
		if found := r.kube.field(policies, "", policy, "kind"); found != "absent" {
			t.Errorf("the plan created the policy %s", policy)
		}
	}
	acctest.Contains(t, life.Apply(t.Context()), "ERROR: Pods run in the namespace of the Secrets", "1 pod "+
		"(srm-system/cache)",
		"srm-default-deny denies all traffic")
	if found := r.kube.field(policies, "", "srm-owner", "kind"); found != "absent" || life.Exists() {
		t.Errorf("the refused create wrote the ownership record, or is in the state: %t", life.Exists())
	}
	r.kube.patch(pods, "srm-system", "cache", `{"metadata":{"finalizers":null}}`)
	now := int64(0)
	if err := r.kube.resourceClient(pods, "srm-system").Delete(
		t.Context(), "cache", metav1.DeleteOptions{GracePeriodSeconds: &now},
	); err != nil {
		t.Fatal(err)
	}
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	const summary = "The policies will refuse existing objects"
	unchanged := plan("no change", "no-op", nil, []string{summary, "not read"})
	life.Configure(configured(map[string]any{"node_disk": map[string]any{"action": "deny"}}))
	stricter := plan("a policy becomes stricter", "update", []string{
		summary, "srm-node-disk, namespace web: 1 object (Pod cache)", "HDS-ENC-03: the disks of nodes are not " +
			"encrypted",
	}, []string{"srm-claims", "srm-default-deny"})
	life.Configure(configured(map[string]any{"load_balancers": map[string]any{"action": "warn"}}))
	looser := plan("a policy becomes less strict", "update", nil, []string{summary})
	life.Configure(configured(nil))
	r.kube.mustDelete(bindings, "", "srm-claims")
	drift := plan("a binding is deleted", "update", []string{
		summary, "srm-claims, namespace databases: 5 objects",
	}, []string{"srm-load-balancers,"})
	t.Logf("requests: create %d, unchanged %d, stricter %d, looser %d, drift %d",
		create, unchanged, stricter, looser, drift)
	if stricter != unchanged+1 || looser != unchanged || drift != unchanged+1 {
		t.Errorf("requests: unchanged %d, stricter %d, looser %d, drift %d", unchanged, stricter, looser, drift)
	}
}

// TestPlanWithoutExistingObjects plans a create in a cluster without objects that the policies refuse: no warning.
func TestPlanWithoutExistingObjects(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	_, output := r.newLifecycle(t).Plan(t.Context())
	if output != "" {
		t.Errorf("unexpected diagnostics:\n%s", output)
	}
}

// TestPlanExcludesIdentityPolicies checks that the plan reports a policy on the identity of requests as not counted,
// and counts no objects for it.
func TestPlanExcludesIdentityPolicies(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	services := schema.GroupVersionResource{Version: "v1", Resource: "services"}
	r.kube.mustCreate(services, "kube-system", `{apiVersion: v1, kind: Service, metadata: {name: metrics}, `+
		`spec: {selector: {app: metrics}, ports: [{name: https, port: 443}]}}`)
	r.kube.mustCreate(claims, "default", claimManifest("data", "storageClassName: sbs-default,"))
	life := r.Protocol(t).Resource("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		"kube_system":       map[string]any{"action": "deny"},
	})
	_, output := life.Plan(t.Context())
	acctest.Contains(t, output, "not counted: srm-kube-system checks who makes a request")
	acctest.NotContains(t, output, "srm-kube-system, namespace", "depends on what the plan cannot read")
}

// TestPlanWithUnreadableKinds plans with a fault for each kind that is read. The plan reports the kind as not read, not
// as 0 objects.
func TestPlanWithUnreadableKinds(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	proxied, option := acctest.ProxiedKubernetes(t, server)
	r := newRigOn(t, server, option)
	life := r.newLifecycle(t)
	for _, path := range []string{
		"/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes", "/api/v1/services", "/api/v1/pods",
		"/apis/networking.k8s.io/v1/ingresses",
	} {
		for _, status := range []int{403, 503} {
			fault := sandbox.Fault{
				Method: "GET", Path: path, Kind: sandbox.FaultStatus, Status: status, Persistent: true,
			}
			if err := proxied.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			_, output := life.Plan(t.Context())
			proxied.ClearFaults()
			kind := path[strings.LastIndex(path, "/")+1:]
			if strings.Contains(output, "ERROR") || !strings.Contains(output, "not read: "+kind) {
				t.Errorf("HTTP %d for %s: unexpected diagnostics:\n%s", status, path, output)
			}
		}
	}
}
