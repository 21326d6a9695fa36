package policytest

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

const (
	claimUID      = "0b5b1f3e-6a0c-4f6e-9d6c-2f1f6c1f0a01"
	otherClaimUID = "5f0d8a77-93a5-4d0e-8a3b-6c1b0e4c7f02"
)

// volumeWrite is a patch of a PersistentVolume.
type volumeWrite struct {
	what string
	// user is the user that sends the patch. If empty, an administrator sends it.
	user     string
	patch    string
	expected decision
}

// claimRefPatch returns a patch of the claimRefPatch as users write it.
func claimRefPatch(namespace, name, uid string) string {
	ref := `"namespace":"` + namespace + `","name":"` + name + `"`
	if uid != "" {
		ref += `,"uid":"` + uid + `"`
	} else {
		ref += `,"uid":null`
	}
	return `{"spec":{"claimRef":{` + ref + `}}}`
}

// bindPatch returns the patch with which the volume controller and the scheduler bind a volume to a claim.
func bindPatch(namespace, name, uid string) string {
	return `{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":"yes"}},` +
		`"spec":{"claimRef":{"apiVersion":"v1",` +
		`"kind":"PersistentVolumeClaim","namespace":"` + namespace + `","name":"` + name + `","uid":"` + uid + `",` +
		`"resourceVersion":"4711"}}}`
}

// changedVolumeCase is a PersistentVolume with patches, each applied to the original volume.
type changedVolumeCase struct {
	name, annotations, spec string
	// older reports that the volume is older than the guardrails.
	older  bool
	writes []volumeWrite
}

func changedVolumes() []changedVolumeCase {
	const (
		denied   decision = "deny srm-volumes"
		binder            = "persistent-volume-binder"
		released          = `{"spec":{"claimRef":null}}`
		unbound           = `{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":null}},` +
			`"spec":{"claimRef":null}}`
		handle = `driver: csi.scaleway.com, volumeHandle: fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001, fsType: ` +
			`ext4`
		secret  = `nodeStageSecretRef: {namespace: srm-system, name: srm-passphrase-v1}`
		written = `pv.kubernetes.io/provisioned-by: csi.scaleway.com`
		owned   = `claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: databases, name: data, uid: ` +
			claimUID + `}`
	)
	const beta = "volume.beta.kubernetes.io/storage-class"
	class := func(name string) string { return `{"spec":{"storageClassName":"` + name + `"}}` }
	annotate := func(key, value string) string { return `{"metadata":{"annotations":{"` + key + `":` + value + `}}}` }
	// unrelated are patches of controllers and users that the policies accept for every volume.
	unrelated := []volumeWrite{
		{"label", "", `{"metadata":{"labels":{"team":"records"}}}`, allow},
		{"other reclaim policy", "", `{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}`, allow},
		{
			"annotation of the resizer", "scaleway-csi", annotate(
				"volume.alpha.kubernetes.io/pre-resize-capacity", `"5Gi"`,
			), allow,
		},
		{"size by the resizer", "scaleway-csi", `{"spec":{"capacity":{"storage":"20Gi"}}}`, allow},
		{
			"finalizer of the attacher", "scaleway-csi",
			`{"metadata":{"finalizers":["external-attacher/csi-scaleway-com"]}}`, allow,
		},
		{"finalizer of the provisioner", "scaleway-csi",
			`{"metadata":{"finalizers":["external-provisioner.volume.kubernetes.io/finalizer"]}}`, allow},
		{
			"finalizer of the protection controller", "pv-protection-controller",
			`{"metadata":{"finalizers":["kubernetes.io/pv-protection"]}}`, allow,
		},
		{"other class", "", class("other"), allow},
		{"other class in the annotation", "", annotate(beta, `"other"`), allow},
	}
	found := []changedVolumeCase{
		{
			name: "exports", older: true, spec: `storageClassName: nfs, nfs: {server: nfs.example.org, path: /exports}`,
			writes: []volumeWrite{
				{
					"bound to an older claim by the volume controller", binder, bindPatch(
						"databases", "old", claimUID,
					), allow,
				},
				{
					"bound to an older claim by the scheduler",
					"system:kube-scheduler",
					bindPatch("databases", "old", claimUID),
					allow,
				},
				{
					"bound to an older claim by the controller manager",
					"system:kube-controller-manager",
					bindPatch("databases", "old", claimUID),
					allow,
				},
				{"claim without a UID", "", claimRefPatch("databases", "data", ""), denied},
				{"claim with its UID", "", claimRefPatch("databases", "data", claimUID), denied},
				{"user patch like the controller's", "", bindPatch("databases", "data", claimUID), denied},
				{"claim without a UID by a component", binder, claimRefPatch("databases", "data", ""), denied},
				{"encrypted class", "", class("srm-encrypted"), denied},
				{"encrypted class by a component", binder, class("srm-encrypted"), denied},
				{"encrypted class in the annotation", "", annotate(beta, `"srm-encrypted"`), denied},
				{"bound by the controller, encrypted class in the annotation", binder,
					`{"metadata":{"annotations":{"` + beta +
						`":"srm-encrypted",` +
						`"pv.kubernetes.io/bound-by-controller":"yes"}},` +
						`"spec":{"claimRef":{"namespace":"databases","name":"old",` +
						`"uid":"` + claimUID + `"}}}`, denied},
				{"forged provisioner", "", annotate("pv.kubernetes.io/provisioned-by", `"csi.scaleway.com"`), denied},
				{
					"attestation without effect", "", annotate(
						"terraform-srm.github.io/encrypted-source", `"true"`,
					), allow,
				},
				{"attestation and claim", "",
					`{"metadata":{"annotations":{"terraform-srm.github.io/encrypted-source":"true"}},` +
						`"spec":{"claimRef":{"namespace":"databases","name":"data"}}}`, denied},
			},
		},
		{
			name: "reserved", older: true,
			spec: `storageClassName: nfs, claimRef: {namespace: databases, name: data}, nfs: {server: ` +
				`nfs.example.org, path: ` +
				`/exports}`,
			writes: []volumeWrite{
				{
					"bound to a new claim by the controller", binder, claimRefPatch(
						"databases", "data", claimUID,
					), denied,
				},
				{"bound to a new claim by a user", "", claimRefPatch("databases", "data", claimUID), denied},
				{"released", "", released, allow},
				{"other claim", "", claimRefPatch("databases", "other", ""), denied},
				{"other namespace", "", claimRefPatch("web", "data", ""), denied},
			},
		},
		{
			name: "plaintext", older: true, annotations: written + `, pv.kubernetes.io/bound-by-controller: "yes"`,
			spec: `storageClassName: sbs-default, ` + owned + `, csi: {` + handle + `}`,
			writes: []volumeWrite{
				{"unbound by the controller", binder, unbound, allow},
				{"UID removed by the controller", binder, claimRefPatch("databases", "data", ""), allow},
				{"released", "", released, allow},
				{"UID removed by a user", "", claimRefPatch("databases", "data", ""), denied},
				{"other UID", "", claimRefPatch("databases", "data", otherClaimUID), denied},
				{"other claim", "", claimRefPatch("databases", "other", ""), denied},
				{"encrypted class", "", class("srm-encrypted"), denied},
				{"other provisioner", "", annotate("pv.kubernetes.io/provisioned-by", `"nfs.csi.k8s.io"`), denied},
				{"provisioner removed", "", annotate("pv.kubernetes.io/provisioned-by", `null`), allow},
			},
		},
		{
			name: "of-the-class", older: true, spec: `storageClassName: srm-encrypted, nfs: {server: ` +
				`nfs.example.org, path: ` +
				`/exports}`,
			writes: []volumeWrite{
				{
					"bound to a claim of the encrypted class by the controller",
					binder,
					bindPatch("databases", "data", claimUID),
					denied,
				},
				{"claim without a UID", "", claimRefPatch("databases", "data", ""), denied},
			},
		},
		{
			name: "annotated", older: true, annotations: beta + `: srm-encrypted`,
			spec: `storageClassName: nfs, nfs: {server: nfs.example.org, path: /exports}`,
			writes: []volumeWrite{
				{
					"bound to a claim of the encrypted class by the controller",
					binder,
					bindPatch("databases", "data", claimUID),
					denied,
				},
				{"annotation removed", "", annotate(beta, `null`), allow},
			},
		},
		{
			name: "static", older: true, spec: `storageClassName: srm-encrypted, claimRef: {namespace: web, name: ` +
				`data}, ` +
				`csi: {` + handle + `, volumeAttributes: {encrypted: "true"}, ` + secret + `}`,
			writes: []volumeWrite{
				{"bound by the controller", binder, claimRefPatch("web", "data", claimUID), allow},
				{"other claim", "", claimRefPatch("web", "other", ""), denied},
				{"other claim in a listed namespace", "", claimRefPatch("databases", "other", ""), denied},
				{"attested for a listed namespace", "",
					`{"metadata":{"annotations":{"terraform-srm.github.io/encrypted-source":"true"}},` +
						`"spec":{"claimRef":{"namespace":"databases","name":"data"}}}`, allow},
				{"attested for another namespace", "",
					`{"metadata":{"annotations":{"terraform-srm.github.io/encrypted-source":"true"}},` +
						`"spec":{"claimRef":{"namespace":"other","name":"data"}}}`, denied},
				{"released", "", released, denied},
			},
		},
		{
			name: "attested", annotations: `terraform-srm.github.io/encrypted-source: "true"`,
			spec: `storageClassName: srm-encrypted, claimRef: {namespace: databases, name: data}, ` +
				`csi: {` + handle + `, volumeAttributes: {encrypted: "true"}, ` + secret + `}`,
			writes: []volumeWrite{
				{"bound by the controller", binder, claimRefPatch("databases", "data", claimUID), allow},
				{"other claim in the namespace", "", claimRefPatch("databases", "other", ""), allow},
				{"claim in an unlisted namespace", "", claimRefPatch("web", "data", ""), denied},
				{"claim in an unlisted namespace and forged provisioner", "",
					`{"metadata":{"annotations":{"pv.kubernetes.io/provisioned-by":"csi.scaleway.com"}},` +
						`"spec":{"claimRef":{"namespace":"web","name":"data"}}}`, denied},
				{"forged provisioner", "", annotate("pv.kubernetes.io/provisioned-by", `"csi.scaleway.com"`), denied},
				{"attestation removed", "", annotate("terraform-srm.github.io/encrypted-source", `null`), allow},
				{"released", "", released, denied},
			},
		},
		{
			name: "pvc-" + claimUID, annotations: written + `, pv.kubernetes.io/bound-by-controller: "yes"`,
			spec: `storageClassName: srm-encrypted, ` + owned + `, csi: {` + handle +
				`, volumeAttributes: {encrypted: ` +
				`"true", ` +
				`storage.kubernetes.io/csiProvisionerIdentity: 1-8081-csi.scaleway.com}, ` + secret + `}`,
			writes: []volumeWrite{
				{"unbound by the controller", binder, unbound, allow},
				{"released", "", released, allow},
				{"other claim", "", claimRefPatch("web", "other", ""), allow},
				{"UID removed by a user", "", claimRefPatch("databases", "data", ""), allow},
				{"same class", "", class("srm-encrypted"), allow},
				{"encrypted class in the annotation", "", annotate(beta, `"srm-encrypted"`), allow},
			},
		},
	}
	for i := range found {
		found[i].writes = append(append([]volumeWrite{}, unrelated...), found[i].writes...)
	}
	return found
}

// TestChangesOfVolumes patches PersistentVolumes like controllers and users. A volume that the policies would refuse
// must not be bound to a new claim, and an attested volume must stay in its namespace.
func TestChangesOfVolumes(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "databases", "web")
	volumes := changedVolumes()
	manifest := func(v changedVolumeCase) string {
		return `{apiVersion: v1, kind: PersistentVolume, metadata: {name: ` + v.name + `, annotations: {` +
			v.annotations +
			`}}, ` +
			`spec: {capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Delete, ` +
			v.spec + `}}`
	}
	for _, v := range volumes {
		if v.older {
			createObject(t, client, parse(t, manifest(v)))
		}
	}
	applyGuardrails(t, server)
	for _, v := range volumes {
		if !v.older {
			createObject(t, client, parse(t, manifest(v)))
		}
	}
	table := table{}
	t.Log("object, write | policy | expected | actual | reason")
	for _, v := range volumes {
		object := parse(t, manifest(v))
		identity := func(user string) []string {
			switch {
			case user == "":
				return nil
			case strings.HasPrefix(user, "system:"):
				return []string{user, "scaleway:cluster-write"}
			}
			return componentAccount(user)
		}
		step := func(w volumeWrite, subresource ...string) {
			resource := resourceClient(t, cluster.clientFor(t, identity(w.user)), object)
			got := cluster.decide(func() error {
				_, err := resource.Patch(
					t.Context(),
					v.name,
					types.MergePatchType,
					[]byte(w.patch),
					metav1.PatchOptions{
						DryRun: []string{metav1.DryRunAll},
					},
					subresource...)
				return err
			})
			table.row(
				t, object, "PersistentVolume/"+v.name+", "+w.what+strings.Join(subresource, ""), guardrails.Volumes,
				w.expected,
				got, "The volume must not get worse.",
			)
		}
		for _, w := range v.writes {
			step(w)
			if w.patch[:13] == `{"metadata":{` && !strings.Contains(w.patch, `"spec"`) {
				step(w, "status")
			}
		}
		for _, phase := range []string{"Available", "Bound", "Released", "Failed"} {
			step(
				volumeWrite{
					"phase " + phase, "persistent-volume-binder", `{"status":{"phase":"` + phase + `"}}`, allow,
				}, "status",
			)
		}
		step(volumeWrite{"empty patch", "", `{}`, allow})
	}
	// Controllers can bind a released volume again and remove its finalizers.
	attested := parse(t, manifest(volumes[6]))
	step := func(what, user, body string, want decision, object changedVolumeCase) {
		t.Helper()
		resource := resourceClient(t, cluster.clientFor(t, componentAccount(user)), attested)
		got := cluster.decide(func() error {
			_, err := resource.Patch(
				context.WithoutCancel(t.Context()), object.name, types.MergePatchType, []byte(body),
				metav1.PatchOptions{},
			)
			return err
		})
		table.row(
			t,
			attested,
			"PersistentVolume/"+object.name+", "+what,
			guardrails.Volumes,
			want,
			got,
			"Normal life cycle of a volume.",
		)
	}
	provisioned := volumes[len(volumes)-1]
	step("released for another claim", "persistent-volume-binder", `{"spec":{"claimRef":null}}`, allow, provisioned)
	step("bound again", "persistent-volume-binder", bindPatch("web", "again", otherClaimUID), allow, provisioned)
	step(
		"unbound", "persistent-volume-binder",
		`{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":null}},"spec":{"claimRef":null}}`, allow,
		provisioned,
	)
	step(
		"bound by the scheduler",
		"persistent-volume-binder",
		bindPatch("databases", "third", claimUID),
		allow,
		provisioned,
	)
	for _, v := range volumes {
		if err := resourceClient(t, client, attested).Delete(t.Context(), v.name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		step("finalizers removed", "scaleway-csi", `{"metadata":{"finalizers":null}}`, allow, v)
	}
	table.summary(t)
}

// TestReservedVolumes binds older volumes that reserve a claim by name. The volume controller binds them whatever the
// class of the claim, so the policies must only accept claims that were pending before the guardrails were created.
func TestReservedVolumes(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "databases")
	volume := func(name, claim string) string {
		return `{apiVersion: v1, kind: PersistentVolume, metadata: {name: ` + name + `}, spec: {capacity: {storage: ` +
			`10Gi}, ` +
			`accessModes: [ReadWriteOnce], ` +
			`storageClassName: nfs, claimRef: {namespace: databases, name: ` + claim + `}, nfs: {server: ` +
			`nfs.example.org, ` +
			`path: /exports}}}`
	}
	claim := func(name, spec string) string {
		return `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ` + name + `, namespace: databases}, ` +
			`spec: {` + spec + `accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}`
	}
	for _, manifest := range []string{
		volume("for-old", "old"), volume("for-new", "new"), volume("for-bound", "bound"), claim("old",
			"storageClassName: nfs, "),
	} {
		createObject(t, client, parse(t, manifest))
	}
	applyGuardrails(t, server)
	createObject(t, client, parse(t, claim("new", "volumeName: for-new, ")))
	uid := func(name string) string {
		t.Helper()
		return readUID(t, client, parse(t, claim(name, "")))
	}
	table := table{}
	t.Log("object, write | policy | expected | actual | reason")
	bind := func(what, name, body string, want decision, dryRun ...string) {
		t.Helper()
		object := parse(t, volume(name, "x"))
		resource := resourceClient(t, cluster.clientFor(t, componentAccount("persistent-volume-binder")), object)
		got := cluster.decide(func() error {
			_, err := resource.Patch(
				t.Context(), name, types.MergePatchType, []byte(body), metav1.PatchOptions{DryRun: dryRun},
			)
			return err
		})
		table.row(t, object, name+", "+what, guardrails.Volumes, want, got, "The volume is not encrypted.")
	}
	bind("new claim", "for-new", claimRefPatch("databases", "new", uid("new")), "deny srm-volumes")
	bind(
		"other claim with the same name", "for-old", claimRefPatch(
			"databases", "old", otherClaimUID,
		), "deny srm-volumes",
	)
	bind("older claim", "for-old", claimRefPatch("databases", "old", uid("old")), allow, metav1.DryRunAll)
	grant := parse(t, broadGrants()["cluster-admin for all service accounts"][0])
	createObject(t, client, grant)
	awaitGrant(t, client, true)
	bind("new claim with open lookups", "for-new", claimRefPatch("databases", "new", uid("new")), "deny "+
		"srm-volumes")
	if err := resourceClient(t, client, grant).Delete(
		t.Context(), grant.GetName(), metav1.DeleteOptions{},
	); err != nil {
		t.Fatal(err)
	}
	awaitGrant(t, client, false)
	bind("older claim", "for-old", claimRefPatch("databases", "old", uid("old")), allow)
	bind("older claim again", "for-old", bindPatch("databases", "old", uid("old")), allow)
	table.summary(t)
}
