package pool

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
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// maxNodes is the limit of the API's field. The API itself checks the limit of the offer.
const maxNodes = 1<<31 - 1

// Default timeouts.
const (
	createTimeout = 45 * time.Minute
	updateTimeout = 3 * time.Hour
	deleteTimeout = 45 * time.Minute
)

// timeoutsAttribute returns the timeouts attribute.
func timeoutsAttribute(ctx context.Context) schema.Attribute {
	return timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Update: true, Delete: true,
		CreateDescription: fmt.Sprintf("Timeout of the creation, including the wait for the cluster and the nodes, "+
			"such as `60m`. Default: %s.", formatDuration(createTimeout)),
		UpdateDescription: fmt.Sprintf(
			"Timeout of an update, including the replacement of all nodes. Default: %s.", formatDuration(updateTimeout),
		),
		DeleteDescription: fmt.Sprintf("Timeout of the destroy. Default: %s.", formatDuration(deleteTimeout)),
	})
}

// descriptions are the descriptions of common attributes in which the variants differ.
type descriptions struct {
	id, versionUsed, labels, tags, securityGroup, kubeletArgs, userData, rotation string
	rotationValidators                                                            []validator.String
}

// commonAttributes returns the attributes that all variants have, except those of the place and the size of a pool.
func commonAttributes(ctx context.Context, d descriptions) map[string]schema.Attribute {
	stringMap := func(description string, validators ...validator.Map) schema.MapAttribute {
		return schema.MapAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: description,
			Validators: append([]validator.Map{tfkit.NoNulls{}}, validators...),
		}
	}
	kubelet := stringMap(d.kubeletArgs, kubeletArgsValidator())
	kubelet.Sensitive = true
	userData := stringMap(d.userData, userDataValidator())
	userData.Sensitive = true
	userData.PlanModifiers = []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(requiresReplaceIfContentChanged,
		"Changing it replaces the pool.", "Changing it replaces the pool.")}
	return map[string]schema.Attribute{
		"timeouts": timeoutsAttribute(ctx),
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: d.id,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"version_used":             schema.StringAttribute{Computed: true, MarkdownDescription: d.versionUsed},
		"responsibility_transfers": tfkit.TransfersAttribute("pool"),
		"labels":                   stringMap(d.labels, tfkit.LabelsValidator()),
		"taints": taintsAttribute(
			"Kubernetes taints that the API sets and keeps on the nodes. Default: none.",
		),
		"startup_taints": taintsAttribute(
			"Kubernetes taints of new nodes, which a component in the cluster removes later. Default: none.",
		),
		"tags": schema.SetAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: d.tags,
			Validators: []validator.Set{tfkit.NoNulls{}, tfkit.TagsValidator()},
		},
		"security_group_id": schema.StringAttribute{
			Optional: true, MarkdownDescription: d.securityGroup,
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "security group")},
		},
		"kubelet_args": kubelet,
		"user_data":    userData,
		"version": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Kubernetes minor of the nodes, such as `1.35`, at most the cluster's (LIF-02). " +
				"Raising it upgrades the pool in place; without it, upgrades of the cluster upgrade the pool " +
				"(`upgrade_pools`).",
		},
		"max_termination_grace_period": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultGracePeriod()),
			MarkdownDescription: "How long a node that is being deleted may take to drain, from `1s` to `1h`; then " +
				"its pods are stopped regardless of their PodDisruptionBudgets. Default: `" +
				defaultGracePeriod() + "`.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(normalizeDuration, "duration")},
		},
		"rotation": schema.StringAttribute{
			Optional: true, MarkdownDescription: d.rotation, Validators: d.rotationValidators,
		},
	}
}

// upgradePolicyAttribute returns the attribute of the upgrade policy.
func upgradePolicyAttribute(description string) schema.SingleNestedAttribute {
	policy := func(defaultValue int64, description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			CustomType: tfkit.IntegerType{}, Optional: true, Computed: true,
			Default:             int64default.StaticInt64(defaultValue),
			MarkdownDescription: fmt.Sprintf("%s Default: `%d`.", description, defaultValue),
			Validators:          []validator.Int64{int64validator.Between(0, maxNodes)},
		}
	}
	return schema.SingleNestedAttribute{
		Optional: true, Computed: true, MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"max_unavailable": policy(0, "How many nodes may be unavailable at a time. Not 0 if `max_surge` is 0."),
			"max_surge":       policy(1, "How many nodes an upgrade may create in addition to the size."),
		},
	}
}

func nodeCountAttribute(description string) schema.Int64Attribute {
	return schema.Int64Attribute{
		CustomType: tfkit.IntegerType{}, Required: true, MarkdownDescription: description,
		Validators: []validator.Int64{
			int64validator.Between(0, maxNodes),
		},
	}
}

// sizeAttribute returns the attribute of the number of nodes.
func sizeAttribute() schema.Int64Attribute {
	size := nodeCountAttribute("Number of nodes (ITC-07). Exactly one of `size` and `autoscaling` is required.")
	size.Required, size.Optional = false, true
	return size
}

// autoscalingAttribute returns the attribute of the bounds of the number of nodes.
func autoscalingAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Lower and upper limit of the number of nodes, which the cluster autoscaler chooses " +
			"(ITC-07). Exactly one of `size` and `autoscaling` is required.",
		Attributes: map[string]schema.Attribute{
			"min": nodeCountAttribute("Minimum number of nodes."),
			"max": nodeCountAttribute("Maximum number of nodes, at least `min`."),
		},
	}
}

// taintsAttribute returns a set attribute of taints.
func taintsAttribute(description string) schema.SetNestedAttribute {
	effects := []string{}
	for _, effect := range k8s.CoreV1TaintEffect("").Values() {
		effects = append(effects, string(effect))
	}
	return schema.SetNestedAttribute{
		Optional: true, MarkdownDescription: description, Validators: []validator.Set{tfkit.NoNulls{}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"key": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Key of the taint. A pool can have only one taint for each key and effect.",
				Validators: []validator.String{
					tfkit.StringValidator("must be a key that Kubernetes accepts", func(key string) error {
						return tfkit.CheckLabelKey("taint", key)
					}),
				},
			},
			"value": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Value of the taint. Default: none.",
				Validators: []validator.String{
					tfkit.StringValidator("must be a value that Kubernetes accepts", func(value string) error {
						return tfkit.CheckLabelValue("taint", value)
					}),
				},
			},
			"effect": schema.StringAttribute{Required: true,
				MarkdownDescription: "Effect: " + "`" + strings.Join(effects, "`,"+
					" `") + "`" + ".",
				Validators: []validator.String{stringvalidator.OneOf(effects...)}},
		}},
	}
}

// kubeletArgsValidator returns a validator of the names of kubelet arguments.
func kubeletArgsValidator() validator.Map {
	return mapvalidator.KeysAre(tfkit.StringValidator("must be the name of a kubelet argument", checkKubeletArgName))
}

// userDataValidator returns a validator of the keys of user data.
func userDataValidator() validator.Map {
	return mapvalidator.KeysAre(tfkit.StringValidator("must be a key that can be part of a URL", checkUserDataKey))
}

// requiresReplaceIfContentChanged requires a replacement if the content of a map changes. A change between null and an
// empty map is none.
func requiresReplaceIfContentChanged(
	_ context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || len(req.StateValue.Elements())+len(req.PlanValue.Elements()) > 0
}
