package cluster

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// kosmosSchema returns the schema of the resource.
func kosmosSchema(ctx context.Context) schema.Schema {
	attributes := commonAttributes(ctx)
	maps.Copy(attributes, map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Control plane offer: `" + compliance.SharedKosmosType + "`, which is shared, or `" +
				compliance.DedicatedKosmosPrefix + "4`, `-8` or `-16`. It changes in place, but not to a smaller " +
				"offer during the 30 days of commitment.",
			Validators: []validator.String{tfkit.StringValidator("must be a Kosmos offer", checkKosmosType)},
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(string(scw.RegionFrPar)),
			MarkdownDescription: "Region of the control plane, such as `nl-ams`; nodes may be in any place. Default: " +
				"`" +
				string(scw.RegionFrPar) + "`. It cannot be changed.",
			Validators: []validator.String{tfkit.RegionValidator()},
		},
		"allowed_ip_ranges": allowedIPRangesAttribute(
			"Address ranges that may reach the API server (IAM-02), among them the public addresses of external " +
				"nodes. They replace Scaleway's default, which allows every address (OTC-14).",
		),
		"scaleway_ranges": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether all of Scaleway's own address ranges may reach the API server, which " +
				"Scaleway-hosted pools need (IAM-02). The ranges also contain machines of other customers. Default: " +
				"`false`.",
		},
		"no_health_data": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "Attestation that no health data is processed in the cluster or passes through it " +
				"(HDS-SCP-02). A plan warns if the review is more than a year old.",
			Attributes: map[string]schema.Attribute{
				"by": schema.StringAttribute{
					Required: true, MarkdownDescription: "Person who attests it, by name or function.",
					Validators: []validator.String{
						tfkit.StringValidator("must be the name or function of a person", checkAttestor),
					},
				},
				"reviewed_on": schema.StringAttribute{
					Required: true, MarkdownDescription: "Day of the review, as `YYYY-MM-DD`, not in the future.",
					Validators: []validator.String{
						tfkit.StringValidator("must be a date, as YYYY-MM-DD", checkReviewDay),
					},
				},
			},
		},
		"delete_additional_resources": schema.BoolAttribute{
			Required: true,
			MarkdownDescription: "Whether a destroy also deletes the volumes and Load Balancers of the cluster " +
				"(DEL-01). `false` leaves them: Scaleway bills them, and they keep their data.",
		},

		"cni": schema.StringAttribute{
			Computed: true, Default: stringdefault.StaticString(string(k8s.CNIKilo)),
			MarkdownDescription: "Container network plug-in, always `kilo`, which encrypts the traffic between nodes " +
				"in different places.",
		},
		"id": computedAttribute("Identifier, `region/UUID`.", stringplanmodifier.UseStateForUnknown()),
		"commitment_ends_at": computedAttribute("When the commitment to the offer ends (RFC 3339): 30 days after the " +
			"creation or the last change of `type` for a dedicated offer, the creation itself for `" +
			compliance.SharedKosmosType +
			"`."),
	})
	return schema.Schema{
		MarkdownDescription: "A Kosmos cluster, whose nodes may be Scaleway Instances and machines outside Scaleway, " +
			"with the allow-list of its API server. Terraform reverts changes made elsewhere (INC-04).",
		Attributes: attributes,
	}
}
