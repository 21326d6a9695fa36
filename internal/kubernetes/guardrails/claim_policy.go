package guardrails

import "fmt"

// betaClassAnnotation is an older annotation with a class. If it is present, even if it is empty, Kubernetes uses it
// instead of the storageClassName of a claim or a PersistentVolume.
const betaClassAnnotation = "volume.beta.kubernetes.io/storage-class"

// classExpr returns a CEL expression for the class of a claim or a PersistentVolume, like EffectiveClass.
func classExpr(object string) string {
	return expand(`({annotated} ? {o}.metadata.annotations[{key}] : has({o}.spec.storageClassName) ? `+
		`{o}.spec.storageClassName : '')`,
		"annotated", hasAnnotationExpr(object, betaClassAnnotation), "key", celString(betaClassAnnotation), "o", object)
}

// claimPolicy validates the class of a new claim, and changes of it. The API server rejects most changes of the field,
// but it accepts every annotation through the status subresource.
func (s Settings) claimPolicy() policy {
	class := celString(s.ClassName)
	return policy{
		name:       Claims,
		resources:  inGroup("", "persistentvolumeclaims", "persistentvolumeclaims/status"),
		operations: onChange(),
		rule:       alwaysDeny(),
		variables: []namedExpression{
			{"class", classExpr("object")},
			{"oldClass", `oldObject == null ? '' : ` + classExpr("oldObject")},
		},
		validations: []validation{
			{
				expression: "oldObject != null || has(object.spec.storageClassName) && object.spec.storageClassName " +
					"== " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the claim must use the encrypted StorageClass " + %s + ", found " `+
					`+ `+
					`(has(object.spec.storageClassName) ? "'" + object.spec.storageClassName + "'" : "none") + ". Set `+
					`spec.storageClassName to it, or omit the field if that class is the default."`, class),
			},
			{
				expression: "oldObject != null || variables.class == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the annotation %s must name the class " + %s + " or be absent: `+
					`Kubernetes uses it instead of spec.storageClassName. Remove it."`, betaClassAnnotation, class),
			},
			{
				expression: "oldObject == null || variables.class == variables.oldClass || variables.class == " + class,
				message: fmt.Sprintf(`"HDS-ENC-03: the class of a claim must not change to a class other than " + %s `+
					`+ ", `+
					`found '" + variables.class + `+
					`"'. Kubernetes uses the annotation %s instead of spec.storageClassName. Restore its previous `+
					`value."`,
					class, betaClassAnnotation),
			},
		},
	}
}

// HasClassAnnotation reports whether the annotations of a claim set its class.
func HasClassAnnotation(annotations map[string]string) bool {
	_, exists := annotations[betaClassAnnotation]
	return exists
}

// EffectiveClass returns the effective class of a claim or a PersistentVolume from its storageClassName and
// annotations, or "".
func EffectiveClass(class string, annotations map[string]string) string {
	if annotated, exists := annotations[betaClassAnnotation]; exists {
		return annotated
	}
	return class
}

// restorePolicy validates claims with a data source. The driver formats a device that is not encrypted with LUKS, which
// destroys the data of an unencrypted source.
func (s Settings) restorePolicy() policy {
	return policy{
		name: Restores, resources: inGroup("", "persistentvolumeclaims"), operations: onCreate(), rule: alwaysDeny(),
		validations: []validation{
			{
				expression: expand(
					`!{source} && !{reference}`, "source", isClaimExpr("object.spec.dataSource"), "reference",
					isClaimExpr("object.spec.dataSourceRef"),
				),
				message: celString("HDS-ENC-03: the driver " + Provisioner + " cannot clone a claim, so the new " +
					"claim would stay pending. Take a VolumeSnapshot of the source and restore it."),
			},
			{
				expression: expand(
					`!has(object.spec.dataSource) && !has(object.spec.dataSourceRef) || {attested} == 'true' && `+
						`request.namespace in {namespaces}`,
					"attested",
					annotationExpr(AnnotationEncryptedSource),
					"namespaces",
					celList(exceptionNamespaces(s.AttestedRestores)),
				),
				message: celString(
					"HDS-ENC-03: a claim with a data source is refused because the driver formats a device that is " +
						"not encrypted, which destroys its data. If the source is encrypted with a passphrase of " +
						"this cluster, attest that with the annotation " + AnnotationEncryptedSource + ": \"true\" " +
						"on the claim. It is accepted in the namespaces listed in attested_restores of " +
						"srm_hds_guardrails.",
				),
			},
		},
	}
}

// isClaimExpr returns a CEL expression that reports whether a data source is a claim, which requests a clone of it.
func isClaimExpr(source string) string {
	return expand(`(has({f}) && {f}.kind == 'PersistentVolumeClaim' && (!has({f}.apiGroup) || {f}.apiGroup == null || `+
		`{f}.apiGroup == ''))`, "f", source)
}
