package tfkit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// AttestationAttributes returns the schema of the attestation of an external machine. Each attribute is optional: a
// pool can provide defaults. CheckAttestation reports what is missing after the defaults.
func AttestationAttributes() map[string]schema.Attribute {
	statement := func(name, description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{
			StringValidator(
				"must not be empty or a placeholder", func(text string) error {
					return compliance.CheckStatement(name,
						text)
				},
			)}}
	}
	checked := func(description, must string, check func(string) error) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: description, Validators: []validator.String{
				StringValidator(must, check),
			},
		}
	}
	return map[string]schema.Attribute{
		"owner":       statement("owner", "Person or function that is responsible for the machine (EXT-01)."),
		"os":          statement("os", "Operating system of the machine, such as `Debian 12` (EXT-02)."),
		"os_patching": statement("os_patching", "How, and how soon, the operating system is patched (EXT-02)."),
		"hardening_baseline": statement("hardening_baseline", "Hardening baseline that the machine follows, such as "+
			"`ANSSI-BP-028 intermediate` (EXT-02)."),
		"firewall": statement(
			"firewall",
			"What filters the traffic of the machine, and who can change the rules (EXT-03).",
		),
		"monitoring": statement("monitoring", "What monitors the machine, and who is alerted (KOS-04)."),
		"document_uri": checked(
			"Absolute URI of the document that proves the attestation.", "must be an absolute URI",
			func(text string) error { return compliance.CheckDocumentURI("EXT-02", text) },
		),
		"document_sha256": checked("SHA-256 digest of that document, 64 hexadecimal digits.", "must be a SHA-256 "+
			"digest",
			func(text string) error {
				return compliance.CheckDigest("document", text)
			}),
		"reviewed_by": statement("reviewed_by", "Who reviewed the machine."),
		"reviewed_on": checked("Date of the review, as `YYYY-MM-DD`. It cannot be in the future.", "must be a date, "+
			"as YYYY-MM-DD", func(text string) error {
			return compliance.CheckReviewDay("EXT-02", text)
		}),
		"valid_days": schema.Int64Attribute{
			CustomType: IntegerType{}, Optional: true,
			MarkdownDescription: fmt.Sprintf("How many days the review is valid, from 1 to %d. The plan warns before "+
				"and after it expires.", compliance.MaxValidDays),
			Validators: []validator.Int64{int64validator.Between(1, compliance.MaxValidDays)},
		},
	}
}

// AttestationTypes returns the attribute types of AttestationAttributes.
func AttestationTypes() map[string]attr.Type {
	found := map[string]attr.Type{}
	for name, attribute := range AttestationAttributes() {
		found[name] = attribute.GetType()
	}
	return found
}

// DecodeAttestation decodes an attestation, with null attributes as empty values. It returns false if an attribute is
// unknown.
func DecodeAttestation(object types.Object) (compliance.Attestation, bool) {
	if object.IsUnknown() {
		return compliance.Attestation{}, false
	}
	for _, value := range object.Attributes() {
		if value.IsUnknown() {
			return compliance.Attestation{}, false
		}
	}
	text := func(name string) string { return StringAttribute(object, name).ValueString() }
	return compliance.Attestation{
		Owner: text("owner"), OS: text("os"), OSPatching: text("os_patching"),
		HardeningBaseline: text("hardening_baseline"),
		Firewall:          text("firewall"), Monitoring: text("monitoring"), DocumentURI: text("document_uri"),
		DocumentSHA256: text("document_sha256"),
		ReviewedBy:     text("reviewed_by"), ReviewedOn: text("reviewed_on"), ValidDays: Int64Attribute(object,
			"valid_days").ValueInt64(),
	}, true
}

// AttestationExpiry returns when an attestation expires (RFC 3339): unknown if its date or its validity is unknown,
// null if either is missing.
func AttestationExpiry(object types.Object) types.String {
	day, days := StringAttribute(object, "reviewed_on"), Int64Attribute(object, "valid_days")
	if day.IsUnknown() || days.IsUnknown() {
		return types.StringUnknown()
	}
	at, ok := compliance.Attestation{ReviewedOn: day.ValueString(), ValidDays: days.ValueInt64()}.ExpiresAt()
	if !ok {
		return types.StringNull()
	}
	return types.StringValue(at.Format(time.RFC3339))
}

// CheckAttestation adds an error if an attestation is incomplete. It skips an attestation with unknown attributes: a
// later plan checks it.
func CheckAttestation(object types.Object, at path.Path, diags *diag.Diagnostics) {
	attestation, known := DecodeAttestation(object)
	if !known {
		return
	}
	// The validator of an attribute reports an empty value.
	missing := slices.DeleteFunc(attestation.MissingFields(), func(name string) bool {
		value, ok := object.Attributes()[name]
		return ok && !value.IsNull()
	})
	if len(missing) > 0 {
		AddError(diags, at, Problem{
			Summary: "The attestation of the machine is incomplete", Clause: "EXT-02",
			Found: "no " + strings.Join(missing, ","+
				" no "),
			Allowed: "an attestation with all fields: provisioning, patching, hardening, firewall and monitoring of " +
				"external nodes are the customer's responsibility",
			Fix: "Add the missing fields, or merge them with the pool's defaults: `attestation = " +
				"merge(srm_kosmos_pool.NAME.node_defaults, { … })`.",
		})
	}
}

// CheckAttestationDates adds an error for a review date in the future, and a warning for a review that has expired or
// expires soon. The passage of time alone never causes an error.
func CheckAttestationDates(object types.Object, at path.Path, now time.Time, diags *diag.Diagnostics) {
	if CheckNotInFuture(
		"The review of the machine", "EXT-02", "reviewed_on", StringAttribute(object, "reviewed_on").ValueString(), now,
		at.AtName("reviewed_on"), diags,
	) {
		return
	}
	attestation, known := DecodeAttestation(object)
	end, ok := attestation.ExpiresAt()
	if !known || !ok {
		return
	}
	found := fmt.Sprintf("reviewed on %s, valid for %d days, until %s; today is %s", attestation.ReviewedOn,
		attestation.ValidDays,
		end.Format(time.DateOnly), now.UTC().Format(time.DateOnly))
	fix := "Review the machine again, then raise `reviewed_on`."
	switch {
	case !now.Before(end):
		AddWarning(diags, at.AtName("reviewed_on"), Problem{
			Summary: "The attestation of the machine has expired", Clause: "EXT-02", Found: found,
			Allowed: "an attestation that is valid today", Fix: fix,
		})
	case end.Sub(now) <= compliance.ExpiryNotice:
		AddWarning(diags, at.AtName("reviewed_on"), Problem{
			Summary: "The attestation of the machine expires soon", Clause: "EXT-02", Found: found, Fix: fix,
		})
	}
}
