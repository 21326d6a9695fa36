package guardrails

import "fmt"

// betaClass is an older annotation with a class. If it is present, even if it is empty, Kubernetes uses it instead of
// the storageClassName of a claim or a PersistentVolume.
const betaClass = "volume.beta.kubernetes.io/storage-class"

// classOf returns a CEL expression for the class of a claim or a PersistentVolume, like ClassOf.
func classOf(object string) string {
	return expand(`({annotated} ? {o}.metadata.annotations[{key}] : has({o}.spec.storageClassName) ? `+
		`{o}.spec.storageClassName : '')`,
		"annotated", hasAnnotation(object, betaClass), "key", text(betaClass), "o", object)
}

// claimPolicy validates the class of a new claim, and changes of it. The API server rejects most changes of the field,
// but it accepts every annotation through the status subresource.
func (s Settings) claimPolicy() policy {
	class := text(s.ClassName)
	return policy{
		name: Claims, resources: only(
			"", "persistentvolumeclaims", "persistentvolumeclaims/status",
		), operations: onChange(), rule: always(),
		variables: []named{{"class", classOf("object")}, {"oldClass", `oldObject == null ? '' : ` + classOf("oldObject")}},
		checks: []check{
			{
				expression: "oldObject != null || has(object.spec.storageClassName) && object.spec.storageClassName == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the claim must use the encrypted StorageClass " + %s + ", found " + `+
					`(has(object.spec.storageClassName) ? "'" + object.spec.storageClassName + "'" : "none") + ". Set `+
					`spec.storageClassName to it, or omit the field if that class is the default."`, class),
			},
			{
				expression: "oldObject != null || variables.class == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the annotation %s must name the class " + %s + " or be absent: `+
					`Kubernetes uses it instead of spec.storageClassName. Remove it."`, betaClass, class),
			},
			{
				expression: "oldObject == null || variables.class == variables.oldClass || variables.class == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the class of a claim must not change to a class other than " + %s + ", `+
					`found '" + variables.class + `+
					`"'. Kubernetes uses the annotation %s instead of spec.storageClassName. Restore its previous value."`,
					class, betaClass),
			},
		},
	}
}

// NamesClass reports whether the annotations of a claim set its class.
func NamesClass(annotations map[string]string) bool {
	_, exists := annotations[betaClass]
	return exists
}

// ClassOf returns the effective class of a claim or a PersistentVolume from its storageClassName and annotations, or
// "".
func ClassOf(class string, annotations map[string]string) string {
	if annotated, exists := annotations[betaClass]; exists {
		return annotated
	}
	return class
}

// restorePolicy validates claims with a data source. The driver formats a device that is not encrypted with LUKS, which
// destroys the data of an unencrypted source.
func (s Settings) restorePolicy() policy {
	return policy{
		name: Restores, resources: only("", "persistentvolumeclaims"), operations: onCreate(), rule: always(),
		checks: []check{
			{
				expression: expand(
					`!{source} && !{reference}`, "source", isClaim("object.spec.dataSource"), "reference", isClaim(
						"object.spec.dataSourceRef",
					),
				),
				message: text("HDS-ENC-03: the driver " + Provisioner + " cannot clone a claim, so the new claim would stay " +
					"pending. Take a VolumeSnapshot of the source and restore it."),
			},
			{
				expression: expand(`!has(object.spec.dataSource) && !has(object.spec.dataSourceRef) || {attested} == 'true' && `+
					`request.namespace in {namespaces}`,
					"attested", annotation(AnnotationEncryptedSource), "namespaces", list(namespacesOf(s.AttestedRestores))),
				message: text("HDS-ENC-03: a claim with a data source is refused because the driver formats a device that is not " +
					"encrypted, which destroys its data. If the source is encrypted with a passphrase of this cluster, attest that " +
					"with the annotation " + AnnotationEncryptedSource + ": \"true\" on the claim. It is accepted in the namespaces " +
					"listed in attested_restores of srm_hds_guardrails."),
			},
		},
	}
}

// isClaim returns a CEL expression that reports whether a data source is a claim, which requests a clone of it.
func isClaim(source string) string {
	return expand(`(has({f}) && {f}.kind == 'PersistentVolumeClaim' && (!has({f}.apiGroup) || {f}.apiGroup == null || `+
		`{f}.apiGroup == ''))`, "f", source)
}
