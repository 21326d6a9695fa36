package policytest

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// broadGrants returns manifests that grant the service account of the lookups every name.
func broadGrants() map[string][]string {
	const group = "apiGroup: rbac.authorization.k8s.io"
	binding := func(kind, metadata, role, subject string) string {
		return `{apiVersion: rbac.authorization.k8s.io/v1, kind: ` + kind + `, metadata: {name: srm-test-broad` +
			metadata +
			`}, ` +
			`roleRef: {` + group + `, kind: ` + role + `}, subjects: [{` + subject + `}]}`
	}
	role := func(rule string) string {
		return `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: srm-test-broad}, ` +
			`rules: [{` +
			rule + `}]}`
	}
	everyAccount := group + `, kind: Group, name: "system:serviceaccounts"`
	return map[string][]string{
		"cluster-admin for all service accounts": {
			binding("ClusterRoleBinding", "", "ClusterRole, name: cluster-admin", everyAccount),
		},
		"wildcards for authenticated users": {
			role(`apiGroups: ["*"], resources: ["*"], verbs: ["*"]`),
			binding("ClusterRoleBinding", "", "ClusterRole, name: srm-test-broad", group+`, kind: Group, name: `+
				`"system:authenticated"`),
		},
		"all verbs of the API group": {
			role(`apiGroups: [terraform-srm.github.io], resources: [olderclaims, passphrases], verbs: ["*"]`),
			binding("ClusterRoleBinding", "", "ClusterRole, name: srm-test-broad", everyAccount),
		},
		"cluster-admin in the namespace": {
			binding("RoleBinding", ", namespace: srm-system", "ClusterRole, name: cluster-admin",
				group+`, kind: Group, name: "system:serviceaccounts:srm-system"`),
		},
		"cluster-admin for the account": {
			binding("ClusterRoleBinding", "", "ClusterRole, name: cluster-admin",
				`kind: ServiceAccount, name: srm-known, namespace: srm-system`),
		},
	}
}

// awaitGrant waits until the API server grants the account of the lookups any name, or no longer grants it.
func awaitGrant(t *testing.T, client dynamic.Interface, want bool) {
	t.Helper()
	review := parse(t, `{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, spec: {user: `+
		`"system:serviceaccount:srm-system:srm-known", `+
		`groups: ["system:serviceaccounts", "system:serviceaccounts:srm-system", "system:authenticated"], `+
		`resourceAttributes: {group: terraform-srm.github.io, resource: olderclaims, namespace: srm-system, name: `+
		`any, `+
		`verb: use}}}`)
	reviews := client.Resource(
		schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "subjectaccessreviews"},
	)
	retryUntilDone(t, func(ctx context.Context) (bool, error) {
		response, err := reviews.Create(ctx, review.DeepCopy(), metav1.CreateOptions{})
		if err != nil {
			return false, err
		}
		if allowed, _, _ := unstructured.NestedBool(response.Object, "status", "allowed"); allowed != want {
			return true, context.DeadlineExceeded
		}
		return false, nil
	})
}

// TestBroadGrantsDoNotOpenLookups grants the account of the lookups every name, as RBAC of real clusters does, and
// checks that the policies refuse the same volumes as without the grant.
func TestBroadGrantsDoNotOpenLookups(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	applyGuardrails(t, server)
	const uid = "0b5b1f3e-6a0c-4f6e-9d6c-2f1f6c1f0a02"
	provisioned := func(source string) *unstructured.Unstructured {
		return parse(t, `{apiVersion: v1, kind: PersistentVolume, metadata: {name: pvc-`+uid+`, annotations: `+
			`{pv.kubernetes.io/provisioned-by: csi.scaleway.com}}, `+
			`spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Delete, `+
			`storageClassName: sbs-default, `+
			`claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: old, name: data, uid: `+uid+`}, `+
			source+`}}`)
	}
	const handle = `driver: csi.scaleway.com, volumeHandle: fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001, `
	volumes := map[string]*unstructured.Unstructured{
		"nfs": provisioned(`nfs: {server: nfs.example.org, path: /exports}`),
		"plaintext": provisioned(`csi: {` + handle +
			`volumeAttributes: {storage.kubernetes.io/csiProvisionerIdentity: ` +
			`1-8081-csi.scaleway.com}}`),
		"a Secret that does not exist": parse(t, `{apiVersion: v1, kind: PersistentVolume, metadata: {name: attested, `+
			`annotations: {terraform-srm.github.io/encrypted-source: "true"}}, `+
			`spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], storageClassName: srm-encrypted, `+
			`claimRef: `+
			`{namespace: databases, name: data}, `+
			`csi: {`+handle+`volumeAttributes: {encrypted: "true"}, nodeStageSecretRef: {namespace: srm-system, name: `+
			`srm-passphrase-v7}}}}`),
	}
	table := table{}
	t.Log("object, grant | policy | expected | actual | reason")
	for what, manifests := range broadGrants() {
		objects := []*unstructured.Unstructured{}
		for _, manifest := range manifests {
			objects = append(objects, parse(t, manifest))
			createObject(t, client, objects[len(objects)-1])
		}
		awaitGrant(t, client, true)
		for name, object := range volumes {
			result, _, _ := strings.Cut(string(cluster.dryRunCreate(t, nil, object)), " ")
			table.row(
				t,
				object,
				name+", "+what,
				guardrails.KnownVolumes,
				"deny",
				decision(result),
				"The grant is for every name.",
			)
		}
		for _, object := range objects {
			if err := resourceClient(
				t,
				client,
				object,
			).Delete(t.Context(), object.GetName(), metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		awaitGrant(t, client, false)
	}
	table.summary(t)
}

// TestOlderClaimAllowsOneVolume tests volumes for a claim that was pending before the guardrails were created. The
// policies only accept the volume that its provisioner creates.
func TestOlderClaimAllowsOneVolume(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "old")
	claim := olderClaim(t, "data", "sbs-default")
	createObject(t, client, claim)
	uid := readUID(t, client, claim)
	applyGuardrails(t, server)
	provisioned := func(change func(*unstructured.Unstructured)) *unstructured.Unstructured {
		object := plaintextVolume(t, "data", uid, guardrails.Provisioner)
		change(object)
		return object
	}
	set := func(value any, path ...string) func(*unstructured.Unstructured) {
		return func(o *unstructured.Unstructured) {
			if err := unstructured.SetNestedField(o.Object, value, path...); err != nil {
				t.Fatal(err)
			}
		}
	}
	source := func(value map[string]any) func(*unstructured.Unstructured) {
		return func(o *unstructured.Unstructured) {
			unstructured.RemoveNestedField(o.Object, "spec", "csi")
			for name, content := range value {
				set(content, "spec", name)(o)
			}
		}
	}
	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, test := range []struct {
		what     string
		change   func(*unstructured.Unstructured)
		expected decision
	}{
		{"volume of the provisioner", func(*unstructured.Unstructured) {}, allow},
		{
			"NFS source", source(
				map[string]any{"nfs": map[string]any{"server": "nfs.example.org", "path": "/exports"}},
			), "deny srm-volumes",
		},
		{"hostPath source", source(map[string]any{"hostPath": map[string]any{"path": "/data"}}), "deny srm-volumes"},
		{
			"other driver", source(
				map[string]any{"csi": map[string]any{"driver": "nfs.csi.k8s.io", "volumeHandle": "x"}},
			), "deny srm-volumes",
		},
		{"other name", set("exports", "metadata", "name"), "deny srm-volumes"},
		{"name with the same ending", func(o *unstructured.Unstructured) { o.SetName("second-" + uid) }, "deny " +
			"srm-known-volumes"},
		{
			"handle in another region", set(
				"nl-ams-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001", "spec", "csi", "volumeHandle",
			), "deny srm-known-volumes",
		},
		{"handle without a zone", set("records", "spec", "csi", "volumeHandle"), "deny srm-known-volumes"},
		{"other class", set("srm-encrypted", "spec", "storageClassName"), "deny srm-known-volumes"},
		{"no class", set("", "spec", "storageClassName"), "deny srm-known-volumes"},
		{"encrypted class in the annotation", set(
			"srm-encrypted", "metadata", "annotations", "volume.beta.kubernetes.io/storage-class",
		),
			"deny srm-known-volumes"},
		{"class of the claim in the annotation", func(o *unstructured.Unstructured) {
			set("sbs-default", "metadata", "annotations", "volume.beta.kubernetes.io/storage-class")(o)
			set("srm-encrypted", "spec", "storageClassName")(o)
		}, allow},
		{"other claim", set("other", "spec", "claimRef", "name"), "deny srm-known-volumes"},
		{"other namespace", set("web", "spec", "claimRef", "namespace"), "deny srm-known-volumes"},
	} {
		object := provisioned(test.change)
		table.row(
			t,
			object,
			test.what,
			guardrails.KnownVolumes,
			test.expected,
			cluster.dryRunCreate(t, nil, object),
			"The policy only accepts the volume of the claim.",
		)
	}
	// After the claim is bound, the next apply removes the exception.
	if _, err := resourceClient(t, client, claim).Patch(
		t.Context(), "data", types.MergePatchType, []byte(
			`{"status":{"phase":"Bound"}}`,
		), metav1.PatchOptions{}, "status",
	); err != nil {
		t.Fatal(err)
	}
	applyGuardrails(t, server)
	// RBAC changes take effect after a moment.
	for cluster.dryRunCreate(t, nil, provisioned(func(*unstructured.Unstructured) {})) == allow {
		time.Sleep(50 * time.Millisecond)
	}
	table.summary(t)
}

// TestProvisionedVolumesNeedExistingSecret tests encrypted volumes of the provisioner. The policies only accept Secrets
// that exist. If a grant opens the lookups, they still accept the volumes of the provisioner.
func TestProvisionedVolumesNeedExistingSecret(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	applyGuardrails(t, server)
	provisioned := func(stage, expand string) *unstructured.Unstructured {
		object := parse(
			t, strings.NewReplacer(
				"UID", claimUID, "NAMESPACE", "databases", "NAME", "data",
			).Replace(provisionedVolume),
		)
		for field, name := range map[string]string{"nodeStageSecretRef": stage, "nodeExpandSecretRef": expand} {
			if err := unstructured.SetNestedField(object.Object, name, "spec", "csi", field, "name"); err != nil {
				t.Fatal(err)
			}
		}
		return object
	}
	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, test := range []struct {
		what, stage, expand string
		expected            decision
	}{
		{"existing Secret", "srm-passphrase-v1", "srm-passphrase-v1", allow},
		{"absent Secret", "srm-passphrase-v99", "srm-passphrase-v1", "deny srm-known-volumes"},
		{"absent Secret for expansion", "srm-passphrase-v1", "srm-passphrase-v99", "deny srm-known-volumes"},
	} {
		object := provisioned(test.stage, test.expand)
		table.row(t, object, test.what, guardrails.KnownVolumes, test.expected, cluster.dryRunCreate(t, nil, object),
			"The provisioner has read the Secret.")
	}
	grant := parse(t, broadGrants()["cluster-admin for all service accounts"][0])
	createObject(t, client, grant)
	awaitGrant(t, client, true)
	object := provisioned("srm-passphrase-v1", "srm-passphrase-v1")
	table.row(t, object, "existing Secret with open lookups", guardrails.KnownVolumes, allow,
		cluster.dryRunCreate(t, componentAccount("scaleway-csi"), object), "A refusal would orphan a volume.")
	if err := resourceClient(t, client, grant).Delete(
		t.Context(), grant.GetName(), metav1.DeleteOptions{},
	); err != nil {
		t.Fatal(err)
	}
	awaitGrant(t, client, false)
	table.summary(t)
}

// TestCountWithBroadGrants counts a volume of an older claim. It is refused only if a grant opens the lookups. The
// decision is unknown for a key that is not allowed to check that.
func TestCountWithBroadGrants(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "old")
	claim := olderClaim(t, "data", "sbs-default")
	createObject(t, client, claim)
	uid := readUID(t, client, claim)
	createObject(t, client, plaintextVolume(t, "data", uid, guardrails.Provisioner))
	_, option := acctest.ProxiedKubernetes(t, server)
	counts := func(what, key string, refused, unknown int, message string) {
		t.Helper()
		count, err := newCountClient(
			t,
			option,
			key,
		).CountRefused(t.Context(), settings(), settings().RefusalChanges(nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range count.Refused {
			if r.Policy != guardrails.KnownVolumes && r.Policy != guardrails.Volumes {
				continue
			}
			refused, unknown = refused-len(r.Names), unknown-len(r.Undecided)
			if !strings.Contains(r.Message, message) {
				t.Errorf("%s: got message %q", what, r.Message)
			}
		}
		if refused != 0 || unknown != 0 {
			t.Errorf("%s: %d refused and %d unknown objects are missing in the count", what, refused, unknown)
		}
	}
	counts("closed lookups", sandbox.SecretKey, 0, 0, "")
	counts("read-only key", sandbox.ReaderSecretKey, 0, 1, "")
	grant := parse(t, broadGrants()["cluster-admin for all service accounts"][0])
	createObject(t, client, grant)
	awaitGrant(t, client, true)
	counts("open lookups", sandbox.SecretKey, 1, 0, "ignores the lookups of the guardrails")
	if err := resourceClient(t, client, grant).Delete(
		t.Context(), grant.GetName(), metav1.DeleteOptions{},
	); err != nil {
		t.Fatal(err)
	}
}
