package kosmoscluster

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

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

func clusterSchema(ctx context.Context) schema.Schema {
	attributes := clusters.Attributes(ctx)
	maps.Copy(attributes, map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Control plane offer: `" + mutualised + "`, which is shared, or `" + dedicated + "4`, `-8` " +
				"or `-16`. It changes in place where the API offers it; a smaller offer is refused during the 30 days of " +
				"commitment. Kapsule offers are refused: no cluster changes from one to the other.",
			Validators: []validator.String{tfkit.Checked("must be an offer of Kosmos", checkType)},
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(string(scw.RegionFrPar)),
			MarkdownDescription: "Region of the control plane, such as `nl-ams`; the nodes may be anywhere. Default: `" +
				string(scw.RegionFrPar) +
				"`. It cannot be changed.",
			Validators: []validator.String{tfkit.Region()},
		},
		"allowed_ip_ranges": clusters.AllowedIPRanges("Address ranges that may reach the API server, all others are " +
			"refused (IAM-02): Scaleway's default, open to the world (OTC-14), is never left. External nodes reach it from " +
			"their public addresses, which belong here. Ranges that together cover the whole address space are refused. The " +
			"API offers no allow-list at creation: the API server is open until the first one is accepted, which the apply " +
			"seeks at once, measures and reports."),
		"scaleway_ranges": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether all of Scaleway's own address ranges may reach the API server, too (IAM-02). " +
				"Scaleway-hosted pools need it, and the API does not narrow it: the ranges hold the machines of other customers " +
				"as well. Default: `false`.",
		},
		"no_health_data": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "Attestation that no health data is processed in the cluster or passes through it " +
				"(HDS-SCP-02): the health data provisions cover dedicated Kapsule clusters only, and transit counts. A plan " +
				"warns when the review is more than a year old.",
			Attributes: map[string]schema.Attribute{
				"by": schema.StringAttribute{
					Required: true, MarkdownDescription: "Who attests it: a person or a function that answers for it.",
					Validators: []validator.String{tfkit.Checked("must name who attests it", checkAttestor)},
				},
				"reviewed_on": schema.StringAttribute{
					Required: true, MarkdownDescription: "Day of the review, as `YYYY-MM-DD`. A day in the future is refused.",
					Validators: []validator.String{tfkit.Checked("must be a day, as YYYY-MM-DD", checkDay)},
				},
			},
		},
		"delete_additional_resources": schema.BoolAttribute{
			Required: true,
			MarkdownDescription: "What a destroy does with the volumes and Load Balancers of the cluster (DEL-01); there is " +
				"no default. `true` destroys every volume, *Retain* ones included, and the Load Balancers named after the " +
				"cluster. `false` leaves them: they are billed and full of data. Machines outside Scaleway stay in either case. " +
				"Snapshots stay in either case. The plan of a destroy lists what it found; a warning after a destroy names what " +
				"`true` left. Terraform does not show that list for `-replace`: run `plan -destroy` first.",
		},

		"cni": schema.StringAttribute{
			Computed: true, Default: stringdefault.StaticString(string(k8s.CNIKilo)),
			MarkdownDescription: "Container network plug-in, always `kilo`: it encrypts the traffic between nodes of " +
				"different places.",
		},
		"id": clusters.Computed("Identifier, `region/UUID`.", stringplanmodifier.UseStateForUnknown()),
		"commitment_ends_at": clusters.Computed("When the commitment to the offer ends (RFC 3339): 30 days after the " +
			"creation or the last change of `type` for a dedicated offer, the creation itself for `" + mutualised + "`."),
	})
	return schema.Schema{
		MarkdownDescription: "A Kosmos cluster, whose nodes may be machines of Scaleway and of others, and the allow-list " +
			"of its API server. Plan and apply refuse an allow-list that is open to the world (IAM-02); patch auto-upgrade " +
			"has no switch (LIF-03). It is outside the health data provisions: you attest that no health data passes through " +
			"(HDS-SCP-02). It has no Private Network. The next plan shows what was changed outside Terraform, and its apply " +
			"reverts it (INC-04). No kubeconfig and no token enters the state. A change of an immutable attribute is refused, " +
			"never a replacement. What shifts to you is in `responsibility_transfers`.\n\nA `moved` block takes over a " +
			"`scaleway_k8s_cluster` of the official provider, and nothing is recreated: see the guide *Adopting a cluster*.",
		Attributes: attributes,
	}
}
