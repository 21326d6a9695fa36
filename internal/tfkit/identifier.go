package tfkit

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// BareID is the UUID of an identifier that may carry a region or a zone: `fr-par/UUID` and `UUID` are the same
// object. An identifier of more parts, such as that of guardrails, stays whole: its last part alone names nothing.
func BareID(id string) string {
	if _, uuid, found := strings.Cut(id, "/"); found && !strings.Contains(uuid, "/") {
		id = uuid
	}
	return strings.ToLower(id)
}

// KeepSpelling returns the known spelling where both name the same object, else the other.
func KeepSpelling(known types.String, actual string, normalize func(string) string) types.String {
	if !known.IsNull() && !known.IsUnknown() && normalize(known.ValueString()) == normalize(actual) {
		return known
	}
	return types.StringValue(actual)
}

// SameSpelling is a plan modifier: a value that differs from the state's only in its spelling is not a change.
// Terraform accepts the state's value in a plan in place of the configured one.
func SameSpelling(normalize func(string) string, what string) planmodifier.String {
	return sameSpelling{normalize: normalize, what: what}
}

type sameSpelling struct {
	normalize func(string) string
	what      string
}

func (m sameSpelling) Description(context.Context) string {
	return "Two spellings of the same " + m.what + " are no change."
}

func (m sameSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (m sameSpelling) PlanModifyString(
	_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse,
) {
	if req.StateValue.IsNull() || req.PlanValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	if m.normalize(req.StateValue.ValueString()) == m.normalize(req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}
