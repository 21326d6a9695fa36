package guardrails

import "fmt"

// betaClass is an older annotation with a class. Kubernetes takes it before the field of a claim or a PersistentVolume
// wherever it is present, also where it is empty.
const betaClass = "volume.beta.kubernetes.io/storage-class"

// classOf is a CEL expression of the class of a claim or a PersistentVolume, as ClassOf has it.
func classOf(object string) string {
	return expand(`({annotated} ? {o}.metadata.annotations[{key}] : has({o}.spec.storageClassName) ? `+
		`{o}.spec.storageClassName : '')`,
		"annotated", hasAnnotation(object, betaClass), "key", text(betaClass), "o", object)
}

// claimPolicy judges the class of a new claim, and changes of it. The field hardly changes; the annotation does, by the
// status even to every value.
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
					`spec.storageClassName, or leave it out where that class is the default."`, class),
			},
			{
				expression: "oldObject != null || variables.class == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the annotation %s names another class than " + %s + ", or none, and `+
					`Kubernetes takes it `+
					`before spec.storageClassName. Remove it."`, betaClass, class),
			},
			{
				expression: "oldObject == null || variables.class == variables.oldClass || variables.class == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the class of a claim must not change to another one than " + %s + ", found '" `+
					`+ variables.class + `+
					`"'. Kubernetes takes the annotation %s before spec.storageClassName. Leave it as it was."`, class, betaClass),
			},
		},
	}
}

// NamesClass says whether the annotations of a claim name its class, as before spec.storageClassName.
func NamesClass(annotations map[string]string) bool {
	_, named := annotations[betaClass]
	return named
}

// ClassOf is the class of a claim or a PersistentVolume with a class and annotations, "" where it has none.
func ClassOf(class string, annotations map[string]string) string {
	if old, exists := annotations[betaClass]; exists {
		return old
	}
	return class
}

// restorePolicy is about claims that are filled from a source. The driver formats a device that is not LUKS, and so
// destroys what an unencrypted source holds.
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
				message: text("HDS-ENC-03: the driver " + Provisioner + " cannot clone a claim: the new claim would stay " +
					"pending. Take a VolumeSnapshot of the source, and restore it."),
			},
			{
				expression: expand(`!has(object.spec.dataSource) && !has(object.spec.dataSourceRef) || {attested} == 'true' && `+
					`request.namespace in {namespaces}`,
					"attested", annotation(AnnotationEncryptedSource), "namespaces", list(namespacesOf(s.AttestedRestores))),
				message: text("HDS-ENC-03: a claim with a data source is refused: the driver formats a device that is not " +
					"encrypted, and its data is lost. If the source is encrypted with a passphrase of this cluster, attest it with " +
					"the annotation " +
					AnnotationEncryptedSource +
					": \"true\", which is accepted in the namespaces that attested_restores of srm_hds_guardrails lists."),
			},
		},
	}
}

// isClaim is a CEL expression that says whether a data source is a claim, which is a clone of it.
func isClaim(source string) string {
	return expand(`(has({f}) && {f}.kind == 'PersistentVolumeClaim' && (!has({f}.apiGroup) || {f}.apiGroup == null || `+
		`{f}.apiGroup == ''))`, "f", source)
}
