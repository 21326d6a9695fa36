package inventory

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// TestServiceAnnotations checks that each of the annotations is there once.
func TestServiceAnnotations(t *testing.T) {
	t.Parallel()
	names := ServiceAnnotations()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != 49 || len(names) != 49 {
		t.Errorf("%d annotations", len(names))
	}
}

// TestLeftOutByKubectl checks which kind the model's short names select, and which kinds are left out.
func TestLeftOutByKubectl(t *testing.T) {
	t.Parallel()
	kinds := []Kind{
		{Version: "v1", Resource: "pods", Categories: []string{"all"}, Objects: 3},
		{Version: "v1", Resource: "persistentvolumeclaims", ShortNames: []string{"pvc"}, Objects: 2},
		{Version: "v1", Resource: "serviceaccounts", Objects: 4},
		{Version: "v1", Resource: "secrets", Gap: &assessment.Gap{Reason: assessment.Forbidden}},
		{Version: "v1", Resource: "limitranges"},
		{Version: "v1", Resource: "events", Objects: 5},
		{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses", Singular: "ingress", Objects: 1},
		{Group: "events.k8s.io", Version: "v1", Resource: "events", Objects: 5, SameAs: "events"},
		{Group: "example.com", Version: "v1", Resource: "ingresses", Singular: "ingress", Objects: 1},
		{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "pods", Objects: 3, Computed: true},
	}
	want := []LeftOut{
		{Kind: "persistentvolumeclaims", Objects: 2},
		{Kind: "serviceaccounts", Objects: 4, MissedByModelCommands: true},
		{Kind: "secrets", Unread: true},
		{Kind: "events", Objects: 5, MissedByModelCommands: true},
		{Kind: "ingresses.networking.k8s.io", Objects: 1},
		{Kind: "ingresses.example.com", Objects: 1, MissedByModelCommands: true},
	}
	if got := LeftOutByKubectl(kinds); !slices.Equal(got, want) {
		t.Errorf("%+v\nexpected %+v", got, want)
	}
}

// TestIsPortable checks what an export takes.
func TestIsPortable(t *testing.T) {
	t.Parallel()
	labels := func(key, value string) map[string]string { return map[string]string{key: value} }
	for _, test := range []struct {
		kind   string
		object Object
		want   bool
	}{
		{"deployments.apps", Object{Namespace: "shop", Name: "web"}, true},
		{"deployments.apps", Object{Namespace: "kube-system", Name: "coredns"}, false},
		{"replicasets.apps", Object{Namespace: "shop", Name: "web-1", HasController: true}, false},
		{"pods", Object{Namespace: "shop", Name: "alone"}, true},
		{"events", Object{Namespace: "shop", Name: "web.1"}, false},
		{"namespaces", Object{Name: "shop"}, true},
		{"namespaces", Object{Name: "kube-public"}, false},
		{"namespaces", Object{Name: "default"}, false},
		{"namespaces", Object{Name: "guard", Labels: labels(labelManagedBy, managedByGuardrails)}, false},
		{"services", Object{Namespace: "default", Name: "kubernetes"}, false},
		{"services", Object{Namespace: "shop", Name: "kubernetes"}, true},
		{"serviceaccounts", Object{Namespace: "shop", Name: "default"}, false},
		{"configmaps", Object{Namespace: "shop", Name: "kube-root-ca.crt"}, false},
		{"secrets", Object{Namespace: "shop", Name: "credentials"}, true},
		{"secrets", Object{Namespace: "shop", Name: "release", Labels: labels("owner", "helm")}, false},
		{
			"secrets", Object{
				Namespace: "shop", Name: "token", Annotations: labels("kubernetes.io/service-account.name", "web"),
			}, false,
		},
		{"clusterroles.rbac.authorization.k8s.io", Object{Name: "system:node"}, false},
		{"clusterroles.rbac.authorization.k8s.io", Object{Name: "scaleway:cluster-read"}, false},
		{
			"clusterroles.rbac.authorization.k8s.io",
			Object{Name: "view", Labels: labels("kubernetes.io/bootstrapping", "rbac-defaults")}, false,
		},
		{"clusterroles.rbac.authorization.k8s.io", Object{Name: "auditor"}, true},
		{"customresourcedefinitions.apiextensions.k8s.io", Object{Name: "ciliumnodes.cilium.io"}, false},
		{"customresourcedefinitions.apiextensions.k8s.io", Object{Name: "certificates.cert-manager.io"}, true},
		{"storageclasses.storage.k8s.io", Object{Name: "sbs-default", Driver: "csi.scaleway.com"}, false},
		{"storageclasses.storage.k8s.io", Object{Name: "encrypted", Driver: "csi.scaleway.com"}, false},
		{"storageclasses.storage.k8s.io", Object{Name: "files", Driver: "nfs.csi.k8s.io"}, true},
		{"persistentvolumes", Object{Name: "archive", Driver: "nfs"}, true},
		{"persistentvolumes", Object{Name: "imported", Driver: "csi.scaleway.com"}, false},
		{"persistentvolumes", Object{Name: "cache", Driver: "local"}, false},
		{
			"persistentvolumes", Object{
				Name: "pvc-1", Driver: "nfs.csi.k8s.io",
				Annotations: labels("pv.kubernetes.io/provisioned-by", "nfs.csi.k8s.io"),
			}, false,
		},
		{"flowschemas.flowcontrol.apiserver.k8s.io", Object{Name: "batch"}, true},
		{
			"flowschemas.flowcontrol.apiserver.k8s.io",
			Object{Name: "probes", Annotations: labels("apf.kubernetes.io/autoupdate-spec", "true")}, false,
		},
		{"persistentvolumeclaims", Object{Namespace: "shop", Name: "data"}, true},
		{"priorityclasses.scheduling.k8s.io", Object{Name: "system-node-critical"}, false},
	} {
		if got := IsPortable(test.kind, test.object); got != test.want {
			t.Errorf("%s %s: %t", test.kind, test.object.Key(), got)
		}
	}
}

// TestReasonToRebuild checks which objects of users are named because an export does not take them.
func TestReasonToRebuild(t *testing.T) {
	t.Parallel()
	labels := func(key, value string) map[string]string { return map[string]string{key: value} }
	for _, test := range []struct {
		kind   string
		object Object
		want   RebuildReason
	}{
		{"persistentvolumes", Object{Name: "imported", Driver: "csi.scaleway.com"}, ScalewayStorage},
		{"persistentvolumes", Object{Name: "cache", Driver: "hostPath"}, DataOnNode},
		{"persistentvolumes", Object{Name: "archive", Driver: "nfs"}, ""},
		{
			"persistentvolumes", Object{
				Name: "pvc-1", Driver: "csi.scaleway.com",
				Annotations: labels("pv.kubernetes.io/provisioned-by", "csi.scaleway.com"),
			}, "",
		},
		{"storageclasses.storage.k8s.io", Object{Name: "sbs-5k-retain", Driver: "csi.scaleway.com"}, ""},
		{"storageclasses.storage.k8s.io", Object{Name: "encrypted", Driver: "csi.scaleway.com"}, ScalewayStorage},
		{
			"storageclasses.storage.k8s.io", Object{
				Name: "srm-encrypted", Driver: "csi.scaleway.com", Labels: labels(labelManagedBy, managedByGuardrails),
			}, "",
		},
		{"storageclasses.storage.k8s.io", Object{Name: "files", Driver: "nfs.csi.k8s.io"}, ""},
		{
			"volumesnapshotclasses.snapshot.storage.k8s.io",
			Object{Name: "scw-snapshot", Driver: "csi.scaleway.com"}, "",
		},
		{
			"volumesnapshotclasses.snapshot.storage.k8s.io",
			Object{Name: "daily", Driver: "csi.scaleway.com"}, ScalewayStorage,
		},
		{"volumesnapshots.snapshot.storage.k8s.io", Object{Namespace: "shop", Name: "daily"}, SnapshotData},
		{"volumesnapshotcontents.snapshot.storage.k8s.io", Object{Name: "snapcontent-1"}, ""},
		{"volumesnapshotcontents.snapshot.storage.k8s.io", Object{Name: "imported"}, SnapshotData},
		{"csidrivers.storage.k8s.io", Object{Name: "csi.scaleway.com"}, ""},
		{"csidrivers.storage.k8s.io", Object{Name: "nfs.csi.k8s.io"}, InstalledSoftware},
		{"apiservices.apiregistration.k8s.io", Object{Name: "v1beta1.custom.metrics.k8s.io"}, InstalledSoftware},
		{
			"apiservices.apiregistration.k8s.io",
			Object{Name: "v1.apps", Labels: labels("kube-aggregator.kubernetes.io/automanaged", "onstart")}, "",
		},
		{"events", Object{Namespace: "shop", Name: "web.1"}, ""},
		{"deployments.apps", Object{Namespace: "shop", Name: "web"}, ""},
	} {
		if got := ReasonToRebuild(test.kind, test.object); got != test.want {
			t.Errorf("%s %s: %q; expected %q", test.kind, test.object.Key(), got, test.want)
		}
	}
}

// TestPlacementValue checks which labels of nodes have to be adapted.
func TestPlacementValue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key, values, want string
	}{
		{"k8s.scaleway.com/pool-name", "web", "k8s.scaleway.com/pool-name"},
		{"topology.csi.scaleway.com/zone", "", "topology.csi.scaleway.com/zone"},
		{"topology.kubernetes.io/zone", "fr-par-1", "topology.kubernetes.io/zone=fr-par-1"},
		{"topology.kubernetes.io/zone", "eu-west-1a", ""},
		{"node.kubernetes.io/instance-type", "POP2-4C-16G", "node.kubernetes.io/instance-type=POP2-4C-16G"},
		{"kubernetes.io/os", "linux", ""},
		{"notscaleway.com/zone", "x", ""},
	} {
		values := []string{}
		if test.values != "" {
			values = append(values, test.values)
		}
		if got, _ := PlacementValue(test.key, values...); got != test.want {
			t.Errorf("%s=%s: %q; expected %q", test.key, test.values, got, test.want)
		}
	}
}

// TestAdder checks that uses are counted, and objects listed once.
func TestAdder(t *testing.T) {
	t.Parallel()
	var a Adder
	a.AddMetadata("Service/shop/web", map[string]string{"k8s.scaleway.com/cluster": "x", "app": "web"},
		map[string]string{ServicePrefix + "type": "lb-s", "example.com/scw": "no"})
	a.AddMetadata("Service/shop/api", nil, map[string]string{ServicePrefix + "type": "lb-s"})
	a.Add(ClassName, "sbs-default", "PersistentVolumeClaim/shop/data")
	a.Add(ClassName, "sbs-default", "PersistentVolumeClaim/shop/data")
	want := []Adaptation{
		{ServiceAnnotation, ServicePrefix + "type", 2, []string{"Service/shop/api", "Service/shop/web"}},
		{LabelKey, "k8s.scaleway.com/cluster", 1, []string{"Service/shop/web"}},
		{ClassName, "sbs-default", 2, []string{"PersistentVolumeClaim/shop/data"}},
	}
	got := a.Adaptations()
	if !slices.EqualFunc(got, want, func(x, y Adaptation) bool {
		return x.Subject == y.Subject && x.Value == y.Value && x.Count == y.Count && slices.Equal(x.Objects, y.Objects)
	}) {
		t.Errorf("%+v", got)
	}
}

// TestOperators checks what names the operators of a custom resource definition.
func TestOperators(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Object{
		"cert-manager/cert-manager": {
			Annotations: map[string]string{
				annotationRelease: "cert-manager", annotationReleaseNamespace: "cert-manager",
			},
			Labels: map[string]string{"app": "other"},
		},
		"cnpg.v1": {Labels: map[string]string{labelOLMOwner: "cnpg.v1"}},
		"cnpg.ns": {Labels: map[string]string{labelOLMPrefix + "cnpg.ns": ""}},
		"a.x, b.y, c.z": {Labels: map[string]string{
			labelOLMPrefix + "c.z": "", labelOLMPrefix + "a.x": "", labelOLMPrefix + "b.y": "", "app": "other",
		}},
		"velero":    {Labels: map[string]string{"app.kubernetes.io/name": "velero"}},
		"":          {},
		"cert-test": {Labels: map[string]string{"app.kubernetes.io/instance": "cert-test", "app": "x"}},
	} {
		if names, _ := Operators(o); strings.Join(names, ", ") != want {
			t.Errorf("%q; expected %q", names, want)
		}
	}
}

// TestCountNamespaces checks that namespaces without objects are listed, and that objects are counted once.
func TestCountNamespaces(t *testing.T) {
	t.Parallel()
	got := CountNamespaces([]string{"shop", "empty"}, []Kind{
		{Version: "v1", Resource: "events", ByNamespace: map[string]int{"shop": 2}},
		{Group: "events.k8s.io", Resource: "events", ByNamespace: map[string]int{"shop": 2}, SameAs: "events"},
		{Group: "metrics.k8s.io", Resource: "pods", ByNamespace: map[string]int{"shop": 1}, Computed: true},
		{Version: "v1", Resource: "pods", ByNamespace: map[string]int{"shop": 1, "other": 1}},
	})
	if want := []Namespace{{"empty", 0}, {"other", 1}, {"shop", 3}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
