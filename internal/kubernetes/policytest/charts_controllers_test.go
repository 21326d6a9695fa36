package policytest

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// provisionedVolume is the volume that the external-provisioner of Scaleway's CSI driver creates for a claim of the
// encrypted class.
const provisionedVolume = `
apiVersion: v1
kind: PersistentVolume
metadata:
  name: pvc-UID
  annotations: {pv.kubernetes.io/provisioned-by: csi.scaleway.com}
  finalizers: [external-provisioner.volume.kubernetes.io/finalizer, kubernetes.io/pv-protection]
spec:
  capacity: {storage: 20Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: srm-encrypted
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: NAMESPACE, name: NAME, uid: UID}
  csi:
    driver: csi.scaleway.com
    volumeHandle: fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001
    volumeAttributes: {encrypted: "true", storage.kubernetes.io/csiProvisionerIdentity: 1-8081-csi.scaleway.com}
    nodeStageSecretRef: {namespace: srm-system, name: srm-passphrase-v1}
    nodeExpandSecretRef: {namespace: srm-system, name: srm-passphrase-v1}
`

// componentAccount returns the service account of a managed component with its groups and write permissions.
func componentAccount(account string) []string {
	return append(withServiceAccountGroups("system:serviceaccount:kube-system:"+account), "scaleway:cluster-write")
}

// provisionVolumes creates the volumes of all claims like the CSI driver, binds the claims like the volume controller,
// and returns their number.
func (e *chartCluster) provisionVolumes(t *testing.T) int {
	t.Helper()
	driver := componentAccount("scaleway-csi")
	binder := componentAccount("persistent-volume-binder")
	count := 0
	for _, m := range e.objects {
		if m.object.GetKind() != "PersistentVolumeClaim" {
			continue
		}
		claim, err := e.resourceClient(t, nil, m.object).Get(t.Context(), m.object.GetName(), metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		volume := parse(t, strings.NewReplacer("UID", string(claim.GetUID()), "NAMESPACE", claim.GetNamespace(),
			"NAME", claim.GetName()).Replace(provisionedVolume))
		if got := e.create(t, chartObject{product: m.product, object: volume, user: driver}); got != allow {
			t.Errorf("REFUSED: the volume of %s: %s", m.title(), got)
		}
		e.patch(t, binder, m, `{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},`+
			`"spec":{"volumeName":"`+volume.GetName()+`"}}`)
		count++
	}
	return count
}

// writeLoadBalancers patches the Services of all Load Balancers like the cloud controller manager, and returns their
// number.
func (e *chartCluster) writeLoadBalancers(t *testing.T) int {
	t.Helper()
	ccm := componentAccount("cloud-controller-manager")
	count := 0
	for _, m := range e.objects {
		kind, _, _ := unstructured.NestedString(m.object.Object, "spec", "type")
		if m.object.GetKind() != "Service" || kind != "LoadBalancer" {
			continue
		}
		count++
		e.patch(t, ccm, m, `{"metadata":{"finalizers":["service.kubernetes.io/load-balancer-cleanup"]}}`)
		e.patch(t, ccm, m, `{"metadata":{"annotations":{"`+lbPrefix+`id":"fr-par-1/`+certificate+`"}}}`)
		e.patch(t, ccm, m, `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1","ipMode":"VIP"}]}}}`, "status")
		// Removes the finalizer, because no cloud controller manager does it when the test deletes the Service.
		e.patch(t, ccm, m, `{"metadata":{"finalizers":null}}`)
	}
	return count
}

// patch patches a chart object as a user and expects the decision allow.
func (e *chartCluster) patch(t *testing.T, user []string, m chartObject, body string, subresource ...string) {
	t.Helper()
	resource := e.resourceClient(t, user, m.object)
	name, options := m.object.GetName(), metav1.PatchOptions{}
	got := e.cluster.decide(func() error {
		_, err := resource.Patch(t.Context(), name, types.MergePatchType, []byte(body), options, subresource...)
		return err
	})
	if got != allow {
		t.Errorf("REFUSED: patch %s of %s by %s: %s", body, m.title(), user[0], got)
	}
}
