package guardrails

import (
	"fmt"
	"slices"
	"strings"
)

// betaClass is an old annotation that wins over a claim's field.
const betaClass = "volume.beta.kubernetes.io/storage-class"

func (s Settings) claimChecks() []check {
	class := text(s.ClassName)
	return []check{
		{
			expression: "has(object.spec.storageClassName) && object.spec.storageClassName == " + class,
			message: fmt.Sprintf(`"HDS-ENC-03: the claim must use the encrypted StorageClass " + %s + ", found " + `+
				`(has(object.spec.storageClassName) ? "'" + object.spec.storageClassName + "'" : "none") + ". Set spec.storageClassName, or leave it out where that class is the default."`, class),
		},
		{
			expression: fmt.Sprintf("%s in ['', %s]", annotation(betaClass), class),
			message:    fmt.Sprintf(`"HDS-ENC-03: the annotation %s names another class than " + %s + ". Remove it."`, betaClass, class),
		},
	}
}

func (s Settings) volumeChecks() []check {
	ours := func(ref string) string {
		return fmt.Sprintf("(has(object.spec.csi.%[1]s) && has(object.spec.csi.%[1]s.name) && has(object.spec.csi.%[1]s.namespace) && "+
			"object.spec.csi.%[1]s.namespace == %[2]s && object.spec.csi.%[1]s.name.matches(%[3]s))", ref, text(s.Namespace), text(secretPattern))
	}
	scaleway := "has(object.spec.csi) && object.spec.csi.driver == " + text(Provisioner)
	return []check{
		{
			expression: scaleway,
			message:    `"HDS-ENC-03: a PersistentVolume must be an encrypted one of ` + Provisioner + `: every other source is refused."`,
		},
		{
			expression: "!(" + scaleway + ") || has(object.spec.csi.volumeAttributes) && 'encrypted' in object.spec.csi.volumeAttributes && object.spec.csi.volumeAttributes['encrypted'] == 'true'",
			message:    `"HDS-ENC-03: the PersistentVolume must have spec.csi.volumeAttributes.encrypted \"true\"."`,
		},
		{
			expression: fmt.Sprintf("!(%s) || %s && (!has(object.spec.csi.nodeExpandSecretRef) || %s)", scaleway, ours("nodeStageSecretRef"), ours("nodeExpandSecretRef")),
			message:    fmt.Sprintf(`"HDS-ENC-03: the PersistentVolume must name one of the Secrets " + %s + " as nodeStageSecretRef."`, text(s.Namespace+"/srm-passphrase-v…")),
		},
	}
}

func (s Settings) classChecks() []check {
	pairs := []string{}
	for key, value := range s.parameters() {
		pairs = append(pairs, text(key)+": "+text(value))
	}
	slices.Sort(pairs)
	named, scaleway := "object.metadata.name == "+text(s.ClassName), "object.provisioner == "+text(Provisioner)
	return []check{
		{
			expression: fmt.Sprintf("!(%s) || %s && has(object.parameters) && object.parameters == {%s}", named, scaleway, strings.Join(pairs, ", ")),
			message:    fmt.Sprintf(`"HDS-ENC-03: the StorageClass " + %s + " belongs to the guardrails, and has other parameters than theirs. Choose another name."`, text(s.ClassName)),
		},
		{
			expression: fmt.Sprintf("!(%s) || object.metadata.name in %s || has(object.parameters) && 'encrypted' in object.parameters && object.parameters['encrypted'] == 'true'",
				scaleway, list(ShippedClasses())),
			message: `"HDS-ENC-03: a StorageClass of ` + Provisioner + ` must have the parameter encrypted \"true\"."`,
		},
	}
}

func restoreChecks() []check {
	return []check{{
		expression: "!has(object.spec.dataSource) && !has(object.spec.dataSourceRef) || " + annotation(AnnotationEncryptedSource) + " == 'true'",
		message: `"HDS-ENC-03: a claim with a data source is refused: the driver formats a device that is not encrypted, and its data is lost. ` +
			`If the source is encrypted with a passphrase of this cluster, attest it with the annotation ` + AnnotationEncryptedSource + `: \"true\"."`,
	}}
}
