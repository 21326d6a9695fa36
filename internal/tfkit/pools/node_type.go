package pools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// CheckNodeType refuses an Instance type that the zone does not offer, and suggests the nearest of those that eligible
// accepts, and of other names. Without the permission to look it calls forbidden, and the API's own answer to the
// create decides; another failure is for report.
func (k Kind) CheckNodeType(
	ctx context.Context, m *Model, eligible func(string) bool, others []string, forbidden func(error),
	report tfkit.Reporter, diags *diag.Diagnostics,
) {
	if !Known(m.NodeType) || !Known(m.Zone) || m.IsExternal() {
		return
	}
	zone, name := m.Zone.ValueString(), m.NodeType.ValueString()
	offered, err := k.API.InstanceTypes(ctx, scw.Zone(zone))
	switch {
	case scaleway.IsForbidden(err):
		forbidden(err)
		return
	case err != nil:
		report.ReportAPIError("Unable to list the Instance types of the "+k.Name+"'s zone", err)
		return
	}
	same := func(one string) bool { return compliance.NormalizeNodeType(one) == compliance.NormalizeNodeType(name) }
	if slices.ContainsFunc(offered, same) {
		return
	}
	allowed := append(slices.Clone(others), slices.DeleteFunc(
		slices.Clone(offered), func(one string) bool { return !eligible(one) },
	)...)
	refusal := tfkit.Refusal{
		Summary: fmt.Sprintf("Node type %q is not on offer in %s", name, zone), Found: fmt.Sprintf("%q", name),
		Allowed: "one of " + strings.Join(allowed, ", "), Fix: "Choose one of these, or another zone.",
	}
	if nearest, ok := compliance.Nearest(name, allowed); ok {
		refusal.Fix = fmt.Sprintf("Write %q, choose another of these, or another zone.", nearest)
	}
	tfkit.Refuse(diags, path.Root("node_type"), refusal)
}
