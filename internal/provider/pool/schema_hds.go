package pool

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const hdsDescription = "A node pool of an HDS cluster, with a node type that is eligible for health data in a zone " +
	"of `fr-par`. Terraform reverts changes made elsewhere in place (INC-04)."

// hdsSchema returns the schema of the resource.
func hdsSchema(ctx context.Context) schema.Schema {
	attributes := map[string]schema.Attribute{
		"timeouts": timeoutsAttribute(ctx),
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Identifier, `fr-par/UUID`.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"version_used": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Full version that the nodes run, such as `1.35.3`. Auto-upgrade and upgrades of " +
				"the cluster change it.",
		},
		"responsibility_transfers": tfkit.TransfersAttribute("pool"),
	}
	for _, part := range []map[string]schema.Attribute{
		hdsLocationAttributes(), hdsSizeAttributes(), hdsNodeAttributes(), hdsLifecycleAttributes(),
	} {
		for name, attribute := range part {
			attributes[name] = attribute
		}
	}
	return schema.Schema{MarkdownDescription: hdsDescription, Attributes: attributes}
}

// hdsLocationAttributes returns the attributes for the place and the hardware of a pool, most of which cannot be
// changed.
func hdsLocationAttributes() map[string]schema.Attribute {
	replace := stringplanmodifier.RequiresReplace()
	return map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "HDS cluster, such as an `srm_hds_cluster`, as `fr-par/UUID` or a UUID (HDS-SCP-01, " +
				"HDS-RES-01). Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "cluster"), replace},
		},
		"guardrails_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Guardrails of the same cluster, as `fr-par/UUID/guardrails` (HDS-ENC-03). Use a " +
				"reference, such as `srm_hds_guardrails.example.id`, so that Terraform creates them before the first " +
				"node.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.NormalizeGuardrailsID, "guardrails")},
		},
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Name, unique in the cluster. The API cannot rename a pool: changing it replaces " +
				"the pool.",
			PlanModifiers: []planmodifier.String{replace},
		},
		"node_type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Instance type of the nodes, such as `POP2-4C-16G`: eligible for health data " +
				"(HDS-IDN-02), or undecided and attested by `node_type_attestation` (HDS-IDN-01). Changing it " +
				"replaces the pool.",
			PlanModifiers: []planmodifier.String{
				tfkit.UseStateSpelling(compliance.NormalizeNodeType, "node type"), replace,
			},
		},
		"node_type_attestation": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Attestation that a `node_type` whose eligibility the catalogue leaves undecided is " +
				"eligible for health data (HDS-IDN-01). It is kept in the state only, and does not make an " +
				"ineligible type eligible.",
			Attributes: map[string]schema.Attribute{
				"reason": schema.StringAttribute{Required: true, MarkdownDescription: "Basis of the attestation, " +
					"such as a document of Scaleway. Not empty."},
				"reviewed_on": schema.StringAttribute{Required: true, MarkdownDescription: "Day of the review, as " +
					"`YYYY-MM-DD`, not in the future."},
			},
		},
		"zone": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Zone of the nodes: " + tfkit.CodeList(
				compliance.Zones(),
			) + " (HDS-RES-02). Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{replace},
		},
		"root_volume": schema.SingleNestedAttribute{
			Required:            true,
			MarkdownDescription: "Root volume of each node. Changing it replaces the pool.",
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{
					Required: true,
					MarkdownDescription: "Block Storage type: " + tfkit.CodeList(
						compliance.RootVolumeTypes(),
					) + " (HDS-IDN-02), with 5,000 and 15,000 operations per second. Changing it replaces the pool.",
					PlanModifiers: []planmodifier.String{replace},
				},
				"size_gb": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Required: true,
					MarkdownDescription: fmt.Sprintf("Size in gigabytes (10^9 bytes), at least %d; 100 is "+
						"recommended. Changing it replaces the pool.",
						compliance.MinRootVolumeGB),
					PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
				},
			},
		},
		"placement_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Placement group of the nodes, for at most 20 Instances, in the pool's zone, as " +
				"`fr-par-1/UUID` or a UUID. Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "placement group"), replace},
		},
		"public_ip": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Gives each node a public IP; shown in `responsibility_transfers` (NET-03). Adding " +
				"or removing it replaces the pool; changing the reason does not.",
			PlanModifiers: []planmodifier.Object{objectplanmodifier.RequiresReplaceIf(isPresenceChanged,
				"Adding or removing it replaces the pool.", "Adding or removing it replaces the pool.")},
			Attributes: map[string]schema.Attribute{
				"reason": schema.StringAttribute{Required: true, MarkdownDescription: "Why nodes need a public IP. " +
					"Not empty; kept in the state only."},
			},
		},
	}
}

// hdsSizeAttributes returns the attributes for the number of nodes.
func hdsSizeAttributes() map[string]schema.Attribute {
	policy := func(defaultValue int64, description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			CustomType: tfkit.IntegerType{}, Optional: true, Computed: true,
			Default:             int64default.StaticInt64(defaultValue),
			MarkdownDescription: fmt.Sprintf("%s Default: `%d`.", description, defaultValue),
			Validators:          []validator.Int64{int64validator.Between(0, maxNodes)},
		}
	}
	return map[string]schema.Attribute{
		"size": sizeAttribute(), "autoscaling": autoscalingAttribute(),
		"upgrade_policy": schema.SingleNestedAttribute{
			Optional: true, Computed: true,
			Default: objectdefault.StaticValue(upgradePolicyObject(0, 1)),
			MarkdownDescription: "How an upgrade replaces nodes. Default: it adds one node first and none is " +
				"unavailable, so that drained pods have room.",
			Attributes: map[string]schema.Attribute{
				"max_unavailable": policy(0, "How many nodes may be unavailable at a time. Not 0 if `max_surge` is 0."),
				"max_surge":       policy(1, "How many nodes an upgrade may create in addition to the size."),
			},
		},
	}
}

// hdsNodeAttributes returns the attributes for the settings of the nodes.
func hdsNodeAttributes() map[string]schema.Attribute {
	stringMap := func(description string) schema.MapAttribute {
		return schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	kubelet := stringMap("Arguments of the kubelet by name; shown in `responsibility_transfers` (TRF-01). A change " +
		"applies to new nodes only: to replace the others, change `rotation` too.")
	kubelet.Sensitive, kubelet.Validators = true, []validator.Map{tfkit.NoNulls{}, kubeletArgsValidator()}
	userData := stringMap("User data of the nodes by key, such as `cloud-init`; shown in `responsibility_transfers` " +
		"(TRF-01). Changing it replaces the pool.")
	userData.Sensitive = true
	userData.Validators = []validator.Map{tfkit.NoNulls{}, userDataValidator()}
	userData.PlanModifiers = []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(requiresReplaceIfContentChanged,
		"Changing it replaces the pool.", "Changing it replaces the pool.")}
	labels := stringMap("Kubernetes labels that the API sets and keeps on the nodes, for the placement of workloads " +
		"(KAP-02). Default: none.")
	labels.Validators = []validator.Map{tfkit.NoNulls{}, tfkit.LabelsValidator()}
	return map[string]schema.Attribute{
		"labels": labels,
		"taints": taintsAttribute("Kubernetes taints that the API sets and keeps on the nodes. Default: none."),
		"startup_taints": taintsAttribute(
			"Kubernetes taints of new nodes, which a component in the cluster removes later. Default: none.",
		),
		"tags": schema.SetAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.Set{
				tfkit.NoNulls{}, tfkit.TagsValidator(),
			},
			MarkdownDescription: "Tags of the pool, which the API also sets as labels of its nodes " +
				"(`k8s.scaleway.com/…`). Default: none.",
		},
		"security_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Security group of the nodes, in the pool's zone, as `fr-par-1/UUID` or a UUID " +
				"(NET-02). Default: the group that Kapsule creates for all clusters of the Project.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "security group")},
		},
		"kubelet_args": kubelet,
		"user_data":    userData,
	}
}

// hdsLifecycleAttributes returns the attributes for upgrading, draining and replacing nodes.
func hdsLifecycleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
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
			Optional: true,
			MarkdownDescription: "Any text, such as a date: changing it replaces the nodes one by one with nodes of " +
				"the latest image (LIF-04, ITC-08). It is kept in the state only.",
		},
	}
}

// isPresenceChanged requires a replacement if the object is added or removed. It also requires one if the object is
// unknown, because it may be added or removed then. It does not require one if only the content of the object changes.
func isPresenceChanged(
	_ context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.StateValue.IsNull() != req.PlanValue.IsNull()
}
