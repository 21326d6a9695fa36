package cluster

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// cnis returns the container network plug-ins that the API accepts for Kapsule.
func cnis() []string { return []string{string(k8s.CNICilium), string(k8s.CNICalico)} }

// hdsSchema returns the schema of the resource.
func hdsSchema(ctx context.Context) schema.Schema {
	attributes := commonAttributes(ctx)
	maps.Copy(attributes, map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Dedicated control plane offer: `" + compliance.DedicatedTypePrefix + "4`, `-8` or " +
				"`-16` (HDS-SCP-01). It changes in place, but not to a smaller offer during the 30 days of commitment.",
			Validators: []validator.String{
				tfkit.StringValidator("must be a dedicated Kapsule offer", compliance.CheckClusterType),
			},
		},
		"private_network_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Private Network in `fr-par` and in the cluster's Project, as `fr-par/UUID` or a " +
				"UUID (HDS-RES-02, NET-01). It cannot be changed.",
			PlanModifiers: []planmodifier.String{tfkit.UseStateSpelling(tfkit.BareID, "Private Network")},
			Validators: []validator.String{
				tfkit.StringValidator("must be an id of a Private Network in fr-par", checkNetworkID),
			},
		},
		"allowed_ip_ranges": allowedIPRangesAttribute(
			"Address ranges that may reach the API server (HDS-CTR-03). They replace Scaleway's default, which " +
				"allows every address (OTC-14); an empty set allows none from the Internet.",
		),
		"delete_additional_resources": schema.BoolAttribute{
			Required: true,
			MarkdownDescription: "Whether a destroy also deletes the volumes and Load Balancers of the cluster, and " +
				"its Private Network once that is empty (DEL-01). `false` leaves them: Scaleway bills them, and they " +
				"keep their data.",
		},
		"cni": schema.StringAttribute{
			Optional: true,
			Computed: true,
			Default:  stringdefault.StaticString(string(k8s.CNICilium)),
			MarkdownDescription: "Container network plug-in: " + tfkit.CodeList(
				cnis(),
			) + ". Default: `cilium`. It cannot " +
				"be changed.",
			Validators: []validator.String{stringvalidator.OneOf(cnis()...)},
		},

		"id": computedAttribute("Identifier, `fr-par/UUID`.", stringplanmodifier.UseStateForUnknown()),
		"region": schema.StringAttribute{
			Computed: true, Default: stringdefault.StaticString(compliance.Region),
			MarkdownDescription: "Region, always `fr-par` (HDS-RES-01).",
		},
		"contract_reference": computedAttribute(
			"Reference of the HDS contract that covers the cluster (HDS-CTR-01), from the provider's `hds_contract`.",
		),
		"commitment_ends_at": computedAttribute("When the commitment to the offer ends (RFC 3339): 30 days " +
			"after the creation or the last change of `type`."),
	})
	return schema.Schema{
		MarkdownDescription: "A dedicated Kapsule cluster for health data (HDS) with the allow-list of its API " +
			"server. Terraform reverts changes made elsewhere (INC-04); pools and the autoscaler place and size " +
			"workloads (KAP-02, ITC-07).",
		Attributes: attributes,
	}
}
