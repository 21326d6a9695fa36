package compliance

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxValidDays is how long a review of an external machine may count.
const MaxValidDays = 365

// ExpiresSoon is how long before its end an attestation asks for the next review.
const ExpiresSoon = 30 * 24 * time.Hour

// Attestation is what the owner of a machine outside Scaleway vouches for: the duties that the model leaves to the
// customer (EXT-01 to EXT-03, KOS-04), on the word of a person, from a day on and for a number of days. Fields that
// were not given are empty, ValidDays is 0 then.
type Attestation struct {
	Owner             string // Who answers for the machine.
	OS                string // Which operating system it runs.
	OSPatching        string // How and how soon it is patched.
	HardeningBaseline string // Which baseline it follows.
	Firewall          string // What filters its traffic, and who changes the rules.
	Monitoring        string // What watches it, and who is called.
	DocumentURI       string // Where the evidence is kept.
	DocumentSHA256    string // Its digest, 64 hexadecimal digits.
	ReviewedBy        string // Who reviewed it.
	ReviewedOn        string // The day of the review, YYYY-MM-DD.
	ValidDays         int64  // For how many days the review counts, 1 to MaxValidDays.
}

// Missing are the names of the fields that were not given, as the product's configuration spells them.
func (a Attestation) Missing() []string {
	missing := []string{}
	for _, field := range []struct{ name, text string }{
		{"owner", a.Owner}, {"os", a.OS}, {"os_patching", a.OSPatching}, {"hardening_baseline", a.HardeningBaseline},
		{"firewall", a.Firewall}, {"monitoring", a.Monitoring}, {"document_uri", a.DocumentURI}, {
			"document_sha256", a.DocumentSHA256,
		},
		{"reviewed_by", a.ReviewedBy}, {"reviewed_on", a.ReviewedOn},
	} {
		if strings.TrimSpace(field.text) == "" {
			missing = append(missing, field.name)
		}
	}
	if a.ValidDays == 0 {
		missing = append(missing, "valid_days")
	}
	return missing
}

// ExpiresAt is the moment from which the review no longer counts: valid_days after 00:00 UTC of its day. It is false
// where the day or the number is missing or malformed.
func (a Attestation) ExpiresAt() (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, a.ReviewedOn)
	if err != nil || CheckValidDays(a.ValidDays) != nil {
		return time.Time{}, false
	}
	return day.AddDate(0, 0, int(a.ValidDays)), true
}

// CheckStatement refuses a text that states nothing, or has control characters. name is that of the field.
func CheckStatement(name, text string) error {
	if strings.TrimSpace(text) != "" {
		return CheckDeclaration("EXT-02", "The statement of the attestation in "+name, text)
	}
	return &Refusal{Rule: Rule{Clause: "EXT-02"}, Summary: fmt.Sprintf(
		"The attestation states nothing in %s", name,
	), Found: strconv.Quote(text),
		Allowed: "words that a reviewer can check", Fix: "Say what holds for the machine, or leave the field to the pool's " +
			"node_defaults."}
}

// CheckReviewDay refuses what is no day. clause is the one that the review is for, or "".
func CheckReviewDay(clause, day string) error {
	if _, err := time.Parse(time.DateOnly, day); err == nil {
		return nil
	}
	return &Refusal{Rule: Rule{Clause: clause}, Summary: "The day of the review is not a date",
		Found: strconv.Quote(day), Allowed: "YYYY-MM-DD",
		Fix: `Write it as in "2026-11-24".`}
}

// CheckValidDays refuses a review that counts for ever, or not at all.
func CheckValidDays(days int64) error {
	if days >= 1 && days <= MaxValidDays {
		return nil
	}
	return &Refusal{Rule: Rule{Clause: "EXT-02"}, Summary: fmt.Sprintf(
		"A review cannot count for %d days", days,
	), Found: strconv.FormatInt(days, 10),
		Allowed: fmt.Sprintf("1 to %d", MaxValidDays), Fix: "Review the machine at least once a year."}
}

// CheckDigest refuses what is no SHA-256 digest. what names what it is of: "document".
func CheckDigest(what, digest string) error {
	if raw, err := hex.DecodeString(digest); err == nil && len(raw) == 32 && digest == strings.ToLower(digest) {
		return nil
	}
	return &Refusal{Summary: fmt.Sprintf("The digest of the %s is not one of SHA-256", what), Found: strconv.Quote(digest),
		Allowed: "64 hexadecimal digits in lower case", Fix: "Compute it with sha256sum."}
}

// CheckDocumentURI refuses what does not say where a document is. clause is that of the declaration that names it.
func CheckDocumentURI(clause, text string) error {
	if place, err := url.Parse(text); err == nil && place.IsAbs() && (place.Host != "" || place.Opaque != "" ||
		place.Path != "") && place.User == nil {
		return nil
	}
	return &Refusal{Rule: Rule{Clause: clause}, Summary: "The document cannot be found under its address",
		Found:   strconv.Quote(text),
		Allowed: "an absolute URI without a password, such as https://…, s3://… or urn:…", Fix: "Give the address under " +
			"which a reviewer finds the document."}
}
