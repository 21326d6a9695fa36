package pools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// MaxNodes is what fits the API's field; the offer's own limit is for the API to say.
const MaxNodes = 1<<31 - 1

// How long the operations on a pool may take where the configuration does not say.
const (
	CreateTimeout = 45 * time.Minute
	UpdateTimeout = 3 * time.Hour
	DeleteTimeout = 45 * time.Minute
)

// TimeoutsAttribute lets the configuration say otherwise.
func TimeoutsAttribute(ctx context.Context) schema.Attribute {
	return timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Update: true, Delete: true,
		CreateDescription: fmt.Sprintf("How long a create may wait for the cluster and the nodes, such as `60m`. Default: "+
			"%s.", ShortDuration(CreateTimeout)),
		UpdateDescription: fmt.Sprintf(
			"How long an update may wait, the replacement of all nodes included. Default: %s.", ShortDuration(UpdateTimeout),
		),
		DeleteDescription: fmt.Sprintf("How long a destroy may wait. Default: %s.", ShortDuration(DeleteTimeout)),
	})
}

func count(description string) schema.Int64Attribute {
	return schema.Int64Attribute{
		CustomType: tfkit.IntegerType{}, Required: true, MarkdownDescription: description, Validators: []validator.Int64{
			int64validator.Between(0, MaxNodes),
		},
	}
}

// SizeAttribute is the number of nodes.
func SizeAttribute() schema.Int64Attribute {
	size := count("Number of nodes (ITC-07). Give either this or `autoscaling`.")
	size.Required, size.Optional = false, true
	return size
}

// AutoscalingAttribute is the bounds of the number of nodes.
func AutoscalingAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Lets the cluster autoscaler choose the number of nodes, starting with `min`; that number is " +
			"then never drift (ITC-07). Give either this or `size`.",
		Attributes: map[string]schema.Attribute{
			"min": count("Least number of nodes."),
			"max": count("Greatest number of nodes, at least `min`."),
		},
	}
}

// TaintSet is an attribute that holds taints.
func TaintSet(description string) schema.SetNestedAttribute {
	effects := []string{}
	for _, effect := range k8s.CoreV1TaintEffect("").Values() {
		effects = append(effects, string(effect))
	}
	return schema.SetNestedAttribute{
		Optional: true, MarkdownDescription: description, Validators: []validator.Set{tfkit.NoNulls{}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"key": schema.StringAttribute{Required: true, MarkdownDescription: "Key of the taint. A pool has one taint for " +
				"each key and effect.",
				Validators: []validator.String{tfkit.Checked("must be a key that Kubernetes accepts", func(key string) error {
					return tfkit.CheckKey("taint", key)
				})}},
			"value": schema.StringAttribute{Optional: true, MarkdownDescription: "Value of the taint. Default: none.",
				Validators: []validator.String{tfkit.Checked("must be a value that Kubernetes accepts", func(value string) error {
					return tfkit.CheckLabelValue("taint", value)
				})}},
			"effect": schema.StringAttribute{Required: true, MarkdownDescription: "Effect: " + "`" + strings.Join(effects, "`,"+
				" `") + "`" + ".",
				Validators: []validator.String{stringvalidator.OneOf(effects...)}},
		}},
	}
}

// KubeletArgs and UserData are the validators of these maps.
func KubeletArgs() validator.Map {
	return mapvalidator.KeysAre(tfkit.Checked("must be the name of a kubelet argument", checkKubeletArg))
}

// UserData is described at KubeletArgs.
func UserData() validator.Map {
	return mapvalidator.KeysAre(tfkit.Checked("must be a key that can be part of an address", checkUserDataKey))
}

// ContentChanged asks for a replacement where the texts differ: null is as empty as an empty map.
func ContentChanged(
	_ context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || len(req.StateValue.Elements())+len(req.PlanValue.Elements()) > 0
}
