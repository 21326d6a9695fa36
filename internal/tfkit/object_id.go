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

// ObjectIDValidator returns a validator of an id with or without a region: "fr-par/UUID" or a UUID. label names the
// object in messages, such as "cluster".
func ObjectIDValidator(label string) validator.String {
	return StringValidator("The value must be region/UUID, or a UUID alone.", func(id string) error {
		_, _, err := splitObjectID(id, scw.RegionFrPar, label)
		return err
	})
}

// ResolveObjectID returns the region and the UUID of an object. The region comes from the id, otherwise from the
// attribute "region", otherwise from the provider. It adds an error and returns false if the id is malformed or
// contradicts the attribute.
func ResolveObjectID(
	api *scaleway.Client, attribute, label string, id, region types.String, diags *diag.Diagnostics,
) (scw.Region, string, bool) {
	wanted := api.DefaultRegion()
	if !region.IsNull() {
		wanted = scw.Region(region.ValueString())
	}
	actual, uuid, err := splitObjectID(id.ValueString(), wanted, label)
	if err != nil {
		AddCheckError(diags, path.Root(attribute), err)
		return "", "", false
	}
	if !region.IsNull() && actual != wanted {
		AddError(diags, path.Root("region"), Problem{
			Summary: "The id and the region name different regions",
			Found:   fmt.Sprintf("%s %s, region %s", attribute, id.ValueString(), wanted), Fix: "Remove region: the " +
				"id contains it.",
		})
		return "", "", false
	}
	return actual, uuid, true
}

func splitObjectID(id string, region scw.Region, label string) (scw.Region, string, error) {
	actual, uuid, err := scaleway.SplitID(id, region)
	if err != nil {
		return "", "", &compliance.Problem{
			Summary: "The id of the " + label + " is malformed", Found: err.Error(), Allowed: "region/UUID, or a " +
				"UUID alone",
			Fix: "Set the id of a " + label + ".",
		}
	}
	return actual, uuid, nil
}
