package assessment

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// hdsActivities is the number of activities of an HDS certificate.
const hdsActivities = 6

// platformActivities are the first activities: sites, hardware, virtual infrastructure and platform. The service rests
// on all of them; whether the use needs the others is for a person to decide.
const platformActivities = 4

func judgeDeclaredHostEvidence(j *judgement, a Attestation, o Object) {
	certificate := fieldObject(a.Fields, "certificate")
	declared := fieldTexts(certificate, "activities")
	var missing, optional []string
	for n := 1; n <= hdsActivities; n++ {
		if activity := strconv.Itoa(n); !slices.Contains(declared, activity) {
			if n > platformActivities {
				optional = append(optional, activity)
				continue
			}
			missing = append(missing, activity)
		}
	}
	o.Attribute, o.Value = "fields.certificate.activities", strings.Join(declared, ", ")
	if len(missing) > 0 {
		list := strings.Join(missing, ", ")
		j.fail(
			o,
			Medium,
			"The certificate lacks the activities "+list+".",
			"Le certificat ne couvre pas les activités "+list+".",
		)
	}
	if len(optional) > 0 && fieldText(a.Fields, "activities_reason") == "" {
		list := strings.Join(optional, ", ")
		j.decide(
			o,
			"The certificate lacks the activities "+list+": activities_reason must say why the use needs none.",
			"Le certificat ne couvre pas les activités "+list+" : activities_reason doit en donner la raison.",
		)
	}
	o.Attribute, o.Value = "fields.certificate.expires_on", a.expiry()
	if expires, ok := parseDay(a.expiry()); !ok || isPast(expires, j.now) {
		j.fail(o, Medium, "The certificate is not in force: it expires on "+a.expiry()+".",
			"Le certificat n'est pas en vigueur : il expire le "+a.expiry()+".")
	}
	digest := responsibility.EmbeddedCatalogue().Model.Digest
	o.Attribute, o.Value = "fields.model_digest", fieldText(a.Fields, "model_digest")
	if o.Value != digest {
		j.fail(o, Medium, "Another text of the model was read; the current one is "+digest+".",
			"Un autre texte du modèle a été lu ; le texte actuel est "+digest+".")
	}
	for _, answer := range fieldObjects(a.Fields, "answers") {
		product := fieldText(answer, "product")
		o.Attribute, o.Value = "fields.answers", product+" = "+fieldText(answer, "answer")
		if fieldText(answer, "answer") == "no" {
			j.fail(
				o,
				High,
				"Scaleway's written answer excludes "+product+".",
				"La réponse écrite de Scaleway exclut "+product+".",
			)
		}
	}
}

func judgeDeclaredPurpose(j *judgement, a Attestation, o Object) {
	o.Attribute, o.Value = "fields.no_health_data", fieldText(a.Fields, "no_health_data")
	if j.options.HDS && o.Value != "" {
		j.decide(o, "The attestation states that there is no health data in a cluster for health data.",
			"L'attestation déclare l'absence de données de santé dans un cluster pour données de santé.")
	}
}

func judgeDeclaredEgress(j *judgement, a Attestation, o Object) {
	for _, d := range fieldObjects(a.Fields, "destinations") {
		host, country := fieldText(d, "host"), fieldText(d, "country")
		if fieldText(d, "health_data") != "true" || strings.EqualFold(country, "FR") ||
			strings.EqualFold(country, "France") {
			continue
		}
		o.Attribute, o.Value = "fields.destinations", host+" = "+country
		j.fail(o, High, fmt.Sprintf("Health data is sent to %s (%s).", host, country),
			fmt.Sprintf("Des données de santé sont envoyées à %s (%s).", host, country))
	}
}

// plainMechanisms returns the words for no encryption, in lower case.
func plainMechanisms() []string {
	return []string{"plain", "plaintext", "plain text", "cleartext", "clear text", "clear", "clair", "en clair", "http"}
}

// encryptionWords returns words of which a known mechanism of encryption has one, in lower case.
func encryptionWords() []string {
	return []string{
		"tls", "https", "ipsec", "wireguard", "ssh", "sftp", "luks", "vpn", "ldaps", "encrypt", "chiffr", "aes",
	}
}

// negations returns words with which a mechanism says that there is no encryption, in lower case.
func negations() []string {
	return []string{
		"unencrypt", "not encrypt", "no encrypt", "no tls", "without tls", "without encrypt", "non chiffr",
		"pas chiffr",
		"sans tls", "sans chiffr", "pas de tls", "pas de chiffr",
	}
}

func judgeDeclaredEncryption(j *judgement, a Attestation, o Object) {
	for _, flow := range fieldObjects(a.Fields, "flows") {
		mechanism := fieldText(flow, "mechanism")
		lower := strings.ToLower(strings.TrimSpace(mechanism))
		isKnown := slices.ContainsFunc(encryptionWords(), func(w string) bool { return strings.Contains(lower, w) })
		isPlain := slices.Contains(plainMechanisms(), lower) ||
			slices.ContainsFunc(negations(), func(w string) bool { return strings.Contains(lower, w) })
		if isKnown && !isPlain {
			continue
		}
		from, to := fieldText(flow, "from"), fieldText(flow, "to")
		o.Attribute, o.Value = "fields.flows", from+" > "+to+" = "+mechanism
		if !isPlain {
			j.decide(o, fmt.Sprintf("The flow from %s to %s names no known encryption: %s.", from, to, mechanism),
				fmt.Sprintf("Le flux de %s vers %s ne nomme aucun chiffrement connu : %s.", from, to, mechanism))
			continue
		}
		j.fail(o, High, fmt.Sprintf("The flow from %s to %s is not encrypted.", from, to),
			fmt.Sprintf("Le flux de %s vers %s n'est pas chiffré.", from, to))
	}
}

func judgeDeclaredKeyCustody(j *judgement, a Attestation, o Object) {
	judgeListedPassphrases(j, o)
	tested := fieldText(a.Fields, "recovery_tested_on")
	day, ok := parseDay(tested)
	o.Attribute, o.Value = "fields.recovery_tested_on", tested
	switch {
	case !ok:
		j.fail(o, High, "The recovery of keys was never tested.", "Le recouvrement des clés n'a jamais été testé.")
	case isPast(day.AddDate(0, 0, keyRecoveryDays), j.now):
		j.fail(o, Medium, "The recovery of keys was last tested on "+tested+".",
			"Le recouvrement des clés a été testé pour la dernière fois le "+tested+".")
	}
}

// judgeListedPassphrases requires that each passphrase version that the cluster uses is listed.
func judgeListedPassphrases(j *judgement, o Object) {
	declared := j.declaredPassphrases()
	for _, version := range j.facts.passphraseVersions() {
		if slices.ContainsFunc(declared, func(p declaredPassphrase) bool { return p.names(version) }) {
			continue
		}
		name := passphraseInUse{version: version}.name()
		o.Attribute, o.Value = "fields.versions", name
		j.decide(o, "The cluster uses "+name+", whose number no listed version has.",
			"Le cluster utilise "+name+", dont aucune version déclarée n'a le numéro.")
	}
}

// keyRecoveryDays is the number of days for which a test of the recovery of keys is valid.
const keyRecoveryDays = 365

func judgeDeclaredBackupPolicy(j *judgement, a Attestation, o Object) {
	for _, location := range fieldObjects(a.Fields, "where") {
		product, region := fieldText(location, "product"), fieldText(location, "region")
		o.Attribute, o.Value = "fields.where", product+" = "+region
		if j.options.HDS && compliance.CheckRegion(region) != nil {
			j.fail(o, High, fmt.Sprintf("Backups are kept outside fr-par: %s (%s).", product, region),
				fmt.Sprintf("Des sauvegardes sont conservées hors de fr-par : %s (%s).", product, region))
		}
	}
	o.Attribute, o.Value = "fields.repository_password", fieldText(a.Fields, "repository_password")
	if slices.Contains(fieldTexts(a.Fields, "method"), "velero") && o.Value != "true" {
		j.fail(
			o,
			High,
			"The password of the Velero repository was not set before the first backup: its default is public.",
			"Le mot de passe du dépôt Velero n'a pas été défini avant la première sauvegarde : le défaut est public.",
		)
	}
}

// judgeDeclaredRestoreTest compares the test with the newest passphrase version: a test before it does not show that
// data which the new version encrypts can be restored. The version and its date are in key_custody; the cluster shows
// which version is in use, and since when at the latest.
func judgeDeclaredRestoreTest(j *judgement, a Attestation, o Object) {
	o.Attribute, o.Value = "performed_on", a.PerformedOn.Format(time.DateOnly)
	declared := j.declaredPassphrases()
	newest := time.Time{}
	for _, version := range declared {
		if version.createdOn.After(newest) && !version.createdOn.After(j.now) {
			newest = version.createdOn
		}
	}
	if newest.After(a.PerformedOn) {
		date := newest.Format(time.DateOnly)
		j.fail(o, Medium, "The test is older than the newest passphrase version, of "+date+".",
			"Le test est antérieur à la dernière version de phrase de passe, du "+date+".")
		return
	}
	inUse := j.facts.passphraseInUse()
	isDated := slices.ContainsFunc(declared, func(p declaredPassphrase) bool {
		return p.names(inUse.version) && !p.createdOn.IsZero()
	})
	if !isDated && inUse.seenOn.After(a.PerformedOn.AddDate(0, 0, 1)) {
		name, date := inUse.name(), inUse.seenOn.Format(time.DateOnly)
		j.decide(o, "The cluster shows "+name+" only since "+date+", after the test; key_custody does not date it.",
			"Le cluster ne montre "+name+" que depuis le "+date+", après le test ; key_custody ne le date pas.")
	}
}

// judgeDeclaredAccessReview compares the list that was reviewed with the one of this assessment. The list covers the
// IAM principals of the Organization, which facts of a cluster do not contain: without an assessment of the
// Organization the review cannot be compared. What was removed since is no deviation, if the earlier assessment has the
// list.
func judgeDeclaredAccessReview(j *judgement, a Attestation, o Object) {
	if !j.reads(j.missingAccessList()) || j.isReviewed(a) {
		return
	}
	o.Attribute, o.Value = "fields.list_digest", fieldText(a.Fields, "list_digest")
	reviewed, ok := j.reviewedList(a)
	if !ok {
		j.fail(o, Medium, "The list of access differs from the one that was reviewed.",
			"La liste des accès diffère de celle qui a été revue.")
		return
	}
	for _, e := range j.list.additions(*reviewed) {
		o.Attribute, o.Value = "access_list", e.text()
		j.fail(o, Medium, "Access was added since the review.", "Des accès ont été ajoutés depuis la revue.")
	}
}

func judgeDeclaredLogging(j *judgement, a Attestation, o Object) {
	o.Attribute = "fields.control_plane_audit_log.lines"
	o.Value = fieldText(fieldObject(a.Fields, "control_plane_audit_log"), "lines")
	if o.Value == "0" {
		j.fail(o, Medium, "The search found no line in the control plane's audit log.",
			"La recherche n'a trouvé aucune ligne dans le journal d'audit du plan de contrôle.")
	}
}

// runningMinor returns the minor that the cluster runs.
func (f Facts) runningMinor() (string, bool) {
	if f.Cluster.Value == nil || f.Cluster.Value.Version == nil {
		return "", false
	}
	version, err := lifecycle.ParseVersion(*f.Cluster.Value.Version)
	return version.Minor.String(), err == nil
}

// validatesRunningMinor reports whether an upgrade validation is about the minor that the cluster runs.
func validatesRunningMinor(facts Facts, a Attestation) bool {
	minor, ok := facts.runningMinor()
	return ok && fieldText(a.Fields, "to") == minor
}

func judgeDeclaredUpgrade(j *judgement, a Attestation, o Object) {
	o.Attribute, o.Value = "fields.to", fieldText(a.Fields, "to")
	minor, ok := j.facts.runningMinor()
	if !ok {
		gap := Gap{Reason: NoAPIField, Needs: "version"}
		j.unknown(o, *cmp.Or(j.facts.Cluster.Missing(), &gap))
		return
	}
	if o.Value != minor {
		j.fail(o, Medium, "The cluster runs "+minor+", which no validation names.",
			"Le cluster est en version "+minor+", qu'aucune validation ne nomme.")
	}
}

func judgeDeclaredExitTest(j *judgement, a Attestation, o Object) {
	if a.Result == ResultPartial && fieldText(a.Fields, "plan") == "" {
		j.fail(o, Medium, "The result is partial, and there is no plan.", "Le résultat est partiel, sans plan.")
	}
}
