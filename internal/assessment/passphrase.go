package assessment

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// kindKeyCustody is the kind of attestation that lists the passphrase versions.
const kindKeyCustody = "key_custody"

// declaredPassphrase is a passphrase version in an attestation of the kind key_custody.
type declaredPassphrase struct {
	version   string
	createdOn time.Time // Zero without a date.
}

// declaredPassphrases returns the passphrase versions that the newest attestation of the kind key_custody lists.
func (j *judgement) declaredPassphrases() []declaredPassphrase {
	found := []declaredPassphrase{}
	for _, version := range fieldObjects(j.declared.latest[kindKeyCustody].Fields, "versions") {
		created, _ := parseDay(fieldText(version, "created_on"))
		found = append(found, declaredPassphrase{fieldText(version, "version"), created})
	}
	return found
}

var digits = regexp.MustCompile("[0-9]+")

// names reports whether the text of the version has the number of a version of the guardrails: "2", "v2" or
// "srm-passphrase-v2".
func (p declaredPassphrase) names(version int) bool {
	return slices.ContainsFunc(digits.FindAllString(p.version, -1), func(text string) bool {
		number, err := strconv.Atoi(text)
		return err == nil && number == version
	})
}

// passphraseInUse is the newest passphrase version of the guardrails in a cluster. The Secret, which has the date of
// its creation, is not read: the StorageClass and the volumes show since when the version is in use at the latest.
type passphraseInUse struct {
	version int       // Zero: none is known.
	seenOn  time.Time // The first StorageClass or volume with the version; zero if none has a date.
}

// name returns the name of the Secret.
func (p passphraseInUse) name() string { return fmt.Sprintf("srm-passphrase-v%d", p.version) }

// passphraseVersions returns the passphrase versions of the guardrails that StorageClasses and volumes name, sorted.
func (f Facts) passphraseVersions() []int {
	found := []int{}
	for _, c := range f.InCluster.StorageClasses.Items {
		found = append(found, c.PassphraseVersion)
	}
	for _, v := range f.InCluster.Volumes.Items {
		found = append(found, v.PassphraseVersion)
	}
	found = slices.DeleteFunc(found, func(version int) bool { return version == 0 })
	slices.Sort(found)
	return slices.Compact(found)
}

// passphraseInUse returns the newest passphrase version that the cluster shows.
func (f Facts) passphraseInUse() passphraseInUse {
	versions := f.passphraseVersions()
	if len(versions) == 0 {
		return passphraseInUse{}
	}
	found := passphraseInUse{version: versions[len(versions)-1]}
	see := func(version int, createdAt *time.Time) {
		if createdAt == nil || version != found.version {
			return
		}
		if found.seenOn.IsZero() || createdAt.Before(found.seenOn) {
			found.seenOn = *createdAt
		}
	}
	for _, c := range f.InCluster.StorageClasses.Items {
		see(c.PassphraseVersion, c.CreatedAt)
	}
	for _, v := range f.InCluster.Volumes.Items {
		see(v.PassphraseVersion, v.CreatedAt)
	}
	return found
}
