package compliance

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxValidDays is the longest validity of a review of an external machine.
const MaxValidDays = 365

// ExpiryNotice is the time before the expiry of an attestation from which the next review is due.
const ExpiryNotice = 30 * 24 * time.Hour

// Attestation is the statement of the owner of a machine outside Scaleway about the duties that the model assigns to
// the customer (EXT-01 to EXT-03, KOS-04). Missing fields are empty, a missing ValidDays is 0.
type Attestation struct {
	Owner             string // Who is responsible for the machine.
	OS                string // Operating system.
	OSPatching        string // How, and how soon, it is patched.
	HardeningBaseline string // Hardening baseline that it follows.
	Firewall          string // What filters its traffic, and who can change the rules.
	Monitoring        string // What monitors it, and who is alerted.
	DocumentURI       string // Location of the evidence.
	DocumentSHA256    string // Digest of the evidence, 64 hexadecimal digits.
	ReviewedBy        string // Who reviewed the machine.
	ReviewedOn        string // Date of the review, YYYY-MM-DD.
	ValidDays         int64  // Validity of the review, 1 to MaxValidDays.
}

// MissingFields returns the attribute names of the missing fields.
func (a Attestation) MissingFields() []string {
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

// ExpiresAt returns when the review expires: valid_days after 00:00 UTC of its date. It returns false if either is
// missing or malformed.
func (a Attestation) ExpiresAt() (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, a.ReviewedOn)
	if err != nil || CheckValidDays(a.ValidDays) != nil {
		return time.Time{}, false
	}
	return day.AddDate(0, 0, int(a.ValidDays)), true
}

// CheckStatement returns an error if a text is empty, a placeholder or has control characters. name is the name of the
// field.
func CheckStatement(name, text string) error {
	if strings.TrimSpace(text) != "" {
		return CheckDeclaration("EXT-02", "The statement of the attestation in "+name, text)
	}
	return &Problem{Rule: Rule{Clause: "EXT-02"}, Summary: fmt.Sprintf(
		"The attestation has an empty %s", name,
	), Found: strconv.Quote(text),
		Allowed: "text that a reviewer can check", Fix: "Describe the machine, or remove the field to use the pool's " +
			"node_defaults."}
}

// CheckReviewDay returns an error if a text is not a date. clause is the clause that requires the review, or "".
func CheckReviewDay(clause, day string) error {
	if _, err := time.Parse(time.DateOnly, day); err == nil {
		return nil
	}
	return &Problem{Rule: Rule{Clause: clause}, Summary: "The day of the review is not a date",
		Found: strconv.Quote(day), Allowed: "YYYY-MM-DD",
		Fix: `Write a date such as "2026-11-24".`}
}

// CheckValidDays returns an error if the validity of a review is not between 1 and MaxValidDays.
func CheckValidDays(days int64) error {
	if days >= 1 && days <= MaxValidDays {
		return nil
	}
	return &Problem{Rule: Rule{Clause: "EXT-02"}, Summary: fmt.Sprintf(
		"A review cannot be valid for %d days", days,
	), Found: strconv.FormatInt(days, 10),
		Allowed: fmt.Sprintf("1 to %d", MaxValidDays),
		Fix:     fmt.Sprintf("Set valid_days to %d or less: review the machine at least once a year.", MaxValidDays)}
}

// CheckDigest returns an error if the digest is not a SHA-256 digest. label names what was digested, such as
// "document".
func CheckDigest(label, digest string) error {
	if raw, err := hex.DecodeString(digest); err == nil && len(raw) == 32 && digest == strings.ToLower(digest) {
		return nil
	}
	return &Problem{Summary: fmt.Sprintf(
		"The digest of the %s is not a SHA-256 digest", label,
	), Found: strconv.Quote(digest),
		Allowed: "64 hexadecimal digits in lower case", Fix: "Compute it with sha256sum."}
}

// CheckDocumentURI returns an error if a text is not an absolute URI. clause is the clause that requires the document,
// or "".
func CheckDocumentURI(clause, text string) error {
	if uri, err := url.Parse(text); err == nil && uri.IsAbs() && (uri.Host != "" || uri.Opaque != "" ||
		uri.Path != "") && uri.User == nil {
		return nil
	}
	return &Problem{Rule: Rule{Clause: clause}, Summary: "The address of the document is not an absolute URI",
		Found:   strconv.Quote(text),
		Allowed: "an absolute URI without a password, such as https://…, s3://… or urn:…", Fix: "Set the address at " +
			"which a reviewer finds the document."}
}
