package inventory

import (
	"slices"
	"strings"
)

// Object is the metadata of an object, as far as it decides whether an export takes the object.
type Object struct {
	Namespace, Name     string
	Labels, Annotations map[string]string
	HasController       bool // Another object creates it again.
}

// Key returns "namespace/name", or the name of an object without a namespace.
func (o Object) Key() string {
	if o.Namespace == "" {
		return o.Name
	}
	return o.Namespace + "/" + o.Name
}

// systemNamespaces returns the namespaces that the control plane and Scaleway's components own.
func systemNamespaces() []string { return []string{"kube-system", "kube-public", "kube-node-lease"} }

// generatedKinds returns the kinds whose objects controllers write, or that describe this cluster only.
func generatedKinds() []string {
	return []string{
		"apiservices.apiregistration.k8s.io",
		"certificatesigningrequests.certificates.k8s.io",
		"componentstatuses",
		"controllerrevisions.apps",
		"csidrivers.storage.k8s.io",
		"csinodes.storage.k8s.io",
		"csistoragecapacities.storage.k8s.io",
		"endpoints",
		"endpointslices.discovery.k8s.io",
		"events",
		"events.events.k8s.io",
		"flowschemas.flowcontrol.apiserver.k8s.io",
		"ipaddresses.networking.k8s.io",
		"leasecandidates.coordination.k8s.io",
		"leases.coordination.k8s.io",
		"nodes",
		"persistentvolumes",
		"podcertificaterequests.certificates.k8s.io",
		"prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
		"resourceslices.resource.k8s.io",
		"servicecidrs.networking.k8s.io",
		"storageclasses.storage.k8s.io",
		"storageversions.internal.apiserver.k8s.io",
		"volumeattachments.storage.k8s.io",
		"volumeattributesclasses.storage.k8s.io",
		"volumesnapshotclasses.snapshot.storage.k8s.io",
		"volumesnapshotcontents.snapshot.storage.k8s.io",
		"volumesnapshots.snapshot.storage.k8s.io",
		"ciliumendpoints.cilium.io",
		"ciliumendpointslices.cilium.io",
		"ciliumidentities.cilium.io",
		"ciliumnodes.cilium.io",
		"blockaffinities.crd.projectcalico.org",
		"ipamblocks.crd.projectcalico.org",
		"ipamhandles.crd.projectcalico.org",
	}
}

// IsGenerated reports whether the objects of a kind are never exported: controllers write them, or they describe this
// cluster and the storage of its host. Volumes are created again from their claims, and classes by the new host.
func IsGenerated(kind string) bool { return slices.Contains(generatedKinds(), kind) }

// The label of the guardrails' objects, which check Scaleway's classes and annotations.
const (
	labelManagedBy      = "app.kubernetes.io/managed-by"
	managedByGuardrails = "terraform-provider-srm"
)

// IsOfNetwork reports whether an API group belongs to the container network that Scaleway installs: a new cluster
// accepts its objects only with the same network.
func IsOfNetwork(group string) bool { return group == "cilium.io" || group == "crd.projectcalico.org" }

// isInstalled reports whether Scaleway installs the custom resources of an API group.
func isInstalled(group string) bool { return IsOfNetwork(group) || group == "snapshot.storage.k8s.io" }

// IsPortable reports whether an export takes an object of a kind. It does not take what the cluster writes itself, what
// another object creates again, what Scaleway installs, and the guardrails of this cluster.
func IsPortable(kind string, o Object) bool {
	switch {
	case IsGenerated(kind), o.HasController, slices.Contains(systemNamespaces(), o.Namespace),
		strings.HasPrefix(o.Name, "system:"), strings.HasPrefix(o.Name, "scaleway:"),
		o.Labels["kubernetes.io/bootstrapping"] != "", o.Labels[labelManagedBy] == managedByGuardrails:
		return false
	}
	switch kind {
	case "namespaces":
		return o.Name != "default" && !slices.Contains(systemNamespaces(), o.Name)
	case "serviceaccounts":
		return o.Name != "default"
	case "services":
		return o.Key() != "default/kubernetes"
	case "configmaps":
		return o.Name != "kube-root-ca.crt"
	case "secrets":
		return o.Labels["owner"] != "helm" && o.Annotations["kubernetes.io/service-account.name"] == ""
	case "customresourcedefinitions.apiextensions.k8s.io":
		_, group, _ := strings.Cut(o.Name, ".")
		return !isInstalled(group)
	case "priorityclasses.scheduling.k8s.io":
		return !strings.HasPrefix(o.Name, "system-")
	}
	return true
}
