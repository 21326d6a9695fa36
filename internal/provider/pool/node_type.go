package pool

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

// checkNodeType adds an error if the zone does not offer the Instance type. It suggests the nearest name among others
// and the offered types that eligible accepts. Without the permission to list the types it calls forbidden and leaves
// the check to the API. report receives other errors.
func (r *poolResource) checkNodeType(
	ctx context.Context, m *commonModel, eligible func(string) bool, others []string, forbidden func(error),
	report tfkit.Reporter, diags *diag.Diagnostics,
) {
	if !tfkit.HasValue(m.NodeType) || !tfkit.HasValue(m.Zone) || m.isExternal() {
		return
	}
	zone, name := m.Zone.ValueString(), m.NodeType.ValueString()
	offered, err := r.provider.API.InstanceTypes(ctx, scw.Zone(zone))
	switch {
	case scaleway.IsForbidden(err):
		forbidden(err)
		return
	case err != nil:
		report.ReportAPIError("Unable to list the Instance types of the "+r.name+"'s zone", err)
		return
	}
	same := func(typeName string) bool {
		return compliance.NormalizeNodeType(typeName) == compliance.NormalizeNodeType(name)
	}
	if slices.ContainsFunc(offered, same) {
		return
	}
	allowed := append(slices.Clone(others), slices.DeleteFunc(
		slices.Clone(offered), func(typeName string) bool { return !eligible(typeName) },
	)...)
	problem := tfkit.Problem{
		Summary: fmt.Sprintf("Node type %q is not available in %s", name, zone), Found: fmt.Sprintf("%q", name),
		Allowed: "one of " + strings.Join(allowed, ", "), Fix: "Choose one of these types, or another zone.",
	}
	if nearest, ok := compliance.Nearest(name, allowed); ok {
		problem.Fix = fmt.Sprintf("Write %q, or choose another of these types or another zone.", nearest)
	}
	tfkit.AddError(diags, path.Root("node_type"), problem)
}
