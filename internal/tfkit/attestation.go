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

// AttestationAttributes are those of the attestation of external machines. Each is optional in the schema: a pool gives
// some as defaults, and what a node lacks in the end is refused at once, by CheckAttestation.
func AttestationAttributes() map[string]schema.Attribute {
	stated := func(name, description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{
			Checked("must state something", func(text string) error { return compliance.CheckStatement(name, text) })}}
	}
	checked := func(description, must string, check func(string) error) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: description, Validators: []validator.String{Checked(must, check)},
		}
	}
	return map[string]schema.Attribute{
		"owner":       stated("owner", "Who answers for the machine: a person or a function (EXT-01)."),
		"os":          stated("os", "Operating system of the machine, such as `Debian 12` (EXT-02)."),
		"os_patching": stated("os_patching", "How the operating system is patched, and how soon (EXT-02)."),
		"hardening_baseline": stated("hardening_baseline", "Hardening baseline that the machine follows, such as "+
			"`ANSSI-BP-028 intermediate` (EXT-02)."),
		"firewall":   stated("firewall", "What filters the traffic of the machine, and who changes its rules (EXT-03)."),
		"monitoring": stated("monitoring", "What watches the health of the machine, and who is called (KOS-04)."),
		"document_uri": checked(
			"Address of the document that shows it, an absolute URI.", "must be an absolute URI",
			func(text string) error { return compliance.CheckDocumentURI("EXT-02", text) },
		),
		"document_sha256": checked("SHA-256 digest of that document, 64 hexadecimal digits.", "must be a SHA-256 digest",
			func(text string) error {
				return compliance.CheckDigest("document", text)
			}),
		"reviewed_by": stated("reviewed_by", "Who reviewed it."),
		"reviewed_on": checked("Day of the review, as `YYYY-MM-DD`. A day in the future is refused.", "must be a day, as "+
			"YYYY-MM-DD", func(text string) error {
			return compliance.CheckReviewDay("EXT-02", text)
		}),
		"valid_days": schema.Int64Attribute{
			CustomType: IntegerType{}, Optional: true,
			MarkdownDescription: fmt.Sprintf("For how many days the review counts, 1 to %d. A plan warns once the end is "+
				"near, and after it.", compliance.MaxValidDays),
			Validators: []validator.Int64{int64validator.Between(1, compliance.MaxValidDays)},
		},
	}
}

// AttestationTypes are the attribute types of AttestationAttributes.
func AttestationTypes() map[string]attr.Type {
	found := map[string]attr.Type{}
	for name, attribute := range AttestationAttributes() {
		found[name] = attribute.GetType()
	}
	return found
}

// Attestation reads an attestation; what is null is empty. It is false where a part of it is not known yet.
func Attestation(object types.Object) (compliance.Attestation, bool) {
	if object.IsUnknown() {
		return compliance.Attestation{}, false
	}
	for _, value := range object.Attributes() {
		if value.IsUnknown() {
			return compliance.Attestation{}, false
		}
	}
	text := func(name string) string { return TextOf(object, name).ValueString() }
	return compliance.Attestation{
		Owner: text("owner"), OS: text("os"), OSPatching: text("os_patching"), HardeningBaseline: text("hardening_baseline"),
		Firewall: text("firewall"), Monitoring: text("monitoring"), DocumentURI: text("document_uri"),
		DocumentSHA256: text("document_sha256"),
		ReviewedBy:     text("reviewed_by"), ReviewedOn: text("reviewed_on"), ValidDays: IntOf(object,
			"valid_days").ValueInt64(),
	}, true
}

// AttestationEnd is when an attestation ends, in RFC 3339: unknown where the day of the review or its validity is, null
// where it has no end.
func AttestationEnd(object types.Object) types.String {
	day, days := TextOf(object, "reviewed_on"), IntOf(object, "valid_days")
	if day.IsUnknown() || days.IsUnknown() {
		return types.StringUnknown()
	}
	at, ok := compliance.Attestation{ReviewedOn: day.ValueString(), ValidDays: days.ValueInt64()}.ExpiresAt()
	if !ok {
		return types.StringNull()
	}
	return types.StringValue(at.Format(time.RFC3339))
}

// CheckAttestation refuses an attestation that lacks something; what is not known yet is looked at in a later plan.
func CheckAttestation(object types.Object, at path.Path, diags *diag.Diagnostics) {
	attested, known := Attestation(object)
	if !known {
		return
	}
	// What is given and says nothing is refused by its validator.
	missing := slices.DeleteFunc(attested.Missing(), func(name string) bool {
		value, ok := object.Attributes()[name]
		return ok && !value.IsNull()
	})
	if len(missing) > 0 {
		Refuse(diags, at, Refusal{
			Summary: "The attestation of the machine is incomplete", Clause: "EXT-02", Found: "no " + strings.Join(missing, ","+
				" no "),
			Allowed: "an attestation with all of its fields: Scaleway leaves provisioning, patching, hardening, firewall and " +
				"monitoring of external nodes to you",
			Fix: "Give what is missing, or take over a pool's defaults: `attestation = " +
				"merge(srm_kosmos_pool.NAME.node_defaults, { … })`.",
		})
	}
}

// CheckAttestationDays refuses a review of a day to come, and warns of one that is over or near its end: what time
// brings never refuses.
func CheckAttestationDays(object types.Object, at path.Path, now time.Time, diags *diag.Diagnostics) {
	if CheckPastDay(
		"The review of the machine", "EXT-02", "reviewed_on", TextOf(object, "reviewed_on").ValueString(), now,
		at.AtName("reviewed_on"), diags,
	) {
		return
	}
	attested, known := Attestation(object)
	end, ok := attested.ExpiresAt()
	if !known || !ok {
		return
	}
	found := fmt.Sprintf("reviewed on %s, valid for %d days, until %s; today is %s", attested.ReviewedOn,
		attested.ValidDays,
		end.Format(time.DateOnly), now.UTC().Format(time.DateOnly))
	again := "Review the machine again, then raise `reviewed_on`."
	switch {
	case !now.Before(end):
		Warn(diags, at.AtName("reviewed_on"), Refusal{
			Summary: "The attestation of the machine has expired", Clause: "EXT-02", Found: found, Allowed: "an attestation " +
				"that is valid today", Fix: again,
		})
	case end.Sub(now) <= compliance.ExpiresSoon:
		Warn(diags, at.AtName("reviewed_on"), Refusal{
			Summary: "The attestation of the machine expires soon", Clause: "EXT-02", Found: found, Fix: again,
		})
	}
}
