package kosmospool

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

const description = "A node pool of a Kosmos cluster: hosted by Scaleway in any zone, or external, for machines " +
	"outside Scaleway. Nodes that Scaleway hosts come with its images and live as in Kapsule (KOS-01). Of an external " +
	"pool the provisioning, patching, hardening, connectivity and health of the machines are yours (EXT-01, EXT-02, " +
	"EXT-03, KOS-04), as its `responsibility_transfers` show in the plan; each machine is an " +
	"`srm_kosmos_external_node`. Kosmos is outside the health data provisions.\n\n" +
	"Some attributes cannot be changed through the API, and changing one replaces the pool: its nodes are drained and " +
	"deleted, then new ones are created. With `create_before_destroy` the new pool needs another `name`, which is " +
	"unique in the cluster.\n\nA `moved` block takes over a `scaleway_k8s_pool` of the official provider, and nothing " +
	"is recreated: see the guide *Adopting a cluster*."

// onlyHosted ends the description of what an external pool does not have.
const onlyHosted = " Refused for an external pool."

func (r *poolResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": pools.TimeoutsAttribute(ctx),
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Identifier, `region/UUID`.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"version_used": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Full version of the pool, such as `1.35.3`: that of nodes which Scaleway hosts, and the one " +
				"that external nodes get when they are enrolled.",
		},
		"attestation_expires_at": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Moment from which the attestation in `node_defaults` no longer counts (RFC " +
				"3339); null where it has no end.",
		},
		"responsibility_transfers": tfkit.TransfersAttribute("pool"),
	}
	for _, part := range []map[string]schema.Attribute{
		placeAttributes(), sizeAttributes(), nodeAttributes(), lifeAttributes(),
	} {
		for name, attribute := range part {
			attributes[name] = attribute
		}
	}
	resp.Schema = schema.Schema{MarkdownDescription: description, Attributes: attributes}
}

// placeAttributes say where a pool is and on what its nodes run: none of it can be changed.
func placeAttributes() map[string]schema.Attribute {
	replace := stringplanmodifier.RequiresReplace()
	return map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Kosmos cluster, as `region/UUID` or a UUID, such as an `srm_kosmos_cluster`; a Kapsule " +
				"cluster is refused. Changing it replaces the pool.",
			Validators:    []validator.String{tfkit.ObjectID("cluster")},
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "cluster"), replace},
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name, unique in the cluster. The API cannot rename a pool: changing it replaces the pool.",
			PlanModifiers:       []planmodifier.String{replace},
		},
		"node_type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "`" + pools.External + "` for machines outside Scaleway, else an Instance type on offer in " +
				"`zone`, such as `PRO2-XS`, in any spelling (ITC-07). The API cannot change it: another type replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(compliance.NormalizeNodeType, "node type"), replace},
		},
		"zone": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Zone of nodes that Scaleway hosts, of any region, such as `nl-ams-1`; required for them. " +
				"The API cannot move a pool: changing it replaces the pool." + onlyHosted,
			PlanModifiers: []planmodifier.String{replace},
		},
		"root_volume": schema.SingleNestedAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Root volume of each node that Scaleway hosts. Default: what the API chooses for the node " +
				"type. The API cannot change it: a change replaces the pool." + onlyHosted,
			PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{
					Required: true, MarkdownDescription: "Type: `" + strings.Join(rootVolumeTypes(), "`, `") + "`; the last one for " +
						"node types with local storage. Changing it replaces the pool.", PlanModifiers: []planmodifier.String{replace},
				},
				"size_gb": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Required: true, MarkdownDescription: "Size in gigabytes (10^9 bytes), at least " +
						"20; 100 is advised. Changing it replaces the pool.",
					Validators: []validator.Int64{
						int64validator.Between(compliance.MinRootVolumeGB, pools.MaxNodes),
					}, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
				},
			},
		},
		"placement_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Placement group of the nodes, in the pool's zone, as `nl-ams-1/UUID` or a UUID. It holds at " +
				"most 20 Instances. The API cannot change it: changing it replaces the pool." + onlyHosted,
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "placement group"), replace},
		},
	}
}

func sizeAttributes() map[string]schema.Attribute {
	size, scaling := pools.SizeAttribute(), pools.AutoscalingAttribute()
	size.MarkdownDescription += " An external pool has the size `0` or none: it has as many nodes as machines are " +
		"enrolled."
	scaling.MarkdownDescription += onlyHosted
	policy := func(otherwise int64, description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(otherwise),
			MarkdownDescription: description,
			Validators:          []validator.Int64{int64validator.Between(0, pools.MaxNodes)},
		}
	}
	return map[string]schema.Attribute{
		"size": size, "autoscaling": scaling,
		"autohealing": schema.BoolAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Whether nodes that are not ready for long are rebooted, then replaced. Default: `true` for " +
				"nodes that Scaleway hosts. An external pool has none, and `true` is refused: Scaleway cannot replace a machine " +
				"that is not its own (EXT-01).",
		},
		"upgrade_policy": schema.SingleNestedAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "How an upgrade replaces nodes (ITC-08). Default: one more node first, none missing, so that " +
				"pods are drained onto room that exists." + onlyHosted,
			Attributes: map[string]schema.Attribute{
				"max_unavailable": policy(0, "How many nodes may be missing at a time. Not 0 where `max_surge` is 0. Default: "+
					"`0`."),
				"max_surge": policy(1, "How many nodes are created beyond the size. Default: `1`."),
			},
		},
	}
}

func nodeAttributes() map[string]schema.Attribute {
	text := func(description string) schema.MapAttribute {
		return schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	kubelet := text("Arguments of the kubelet, by name. They show in `responsibility_transfers`: the customer who " +
		"changes the kubelet's configuration is responsible for it (TRF-01). A change is sent in place and reaches new " +
		"nodes only.")
	kubelet.Sensitive, kubelet.Validators = true, []validator.Map{tfkit.NoNulls{}, pools.KubeletArgs()}
	userData := text("Texts that nodes read when they start, by key, such as `cloud-init`. They show in " +
		"`responsibility_transfers` (TRF-01). The API takes them at creation only: a change replaces the pool." + onlyHosted)
	userData.Sensitive = true
	userData.Validators = []validator.Map{tfkit.NoNulls{}, pools.UserData()}
	userData.PlanModifiers = []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(pools.ContentChanged,
		"The API takes user data at creation only: a change replaces the pool.", "The API takes user data at creation "+
			"only: a change replaces the pool.")}
	labels := text("Kubernetes labels that the API puts on the nodes and keeps there, by which workloads are placed. " +
		"Default: none.")
	labels.Validators = []validator.Map{tfkit.NoNulls{}, tfkit.Labels()}
	return map[string]schema.Attribute{
		"labels": labels,
		"taints": pools.TaintSet("Kubernetes taints that the API puts on the nodes and keeps there. Default: none."),
		"startup_taints": pools.TaintSet("Kubernetes taints that new nodes start with, and that something in the cluster " +
			"removes. A change reaches new nodes only. Default: none."),
		"tags": schema.SetAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.Set{tfkit.NoNulls{}, tfkit.Tags()},
			MarkdownDescription: "Tags of the pool, which also become labels (`k8s.scaleway.com/…`) of nodes that Scaleway " +
				"hosts, not of external ones. Default: none.",
		},
		"security_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Security group of the nodes, in the pool's zone, as `nl-ams-1/UUID` or a UUID (NET-02). " +
				"Default: the one that the service makes, shared by all clusters of the Project. It changes in place; removing " +
				"it leaves the nodes in their group." + onlyHosted,
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "security group")},
		},
		"kubelet_args": kubelet,
		"user_data":    userData,
		"node_defaults": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Attestation that the external nodes of the pool take over, by reference: `attestation = " +
				"srm_kosmos_pool.edge.node_defaults`, or `merge(srm_kosmos_pool.edge.node_defaults, { … })` (EXT-01, EXT-02, " +
				"EXT-03, KOS-04). It is kept in the state only, and may be incomplete: each node adds what differs. Refused for " +
				"a pool " +
				"that Scaleway hosts.",
			Attributes: tfkit.AttestationAttributes(),
		},
	}
}

func lifeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"version": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Kubernetes minor of the nodes, such as `1.35`, at most the cluster's (LIF-02); auto-upgrade " +
				"owns the patch. A new pool has its cluster's version. Raising it upgrades the pool in place; it is never " +
				"lowered. Nodes that Scaleway hosts are replaced one by one (ITC-08); external ones keep what they run until " +
				"their machines are enrolled again: pass this attribute to their `version`. Default: whatever the cluster's " +
				"upgrades bring (its `upgrade_pools`).",
		},
		"max_termination_grace_period": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(pools.DefaultGracePeriod),
			MarkdownDescription: "How long a node that is being deleted may take to drain, from `1s` to `1h`; then pods are " +
				"ended, whatever their PodDisruptionBudget says. Default: `" + pools.DefaultGracePeriod + "`.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(pools.NormalizeDuration, "duration")},
		},
		"rotation": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Any text, such as a date: changing it replaces the nodes one after another by nodes with " +
				"the latest image, each drained first (ITC-08; 30 days are the recommended life of a node). An interrupted " +
				"rotation goes on with the next apply. It is kept in the state only. Refused for an external pool, whose nodes " +
				"have a `rotation` each.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
	}
}

func (r *poolResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: "Region of the pool's cluster; the " +
			"provider's where it is left out."},
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the pool."},
	}}
}
