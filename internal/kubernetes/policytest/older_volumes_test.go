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

// volumeWrite is a write to a PersistentVolume.
type volumeWrite struct {
	what string
	// who writes: "" is an administrator.
	who      string
	patch    string
	expected verdict
}

// claimRef is a patch that makes a volume name a claim, as a person writes it.
func claimRef(namespace, name, uid string) string {
	ref := `"namespace":"` + namespace + `","name":"` + name + `"`
	if uid != "" {
		ref += `,"uid":"` + uid + `"`
	} else {
		ref += `,"uid":null`
	}
	return `{"spec":{"claimRef":{` + ref + `}}}`
}

// bound is what the controller of volumes and the scheduler write to a volume that they choose for a claim.
func bound(namespace, name, uid string) string {
	return `{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":"yes"}},` +
		`"spec":{"claimRef":{"apiVersion":"v1",` +
		`"kind":"PersistentVolumeClaim","namespace":"` + namespace + `","name":"` + name + `","uid":"` + uid + `",` +
		`"resourceVersion":"4711"}}}`
}

// changedVolume is a PersistentVolume and writes to it, each on the volume as it was made.
type changedVolume struct {
	name, annotations, spec string
	// older says that it is older than the guardrails.
	older  bool
	writes []volumeWrite
}

func changedVolumes() []changedVolume {
	const (
		denied  verdict = "deny srm-volumes"
		binder          = "persistent-volume-binder"
		freed           = `{"spec":{"claimRef":null}}`
		unbound         = `{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":null}},` +
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
	// usual are writes of controllers and of persons that a policy has nothing against, whatever the volume.
	usual := []volumeWrite{
		{"a label", "", `{"metadata":{"labels":{"team":"records"}}}`, allow},
		{"another reclaim policy", "", `{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}`, allow},
		{
			"the resizer notes the size before", "scaleway-csi", annotate(
				"volume.alpha.kubernetes.io/pre-resize-capacity", `"5Gi"`,
			), allow,
		},
		{"the resizer writes the size", "scaleway-csi", `{"spec":{"capacity":{"storage":"20Gi"}}}`, allow},
		{
			"the attacher adds its finalizer", "scaleway-csi",
			`{"metadata":{"finalizers":["external-attacher/csi-scaleway-com"]}}`, allow,
		},
		{"the provisioner adds its finalizer", "scaleway-csi",
			`{"metadata":{"finalizers":["external-provisioner.volume.kubernetes.io/finalizer"]}}`, allow},
		{
			"the protection adds its finalizer", "pv-protection-controller",
			`{"metadata":{"finalizers":["kubernetes.io/pv-protection"]}}`, allow,
		},
		{"a class that is not that of the guardrails", "", class("other"), allow},
		{"an annotation with another class", "", annotate(beta, `"other"`), allow},
	}
	found := []changedVolume{
		{
			name: "exports", older: true, spec: `storageClassName: nfs, nfs: {server: nfs.example.org, path: /exports}`,
			writes: []volumeWrite{
				{"bound by the controller to an older claim", binder, bound("databases", "old", claimUID), allow},
				{"bound by the scheduler to an older claim", "system:kube-scheduler", bound("databases", "old", claimUID), allow},
				{"bound by the controller manager", "system:kube-controller-manager", bound("databases", "old", claimUID), allow},
				{"a claim", "", claimRef("databases", "data", ""), denied},
				{"a claim with its UID", "", claimRef("databases", "data", claimUID), denied},
				{"a claim as the controller writes it", "", bound("databases", "data", claimUID), denied},
				{"a claim without a UID by a component", binder, claimRef("databases", "data", ""), denied},
				{"the encrypted class", "", class("srm-encrypted"), denied},
				{"the encrypted class by a component", binder, class("srm-encrypted"), denied},
				{"the encrypted class by its annotation", "", annotate(beta, `"srm-encrypted"`), denied},
				{"bound by the controller with the annotation", binder, `{"metadata":{"annotations":{"` + beta +
					`":"srm-encrypted",` +
					`"pv.kubernetes.io/bound-by-controller":"yes"}},"spec":{"claimRef":{"namespace":"databases","name":"old",` +
					`"uid":"` + claimUID + `"}}}`, denied},
				{"its provisioner is forged", "", annotate("pv.kubernetes.io/provisioned-by", `"csi.scaleway.com"`), denied},
				{"an attestation that helps nothing", "", annotate("terraform-srm.github.io/encrypted-source", `"true"`), allow},
				{"attested, with a claim", "", `{"metadata":{"annotations":{"terraform-srm.github.io/encrypted-source":"true"}},` +
					`"spec":{"claimRef":{"namespace":"databases","name":"data"}}}`, denied},
			},
		},
		{
			name: "reserved", older: true,
			spec: `storageClassName: nfs, claimRef: {namespace: databases, name: data}, nfs: {server: nfs.example.org, path: ` +
				`/exports}`,
			writes: []volumeWrite{
				{"the controller binds it to a claim that is not older", binder, claimRef("databases", "data", claimUID), denied},
				{"a person does", "", claimRef("databases", "data", claimUID), denied},
				{"released", "", freed, allow},
				{"another claim", "", claimRef("databases", "other", ""), denied},
				{"another namespace", "", claimRef("web", "data", ""), denied},
			},
		},
		{
			name: "plaintext", older: true, annotations: written + `, pv.kubernetes.io/bound-by-controller: "yes"`,
			spec: `storageClassName: sbs-default, ` + owned + `, csi: {` + handle + `}`,
			writes: []volumeWrite{
				{"unbound by the controller", binder, unbound, allow},
				{"the controller clears the UID", binder, claimRef("databases", "data", ""), allow},
				{"released", "", freed, allow},
				{"no UID", "", claimRef("databases", "data", ""), denied},
				{"another UID", "", claimRef("databases", "data", otherClaimUID), denied},
				{"another claim", "", claimRef("databases", "other", ""), denied},
				{"the encrypted class", "", class("srm-encrypted"), denied},
				{"another provisioner", "", annotate("pv.kubernetes.io/provisioned-by", `"nfs.csi.k8s.io"`), denied},
				{"no provisioner", "", annotate("pv.kubernetes.io/provisioned-by", `null`), allow},
			},
		},
		{
			name: "of-the-class", older: true, spec: `storageClassName: srm-encrypted, nfs: {server: nfs.example.org, path: ` +
				`/exports}`,
			writes: []volumeWrite{
				{"bound by the controller to a claim of the encrypted class", binder, bound("databases", "data", claimUID), denied},
				{"a claim", "", claimRef("databases", "data", ""), denied},
			},
		},
		{
			name: "annotated", older: true, annotations: beta + `: srm-encrypted`,
			spec: `storageClassName: nfs, nfs: {server: nfs.example.org, path: /exports}`,
			writes: []volumeWrite{
				{"bound by the controller to a claim of the encrypted class", binder, bound("databases", "data", claimUID), denied},
				{"no annotation any more", "", annotate(beta, `null`), allow},
			},
		},
		{
			name: "static", older: true, spec: `storageClassName: srm-encrypted, claimRef: {namespace: web, name: data}, ` +
				`csi: {` + handle + `, volumeAttributes: {encrypted: "true"}, ` + secret + `}`,
			writes: []volumeWrite{
				{"the controller binds it", binder, claimRef("web", "data", claimUID), allow},
				{"another claim", "", claimRef("web", "other", ""), denied},
				{"another claim in a listed namespace", "", claimRef("databases", "other", ""), denied},
				{"attested for a listed namespace", "",
					`{"metadata":{"annotations":{"terraform-srm.github.io/encrypted-source":"true"}},` +
						`"spec":{"claimRef":{"namespace":"databases","name":"data"}}}`, allow},
				{"attested for another namespace", "",
					`{"metadata":{"annotations":{"terraform-srm.github.io/encrypted-source":"true"}},` +
						`"spec":{"claimRef":{"namespace":"other","name":"data"}}}`, denied},
				{"released", "", freed, denied},
			},
		},
		{
			name: "attested", annotations: `terraform-srm.github.io/encrypted-source: "true"`,
			spec: `storageClassName: srm-encrypted, claimRef: {namespace: databases, name: data}, ` +
				`csi: {` + handle + `, volumeAttributes: {encrypted: "true"}, ` + secret + `}`,
			writes: []volumeWrite{
				{"the controller binds it", binder, claimRef("databases", "data", claimUID), allow},
				{"another claim of the namespace", "", claimRef("databases", "other", ""), allow},
				{"a namespace that is not listed", "", claimRef("web", "data", ""), denied},
				{"a namespace that is not listed, and a forged provisioner", "",
					`{"metadata":{"annotations":{"pv.kubernetes.io/provisioned-by":"csi.scaleway.com"}},` +
						`"spec":{"claimRef":{"namespace":"web","name":"data"}}}`, denied},
				{"its provisioner is forged", "", annotate("pv.kubernetes.io/provisioned-by", `"csi.scaleway.com"`), denied},
				{"no attestation any more", "", annotate("terraform-srm.github.io/encrypted-source", `null`), allow},
				{"released", "", freed, denied},
			},
		},
		{
			name: "pvc-" + claimUID, annotations: written + `, pv.kubernetes.io/bound-by-controller: "yes"`,
			spec: `storageClassName: srm-encrypted, ` + owned + `, csi: {` + handle + `, volumeAttributes: {encrypted: ` +
				`"true", ` +
				`storage.kubernetes.io/csiProvisionerIdentity: 1-8081-csi.scaleway.com}, ` + secret + `}`,
			writes: []volumeWrite{
				{"unbound by the controller", binder, unbound, allow},
				{"released", "", freed, allow},
				{"another claim", "", claimRef("web", "other", ""), allow},
				{"no UID", "", claimRef("databases", "data", ""), allow},
				{"another class and back", "", class("srm-encrypted"), allow},
				{"the encrypted class by its annotation", "", annotate(beta, `"srm-encrypted"`), allow},
			},
		},
	}
	for i := range found {
		found[i].writes = append(append([]volumeWrite{}, usual...), found[i].writes...)
	}
	return found
}

// TestChangesOfVolumes writes to PersistentVolumes what controllers write, and what persons try: a volume that the
// policies would refuse does not get a new claim, and one that is attested stays in its namespace.
func TestChangesOfVolumes(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	createNamespaces(t, client, "databases", "web")
	volumes := changedVolumes()
	manifest := func(v changedVolume) string {
		return `{apiVersion: v1, kind: PersistentVolume, metadata: {name: ` + v.name + `, annotations: {` + v.annotations +
			`}}, ` +
			`spec: {capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Delete, ` +
			v.spec + `}}`
	}
	for _, v := range volumes {
		if v.older {
			create(t, client, parse(t, manifest(v)))
		}
	}
	guard(t, server)
	for _, v := range volumes {
		if !v.older {
			create(t, client, parse(t, manifest(v)))
		}
	}
	table := table{}
	t.Log("object, write | policy | expected | actual | reason")
	for _, v := range volumes {
		object := parse(t, manifest(v))
		tried := func(who string) []string {
			switch {
			case who == "":
				return nil
			case strings.HasPrefix(who, "system:"):
				return []string{who, "scaleway:cluster-write"}
			}
			return component(who)
		}
		step := func(w volumeWrite, subresource ...string) {
			place := at(t, cluster.as(t, tried(w.who)), object)
			actual := cluster.judge(func() error {
				_, err := place.Patch(t.Context(), v.name, types.MergePatchType, []byte(w.patch), metav1.PatchOptions{
					DryRun: []string{metav1.DryRunAll},
				}, subresource...)
				return err
			})
			table.row(
				t, object, "PersistentVolume/"+v.name+", "+w.what+strings.Join(subresource, ""), guardrails.Volumes, w.expected,
				actual, "It may not get worse.",
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
				volumeWrite{"phase " + phase, "persistent-volume-binder", `{"status":{"phase":"` + phase + `"}}`, allow}, "status",
			)
		}
		step(volumeWrite{"replaced by itself", "", `{}`, allow})
	}
	// A volume that was released stays usable, and its controllers let it go.
	attested := parse(t, manifest(volumes[6]))
	live := func(what, who, body string, expected verdict, object changedVolume) {
		t.Helper()
		place := at(t, cluster.as(t, component(who)), attested)
		actual := cluster.judge(func() error {
			_, err := place.Patch(
				context.WithoutCancel(t.Context()), object.name, types.MergePatchType, []byte(body), metav1.PatchOptions{},
			)
			return err
		})
		table.row(t, attested, "PersistentVolume/"+object.name+", "+what, guardrails.Volumes, expected, actual, "A life of "+
			"a volume.")
	}
	own := volumes[len(volumes)-1]
	live("released for another claim", "persistent-volume-binder", `{"spec":{"claimRef":null}}`, allow, own)
	live("bound again", "persistent-volume-binder", bound("web", "again", otherClaimUID), allow, own)
	live(
		"the binder unbinds it", "persistent-volume-binder",
		`{"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":null}},"spec":{"claimRef":null}}`, allow, own,
	)
	live("bound by the scheduler", "persistent-volume-binder", bound("databases", "third", claimUID), allow, own)
	for _, v := range volumes {
		if err := at(t, client, attested).Delete(t.Context(), v.name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		live("its finalizers are removed", "scaleway-csi", `{"metadata":{"finalizers":null}}`, allow, v)
	}
	table.summary(t)
}

// TestReservedVolumes binds older volumes that reserve a claim by its name, which the controller of volumes does
// whatever the class of the claim: only a claim that was pending before the guardrails gets one.
func TestReservedVolumes(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	createNamespaces(t, client, "databases")
	volume := func(name, claim string) string {
		return `{apiVersion: v1, kind: PersistentVolume, metadata: {name: ` + name + `}, spec: {capacity: {storage: 10Gi}, ` +
			`accessModes: [ReadWriteOnce], ` +
			`storageClassName: nfs, claimRef: {namespace: databases, name: ` + claim + `}, nfs: {server: nfs.example.org, ` +
			`path: /exports}}}`
	}
	claim := func(name, spec string) string {
		return `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ` + name + `, namespace: databases}, ` +
			`spec: {` + spec + `accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}`
	}
	for _, manifest := range []string{
		volume("for-old", "old"), volume("for-new", "new"), volume("for-bound", "bound"), claim("old", "storageClassName: "+
			"nfs, "),
	} {
		create(t, client, parse(t, manifest))
	}
	guard(t, server)
	create(t, client, parse(t, claim("new", "volumeName: for-new, ")))
	uid := func(name string) string {
		t.Helper()
		return uidOf(t, client, parse(t, claim(name, "")))
	}
	table := table{}
	t.Log("object, write | policy | expected | actual | reason")
	bind := func(what, name, body string, expected verdict, dryRun ...string) {
		t.Helper()
		object := parse(t, volume(name, "x"))
		place := at(t, cluster.as(t, component("persistent-volume-binder")), object)
		actual := cluster.judge(func() error {
			_, err := place.Patch(t.Context(), name, types.MergePatchType, []byte(body), metav1.PatchOptions{DryRun: dryRun})
			return err
		})
		table.row(t, object, name+", "+what, guardrails.Volumes, expected, actual, "It is not encrypted.")
	}
	bind("a new claim", "for-new", claimRef("databases", "new", uid("new")), "deny srm-volumes")
	bind("another claim of that name", "for-old", claimRef("databases", "old", otherClaimUID), "deny srm-volumes")
	bind("the older claim", "for-old", claimRef("databases", "old", uid("old")), allow, metav1.DryRunAll)
	grant := parse(t, broadGrants()["administrators"][0])
	create(t, client, grant)
	grantsTo(t, client, true)
	bind("a new claim, while a grant opens the lookups", "for-new", claimRef("databases", "new", uid("new")), "deny "+
		"srm-volumes")
	if err := at(t, client, grant).Delete(t.Context(), grant.GetName(), metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	grantsTo(t, client, false)
	bind("the older claim", "for-old", claimRef("databases", "old", uid("old")), allow)
	bind("the controller writes it again", "for-old", bound("databases", "old", uid("old")), allow)
	table.summary(t)
}
