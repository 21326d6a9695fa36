package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ListFilters returns the filters that all list resources have. objects names the listed objects, such as "pools".
// inProject says which of them a Project has, such as "pools of clusters".
func ListFilters(objects, inProject string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"project_id": schema.StringAttribute{
			MarkdownDescription: "Only " + inProject + " of this Project (UUID). Default: all Projects that the API " +
				"key can read.",
			Optional:   true,
			Validators: []validator.String{ProjectIDValidator()},
		},
		"name": schema.StringAttribute{
			MarkdownDescription: "Only " + objects + " with exactly this name. Default: any name.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"tags": schema.ListAttribute{
			MarkdownDescription: "Only " + objects + " that have all of these tags. Default: any tags.",
			Optional:            true,
			ElementType:         types.StringType,
			Validators:          []validator.List{NoNulls{}},
		},
	}
}

// StreamList returns the results of a list, at most as many as it asks for. It calls result when Terraform reads the
// result, and not after Terraform stops.
func StreamList[T any](
	ctx context.Context, req list.ListRequest, found []T, result func(T) list.ListResult,
) func(push func(list.ListResult) bool) {
	if req.Limit > 0 && int64(len(found)) > req.Limit {
		found = found[:req.Limit]
	}
	return func(push func(list.ListResult) bool) {
		for _, object := range found {
			if ctx.Err() != nil || !push(result(object)) {
				return
			}
		}
	}
}
