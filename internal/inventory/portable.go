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
	// Driver is that of a volume or of a class of volumes, or the type of the source of a volume: "nfs".
	Driver string
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

// IsSystemNamespace reports whether the control plane and Scaleway's components own a namespace.
func IsSystemNamespace(name string) bool { return slices.Contains(systemNamespaces(), name) }

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
		"ipaddresses.networking.k8s.io",
		"leasecandidates.coordination.k8s.io",
		"leases.coordination.k8s.io",
		"nodes",
		"podcertificaterequests.certificates.k8s.io",
		"resourceslices.resource.k8s.io",
		"servicecidrs.networking.k8s.io",
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
// cluster and the storage of its host. ReasonToRebuild names those among them that users made.
func IsGenerated(kind string) bool { return slices.Contains(generatedKinds(), kind) }

// The label of the guardrails' objects, which check Scaleway's classes and annotations.
const (
	labelManagedBy      = "app.kubernetes.io/managed-by"
	managedByGuardrails = "terraform-provider-srm"
)

// IsOfNetwork reports whether an API group belongs to the container network that Scaleway installs: a new cluster
// accepts its objects only with the same network.
func IsOfNetwork(group string) bool { return group == "cilium.io" || group == "crd.projectcalico.org" }

// IsInstalled reports whether Scaleway installs the custom resources of an API group.
func IsInstalled(group string) bool { return IsOfNetwork(group) || group == "snapshot.storage.k8s.io" }

// isOfCluster reports whether the control plane, a controller, Scaleway or the guardrails of this cluster made an
// object.
func isOfCluster(o Object) bool {
	return o.HasController || IsSystemNamespace(o.Namespace) || strings.HasPrefix(o.Name, "system:") ||
		strings.HasPrefix(o.Name, "scaleway:") || o.Labels["kubernetes.io/bootstrapping"] != "" ||
		o.Labels[labelManagedBy] == managedByGuardrails
}

// isProvisioned reports whether a driver made a volume for a claim.
func isProvisioned(volume Object) bool {
	return volume.Annotations["pv.kubernetes.io/provisioned-by"] != ""
}

// isOnNode reports whether the data of a volume is on a node of the cluster.
func isOnNode(volume Object) bool { return volume.Driver == "hostPath" || volume.Driver == "local" }

// IsPortable reports whether an export takes an object of a kind. It does not take what the cluster writes itself, what
// another object creates again, what Scaleway installs, the guardrails of this cluster, and what ReasonToRebuild names.
func IsPortable(kind string, o Object) bool {
	if IsGenerated(kind) || isOfCluster(o) {
		return false
	}
	hasOwnDriver := o.Driver != "" && !IsScalewayDriver(o.Driver)
	switch kind {
	case "persistentvolumes": // Those of a driver are made again from their claims.
		return hasOwnDriver && !isProvisioned(o) && !isOnNode(o)
	case "storageclasses.storage.k8s.io":
		return hasOwnDriver
	case "flowschemas.flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io":
		return o.Annotations["apf.kubernetes.io/autoupdate-spec"] == "" // The API server adds it to its own.
	case "namespaces":
		return o.Name != "default" && !IsSystemNamespace(o.Name)
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
		return !IsInstalled(group)
	case "priorityclasses.scheduling.k8s.io":
		return !strings.HasPrefix(o.Name, "system-")
	}
	return true
}
