package guardrails

import (
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// AnnotationProvisionedBy names the provisioner that wrote a PersistentVolume.
const AnnotationProvisionedBy = "pv.kubernetes.io/provisioned-by"

// AttributeProvisioner is the attribute that a provisioner adds to the volumes of its driver.
const AttributeProvisioner = "storage.kubernetes.io/csiProvisionerIdentity"

// kmsKey is an attribute, in small letters, with which the driver leaves encryption to the Block Storage API.
const kmsKey = "kmskeyid"

// volumeTerms are CEL expressions about a PersistentVolume.
type volumeTerms struct {
	scaleway, encrypted, secrets string
	// passes is a volume that is encrypted with a Secret of the guardrails.
	passes string
	// provisioned is a new volume that the driver's provisioner wrote for a claim: it is named after it.
	provisioned string
}

func (s Settings) volumeTerms() volumeTerms {
	secret := func(ref string) string {
		return expand(`(has({r}) && has({r}.name) && has({r}.namespace) && {r}.namespace == {namespace} && {r}.name.matches({pattern}))`,
			"r", "object.spec.csi."+ref, "namespace", text(s.Namespace), "pattern", text(secretPattern))
	}
	t := volumeTerms{scaleway: `(has(object.spec.csi) && object.spec.csi.driver == ` + text(Provisioner) + `)`}
	t.encrypted = expand(`(has(object.spec.csi.volumeAttributes) && 'encrypted' in object.spec.csi.volumeAttributes && {true} && `+
		`!object.spec.csi.volumeAttributes.exists(k, k.lowerAscii() == {kms}))`,
		"true", parsesTrue("object.spec.csi.volumeAttributes['encrypted']"), "kms", text(kmsKey))
	t.secrets = expand(`({stage} && (!has(object.spec.csi.nodeExpandSecretRef) || {expand}))`,
		"stage", secret("nodeStageSecretRef"), "expand", secret("nodeExpandSecretRef"))
	t.passes = `(` + t.scaleway + ` && ` + t.encrypted + ` && ` + t.secrets + `)`
	t.provisioned = expand(`({scaleway} && {by} == {driver} && has(object.spec.claimRef) && has(object.spec.claimRef.uid) && `+
		`object.spec.claimRef.uid != '' && has(object.spec.claimRef.namespace) && has(object.spec.claimRef.name) && `+
		`object.metadata.name.endsWith('-' + object.spec.claimRef.uid) && has(object.spec.csi.volumeAttributes) && `+
		`{identity} in object.spec.csi.volumeAttributes)`,
		"identity", text(AttributeProvisioner), "scaleway", t.scaleway, "by", annotation(AnnotationProvisionedBy), "driver", text(Provisioner))
	return t
}

// volumePolicy judges PersistentVolumes. A volume of the driver's provisioner that does not pass is left to
// knownVolumePolicy.
func (s Settings) volumePolicy() policy {
	t := s.volumeTerms()
	unless := func(condition, otherwise string) string { return `!` + condition + ` || ` + otherwise }
	return policy{
		name: Volumes, resources: only("", "persistentvolumes"), operations: onCreate(), rule: always(),
		conditions: []named{{"not-provisioned-before", `!` + t.provisioned + ` || ` + t.passes}},
		checks: []check{
			{
				expression: t.scaleway,
				message:    text("HDS-ENC-03: a PersistentVolume must be an encrypted one of " + Provisioner + ": every other source is refused."),
			},
			{
				expression: unless(t.scaleway, t.encrypted),
				message: text("HDS-ENC-03: the PersistentVolume must have spec.csi.volumeAttributes.encrypted \"true\", and no key of a key manager: " +
					"the driver encrypts nothing then."),
			},
			{
				expression: unless(t.scaleway, t.secrets),
				message:    text("HDS-ENC-03: the PersistentVolume must name one of the Secrets " + s.Namespace + "/srm-passphrase-v… as nodeStageSecretRef."),
			},
			{
				expression: unless(t.scaleway, `object.spec.csi.volumeHandle.matches(`+
					text(`^(`+strings.Join(compliance.Zones(), "|")+`)/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)+`)`),
				message: text("HDS-RES-02: spec.csi.volumeHandle must be ZONE/UUID of a volume in " + strings.Join(compliance.Zones(), ", ") + "."),
			},
			{
				expression: unless(t.scaleway, expand(`({provisioned} || {attested} == 'true' && has(object.spec.claimRef) && `+
					`has(object.spec.claimRef.namespace) && object.spec.claimRef.namespace in {namespaces})`, "provisioned", t.provisioned,
					"attested", annotation(AnnotationEncryptedSource), "namespaces", list(namespacesOf(s.AttestedRestores)))),
				message: text("HDS-ENC-03: whether the volume of this handle is encrypted is not known: the driver formats a device that is not, and its data is lost. " +
					"If it is encrypted with the passphrase of the Secret, attest it with the annotation " + AnnotationEncryptedSource +
					": \"true\", and name its claim in spec.claimRef, in one of the namespaces that attested_restores of srm_hds_guardrails lists."),
			},
		},
	}
}

// knownVolumePolicy judges with what the cluster holds: the volume that the driver's provisioner writes for a claim that
// is older than the guardrails passes, as it exists already, and would be left behind; a volume that a person writes must
// name a Secret that exists.
func (s Settings) knownVolumePolicy() policy {
	t := s.volumeTerms()
	return policy{
		name: KnownVolumes, resources: only("", "persistentvolumes"), operations: onCreate(), rule: always(),
		conditions: []named{{"needs-a-lookup", expand(`{passes} != {provisioned}`, "passes", t.passes, "provisioned", t.provisioned)}},
		variables: []named{
			{"passes", t.passes},
			s.closed("claimsClosed", knownClaims),
			s.closed("secretsClosed", knownSecrets),
			{"older", s.lookup(knownClaims, claimKey)},
			{"staged", s.lookup(knownSecrets, "object.spec.csi.nodeStageSecretRef.name")},
			{"expanded", `!has(object.spec.csi.nodeExpandSecretRef) || ` + s.lookup(knownSecrets, "object.spec.csi.nodeExpandSecretRef.name")},
		},
		checks: []check{
			{expression: `variables.passes ? variables.secretsClosed : variables.claimsClosed`, message: s.openMessage()},
			{
				expression: `variables.passes || variables.older`,
				message: text("HDS-ENC-03: the PersistentVolume is not one that " + Provisioner + " encrypts with a Secret of the guardrails, " +
					"and its claim is none of that class that was pending before the guardrails."),
			},
			{
				expression: `!variables.passes || variables.staged && variables.expanded`,
				message:    text("HDS-ENC-03: the PersistentVolume names a Secret that does not exist in " + s.Namespace + "."),
			},
		},
	}
}
