package hdscluster

import (
	"context"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

// cnis are those that the API accepts.
func cnis() []string { return []string{string(k8s.CNICilium), string(k8s.CNICalico)} }

func oneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

func clusterSchema(ctx context.Context) schema.Schema {
	attributes := clusters.Attributes(ctx)
	maps.Copy(attributes, map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Control plane offer, `" + compliance.DedicatedPrefix + "4`, `-8` or `-16`: the health data " +
				"provisions cover the dedicated Kapsule offer only (HDS-SCP-01). It changes in place where the API offers it; a " +
				"smaller offer is refused during the 30 days of commitment.",
			Validators: []validator.String{tfkit.Checked("must be a dedicated Kapsule offer", compliance.ClusterType)},
		},
		"private_network_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Private Network of the cluster, as `fr-par/UUID` or a UUID, in the cluster's Project " +
				"(HDS-RES-02, NET-01). It cannot be changed.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "Private Network")},
			Validators:    []validator.String{tfkit.Checked("must be an id of a Private Network in fr-par", checkNetworkID)},
		},
		"allowed_ip_ranges": clusters.AllowedIPRanges("Address ranges that may reach the API server, all others are " +
			"refused (HDS-CTR-03): Scaleway's default, open to the world (OTC-14), is never left. An empty set isolates it " +
			"from the Internet. Ranges that together cover the whole address space are refused. The API offers no allow-list " +
			"at creation: the API server is open until the first one is accepted, which the apply seeks at once, measures and " +
			"reports."),
		"delete_additional_resources": schema.BoolAttribute{
			Required: true,
			MarkdownDescription: "What a destroy does with the volumes and Load Balancers of the cluster (DEL-01); there is " +
				"no default. `true` destroys every volume, *Retain* ones included, the Load Balancers named after the cluster, " +
				"and the Private Network once it is empty, even one that you brought. `false` leaves them: they are billed and " +
				"full of data. Snapshots stay in either case. The plan of a destroy lists what it found; a warning after a " +
				"destroy names what `true` left. Terraform does not show that list for `-replace`: run `plan -destroy` first.",
		},
		"cni": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(string(k8s.CNICilium)),
			MarkdownDescription: "Container network plug-in: " + oneOf(cnis()) + ". Default: `cilium`. It cannot be changed.",
			Validators:          []validator.String{stringvalidator.OneOf(cnis()...)},
		},

		"id": clusters.Computed("Identifier, `fr-par/UUID`.", stringplanmodifier.UseStateForUnknown()),
		"region": schema.StringAttribute{
			Computed: true, Default: stringdefault.StaticString(compliance.Region),
			MarkdownDescription: "Region, always `fr-par` (HDS-RES-01).",
		},
		"contract_reference": clusters.Computed("Reference of the HDS contract under which the cluster stands " +
			"(HDS-CTR-01), from the provider's `hds_contract`."),
		"commitment_ends_at": clusters.Computed("When the commitment to the offer ends (RFC 3339): 30 days after the " +
			"creation or the last change of `type`."),
	})
	return schema.Schema{
		MarkdownDescription: "A Kapsule cluster for health data (HDS) and the allow-list of its API server. Plan and apply " +
			"refuse another region than fr-par (HDS-RES-01), an offer that is not a dedicated one (HDS-SCP-01), a cluster " +
			"without a Private Network of fr-par (HDS-RES-02), and an allow-list that is open to the world (HDS-CTR-03); " +
			"patch auto-upgrade has no switch (LIF-03). The next plan shows what was changed outside Terraform, and its " +
			"apply reverts it (INC-04). No kubeconfig and no token enters the state. A change of an immutable attribute is " +
			"refused, never a replacement. Workloads are placed and sized by its pools and its autoscaler (KAP-02, ITC-07)." +
			"\n\nA `moved` block takes over a `scaleway_k8s_cluster` of the official provider, and nothing is recreated: see " +
			"the guide *Adopting a cluster*.",
		Attributes: attributes,
	}
}
