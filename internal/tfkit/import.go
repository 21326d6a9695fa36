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

// ImportedID is the region and the UUID that the import of an HDS resource names: by `fr-par/UUID`, a UUID, or the
// identity {region, id}. An id that is none is an error; another region than that of health data is for the caller to
// refuse.
func ImportedID(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics,
) (scw.Region, string, error) {
	return ImportedIDIn(ctx, req, scw.Region(compliance.Region), diags)
}

// ImportedIDIn is ImportedID of a resource that may be in any region: region is that of an id that names none.
func ImportedIDIn(
	ctx context.Context, req resource.ImportStateRequest, region scw.Region, diags *diag.Diagnostics,
) (scw.Region, string, error) {
	id := req.ID
	if id == "" {
		var of, uuid types.String
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("region"), &of)...)
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &uuid)...)
		id = uuid.ValueString()
		if of.ValueString() != "" {
			id = scaleway.JoinID(scw.Region(of.ValueString()), BareID(id))
		}
	}
	return scaleway.SplitID(id, region)
}
