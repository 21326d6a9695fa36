package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// ParseImportID returns the region and the UUID of the import of an HDS resource, which is given as `fr-par/UUID`, a
// UUID, or the identity {region, id}. The caller checks that the region is the one for health data.
func ParseImportID(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (scw.Region, string, error) {
	return ParseImportIDInRegion(ctx, req, scw.Region(compliance.Region), diags)
}

// ParseImportIDInRegion is ParseImportID for a resource of any region. region is the default for an id without a
// region.
func ParseImportIDInRegion(
	ctx context.Context, req resource.ImportStateRequest, region scw.Region, diags *diag.Diagnostics,
) (scw.Region, string, error) {
	id := req.ID
	if id == "" {
		var regionValue, uuid types.String
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("region"), &regionValue)...)
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &uuid)...)
		id = uuid.ValueString()
		if regionValue.ValueString() != "" {
			id = scaleway.JoinID(scw.Region(regionValue.ValueString()), BareID(id))
		}
	}
	return scaleway.SplitID(id, region)
}
