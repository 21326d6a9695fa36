package guardrails

import (
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// AnnotationProvisionedBy is the annotation with the provisioner that created a PersistentVolume.
const AnnotationProvisionedBy = "pv.kubernetes.io/provisioned-by"

// annotationBound has the value "yes" if a controller has bound a PersistentVolume to its claim.
const annotationBound = "pv.kubernetes.io/bound-by-controller"

// AttributeProvisioner is the volume attribute that a provisioner adds to volumes of its driver.
const AttributeProvisioner = "storage.kubernetes.io/csiProvisionerIdentity"

// kmsKey is the volume attribute, in lower case, with which the driver leaves encryption to the Block Storage API.
const kmsKey = "kmskeyid"

// volumeTerms are CEL expressions for properties of a PersistentVolume.
type volumeTerms struct {
	scaleway, encrypted, secrets string
	// passes: the volume is encrypted with a Secret of the guardrails.
	passes string
	// written: the volume has the annotation and the attribute of the driver's provisioner.
	written string
	// provisioned: the driver's provisioner created the volume for a claim, and its name ends with the UID of the
	// claim.
	provisioned string
	// attested: the volume is attested to be encrypted, and its claim is in a namespace where that is accepted.
	attested string
}

// volumeTerms returns the terms for an object of a request, "object" or "oldObject".
func (s Settings) volumeTerms(object string) volumeTerms {
	secret := func(ref string) string {
		return expand(`(has({r}) && has({r}.name) && has({r}.namespace) && {r}.namespace == {namespace} && `+
			`{r}.name.matches({pattern}))`,
			"r", "{o}.spec.csi."+ref, "namespace", celString(s.Namespace), "pattern", celString(secretPattern))
	}
	t := volumeTerms{scaleway: `(has({o}.spec.csi) && {o}.spec.csi.driver == ` + celString(Provisioner) + `)`}
	t.encrypted = expand(`(has({o}.spec.csi.volumeAttributes) && 'encrypted' in {o}.spec.csi.volumeAttributes && `+
		`{true} `+
		`&& `+
		`!{o}.spec.csi.volumeAttributes.exists(k, k.lowerAscii() == {kms}))`,
		"true", parsesTrue("{o}.spec.csi.volumeAttributes['encrypted']"), "kms", celString(kmsKey))
	t.secrets = expand(`({stage} && (!has({o}.spec.csi.nodeExpandSecretRef) || {expand}))`,
		"stage", secret("nodeStageSecretRef"), "expand", secret("nodeExpandSecretRef"))
	t.passes = `(` + t.scaleway + ` && ` + t.encrypted + ` && ` + t.secrets + `)`
	t.written = expand(`({scaleway} && {by} == {driver} && has({o}.spec.csi.volumeAttributes) && {identity} in `+
		`{o}.spec.csi.volumeAttributes)`,
		"scaleway", t.scaleway, "by", objectAnnotationExpr(
			"{o}", AnnotationProvisionedBy,
		), "driver", celString(Provisioner),
		"identity", celString(AttributeProvisioner))
	t.provisioned = expand(`({written} && has({o}.spec.claimRef) && has({o}.spec.claimRef.uid) && `+
		`{o}.spec.claimRef.uid `+
		`!= '' && `+
		`has({o}.spec.claimRef.namespace) && has({o}.spec.claimRef.name) && {o}.metadata.name.endsWith('-' + `+
		`{o}.spec.claimRef.uid))`,
		"written", t.written)
	t.attested = expand(
		`({attested} == 'true' && has({o}.spec.claimRef) && has({o}.spec.claimRef.namespace) && `+
			`{o}.spec.claimRef.namespace in {namespaces})`,
		"attested",
		objectAnnotationExpr("{o}", AnnotationEncryptedSource),
		"namespaces",
		celList(exceptionNamespaces(s.AttestedRestores)),
	)
	for _, term := range []*string{
		&t.scaleway, &t.encrypted, &t.secrets, &t.passes, &t.written, &t.provisioned, &t.attested,
	} {
		*term = expand(*term, "o", object)
	}
	return t
}

// volumePolicy validates PersistentVolumes. knownVolumePolicy validates new unencrypted volumes of the driver's
// provisioner.
func (s Settings) volumePolicy() policy {
	t := s.volumeTerms("object")
	unless := func(condition, otherwise string) string {
		return `oldObject != null || !` + condition + ` || ` + otherwise
	}
	return policy{
		name: Volumes, resources: inGroup(
			"", "persistentvolumes", "persistentvolumes/status",
		), operations: onChange(), rule: alwaysDeny(),
		conditions: []namedExpression{
			notDeleting(), {"not-provisioned-before", `oldObject != null || !` + t.provisioned + ` || ` + t.passes},
		},
		variables: s.volumeChanges(),
		validations: append([]validation{
			{
				expression: `oldObject != null || ` + t.scaleway,
				message: celString(
					"HDS-ENC-03: a PersistentVolume must be an encrypted volume of the CSI driver " + Provisioner +
						". Every other source is refused.",
				),
			},
			{
				expression: unless(t.scaleway, t.encrypted),
				message: celString(
					"HDS-ENC-03: the PersistentVolume must have spec.csi.volumeAttributes.encrypted \"true\" and no " +
						"Key Manager key (kmsKeyId): with such a key, the driver does not encrypt.",
				),
			},
			{
				expression: unless(t.scaleway, t.secrets),
				message: celString(
					"HDS-ENC-03: the PersistentVolume must reference one of the Secrets " + s.Namespace +
						"/srm-passphrase-v… in nodeStageSecretRef.",
				),
			},
			{
				expression: unless(t.scaleway, handleInZone()), message: handleMessage(),
			},
			{
				expression: unless(t.scaleway, `(`+t.provisioned+` || `+t.attested+`)`),
				message: celString(
					"HDS-ENC-03: it is unknown whether the volume of this handle is encrypted. The driver formats a " +
						"device that is not encrypted, which destroys its data. If the volume is encrypted with the " +
						"passphrase of the Secret, attest that with the annotation " + AnnotationEncryptedSource +
						": \"true\", and set spec.claimRef to a claim in one of the namespaces listed in " +
						"attested_restores of srm_hds_guardrails.",
				),
			},
		}, s.volumeChangeChecks()...),
	}
}

// volumeChanges returns the variables for a change of a PersistentVolume. Its source is immutable, so only its claim
// can get worse. An encrypted volume of the driver's provisioner may be bound to every claim, and an attested one to
// claims of the listed namespaces. Every other volume keeps its claim, or the controllers bind it to an older claim of
// its class.
func (s Settings) volumeChanges() []namedExpression {
	now, before := s.volumeTerms("object"), s.volumeTerms("oldObject")
	claim := func(object string) string {
		return expand(`{o} != null && has({o}.spec.claimRef) ? [has({o}.spec.claimRef.namespace) ? `+
			`{o}.spec.claimRef.namespace : '', `+
			`has({o}.spec.claimRef.name) ? {o}.spec.claimRef.name : '', has({o}.spec.claimRef.uid) ? `+
			`{o}.spec.claimRef.uid : `+
			`''] : []`,
			"o", object)
	}
	class := func(object string) string {
		return object + ` != null ? ` + classExpr(object) + ` : ''`
	}
	return []namedExpression{
		{"passes", now.passes},
		{"accepted", `oldObject != null && ` + before.written + ` || ` + now.attested},
		{"component", isOneOfExpr(DefaultUsers(), DefaultGroups())},
		{"newClaim", claim("object")},
		{"oldClaim", claim("oldObject")},
		{"newClass", class("object")},
		{"oldClass", class("oldObject")},
		{"same", `size(variables.newClaim) > 0 && size(variables.oldClaim) > 0 && variables.newClaim[0] == ` +
			`variables.oldClaim[0] && ` +
			`variables.newClaim[1] == variables.oldClaim[1]`},
		{"aimed", `oldObject != null && size(variables.newClaim) > 0 && ` +
			`!(variables.same && (variables.oldClaim[2] == '' || variables.oldClaim[2] == variables.newClaim[2]))`},
		// The volume is bound to the claim that it reserves by name, whatever the class of the claim.
		{"filled", `variables.same && variables.oldClaim[2] == '' && variables.newClaim[2] != ''`},
		s.closedVariable("reservedClosed", reservedResource),
		{"reserved", s.lookupExpr(reservedResource, reservedKeyExpr)},
		{"freed", `size(variables.oldClaim) > 0 && size(variables.newClaim) == 0`},
		// The volume controller and the scheduler write the UID and an annotation. The controller removes the UID if
		// the claim of the reservation is bound to another volume.
		{"bound", `variables.component && (variables.same && variables.newClaim[2] == '' || ` +
			`variables.newClaim[2] != '' && ` + annotationExpr(annotationBound) + ` == 'yes')`},
	}
}

// volumeChangeChecks returns the validations of a change of a PersistentVolume.
func (s Settings) volumeChangeChecks() []validation {
	provisioner := annotationExpr(AnnotationProvisionedBy)
	return []validation{
		{
			expression: `!variables.filled || variables.passes || variables.reservedClosed`,
			message:    s.openLookupMessage(),
		},
		{
			expression: `!variables.filled || variables.passes || variables.reserved`,
			message: celString(
				"HDS-ENC-03: the PersistentVolume is not encrypted with a Secret of the guardrails and reserves a " +
					"claim. It can only be bound to a claim that was pending before the guardrails. Remove its " +
					"spec.claimRef.",
			),
		},
		{
			expression: `!variables.aimed || variables.passes || variables.bound && variables.newClass != ` + celString(
				s.ClassName,
			),
			message: celString(
				"HDS-ENC-03: the PersistentVolume is not encrypted with a Secret of the guardrails, so it must not " +
					"be bound to another claim. Copy its data to a claim of the class " + s.ClassName + ".",
			),
		},
		{
			expression: `!(variables.aimed || variables.freed) || !variables.passes || variables.accepted || ` +
				`variables.component && ` +
				`(variables.freed || variables.bound)`,
			message: celString(
				"HDS-ENC-03: the encryption of the PersistentVolume is only attested, which is accepted for claims " +
					"in the namespaces listed in attested_restores of srm_hds_guardrails: spec.claimRef must name " +
					"such a claim, and the annotation " + AnnotationEncryptedSource + " must be \"true\".",
			),
		},
		{
			expression: `oldObject == null || variables.newClass != ` + celString(s.ClassName) + ` || ` +
				`variables.oldClass == ` +
				`variables.newClass || ` +
				`variables.passes && variables.accepted`,
			message: celString(
				"HDS-ENC-03: the class of the PersistentVolume must not change to " + s.ClassName + ": claims of " +
					"that class could be bound to a volume that is not encrypted.",
			),
		},
		{
			expression: expand(
				`oldObject == null || {by} == '' || {by} == {before}`, "by", provisioner, "before",
				objectAnnotationExpr("oldObject", AnnotationProvisionedBy),
			),
			message: celString(
				"HDS-ENC-03: a provisioner sets the annotation " + AnnotationProvisionedBy + " when it creates a " +
					"PersistentVolume. The annotation must not be added or changed later.",
			),
		},
	}
}

// handleInZone returns a CEL expression that reports whether the handle of a volume is in an allowed zone.
func handleInZone() string {
	return `object.spec.csi.volumeHandle.matches(` +
		celString(
			`^(`+strings.Join(compliance.Zones(), "|")+`)/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`,
		) + `)`
}

func handleMessage() string {
	return celString(
		"HDS-RES-02: spec.csi.volumeHandle must be ZONE/UUID of a volume in " + strings.Join(compliance.Zones(),
			", ") + ".",
	)
}

// knownVolumePolicy uses lookups to validate new volumes. It accepts the unencrypted volume that the driver's
// provisioner creates for a claim that is older than the guardrails, because the Block Storage volume already exists
// and would be orphaned. An encrypted volume must reference a Secret that exists. If the lookups are open, the policy
// still accepts encrypted volumes of the provisioner, which has read the Secret.
func (s Settings) knownVolumePolicy() policy {
	t := s.volumeTerms("object")
	return policy{
		name: KnownVolumes, resources: inGroup("", "persistentvolumes"), operations: onCreate(), rule: alwaysDeny(),
		conditions: []namedExpression{{"needs-a-lookup", t.passes + ` || ` + t.provisioned}},
		variables: []namedExpression{
			{"passes", t.passes},
			{"provisioned", t.provisioned},
			s.closedVariable("claimsClosed", claimsResource),
			s.closedVariable("secretsClosed", secretsResource),
			{"older", s.lookupExpr(claimsResource, claimKeyExpr())},
			{"staged", s.lookupExpr(secretsResource, "object.spec.csi.nodeStageSecretRef.name")},
			{
				"expanded", `!has(object.spec.csi.nodeExpandSecretRef) || ` + s.lookupExpr(
					secretsResource, "object.spec.csi.nodeExpandSecretRef.name",
				),
			},
		},
		validations: []validation{
			{
				expression: `variables.passes ? variables.provisioned || variables.secretsClosed : ` +
					`variables.claimsClosed`,
				message: s.openLookupMessage(),
			},
			{
				// The provisioner uses this name, so there is only one such volume per claim.
				expression: `variables.passes || object.metadata.name == 'pvc-' + object.spec.claimRef.uid && ` +
					`variables.older`,
				message: celString(
					"HDS-ENC-03: the PersistentVolume is neither a volume that " + Provisioner + " encrypts with a " +
						"Secret of the guardrails nor the volume pvc-UID of a claim of this class that was pending " +
						"before the guardrails.",
				),
			},
			{expression: `variables.passes || ` + handleInZone(), message: handleMessage()},
			{
				expression: `!variables.passes || variables.staged && variables.expanded`,
				message: celString(
					"HDS-ENC-03: the PersistentVolume references a Secret that does not exist in " + s.Namespace + ".",
				),
			},
		},
	}
}
