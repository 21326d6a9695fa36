// Package guardrails says what the objects are that keep a health data cluster to the model: the encrypted
// StorageClass, its Secrets and the admission policies. It knows no API: settings in, objects out.
package guardrails

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// FieldManager is the one manager under which fields are applied.
const FieldManager = "terraform-provider-srm"

// What marks objects in a cluster.
const (
	// LabelManagedBy has FieldManager as its value on what this package describes.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// AnnotationSettings holds the settings, JSON, on one policy, so that they can be read back.
	AnnotationSettings = "terraform-srm.github.io/settings"
	// AnnotationEncryptedSource, "true" on a claim, attests that what it is restored from is encrypted.
	AnnotationEncryptedSource = "terraform-srm.github.io/encrypted-source"
	// AnnotationPassthrough, "true" on a Service, declares that its Load Balancer passes TLS through to the workload.
	AnnotationPassthrough = "terraform-srm.github.io/tls-passthrough"
	// AnnotationDefaultClass is Kubernetes' own mark of a default StorageClass, AnnotationBetaDefaultClass an older name
	// of it that Kubernetes still reads.
	AnnotationDefaultClass     = "storageclass.kubernetes.io/is-default-class"
	AnnotationBetaDefaultClass = "storageclass.beta.kubernetes.io/is-default-class"
)

// Provisioner is the CSI driver of Scaleway's Block Storage.
const Provisioner = "csi.scaleway.com"

// PassphraseKey is the key of a Secret under which the driver looks for the passphrase.
const PassphraseKey = "encryptionPassphrase"

// KubeSystem is the namespace of the managed add-ons.
const KubeSystem = "kube-system"

// The actions of a policy.
const (
	Deny  = "deny"
	Warn  = "warn"
	Audit = "audit"
)

// Exemption takes a namespace out of a policy.
type Exemption struct {
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
	Approver  string `json:"approver"`
	Until     string `json:"until"` // A day, YYYY-MM-DD; it is not a time bomb: who reads it decides.
}

// Exception names a namespace in which an attestation of its users is accepted. It has no end.
type Exception struct {
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
	Approver  string `json:"approver"`
}

// Rule is how a policy acts.
type Rule struct {
	Action     string      `json:"action"`
	Exemptions []Exemption `json:"exemptions"`
}

// Settings are what a user chooses.
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
	// BackendTLS is the action on a Load Balancer that sends plaintext to the nodes.
	BackendTLS string `json:"backend_tls"`
	// TLSPassthrough are the namespaces in which a Service may pass TLS through; AttestedRestores those in which the
	// source of a volume may be attested to be encrypted.
	TLSPassthrough   []Exception `json:"tls_passthrough"`
	AttestedRestores []Exception `json:"attested_restores"`
	// HTTPRedirect are the namespaces in which a listener of the Gateway API may serve HTTP on port 80 or 8000, to
	// redirect.
	HTTPRedirect []Exception `json:"http_redirect"`
	// DefaultCertificateClasses are the classes of Ingresses whose controller has a default certificate.
	DefaultCertificateClasses []string `json:"default_certificate_classes"`
	// InlineDrivers are the CSI drivers that a pod may name in its own volumes.
	InlineDrivers []string `json:"inline_csi_drivers"`
	// Users and Groups may change kube-system: the defaults and what the user adds.
	Users  []string `json:"users"`
	Groups []string `json:"groups"`
}

// DefaultUsers and DefaultGroups are those of Kubernetes' own components and of the managed add-ons, by the names that
// their public manifests have. Which identity Scaleway itself uses is not published: system:masters is taken to cover
// it.
func DefaultUsers() []string {
	users := []string{
		"system:apiserver", "system:cloud-controller-manager", "system:cluster-autoscaler", "system:kube-controller-manager",
		"system:kube-scheduler",
	}
	for _, account := range []string{
		"cloud-controller-manager", "cluster-autoscaler", "csi-controller", "csi-node", "scaleway-cloud-controller-manager",
		"scaleway-csi", "scaleway-csi-controller", "scaleway-csi-node",
	} {
		users = append(users, "system:serviceaccount:"+KubeSystem+":"+account)
	}
	return users
}

// DefaultGroups are described at DefaultUsers.
func DefaultGroups() []string {
	return []string{"system:masters", "system:nodes", "system:serviceaccounts:kube-system"}
}

// SecretName is the name of the Secret that holds the passphrase of a version.
func SecretName(version int64) string { return fmt.Sprintf("srm-passphrase-v%d", version) }

// secretPattern matches the names of all versions' Secrets.
const secretPattern = "^srm-passphrase-v[1-9][0-9]*$"

// IsSecret says whether a name is that of one of the Secrets.
func IsSecret(name string) bool {
	matched, err := regexp.MatchString(secretPattern, name)
	return err == nil && matched
}

// sorted is the same settings in one order, so that equal settings give equal objects.
func (s Settings) sorted() Settings {
	s.Zones, s.Users, s.Groups, s.InlineDrivers = ordered(
		s.Zones,
	), ordered(
		s.Users,
	), ordered(
		s.Groups,
	), ordered(
		s.InlineDrivers,
	)
	s.DefaultCertificateClasses = ordered(s.DefaultCertificateClasses)
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

// namespacesOf are the namespaces of exceptions.
func namespacesOf(exceptions []Exception) []string {
	names := []string{}
	for _, e := range exceptions {
		names = append(names, e.Namespace)
	}
	return ordered(names)
}

func ordered(texts []string) []string {
	return append([]string{}, slices.Compact(slices.Sorted(slices.Values(texts)))...)
}

// Encoded is the settings as the annotation holds them.
func (s Settings) Encoded() string {
	raw, err := json.Marshal(s.sorted())
	if err != nil {
		return "" // texts and numbers always encode
	}
	return string(raw)
}

// Decode reads the annotation back.
func Decode(annotation string) (Settings, error) {
	var s Settings
	if err := json.Unmarshal([]byte(annotation), &s); err != nil {
		return Settings{}, fmt.Errorf("the annotation %s is not that of this provider: %w", AnnotationSettings, err)
	}
	// Settings that an older version of the provider wrote have no such policy.
	s.NodePorts.Action = cmp.Or(s.NodePorts.Action, Audit)
	return s, nil
}

// Digest is that of the policies and bindings among objects: "sha256:" and 64 hexadecimal digits.
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
