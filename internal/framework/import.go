package framework

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

// ImportedID is the region and the UUID that the import of an HDS resource names: by `fr-par/UUID`, a UUID, or the identity
// {region, id}. An id that is none is an error; another region than that of health data is for the caller to refuse.
func ImportedID(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (scw.Region, string, error) {
	id := req.ID
	if id == "" {
		var region, uuid types.String
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("region"), &region)...)
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &uuid)...)
		id = uuid.ValueString()
		if region.ValueString() != "" {
			id = scaleway.JoinID(scw.Region(region.ValueString()), BareID(id))
		}
	}
	return scaleway.SplitID(id, scw.Region(compliance.Region))
}
