package inventory

import (
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// VolumeBytes returns the size of all volumes whose size is known, and the number of the others.
func (c Contents) VolumeBytes() (size int64, unknown int) {
	for _, v := range c.Volumes.Items {
		if v.SizeBytes == nil {
			unknown++
			continue
		}
		size += *v.SizeBytes
	}
	return size, unknown
}

// Contents are the objects of a cluster that matter for leaving it. A list whose kind the API server does not serve is
// complete and empty.
type Contents struct {
	Workloads      assessment.Collection[Workload]       `json:"workloads"`
	Images         assessment.Collection[Image]          `json:"images"` // Of workloads.
	Services       assessment.Collection[Service]        `json:"services"`
	Ingresses      assessment.Collection[Ingress]        `json:"ingresses"`
	Classes        assessment.Collection[ControllerName] `json:"ingress_and_gateway_classes"`
	Volumes        assessment.Collection[Volume]         `json:"volumes"`
	Claims         assessment.Collection[Claim]          `json:"claims"`
	StorageClasses assessment.Collection[StorageClass]   `json:"storage_classes"` // Those of snapshots, too.
	Snapshots      assessment.Collection[Snapshot]       `json:"snapshots"`
	Definitions    assessment.Collection[Definition]     `json:"custom_resource_definitions"`
	Policies       assessment.Collection[Policy]         `json:"network_policies"`
	Releases       assessment.Collection[Release]        `json:"helm_releases"`
	Grants         assessment.Collection[Grant]          `json:"grants"`
}

// Workload is a workload with pods that no other listed workload creates.
type Workload struct {
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Replicas  *int     `json:"replicas,omitempty"` // Nil: the kind has no number of replicas.
	Images    []string `json:"images"`
	Claims    []string `json:"claims,omitempty"` // Names of claims, and of claim templates as "name-*".
	// PullSecrets are the names of the Secrets that open registries.
	PullSecrets    []string `json:"pull_secrets,omitempty"`
	ServiceAccount string   `json:"service_account,omitempty"`
	FromScaleway   bool     `json:"from_scaleway,omitempty"` // An add-on that Scaleway installs.
	// Release is the Helm release that the object belongs to: "namespace/name".
	Release string `json:"helm_release,omitempty"`
}

// ID returns the workload as a subject: "Deployment/shop/web".
func (w Workload) ID() string { return w.Kind + "/" + w.Namespace + "/" + w.Name }

// Image is an image that workloads use.
type Image struct {
	Reference string   `json:"reference"` // As in the workload.
	Registry  string   `json:"registry"`  // "docker.io", "rg.fr-par.scw.cloud".
	Name      string   `json:"name"`      // With the registry: "docker.io/library/nginx".
	Tag       string   `json:"tag,omitempty"`
	Digest    string   `json:"digest,omitempty"`
	Workloads []string `json:"workloads"`
	// FromScaleway is true if only add-ons of Scaleway use it.
	FromScaleway bool `json:"from_scaleway,omitempty"`
}

// Service is a Service.
type Service struct {
	Namespace      string   `json:"namespace"`
	Name           string   `json:"name"`
	Type           string   `json:"type"`
	NodePorts      []int    `json:"node_ports,omitempty"`
	Addresses      []string `json:"addresses,omitempty"`        // Of the Load Balancer.
	LoadBalancerID string   `json:"load_balancer_id,omitempty"` // "zone/UUID".
	Class          string   `json:"load_balancer_class,omitempty"`
	ExternalName   string   `json:"external_name,omitempty"`
	// WithoutSelector is true if users, and no controller, write the addresses of the Service.
	WithoutSelector bool `json:"without_selector,omitempty"`
}

// ID returns the Service as a subject: "Service/shop/web".
func (s Service) ID() string { return "Service/" + s.Namespace + "/" + s.Name }

// Ingress is an Ingress or a Gateway.
type Ingress struct {
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Class     string   `json:"class,omitempty"`
	Hosts     []string `json:"hosts"`
}

// ControllerName is an IngressClass or a GatewayClass with its controller.
type ControllerName struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller string `json:"controller"`
}

// Volume is a PersistentVolume.
type Volume struct {
	Name      string `json:"name"`
	Claim     string `json:"claim,omitempty"` // "namespace/name"; empty: unclaimed.
	Driver    string `json:"driver"`
	Handle    string `json:"handle,omitempty"` // "zone/UUID" of a block volume.
	Class     string `json:"storage_class,omitempty"`
	SizeBytes *int64 `json:"size_bytes"`
	Encrypted bool   `json:"encrypted,omitempty"` // By the CSI driver.
	Reclaim   string `json:"reclaim_policy"`
	Phase     string `json:"phase"`
	Mode      string `json:"volume_mode,omitempty"`
	// AccessModes are those of the volume: "ReadWriteOnce".
	AccessModes []string `json:"access_modes,omitempty"`
	// NewestSnapshotAt is the time of the newest snapshot, of the cluster or of Block Storage; nil: there is none, or
	// snapshots were not read.
	NewestSnapshotAt *time.Time `json:"newest_snapshot_at"`
	Workloads        []string   `json:"workloads,omitempty"` // That mount the claim.
}

// Claim is a PersistentVolumeClaim.
type Claim struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Volume    string `json:"volume,omitempty"`
	Class     string `json:"storage_class,omitempty"`
	Phase     string `json:"phase"`
	Requested *int64 `json:"requested_bytes"`
}

// StorageClass is a StorageClass, or a VolumeSnapshotClass.
type StorageClass struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Driver    string `json:"driver"`
	IsDefault bool   `json:"is_default,omitempty"`
	Encrypted bool   `json:"encrypted,omitempty"` // By a parameter of Scaleway's CSI driver.
	Claims    int    `json:"claims"`
}

// Snapshot is a VolumeSnapshot.
type Snapshot struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Claim     string     `json:"claim,omitempty"` // Name of its source; empty if there is another source.
	CreatedAt *time.Time `json:"created_at"`      // Of the data; nil: it is not ready.
}

// Definition is a custom resource definition with the operators that it belongs to.
type Definition struct {
	Name    string `json:"name"`    // "certificates.cert-manager.io".
	Objects *int   `json:"objects"` // Of its kind; nil: they were not read.
	// Operators are what installed the definition, sorted, from its labels and annotations; empty: unknown.
	Operators []string `json:"operators,omitempty"`
	// Source says which label or annotation names the operators.
	Source string `json:"source,omitempty"`
}

// Policy is a network policy of Kubernetes or of a container network.
type Policy struct {
	Kind      string `json:"kind"` // "ciliumnetworkpolicies.cilium.io".
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// Release is a Helm release: named by the labels of its Secret, or by annotations of its objects.
type Release struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Revision  string `json:"revision,omitempty"` // Of the newest Secret.
	Status    string `json:"status,omitempty"`
	Objects   int    `json:"objects"` // With an annotation that names the release.
}

// Grant gives a role to a subject.
type Grant struct {
	Namespace    string `json:"namespace,omitempty"` // Empty: in the whole cluster.
	Binding      string `json:"binding"`
	Role         string `json:"role"`    // "ClusterRole/edit".
	Subject      string `json:"subject"` // "system:serviceaccount:shop:web", "Group:developers".
	FromScaleway bool   `json:"from_scaleway,omitempty"`
}

// Adaptation is a setting that only works at Scaleway, with how often and where it is used.
type Adaptation struct {
	Subject Subject `json:"subject"`
	Value   string  `json:"value"`
	Count   int     `json:"count"`
	// Objects are the objects that use it, sorted, at most MaxObjects of them.
	Objects []string `json:"objects"`
}

// MaxObjects is the number of objects that an adaptation names. Count counts all of them.
const MaxObjects = 50
