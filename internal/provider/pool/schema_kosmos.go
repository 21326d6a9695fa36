package pool

import (
	"context"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const kosmosDescription = "A node pool of a Kosmos cluster: hosted by Scaleway in any zone (KOS-01), or external, " +
	"for machines outside Scaleway, for which the customer is responsible (EXT-01, EXT-02, EXT-03, KOS-04)."

// refusedForExternal ends the descriptions of attributes that an external pool cannot have.
const refusedForExternal = " Not for an external pool."

// kosmosSchema returns the schema of the resource.
func kosmosSchema(ctx context.Context) schema.Schema {
	attributes := commonAttributes(ctx, descriptions{
		id: "Identifier, `region/UUID`.",
		versionUsed: "Full version of the pool, such as `1.35.3`, which hosted nodes run and external nodes get at " +
			"their enrolment.",
		labels: "Kubernetes labels that the API sets and keeps on the nodes, for the placement of workloads. " +
			"Default: none.",
		tags: "Tags of the pool, which the API also sets as labels of hosted nodes (`k8s.scaleway.com/…`), not of " +
			"external ones. Default: none.",
		securityGroup: "Security group of the nodes, in the pool's zone, as `nl-ams-1/UUID` or a UUID (NET-02). " +
			"Default: the group that the service creates for all clusters of the Project." + refusedForExternal,
		kubeletArgs: "Arguments of the kubelet by name; shown in `responsibility_transfers` (TRF-01). A change " +
			"applies to new nodes only.",
		userData: "User data of the nodes of a hosted pool by key, such as `cloud-init`; shown in " +
			"`responsibility_transfers` (TRF-01). Changing it replaces the pool.",
		rotation: "Any text, such as a date: changing it replaces the nodes of a hosted pool one by one with nodes " +
			"of the latest image (ITC-08). It is kept in the state only.",
		rotationValidators: []validator.String{stringvalidator.LengthAtLeast(1)},
	})
	size, autoscaling := sizeAttribute(), autoscalingAttribute()
	size.MarkdownDescription = "Number of nodes of a hosted pool (ITC-07): exactly one of `size` and `autoscaling` " +
		"is required. For an external pool, omit `size` or set it to `0`."
	autoscaling.MarkdownDescription += refusedForExternal
	maps.Copy(attributes, map[string]schema.Attribute{
		"size": size, "autoscaling": autoscaling,
		"autohealing": schema.BoolAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Whether Scaleway reboots nodes that stay unready, then replaces them. Default: " +
				"`true` for a hosted pool; an external pool cannot have it (EXT-01).",
		},
		"upgrade_policy": upgradePolicyAttribute("How an upgrade replaces nodes (ITC-08). Default: it adds one node " +
			"first and none is unavailable, so that drained pods have room." + refusedForExternal),
		"node_defaults": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Attestation that the external nodes of the pool refer to, possibly incomplete " +
				"(EXT-01, EXT-02, EXT-03, KOS-04). It is kept in the state only, and refused for a hosted pool.",
			Attributes: tfkit.AttestationAttributes(),
		},
		"attestation_expires_at": schema.StringAttribute{
			Computed: true, MarkdownDescription: "When the attestation in `node_defaults` expires (RFC 3339), or " +
				"null if it does not.",
		},
	})
	maps.Copy(attributes, kosmosLocationAttributes())
	return schema.Schema{MarkdownDescription: kosmosDescription, Attributes: attributes}
}

// kosmosLocationAttributes returns the attributes for the place and the hardware of a pool, which cannot be changed.
func kosmosLocationAttributes() map[string]schema.Attribute {
	replace := stringplanmodifier.RequiresReplace()
	return map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Kosmos cluster, such as an `srm_kosmos_cluster`, as `region/UUID` or a UUID. " +
				"Changing it replaces the pool.",
			Validators:    []validator.String{tfkit.ObjectIDValidator("cluster")},
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "cluster"), replace},
		},
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Name, unique in the cluster. The API cannot rename a pool: changing it replaces " +
				"the pool.",
			PlanModifiers: []planmodifier.String{replace},
		},
		"node_type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "`" + operations.ExternalNodeType + "` for machines outside Scaleway, or an " +
				"Instance type on offer in `zone`, such as `PRO2-XS` (ITC-07). Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{
				tfkit.UseStateSpelling(compliance.NormalizeNodeType, "node type"), replace,
			},
		},
		"zone": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Zone of the nodes, in any region, such as `nl-ams-1`; required for a hosted pool, " +
				"refused for an external pool. Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{replace},
		},
		"root_volume": schema.SingleNestedAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Root volume of each node of a hosted pool. Changing it replaces the pool. Default: " +
				"the API's choice for the node type.",
			PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{
					Required: true,
					MarkdownDescription: "Type: `" + strings.Join(
						kosmosVolumeTypes(),
						"`, `",
					) + "`, the last one only for node types with local storage. Changing it replaces the pool.",
					PlanModifiers: []planmodifier.String{replace},
				},
				"size_gb": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Required: true, MarkdownDescription: "Size in gigabytes (10^9 " +
						"bytes), at least 20; 100 is recommended. Changing it replaces the pool.",
					Validators: []validator.Int64{
						int64validator.Between(compliance.MinRootVolumeGB, maxNodes),
					}, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
				},
			},
		},
		"placement_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Placement group of the nodes of a hosted pool, for at most 20 Instances, in the " +
				"pool's zone, as `nl-ams-1/UUID` or a UUID. Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "placement group"), replace},
		},
	}
}
