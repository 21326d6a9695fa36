package policytest

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// provisionedVolume is what the external-provisioner of Scaleway's CSI driver writes for a claim of the encrypted
// class.
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

// component is the service account of a managed component, which may write what it needs.
func component(account string) []string {
	return append(withGroups("system:serviceaccount:kube-system:"+account), "scaleway:cluster-write")
}

// provision makes the volumes of the claims in the estate as the CSI driver does, binds the claims as the controller of
// volumes does, and returns their number.
func (e *estate) provision(t *testing.T) int {
	t.Helper()
	driver := component("scaleway-csi")
	binder := component("persistent-volume-binder")
	made := 0
	for _, m := range e.members {
		if m.object.GetKind() != "PersistentVolumeClaim" {
			continue
		}
		claim, err := e.at(t, nil, m.object).Get(t.Context(), m.object.GetName(), metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		volume := parse(t, strings.NewReplacer("UID", string(claim.GetUID()), "NAMESPACE", claim.GetNamespace(),
			"NAME", claim.GetName()).Replace(provisionedVolume))
		if actual := e.create(t, member{product: m.product, object: volume, who: driver}); actual != allow {
			t.Errorf("REFUSED: the volume of %s: %s", m.title(), actual)
		}
		e.patch(t, binder, m, `{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},`+
			`"spec":{"volumeName":"`+volume.GetName()+`"}}`)
		made++
	}
	return made
}

// balance writes to the Services of the estate what the cloud controller manager writes for their Load Balancers, and
// returns their number.
func (e *estate) balance(t *testing.T) int {
	t.Helper()
	manager := component("cloud-controller-manager")
	found := 0
	for _, m := range e.members {
		kind, _, _ := unstructured.NestedString(m.object.Object, "spec", "type")
		if m.object.GetKind() != "Service" || kind != "LoadBalancer" {
			continue
		}
		found++
		e.patch(t, manager, m, `{"metadata":{"finalizers":["service.kubernetes.io/load-balancer-cleanup"]}}`)
		e.patch(t, manager, m, `{"metadata":{"annotations":{"`+lb+`id":"fr-par-1/`+certificate+`"}}}`)
		e.patch(t, manager, m, `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1","ipMode":"VIP"}]}}}`, "status")
		// The Service ends with the test: the manager would remove its finalizer then.
		e.patch(t, manager, m, `{"metadata":{"finalizers":null}}`)
	}
	return found
}

// patch changes an object of the estate as a user, and expects that nothing is refused.
func (e *estate) patch(t *testing.T, who []string, m member, body string, subresource ...string) {
	t.Helper()
	place := e.at(t, who, m.object)
	name, options := m.object.GetName(), metav1.PatchOptions{}
	actual := e.cluster.judge(func() error {
		_, err := place.Patch(t.Context(), name, types.MergePatchType, []byte(body), options, subresource...)
		return err
	})
	if actual != allow {
		t.Errorf("REFUSED: %s of %s by %s: %s", body, m.title(), who[0], actual)
	}
}
