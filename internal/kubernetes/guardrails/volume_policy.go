package guardrails

import (
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// AnnotationProvisionedBy names the provisioner that wrote a PersistentVolume.
const AnnotationProvisionedBy = "pv.kubernetes.io/provisioned-by"

// annotationBound says that a controller has chosen the claim of a PersistentVolume.
const annotationBound = "pv.kubernetes.io/bound-by-controller"

// AttributeProvisioner is the attribute that a provisioner adds to the volumes of its driver.
const AttributeProvisioner = "storage.kubernetes.io/csiProvisionerIdentity"

// kmsKey is an attribute, in small letters, with which the driver leaves encryption to the Block Storage API.
const kmsKey = "kmskeyid"

// volumeTerms are CEL expressions about a PersistentVolume.
type volumeTerms struct {
	scaleway, encrypted, secrets string
	// passes is a volume that is encrypted with a Secret of the guardrails.
	passes string
	// written is a volume that the driver's provisioner says it wrote.
	written string
	// provisioned is a new volume that the driver's provisioner wrote for a claim: it is named after it.
	provisioned string
	// attested is a volume whose source may be attested, and is.
	attested string
}

// volumeTerms are those of an object of a request, "object" or "oldObject".
func (s Settings) volumeTerms(object string) volumeTerms {
	secret := func(ref string) string {
		return expand(`(has({r}) && has({r}.name) && has({r}.namespace) && {r}.namespace == {namespace} && `+
			`{r}.name.matches({pattern}))`,
			"r", "{o}.spec.csi."+ref, "namespace", text(s.Namespace), "pattern", text(secretPattern))
	}
	t := volumeTerms{scaleway: `(has({o}.spec.csi) && {o}.spec.csi.driver == ` + text(Provisioner) + `)`}
	t.encrypted = expand(`(has({o}.spec.csi.volumeAttributes) && 'encrypted' in {o}.spec.csi.volumeAttributes && {true} `+
		`&& `+
		`!{o}.spec.csi.volumeAttributes.exists(k, k.lowerAscii() == {kms}))`,
		"true", parsesTrue("{o}.spec.csi.volumeAttributes['encrypted']"), "kms", text(kmsKey))
	t.secrets = expand(`({stage} && (!has({o}.spec.csi.nodeExpandSecretRef) || {expand}))`,
		"stage", secret("nodeStageSecretRef"), "expand", secret("nodeExpandSecretRef"))
	t.passes = `(` + t.scaleway + ` && ` + t.encrypted + ` && ` + t.secrets + `)`
	t.written = expand(`({scaleway} && {by} == {driver} && has({o}.spec.csi.volumeAttributes) && {identity} in `+
		`{o}.spec.csi.volumeAttributes)`,
		"scaleway", t.scaleway, "by", annotationOf("{o}", AnnotationProvisionedBy), "driver", text(Provisioner),
		"identity", text(AttributeProvisioner))
	t.provisioned = expand(`({written} && has({o}.spec.claimRef) && has({o}.spec.claimRef.uid) && {o}.spec.claimRef.uid `+
		`!= '' && `+
		`has({o}.spec.claimRef.namespace) && has({o}.spec.claimRef.name) && {o}.metadata.name.endsWith('-' + `+
		`{o}.spec.claimRef.uid))`,
		"written", t.written)
	t.attested = expand(`({attested} == 'true' && has({o}.spec.claimRef) && has({o}.spec.claimRef.namespace) && `+
		`{o}.spec.claimRef.namespace in {namespaces})`,
		"attested", annotationOf("{o}", AnnotationEncryptedSource), "namespaces", list(namespacesOf(s.AttestedRestores)))
	for _, term := range []*string{
		&t.scaleway, &t.encrypted, &t.secrets, &t.passes, &t.written, &t.provisioned, &t.attested,
	} {
		*term = expand(*term, "o", object)
	}
	return t
}

// volumePolicy judges PersistentVolumes. A new volume of the driver's provisioner that does not pass is left to
// knownVolumePolicy.
func (s Settings) volumePolicy() policy {
	t := s.volumeTerms("object")
	unless := func(condition, otherwise string) string {
		return `oldObject != null || !` + condition + ` || ` + otherwise
	}
	return policy{
		name: Volumes, resources: only(
			"", "persistentvolumes", "persistentvolumes/status",
		), operations: onChange(), rule: always(),
		conditions: []named{
			notDeleting(), {"not-provisioned-before", `oldObject != null || !` + t.provisioned + ` || ` + t.passes},
		},
		variables: s.volumeChanges(),
		checks: append([]check{
			{
				expression: `oldObject != null || ` + t.scaleway,
				message: text("HDS-ENC-03: a PersistentVolume must be an encrypted one of " + Provisioner + ": every other " +
					"source is refused."),
			},
			{
				expression: unless(t.scaleway, t.encrypted),
				message: text("HDS-ENC-03: the PersistentVolume must have spec.csi.volumeAttributes.encrypted \"true\", and no " +
					"key of a key manager: the driver encrypts nothing then."),
			},
			{
				expression: unless(t.scaleway, t.secrets),
				message: text(
					"HDS-ENC-03: the PersistentVolume must name one of the Secrets " + s.Namespace + "/srm-passphrase-v… as " +
						"nodeStageSecretRef.",
				),
			},
			{
				expression: unless(t.scaleway, handleInZone()), message: handleMessage(),
			},
			{
				expression: unless(t.scaleway, `(`+t.provisioned+` || `+t.attested+`)`),
				message: text("HDS-ENC-03: whether the volume of this handle is encrypted is not known: the driver formats a " +
					"device that is not, and its data is lost. If it is encrypted with the passphrase of the Secret, attest it with " +
					"the annotation " +
					AnnotationEncryptedSource +
					": \"true\", and name its claim in spec.claimRef, in one of the namespaces that attested_restores of " +
					"srm_hds_guardrails lists."),
			},
		}, s.volumeChangeChecks()...),
	}
}

// volumeChanges are variables about a change of a PersistentVolume. Its source never changes: what can get worse is
// which claim gets it. A volume that the driver's provisioner wrote is encrypted for every claim, an attested one for
// those of listed namespaces; any other one keeps the claim that it has, or gets an older claim of its class from the
// controllers that bind claims.
func (s Settings) volumeChanges() []named {
	now, before := s.volumeTerms("object"), s.volumeTerms("oldObject")
	claim := func(object string) string {
		return expand(`{o} != null && has({o}.spec.claimRef) ? [has({o}.spec.claimRef.namespace) ? `+
			`{o}.spec.claimRef.namespace : '', `+
			`has({o}.spec.claimRef.name) ? {o}.spec.claimRef.name : '', has({o}.spec.claimRef.uid) ? {o}.spec.claimRef.uid : `+
			`''] : []`,
			"o", object)
	}
	class := func(object string) string {
		return object + ` != null ? ` + classOf(object) + ` : ''`
	}
	return []named{
		{"passes", now.passes},
		{"accepted", `oldObject != null && ` + before.written + ` || ` + now.attested},
		{"component", isOneOf(DefaultUsers(), DefaultGroups())},
		{"newClaim", claim("object")},
		{"oldClaim", claim("oldObject")},
		{"newClass", class("object")},
		{"oldClass", class("oldObject")},
		{"same", `size(variables.newClaim) > 0 && size(variables.oldClaim) > 0 && variables.newClaim[0] == ` +
			`variables.oldClaim[0] && ` +
			`variables.newClaim[1] == variables.oldClaim[1]`},
		{"aimed", `oldObject != null && size(variables.newClaim) > 0 && ` +
			`!(variables.same && (variables.oldClaim[2] == '' || variables.oldClaim[2] == variables.newClaim[2]))`},
		// The claim that the volume reserves by its name gets it, whatever the class of the claim.
		{"filled", `variables.same && variables.oldClaim[2] == '' && variables.newClaim[2] != ''`},
		s.closed("reservedClosed", knownReserved),
		{"reserved", s.lookup(knownReserved, reservedKey)},
		{"freed", `size(variables.oldClaim) > 0 && size(variables.newClaim) == 0`},
		// The controller of volumes and the scheduler write the UID and an annotation; the controller takes the UID away
		// where a claim that the volume was reserved for has got another one.
		{"bound", `variables.component && (variables.same && variables.newClaim[2] == '' || ` +
			`variables.newClaim[2] != '' && ` + annotation(annotationBound) + ` == 'yes')`},
	}
}

func (s Settings) volumeChangeChecks() []check {
	by := annotation(AnnotationProvisionedBy)
	return []check{
		{expression: `!variables.filled || variables.passes || variables.reservedClosed`, message: s.openMessage()},
		{
			expression: `!variables.filled || variables.passes || variables.reserved`,
			message: text("HDS-ENC-03: the PersistentVolume is not encrypted with a Secret of the guardrails, and reserves a " +
				"claim: only a claim that was pending before the guardrails gets it. Remove its spec.claimRef."),
		},
		{
			expression: `!variables.aimed || variables.passes || variables.bound && variables.newClass != ` + text(s.ClassName),
			message: text("HDS-ENC-03: the PersistentVolume is not encrypted with a Secret of the guardrails: another claim " +
				"must not get it. Copy its data to a claim of the class " + s.ClassName + "."),
		},
		{
			expression: `!(variables.aimed || variables.freed) || !variables.passes || variables.accepted || ` +
				`variables.component && ` +
				`(variables.freed || variables.bound)`,
			message: text("HDS-ENC-03: whether the volume of this PersistentVolume is encrypted is attested for claims of the " +
				"namespaces that attested_restores of srm_hds_guardrails lists: spec.claimRef must name one of them, beside the " +
				"annotation " +
				AnnotationEncryptedSource + ": \"true\"."),
		},
		{
			expression: `oldObject == null || variables.newClass != ` + text(s.ClassName) + ` || variables.oldClass == ` +
				`variables.newClass || ` +
				`variables.passes && variables.accepted`,
			message: text("HDS-ENC-03: the PersistentVolume must not get the class " + s.ClassName + ": claims of that class " +
				"would be bound to a volume that is not known to be encrypted."),
		},
		{
			expression: expand(
				`oldObject == null || {by} == '' || {by} == {before}`, "by", by, "before", annotationOf(
					"oldObject", AnnotationProvisionedBy,
				),
			),
			message: text("HDS-ENC-03: a provisioner writes the annotation " + AnnotationProvisionedBy + " when it creates a " +
				"PersistentVolume: it must not be added or changed later."),
		},
	}
}

// handleInZone is a CEL expression: the volume of the driver is in a zone of the provisions.
func handleInZone() string {
	return `object.spec.csi.volumeHandle.matches(` +
		text(`^(`+strings.Join(compliance.Zones(), "|")+`)/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`) + `)`
}

func handleMessage() string {
	return text(
		"HDS-RES-02: spec.csi.volumeHandle must be ZONE/UUID of a volume in " + strings.Join(compliance.Zones(), ", ") + ".",
	)
}

// knownVolumePolicy judges with what the cluster holds: the volume that the driver's provisioner writes for a claim
// that is older than the guardrails passes, as it exists already, and would be left behind; one that is encrypted must
// name a Secret that exists. The provisioner has read it: a grant that opens the lookups does not stop the provisioner.
func (s Settings) knownVolumePolicy() policy {
	t := s.volumeTerms("object")
	return policy{
		name: KnownVolumes, resources: only("", "persistentvolumes"), operations: onCreate(), rule: always(),
		conditions: []named{{"needs-a-lookup", t.passes + ` || ` + t.provisioned}},
		variables: []named{
			{"passes", t.passes},
			{"provisioned", t.provisioned},
			s.closed("claimsClosed", knownClaims),
			s.closed("secretsClosed", knownSecrets),
			{"older", s.lookup(knownClaims, claimKey())},
			{"staged", s.lookup(knownSecrets, "object.spec.csi.nodeStageSecretRef.name")},
			{
				"expanded", `!has(object.spec.csi.nodeExpandSecretRef) || ` + s.lookup(
					knownSecrets, "object.spec.csi.nodeExpandSecretRef.name",
				),
			},
		},
		checks: []check{
			{
				expression: `variables.passes ? variables.provisioned || variables.secretsClosed : variables.claimsClosed`,
				message:    s.openMessage(),
			},
			{
				// The provisioner names it so, which makes it the only one of the claim.
				expression: `variables.passes || object.metadata.name == 'pvc-' + object.spec.claimRef.uid && variables.older`,
				message: text("HDS-ENC-03: the PersistentVolume is not one that " + Provisioner + " encrypts with a Secret of " +
					"the guardrails, and not the one, pvc-UID, of a claim of that class that was pending before the guardrails."),
			},
			{expression: `variables.passes || ` + handleInZone(), message: handleMessage()},
			{
				expression: `!variables.passes || variables.staged && variables.expanded`,
				message:    text("HDS-ENC-03: the PersistentVolume names a Secret that does not exist in " + s.Namespace + "."),
			},
		},
	}
}
