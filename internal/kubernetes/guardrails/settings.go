// Package guardrails builds the in-cluster objects that enforce the Shared Responsibility Model in a health data
// cluster: the encrypted StorageClass and the admission policies. It converts settings to objects and sends no request.
package guardrails

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// FieldManager is the field manager of the provider.
const FieldManager = "terraform-provider-srm"

// Labels and annotations of objects in a cluster.
const (
	// LabelManagedBy has the value FieldManager on objects of the guardrails.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// AnnotationSettings holds the settings as JSON on one policy, so that the provider can read them from the cluster.
	AnnotationSettings = "terraform-srm.github.io/settings"
	// AnnotationEncryptedSource with the value "true" on a claim attests that its data source is encrypted.
	AnnotationEncryptedSource = "terraform-srm.github.io/encrypted-source"
	// AnnotationPassthrough with the value "true" on a Service declares that the workload terminates TLS.
	AnnotationPassthrough = "terraform-srm.github.io/tls-passthrough"
	// AnnotationDefaultClass is the Kubernetes annotation of the default StorageClass. AnnotationBetaDefaultClass is
	// its older name, which Kubernetes still reads.
	AnnotationDefaultClass     = "storageclass.kubernetes.io/is-default-class"
	AnnotationBetaDefaultClass = "storageclass.beta.kubernetes.io/is-default-class"
	// AnnotationDefaultSnapshotClass is the annotation of the default VolumeSnapshotClass of a driver.
	AnnotationDefaultSnapshotClass = "snapshot.storage.kubernetes.io/is-default-class"
)

// Provisioner is the CSI driver of Scaleway Block Storage.
const Provisioner = "csi.scaleway.com"

// PassphraseKey is the key in a Secret from which the driver reads the passphrase.
const PassphraseKey = "encryptionPassphrase"

// KubeSystem is the namespace of the managed add-ons.
const KubeSystem = "kube-system"

// The actions of a policy.
const (
	Deny  = "deny"
	Warn  = "warn"
	Audit = "audit"
)

// Exemption excludes a namespace from a policy.
type Exemption struct {
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
	Approver  string `json:"approver"`
	// Until is a day, YYYY-MM-DD. It is information only: the exemption does not end automatically.
	Until string `json:"until"`
}

// Exception is a namespace in which policies accept an attestation of its users. It has no end date.
type Exception struct {
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
	Approver  string `json:"approver"`
}

// Rule is the action of a policy with its exemptions.
type Rule struct {
	Action     string      `json:"action"`
	Exemptions []Exemption `json:"exemptions"`
}

// Settings are the choices of the user.
type Settings struct {
	ClassName     string   `json:"class_name"`
	Namespace     string   `json:"namespace"`
	Version       int64    `json:"passphrase_version"`
	ReclaimPolicy string   `json:"reclaim_policy"`
	IOPS          int64    `json:"iops"`
	Zones         []string `json:"zones"`

	LoadBalancers Rule `json:"load_balancers"`
	Ingress       Rule `json:"ingress"`
	NodeDisk      Rule `json:"node_disk"`
	KubeSystem    Rule `json:"kube_system"`
	NodePorts     Rule `json:"node_ports"`
	// BackendTLS is the action for a Load Balancer that sends plaintext to the nodes.
	BackendTLS string `json:"backend_tls"`
	// TLSPassthrough are the namespaces in which a Service may pass TLS through to the workload. AttestedRestores are
	// those in which users may attest that the source of a volume is encrypted.
	TLSPassthrough   []Exception `json:"tls_passthrough"`
	AttestedRestores []Exception `json:"attested_restores"`
	// HTTPRedirect are the namespaces in which a listener of the Gateway API may serve HTTP on port 80 or 8000 for
	// redirects.
	HTTPRedirect []Exception `json:"http_redirect"`
	// DefaultCertificateClasses are the Ingress classes whose controller has a default certificate.
	DefaultCertificateClasses []string `json:"default_certificate_classes"`
	// InlineDrivers are the CSI drivers that a pod may use in inline volumes.
	InlineDrivers []string `json:"inline_csi_drivers"`
	// VolumeSnapshots is nil without settings for snapshots.
	VolumeSnapshots *VolumeSnapshots `json:"volume_snapshots,omitempty"`
	// Users and Groups may change kube-system: the defaults and those that the user adds.
	Users  []string `json:"users"`
	Groups []string `json:"groups"`
}

// DefaultUsers returns the users of Kubernetes components and of the managed add-ons, according to their public
// manifests. Scaleway does not publish its own identity. The group system:masters in DefaultGroups should cover it.
func DefaultUsers() []string {
	users := []string{
		"system:apiserver", "system:cloud-controller-manager", "system:cluster-autoscaler",
		"system:kube-controller-manager",
		"system:kube-scheduler",
	}
	for _, account := range []string{
		"cloud-controller-manager", "cluster-autoscaler", "csi-controller", "csi-node",
		"scaleway-cloud-controller-manager",
		"scaleway-csi", "scaleway-csi-controller", "scaleway-csi-node",
	} {
		users = append(users, "system:serviceaccount:"+KubeSystem+":"+account)
	}
	return users
}

// DefaultGroups returns the groups of the identities that DefaultUsers describes.
func DefaultGroups() []string {
	return []string{"system:masters", "system:nodes", "system:serviceaccounts:kube-system"}
}

// SecretName returns the name of the Secret with the passphrase of a version.
func SecretName(version int64) string { return fmt.Sprintf("srm-passphrase-v%d", version) }

// CurrentSecret returns the Secret with the passphrase of the settings' version, as "namespace/name".
func (s Settings) CurrentSecret() string { return s.Namespace + "/" + SecretName(s.Version) }

// secretPattern matches the Secret names of all versions.
const secretPattern = "^srm-passphrase-v[1-9][0-9]*$"

// IsSecret reports whether a name is the Secret name of a version.
func IsSecret(name string) bool {
	matched, err := regexp.MatchString(secretPattern, name)
	return err == nil && matched
}

// SecretVersion returns the version of the Secret with a name, or 0 if it is no such name.
func SecretVersion(name string) int {
	version, err := strconv.Atoi(strings.TrimPrefix(name, "srm-passphrase-v"))
	if err != nil || !IsSecret(name) {
		return 0
	}
	return version
}

// sorted returns the settings with sorted lists, so that equal settings result in equal objects.
func (s Settings) sorted() Settings {
	s.Zones, s.Users, s.Groups, s.InlineDrivers = sortedUnique(s.Zones), sortedUnique(s.Users), sortedUnique(
		s.Groups,
	), sortedUnique(s.InlineDrivers)
	s.DefaultCertificateClasses = sortedUnique(s.DefaultCertificateClasses)
	if s.VolumeSnapshots != nil {
		s.VolumeSnapshots = &VolumeSnapshots{
			ClassName:            s.VolumeSnapshots.ClassName,
			HealthDataNamespaces: sortedUnique(s.VolumeSnapshots.HealthDataNamespaces),
		}
	}
	for _, exceptions := range []*[]Exception{&s.TLSPassthrough, &s.AttestedRestores, &s.HTTPRedirect} {
		*exceptions = append([]Exception{}, *exceptions...)
		slices.SortFunc(*exceptions, func(a, b Exception) int { return cmp.Compare(a.Namespace, b.Namespace) })
	}
	for _, rule := range []*Rule{&s.LoadBalancers, &s.Ingress, &s.NodeDisk, &s.KubeSystem, &s.NodePorts} {
		rule.Exemptions = append([]Exemption{}, rule.Exemptions...)
		slices.SortFunc(rule.Exemptions, func(a, b Exemption) int { return cmp.Compare(a.Namespace, b.Namespace) })
	}
	return s
}

// exceptionNamespaces returns the namespaces of exceptions.
func exceptionNamespaces(exceptions []Exception) []string {
	names := []string{}
	for _, e := range exceptions {
		names = append(names, e.Namespace)
	}
	return sortedUnique(names)
}

// sortedUnique returns the sorted values without duplicates. It never returns nil.
func sortedUnique(values []string) []string {
	return append([]string{}, slices.Compact(slices.Sorted(slices.Values(values)))...)
}

// Encode returns the settings in the format of the annotation.
func (s Settings) Encode() string {
	raw, err := json.Marshal(s.sorted())
	if err != nil {
		return "" // encoding strings and numbers never fails
	}
	return string(raw)
}

// Decode parses the annotation.
func Decode(annotation string) (Settings, error) {
	var s Settings
	if err := json.Unmarshal([]byte(annotation), &s); err != nil {
		return Settings{}, fmt.Errorf(
			"the annotation %s does not have the format of this provider: %w",
			AnnotationSettings,
			err,
		)
	}
	// Settings written by an older version of the provider have no policy on node ports.
	s.NodePorts.Action = cmp.Or(s.NodePorts.Action, Audit)
	return s, nil
}

// Digest returns the digest of the policies and bindings among objects: "sha256:" and 64 hexadecimal digits.
func Digest(objects []Object) string {
	specs := map[string]any{}
	for _, o := range objects {
		if o.Kind == KindPolicy || o.Kind == KindBinding {
			specs[o.Kind+"/"+o.Name] = o.Content["spec"]
		}
	}
	raw, err := json.Marshal(specs)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}
