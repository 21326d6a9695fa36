package pool

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const hdsDescription = "A node pool of an HDS cluster, with a node type that is eligible for health data in a zone " +
	"of `fr-par`. Terraform reverts changes made elsewhere in place (INC-04)."

// hdsSchema returns the schema of the resource.
func hdsSchema(ctx context.Context) schema.Schema {
	attributes := commonAttributes(ctx, descriptions{
		id: "Identifier, `fr-par/UUID`.",
		versionUsed: "Full version that the nodes run, such as `1.35.3`. Auto-upgrade and upgrades of the cluster " +
			"change it.",
		labels: "Kubernetes labels that the API sets and keeps on the nodes, for the placement of workloads " +
			"(KAP-02). Default: none.",
		tags: "Tags of the pool, which the API also sets as labels of its nodes (`k8s.scaleway.com/…`). Default: none.",
		securityGroup: "Security group of the nodes, in the pool's zone, as `fr-par-1/UUID` or a UUID (NET-02). " +
			"Default: the group that Kapsule creates for all clusters of the Project.",
		kubeletArgs: "Arguments of the kubelet by name; shown in `responsibility_transfers` (TRF-01). A change " +
			"applies to new nodes only: to replace the others, change `rotation` too.",
		userData: "User data of the nodes by key, such as `cloud-init`; shown in `responsibility_transfers` " +
			"(TRF-01). Changing it replaces the pool.",
		rotation: "Any text, such as a date: changing it replaces the nodes one by one with nodes of the latest " +
			"image (LIF-04, ITC-08). It is kept in the state only.",
	})
	attributes["size"], attributes["autoscaling"] = sizeAttribute(), autoscalingAttribute()
	policy := upgradePolicyAttribute("How an upgrade replaces nodes. Default: it adds one node first and none is " +
		"unavailable, so that drained pods have room.")
	policy.Default = objectdefault.StaticValue(upgradePolicyObject(0, 1))
	attributes["upgrade_policy"] = policy
	maps.Copy(attributes, hdsLocationAttributes())
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

// isPresenceChanged requires a replacement if the object is added or removed. It also requires one if the object is
// unknown, because it may be added or removed then. It does not require one if only the content of the object changes.
func isPresenceChanged(
	_ context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.StateValue.IsNull() != req.PlanValue.IsNull()
}
