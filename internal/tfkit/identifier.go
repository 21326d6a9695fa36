package tfkit

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// BareID returns the UUID of an id with or without a region or a zone, in lower case: `fr-par/UUID` and `UUID` are the
// same object. It keeps an id of more parts, such as the id of guardrails.
func BareID(id string) string {
	if _, uuid, found := strings.Cut(id, "/"); found && !strings.Contains(uuid, "/") {
		id = uuid
	}
	return strings.ToLower(id)
}

// KeepSpelling returns known if it equals actual after normalization, and actual otherwise.
func KeepSpelling(known types.String, actual string, normalize func(string) string) types.String {
	if !known.IsNull() && !known.IsUnknown() && normalize(known.ValueString()) == normalize(actual) {
		return known
	}
	return types.StringValue(actual)
}

// UseStateSpelling returns a plan modifier that keeps the value of the state if the planned value differs only in its
// spelling. Terraform accepts the value of the state in place of the configured one.
func UseStateSpelling(normalize func(string) string, what string) planmodifier.String {
	return useStateSpelling{normalize: normalize, what: what}
}

type useStateSpelling struct {
	normalize func(string) string
	what      string
}

func (m useStateSpelling) Description(context.Context) string {
	return "Another spelling of the same " + m.what + " is not a change."
}

func (m useStateSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (m useStateSpelling) PlanModifyString(
	_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse,
) {
	if req.StateValue.IsNull() || req.PlanValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	if m.normalize(req.StateValue.ValueString()) == m.normalize(req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}
