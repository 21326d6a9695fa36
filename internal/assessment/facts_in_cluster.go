package assessment

import (
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// InCluster holds facts from the cluster's Kubernetes API. No Secret is read, and no value of an environment variable.
type InCluster struct {
	Server          Fact[APIServer]              `json:"server"`
	Namespaces      Collection[Namespace]        `json:"namespaces"`
	PodCounts       Collection[PodCount]         `json:"pod_counts"`
	Workloads       Collection[Workload]         `json:"workloads"`
	Nodes           Collection[KubeletNode]      `json:"nodes"`
	Volumes         Collection[PersistentVolume] `json:"persistent_volumes"`
	Claims          Collection[Claim]            `json:"claims"`
	StorageClasses  Collection[StorageClass]     `json:"storage_classes"`
	Services        Collection[Service]          `json:"services"`
	Ingresses       Collection[Ingress]          `json:"ingresses"`
	IngressClasses  Collection[IngressClass]     `json:"ingress_classes"`
	Gateways        Collection[RouteGateway]     `json:"gateways"`
	Certificates    Collection[Certificate]      `json:"certificates"` // cert-manager; empty without its CRD.
	Roles           Collection[Role]             `json:"roles"`
	Bindings        Collection[RoleBinding]      `json:"role_bindings"`
	NetworkPolicies Collection[NetworkPolicy]    `json:"network_policies"`
	Policies        Collection[AdmissionPolicy]  `json:"admission_policies"`
	Webhooks        Collection[Webhook]          `json:"webhooks"`
	CRDs            Collection[CustomResource]   `json:"custom_resource_definitions"`
	Guardrails      Fact[Guardrails]             `json:"guardrails"`
	// Of backup tools and snapshots; empty without their CRDs.
	SnapshotContents Collection[SnapshotContent] `json:"volume_snapshot_contents"`
	BackupLocations  Collection[BackupLocation]  `json:"backup_locations"`
	BackupJobs       Collection[BackupJob]       `json:"backup_jobs"`
	// AddOns are changes of the components that Scaleway installed, and workloads that can change nodes.
	AddOns Fact[responsibility.InClusterChanges] `json:"add_ons"`
}

// APIServer identifies the Kubernetes API that was read.
type APIServer struct {
	Version string `json:"version"` // "v1.36.2".
}

// Namespace is a namespace.
type Namespace struct {
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels,omitempty"` // pod-security.kubernetes.io/*.
	CreatedAt *time.Time        `json:"created_at"`
}

// PodCount is the number of pods of a namespace.
type PodCount struct {
	Namespace string `json:"namespace"`
	Pods      int    `json:"pods"`
}

// Workload is a workload with a pod template, or a pod without an owner. Pods of a custom resource are the workload
// of that resource: "Cluster/databases/patients".
type Workload struct {
	Kind         string      `json:"kind"` // "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", …
	Namespace    string      `json:"namespace"`
	Name         string      `json:"name"`
	CreatedAt    *time.Time  `json:"created_at"`
	Images       []string    `json:"images"`
	Volumes      []PodVolume `json:"volumes,omitempty"`
	HostPorts    []int       `json:"host_ports,omitempty"` // Without those that hostNetwork sets by default.
	HostNetwork  bool        `json:"host_network,omitempty"`
	Privileged   bool        `json:"privileged,omitempty"` // Privileged container, hostPID or hostIPC.
	FromScaleway bool        `json:"from_scaleway,omitempty"`
}

// ID returns the workload as a subject: "Deployment/shop/web".
func (w Workload) ID() string { return w.Kind + "/" + w.Namespace + "/" + w.Name }

// PodVolume is a volume of a pod template, except claims, ConfigMaps, Secrets, projected volumes and the downward API.
type PodVolume struct {
	Name   string `json:"name"`
	Type   string `json:"type"`             // "nfs", "hostPath", "emptyDir", "csi", …
	Detail string `json:"detail,omitempty"` // Server, path, driver or medium.
	// ReadOnly is true if no container mounts the volume writable.
	ReadOnly bool `json:"read_only,omitempty"`
	// HoldsNoData is true for an inline CSI driver that only provides Secrets and certificates.
	HoldsNoData bool `json:"holds_no_data,omitempty"`
}

// KubeletNode is a node of the Kubernetes API.
type KubeletNode struct {
	Name           string  `json:"name"`
	ProviderID     string  `json:"provider_id,omitempty"`
	KubeletVersion *string `json:"kubelet_version"`
	PoolName       string  `json:"pool_name,omitempty"` // Label k8s.scaleway.com/pool-name.
}

// PersistentVolume is a PersistentVolume.
type PersistentVolume struct {
	Name          string  `json:"name"`
	Driver        string  `json:"driver"` // CSI driver, or the volume type: "nfs".
	Handle        string  `json:"handle,omitempty"`
	Encrypted     *string `json:"encrypted"`                // volumeAttributes.encrypted as written; nil if absent.
	HasKMSKey     bool    `json:"has_kms_key,omitempty"`    // kmsKeyId is set: the driver does not encrypt.
	HasPassphrase bool    `json:"has_passphrase,omitempty"` // nodeStageSecretRef is set.
	// PassphraseVersion is the version in the name of that Secret, if it is one of the guardrails; else 0.
	PassphraseVersion int        `json:"passphrase_version,omitempty"`
	StorageClass      string     `json:"storage_class,omitempty"`
	Claim             string     `json:"claim,omitempty"` // "namespace/name".
	Phase             string     `json:"phase"`
	ReclaimPolicy     string     `json:"reclaim_policy,omitempty"`
	CreatedAt         *time.Time `json:"created_at"`
}

// ID returns the volume as a subject: "PersistentVolume/pvc-…".
func (v PersistentVolume) ID() string { return "PersistentVolume/" + v.Name }

// Claim is a PersistentVolumeClaim.
type Claim struct {
	Namespace       string     `json:"namespace"`
	Name            string     `json:"name"`
	VolumeName      string     `json:"volume_name,omitempty"`
	Phase           string     `json:"phase"`
	StorageClass    string     `json:"storage_class,omitempty"`
	EncryptedSource string     `json:"encrypted_source,omitempty"` // The guardrails' annotation of an attested restore.
	CreatedAt       *time.Time `json:"created_at"`
}

// ID returns the claim as a subject: "PersistentVolumeClaim/shop/data".
func (c Claim) ID() string { return "PersistentVolumeClaim/" + c.Namespace + "/" + c.Name }

// StorageClass is a StorageClass.
type StorageClass struct {
	Name        string  `json:"name"`
	Provisioner string  `json:"provisioner"`
	IsDefault   bool    `json:"is_default,omitempty"`
	Encrypted   *string `json:"encrypted"` // parameters.encrypted as written; nil if absent.
	HasKMSKey   bool    `json:"has_kms_key,omitempty"`
	// PassphraseVersion is the version in the name of its Secret, if the guardrails wrote the class; else 0. A new
	// version needs a new class, so that the class is not older than the use of the version.
	PassphraseVersion int        `json:"passphrase_version,omitempty"`
	CreatedAt         *time.Time `json:"created_at"`
}

// ID returns the class as a subject: "StorageClass/sbs-default".
func (s StorageClass) ID() string { return "StorageClass/" + s.Name }

// Service is a Service.
type Service struct {
	Namespace      string     `json:"namespace"`
	Name           string     `json:"name"`
	UID            string     `json:"uid"`
	Type           string     `json:"type"`
	NodePorts      []int      `json:"node_ports,omitempty"`
	ExternalIPs    []string   `json:"external_ips,omitempty"`
	TLSPassthrough string     `json:"tls_passthrough,omitempty"`  // The guardrails' annotation.
	LoadBalancerID string     `json:"load_balancer_id,omitempty"` // The CCM's annotation, "zone/UUID".
	IngressIPs     []string   `json:"ingress_ips,omitempty"`
	IsForeignClass bool       `json:"is_foreign_class,omitempty"` // loadBalancerClass is not the CCM's.
	CreatedAt      *time.Time `json:"created_at"`
}

// ID returns the Service as a subject: "Service/shop/web".
func (s Service) ID() string { return "Service/" + s.Namespace + "/" + s.Name }

// Ingress is an Ingress.
type Ingress struct {
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	Class      string       `json:"class,omitempty"`
	Hosts      []string     `json:"hosts"` // "" for a rule without a host, or a default backend.
	TLS        []IngressTLS `json:"tls,omitempty"`
	IsACME     bool         `json:"is_acme,omitempty"`     // A solver of cert-manager.
	IsRedirect bool         `json:"is_redirect,omitempty"` // It only redirects to https.
	// HasMiddlewares is true if it names middlewares of Traefik, which may redirect. They are not read.
	HasMiddlewares bool       `json:"has_middlewares,omitempty"`
	CreatedAt      *time.Time `json:"created_at"`
}

// ID returns the Ingress as a subject: "Ingress/shop/web".
func (i Ingress) ID() string { return "Ingress/" + i.Namespace + "/" + i.Name }

// IngressTLS is an entry of spec.tls.
type IngressTLS struct {
	Hosts      []string `json:"hosts,omitempty"`
	SecretName string   `json:"secret_name,omitempty"` // The name only.
}

// IngressClass is an IngressClass.
type IngressClass struct {
	Name       string `json:"name"`
	Controller string `json:"controller"`
	IsDefault  bool   `json:"is_default,omitempty"`
}

// RouteGateway is a Gateway of the Gateway API.
type RouteGateway struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Class     string            `json:"class"`
	Listeners []GatewayListener `json:"listeners"`
	CreatedAt *time.Time        `json:"created_at"`
}

// ID returns the Gateway as a subject: "Gateway/edge/public".
func (g RouteGateway) ID() string { return "Gateway/" + g.Namespace + "/" + g.Name }

// GatewayListener is a listener of a Gateway.
type GatewayListener struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Port     int    `json:"port"`
	// Routes is the number of HTTPRoutes of the listener, without those of ACME solvers; nil if they were not read.
	Routes *int `json:"routes"`
	// PlainRoutes are those that do not only redirect to https, as "namespace/name".
	PlainRoutes []string `json:"plain_routes,omitempty"`
}

// Certificate is a Certificate of cert-manager.
type Certificate struct {
	Namespace   string     `json:"namespace"`
	Name        string     `json:"name"`
	Ready       *bool      `json:"ready"`
	NotBefore   *time.Time `json:"not_before"`
	NotAfter    *time.Time `json:"not_after"`
	RenewalTime *time.Time `json:"renewal_time"`
	CreatedAt   *time.Time `json:"created_at"`
}

// ID returns the certificate as a subject: "Certificate/shop/web-tls".
func (c Certificate) ID() string { return "Certificate/" + c.Namespace + "/" + c.Name }

// Role is a Role, or a ClusterRole if Namespace is empty.
type Role struct {
	Namespace string     `json:"namespace,omitempty"`
	Name      string     `json:"name"`
	Rules     []RoleRule `json:"rules"`
}

// RoleRule is a rule of a role.
type RoleRule struct {
	Verbs         []string `json:"verbs"`
	APIGroups     []string `json:"api_groups,omitempty"`
	Resources     []string `json:"resources,omitempty"`
	ResourceNames []string `json:"resource_names,omitempty"`
}

// RoleBinding is a RoleBinding, or a ClusterRoleBinding if Namespace is empty.
type RoleBinding struct {
	Namespace string        `json:"namespace,omitempty"`
	Name      string        `json:"name"`
	RoleKind  string        `json:"role_kind"`
	RoleName  string        `json:"role_name"`
	Subjects  []RoleSubject `json:"subjects"`
}

// ID returns the binding as a subject.
func (b RoleBinding) ID() string {
	if b.Namespace == "" {
		return "ClusterRoleBinding/" + b.Name
	}
	return "RoleBinding/" + b.Namespace + "/" + b.Name
}

// RoleSubject is a subject of a binding.
type RoleSubject struct {
	Kind         string `json:"kind"` // "User", "Group" or "ServiceAccount".
	Name         string `json:"name"`
	Namespace    string `json:"namespace,omitempty"`
	FromScaleway bool   `json:"from_scaleway,omitempty"` // Service account of a component that Scaleway installs.
}

// ID returns the subject in the form of Kubernetes: "system:serviceaccount:velero:velero" for a service account.
func (s RoleSubject) ID() string {
	if s.Kind == "ServiceAccount" {
		return "system:serviceaccount:" + s.Namespace + ":" + s.Name
	}
	return s.Kind + ":" + s.Name
}

// NetworkPolicy is a policy of Kubernetes, Cilium or Calico, or one rule of a policy of Cilium.
type NetworkPolicy struct {
	Kind       string `json:"kind"` // "NetworkPolicy", "CiliumNetworkPolicy", "GlobalNetworkPolicy", …
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	SelectsAll bool   `json:"selects_all,omitempty"` // It selects every pod of its namespaces.
	HasIngress bool   `json:"has_ingress,omitempty"` // It restricts incoming traffic.
	AllowsAll  bool   `json:"allows_all,omitempty"`  // One of its rules allows all, or all that is sent in the cluster.
	// OnlyNamespaces and ExceptNamespaces are the namespaces that a policy of the cluster selects or leaves out.
	OnlyNamespaces   []string `json:"only_namespaces,omitempty"`
	ExceptNamespaces []string `json:"except_namespaces,omitempty"`
}

// AdmissionPolicy is a ValidatingAdmissionPolicy with its bindings.
type AdmissionPolicy struct {
	Name          string   `json:"name"`
	IsGuardrail   bool     `json:"is_guardrail,omitempty"`
	Actions       []string `json:"actions"` // validationActions of its bindings, such as "Deny".
	FailurePolicy string   `json:"failure_policy,omitempty"`
}

// Webhook is a webhook of a validating or mutating configuration.
type Webhook struct {
	Kind          string `json:"kind"`
	Configuration string `json:"configuration"`
	Name          string `json:"name"`
	FailurePolicy string `json:"failure_policy"`
	Service       string `json:"service,omitempty"` // "namespace/name".
}

// CustomResource is a custom resource definition.
type CustomResource struct {
	Name    string `json:"name"`
	Group   string `json:"group"`
	Version string `json:"version,omitempty"` // Label app.kubernetes.io/version.
}

// Guardrails is the state of this provider's guardrails in the cluster.
type Guardrails struct {
	Present bool   `json:"present"`
	Owner   string `json:"owner,omitempty"`
	Digest  string `json:"digest,omitempty"` // Of the policies and bindings that were found.
	// IsCurrent is true if the objects are those that this release writes for the settings in the cluster.
	IsCurrent bool `json:"is_current,omitempty"`
	// Altered are the objects that differ from what this release writes. Written are those in which only the provider
	// has set the fields that differ: another release wrote them.
	Altered   []string   `json:"altered,omitempty"`
	Written   []string   `json:"written_by_other_release,omitempty"`
	Loosened  []string   `json:"loosened,omitempty"` // Policies that are less strict than the default.
	CreatedAt *time.Time `json:"created_at"`

	Exemptions []Exemption `json:"exemptions,omitempty"`
	// SecretNamespace is the namespace of the passphrases; empty if it could not be determined.
	SecretNamespace string `json:"secret_namespace,omitempty"`
	// TLSNamespaces are the namespaces that end TLS, with a reason and an approver.
	TLSNamespaces []string `json:"tls_namespaces,omitempty"`
	// CertificateClasses are the Ingress classes whose controller has a default certificate.
	CertificateClasses []string `json:"default_certificate_classes,omitempty"`
	// InlineDrivers are the CSI drivers that pods may use in inline volumes.
	InlineDrivers []string `json:"inline_csi_drivers,omitempty"`
}

// Exemption is a namespace in which a policy of the guardrails does not apply.
type Exemption struct {
	Namespace string     `json:"namespace"`
	Policies  []string   `json:"policies,omitempty"` // "load_balancers", "ingress", …
	Reason    string     `json:"reason,omitempty"`
	Approver  string     `json:"approver,omitempty"`
	Until     *time.Time `json:"until"`
}
