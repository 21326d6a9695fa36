package hdspool

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
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
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

const description = "A node pool of a health data cluster (HDS): eligible node types in a zone of `fr-par`, Block " +
	"Storage root volumes, autohealing, drain-safe upgrades, and no public IP on nodes unless a reason is given. It " +
	"comes after the `srm_hds_guardrails` of its cluster. Root volumes are not encrypted by any API: keep health data " +
	"on encrypted volumes.\n\n" +
	"Some attributes cannot be changed through the API, and changing one replaces the pool: its nodes are drained and " +
	"deleted, then new ones are created; everything else that was changed outside is changed in place (INC-04). With " +
	"`create_before_destroy` the new pool needs another `name`, which is unique in the cluster.\n\nA `moved` block " +
	"takes over a `scaleway_k8s_pool` of the official provider, and nothing is recreated: see the guide *Adopting a " +
	"cluster*."

func (r *poolResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": pools.TimeoutsAttribute(ctx),
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Identifier, `fr-par/UUID`.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"version_used": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Full version that the nodes run, such as `1.35.3`. It moves with auto-upgrade and with " +
				"upgrades of the cluster.",
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
			MarkdownDescription: "Cluster, as `fr-par/UUID` or a UUID: one for health data, such as an `srm_hds_cluster` " +
				"(HDS-SCP-01, HDS-RES-01). Changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "cluster"), replace},
		},
		"guardrails_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Guardrails of the same cluster, `fr-par/UUID/guardrails`, as in " +
				"`srm_hds_guardrails.example.id` (HDS-ENC-03). Write the reference, not a literal id: it creates the guardrails " +
				"before the first node. A create looks for them in the cluster and fails where they are absent; where it cannot " +
				"reach the API server, it warns. Changing the value changes nothing on Scaleway.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.NormalizeGuardrailsID, "guardrails")},
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name, unique in the cluster. The API cannot rename a pool: changing it replaces the pool.",
			PlanModifiers:       []planmodifier.String{replace},
		},
		"node_type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Instance type of the nodes, such as `POP2-4C-16G`, in any spelling. The dated catalogue of " +
				"this provider must call it eligible for health data (HDS-IDN-02); one that it does not decide needs " +
				"`node_type_attestation` (HDS-IDN-01). The API cannot change it: another type replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(compliance.NormalizeNodeType, "node type"), replace},
		},
		"node_type_attestation": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Your own finding that a `node_type` which the catalogue does not decide is eligible for " +
				"health data (HDS-IDN-01). It does not make an ineligible type eligible. It stays in the state and changes " +
				"nothing on Scaleway.",
			Attributes: map[string]schema.Attribute{
				"reason": schema.StringAttribute{Required: true, MarkdownDescription: "What the finding rests on, such as a " +
					"document of Scaleway. Not empty."},
				"reviewed_on": schema.StringAttribute{Required: true, MarkdownDescription: "Day of the review, as `YYYY-MM-DD`. " +
					"A day in the future is refused."},
			},
		},
		"zone": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Zone of the nodes: " + oneOf(compliance.Zones()) + " (HDS-RES-02). The API cannot move a " +
				"pool: changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{replace},
		},
		"root_volume": schema.SingleNestedAttribute{
			Required:            true,
			MarkdownDescription: "Root volume of each node. The API cannot change it: a change replaces the pool.",
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{
					Required: true,
					MarkdownDescription: "Block Storage type: " + oneOf(compliance.RootVolumeTypes()) + " (HDS-IDN-02), with 5,000 " +
						"and 15,000 operations per second. Changing it replaces the pool.",
					PlanModifiers: []planmodifier.String{replace},
				},
				"size_gb": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Required: true,
					MarkdownDescription: fmt.Sprintf("Size in gigabytes (10^9 bytes), at least %d; 100 is advised. Changing it "+
						"replaces the pool.",
						compliance.MinRootVolumeGB),
					PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
				},
			},
		},
		"placement_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Placement group of the nodes, in the pool's zone, as `fr-par-1/UUID` or a UUID. It holds at " +
				"most 20 Instances. The API cannot change it: changing it replaces the pool.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "placement group"), replace},
		},
		"public_ip": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Gives each node a public IP. Default: none, which is a hardening of this provider and no " +
				"clause of the model; nodes then need a Public Gateway that advertises the default route on the Private Network. " +
				"Opening it warns at every plan and shows in `responsibility_transfers` (NET-03). The API cannot change it: " +
				"adding or removing it replaces the pool, changing the reason does not.",
			PlanModifiers: []planmodifier.Object{objectplanmodifier.RequiresReplaceIf(presenceChanged,
				"Adding or removing it replaces the pool.", "Adding or removing it replaces the pool.")},
			Attributes: map[string]schema.Attribute{
				"reason": schema.StringAttribute{Required: true, MarkdownDescription: "Why nodes must have a public IP. Not " +
					"empty. It is kept in the state only."},
			},
		},
	}
}

func sizeAttributes() map[string]schema.Attribute {
	policy := func(otherwise int64, description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(otherwise),
			MarkdownDescription: fmt.Sprintf("%s Default: `%d`.", description, otherwise),
			Validators:          []validator.Int64{int64validator.Between(0, pools.MaxNodes)},
		}
	}
	return map[string]schema.Attribute{
		"size": pools.SizeAttribute(), "autoscaling": pools.AutoscalingAttribute(),
		"upgrade_policy": schema.SingleNestedAttribute{
			Optional: true, Computed: true,
			Default: objectdefault.StaticValue(pools.PolicyObject(0, 1)),
			MarkdownDescription: "How an upgrade replaces nodes. Default: one more node first, none missing, so that pods are " +
				"drained onto room that exists.",
			Attributes: map[string]schema.Attribute{
				"max_unavailable": policy(0, "How many nodes may be missing at a time. Not 0 where `max_surge` is 0."),
				"max_surge":       policy(1, "How many nodes are created beyond the size."),
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
		"nodes; change `rotation`, too, so that no node keeps the old ones.")
	kubelet.Sensitive, kubelet.Validators = true, []validator.Map{tfkit.NoNulls{}, pools.KubeletArgs()}
	userData := text("Texts that nodes read when they start, by key, such as `cloud-init`. They show in " +
		"`responsibility_transfers` (TRF-01). The API takes them at creation only: a change replaces the pool.")
	userData.Sensitive = true
	userData.Validators = []validator.Map{tfkit.NoNulls{}, pools.UserData()}
	userData.PlanModifiers = []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(pools.ContentChanged,
		"The API takes user data at creation only: a change replaces the pool.", "The API takes user data at creation "+
			"only: a change replaces the pool.")}
	labels := text("Kubernetes labels that the API puts on the nodes and keeps there, by which workloads are placed " +
		"(KAP-02). Default: none.")
	labels.Validators = []validator.Map{tfkit.NoNulls{}, tfkit.Labels()}
	return map[string]schema.Attribute{
		"labels": labels,
		"taints": pools.TaintSet("Kubernetes taints that the API puts on the nodes and keeps there. Default: none."),
		"startup_taints": pools.TaintSet("Kubernetes taints that new nodes start with, and that something in the cluster " +
			"removes. A change reaches new nodes only. Default: none."),
		"tags": schema.SetAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.Set{tfkit.NoNulls{}, tfkit.Tags()},
			MarkdownDescription: "Tags of the pool, which also become labels of its nodes (`k8s.scaleway.com/…`). Default: " +
				"none.",
		},
		"security_group_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Security group of the nodes, in the pool's zone, as `fr-par-1/UUID` or a UUID (NET-02). " +
				"Default: the one that Kapsule makes, shared by all clusters of the Project. It changes in place; removing it " +
				"leaves the nodes in their group.",
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "security group")},
		},
		"kubelet_args": kubelet,
		"user_data":    userData,
	}
}

func lifeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"version": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Kubernetes minor of the nodes, such as `1.35`, at most the cluster's (LIF-02); auto-upgrade " +
				"owns the patch. A new pool has its cluster's version. Raising it upgrades the pool in place, node by node; it " +
				"is never lowered. Default: whatever the cluster's upgrades bring (its `upgrade_pools`).",
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
				"the latest image, each drained first (LIF-04 and ITC-08; 30 days are the recommended life of a node). An " +
				"interrupted rotation goes on with the next apply. It is kept in the state only.",
		},
	}
}

func (r *poolResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{
			OptionalForImport: true, Description: "Region, always " + compliance.Region + ".",
		},
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the pool."},
	}}
}

// presenceChanged asks for a replacement where the object appears or goes, or may do so as it is not known yet, not
// where its content changes.
func presenceChanged(
	_ context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.StateValue.IsNull() != req.PlanValue.IsNull()
}

func oneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }
