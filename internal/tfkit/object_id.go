package tfkit

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// ObjectID is a validator of an id that may carry a region, "fr-par/UUID" or a bare UUID; what names the object:
// "cluster".
func ObjectID(what string) validator.String {
	return Checked("The value must be region/UUID, or a UUID alone.", func(id string) error {
		_, _, err := splitObjectID(id, scw.RegionFrPar, what)
		return err
	})
}

// Locate is the region and the UUID that an id names, which the attribute "region" may complete; both null, the region
// is the provider's. It is false after an error: a malformed id, or one of another region than the attribute says.
func Locate(
	api *scaleway.Client, attribute, what string, id, region types.String, diags *diag.Diagnostics,
) (scw.Region, string, bool) {
	wanted := api.DefaultRegion()
	if !region.IsNull() {
		wanted = scw.Region(region.ValueString())
	}
	of, uuid, err := splitObjectID(id.ValueString(), wanted, what)
	if err != nil {
		RefuseError(diags, path.Root(attribute), err)
		return "", "", false
	}
	if !region.IsNull() && of != wanted {
		Refuse(diags, path.Root("region"), Refusal{
			Summary: "The id and the region name different regions",
			Found:   fmt.Sprintf("%s %s, region %s", attribute, id.ValueString(), wanted), Fix: "Leave region out: the id has " +
				"it.",
		})
		return "", "", false
	}
	return of, uuid, true
}

func splitObjectID(id string, region scw.Region, what string) (scw.Region, string, error) {
	of, uuid, err := scaleway.SplitID(id, region)
	if err != nil {
		return "", "", &compliance.Refusal{
			Summary: "The id of the " + what + " is malformed", Found: err.Error(), Allowed: "region/UUID, or a UUID alone",
		}
	}
	return of, uuid, nil
}
