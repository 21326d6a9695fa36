package collect

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Parameters of Scaleway's CSI driver, in lower case.
const (
	parameterEncrypted = "encrypted"
	parameterKMSKey    = "kmskeyid"
)

// parameterStageSecret is the parameter with the name of the Secret that opens volumes.
const parameterStageSecret = "csi.storage.k8s.io/node-stage-secret-name"

// addVolume adds a PersistentVolume.
func addVolume(
	found []assessment.PersistentVolume, o *unstructured.Unstructured,
) []assessment.PersistentVolume {
	m := manifest(o.Object)
	v := assessment.PersistentVolume{
		Name: o.GetName(), Driver: volumeDriver(m.at("spec")), Handle: m.text("spec", "csi", "volumeHandle"),
		HasPassphrase:     m.text("spec", "csi", "nodeStageSecretRef", "name") != "",
		PassphraseVersion: guardrails.SecretVersion(m.text("spec", "csi", "nodeStageSecretRef", "name")),
		StorageClass:      guardrails.EffectiveClass(m.text("spec", "storageClassName"), o.GetAnnotations()),
		Phase:             m.text("status", "phase"),
		ReclaimPolicy:     m.text("spec", "persistentVolumeReclaimPolicy"), CreatedAt: createdAt(o),
	}
	attributes := m.at("spec", "csi", "volumeAttributes")
	if value, ok := attributes[parameterEncrypted].(string); ok {
		v.Encrypted = &value
	}
	for key := range attributes {
		v.HasKMSKey = v.HasKMSKey || strings.ToLower(key) == parameterKMSKey
	}
	if name := m.text("spec", "claimRef", "name"); name != "" {
		v.Claim = m.text("spec", "claimRef", "namespace") + "/" + name
	}
	return append(found, v)
}

// volumeDriver returns the CSI driver of a PersistentVolume, or the type of its source: "nfs".
func volumeDriver(spec manifest) string {
	if driver := spec.text("csi", "driver"); driver != "" {
		return driver
	}
	for field := range spec {
		switch field {
		case "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy",
			"storageClassName", "volumeAttributesClassName", "volumeMode":
		default:
			return field
		}
	}
	return ""
}

// addClaim adds a PersistentVolumeClaim.
func addClaim(found []assessment.Claim, o *unstructured.Unstructured) []assessment.Claim {
	m := manifest(o.Object)
	return append(found, assessment.Claim{
		Namespace: o.GetNamespace(), Name: o.GetName(), VolumeName: m.text("spec", "volumeName"),
		Phase:           m.text("status", "phase"),
		StorageClass:    guardrails.EffectiveClass(m.text("spec", "storageClassName"), o.GetAnnotations()),
		EncryptedSource: o.GetAnnotations()[guardrails.AnnotationEncryptedSource], CreatedAt: createdAt(o),
	})
}

// addStorageClass adds a StorageClass. The CSI driver ignores the case of parameters: of several that differ only in
// their case, the one that does not encrypt counts.
func addStorageClass(found []assessment.StorageClass, o *unstructured.Unstructured) []assessment.StorageClass {
	m := manifest(o.Object)
	s := assessment.StorageClass{
		Name: o.GetName(), Provisioner: m.text("provisioner"), CreatedAt: createdAt(o),
		PassphraseVersion: guardrails.SecretVersion(m.text("parameters", parameterStageSecret)),
	}
	for _, key := range []string{guardrails.AnnotationDefaultClass, guardrails.AnnotationBetaDefaultClass} {
		s.IsDefault = s.IsDefault || o.GetAnnotations()[key] == "true"
	}
	parameters := m.at("parameters")
	for key, value := range parameters {
		switch strings.ToLower(key) {
		case parameterEncrypted:
			text, _ := value.(string)
			if s.Encrypted == nil || !parsesTrue(text) {
				s.Encrypted = &text
			}
		case parameterKMSKey:
			s.HasKMSKey = true
		}
	}
	return append(found, s)
}

// parsesTrue reports whether the CSI driver reads a value as true.
func parsesTrue(value string) bool {
	parsed, err := strconv.ParseBool(value)
	return err == nil && parsed
}

// isLoopback reports whether an address of a node can only be reached from the node.
func isLoopback(address string) bool { return strings.HasPrefix(address, "127.") || address == "::1" }
