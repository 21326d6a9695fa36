package responsibilities

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Who is responsible for what in a cluster: every clause of Scaleway's Shared Responsibility Model for managed Kubernetes, its party, how it is " +
			"carried in this cluster, and what the configuration moved from Scaleway to you (`TRF-01`, `TRF-02`).\n\n" +
			"The cluster is a described one, `cluster`, which takes no request, or a real one, `cluster_id`, made by anyone. Nothing is ever shown as met: a clause whose carrier " +
			"does not exist yet, or that nobody looked at, is `not_evaluated`, with the reason.\n\n" +
			"A data source by `cluster_id` sees the cluster as it is before the change that is planned. To gate a pull request on what it would move, use a `precondition` on the " +
			"planned `transfers` of the resources: a `check` only warns. A described cluster shows the whole matrix of what is planned; give it the `transfers` of resources through " +
			"a local value, because the CLI reads a data source that refers to a resource directly only after the resource is changed.",
		Attributes: attributes(),
	}
}

func (d *dataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("cluster"), path.MatchRoot("cluster_id"))}
}

// oneOf lists values as a description does.
func oneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

func attributes() map[string]schema.Attribute {
	merged := map[string]schema.Attribute{
		"cluster": described(),
		"cluster_id": schema.StringAttribute{
			MarkdownDescription: "Id of a real cluster, as `region/UUID` or as a UUID of `region`. Exactly one of `cluster` and `cluster_id` is set.",
			Optional:            true,
			Validators:          []validator.String{framework.ObjectID("cluster")},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of `cluster_id`, such as `fr-par`. Default: that of the id, else the provider's region. It has no meaning for a described cluster.",
			Optional:            true,
			Validators:          []validator.String{framework.Region(), stringvalidator.AlsoRequires(path.MatchRoot("cluster_id"))},
		},
		"hds": schema.BoolAttribute{
			MarkdownDescription: "Whether the cluster is for health data: no field of the API tells. Default: `false`. Only dedicated Kapsule in `fr-par` can be (`HDS-SCP-01`, `HDS-RES-01`).",
			Optional:            true,
		},
		"provider_managed": schema.BoolAttribute{
			MarkdownDescription: "Whether the cluster, its guardrails and its pools are resources of this provider: only then is a clause `enforced` or `configured`. No field of the API tells. " +
				"Default: `true` for a described cluster, `false` for `cluster_id`.",
			Optional: true,
		},
		"look_into_cluster": schema.BoolAttribute{
			MarkdownDescription: "Whether to look into `cluster_id`, through its Kubernetes API, for altered managed add-ons and for workloads that change the kubelet or the node's " +
				"network (`TRF-02`). Default: `false`. It lists Deployments, DaemonSets, StatefulSets and the ConfigMaps of kube-system, which the API key must be allowed to. The API server must be in reach, as the provider's `kubernetes` block says; else the data source warns and lists it in `not_looked_at`.",
			Optional:   true,
			Validators: onlyReal(),
		},
		"complete": schema.BoolAttribute{
			MarkdownDescription: fmt.Sprintf("Whether to ask for the user data of every pool, one request each. Default: `false`, which asks for those of the first %d pools by name, so that a read "+
				"takes at most 4 requests; the other pools are listed in `not_looked_at`, and what depends on them is `not_evaluated`.", askedPools),
			Optional:   true,
			Validators: onlyReal(),
		},
		"filter": filterAttribute(),
	}
	for name, attribute := range results() {
		merged[name] = attribute
	}
	return merged
}

func onlyReal() []validator.Bool {
	return []validator.Bool{boolvalidator.AlsoRequires(path.MatchRoot("cluster_id"))}
}

// described is the cluster that a user describes.
func described() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "A cluster as you describe it, or as you plan it: its arguments may be those of resources. Exactly one of `cluster` and `cluster_id` is set.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"variant": schema.StringAttribute{
				MarkdownDescription: "Variant: " + oneOf(variants()) + ".",
				Required:            true,
				Validators:          []validator.String{stringvalidator.OneOf(variants()...)},
			},
			"offer": schema.StringAttribute{
				MarkdownDescription: "Control plane offer: " + oneOf(offers()) + ".",
				Required:            true,
				Validators:          []validator.String{stringvalidator.OneOf(offers()...)},
			},
			"cni": schema.StringAttribute{
				MarkdownDescription: "Container network plugin, such as `cilium`. `none` moves it to you. Default: one that Scaleway manages.",
				Optional:            true,
			},
			"feature_gates": schema.SetAttribute{
				MarkdownDescription: "Feature gates that are set on the control plane. That they move its configuration to you is our reading of the model, and marked so.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{framework.NoNulls{}},
			},
			"admission_plugins": schema.SetAttribute{
				MarkdownDescription: "Admission plugins that are enabled on the control plane. That they move its configuration to you is our reading of the model, and marked so.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{framework.NoNulls{}},
			},
			"transfers": plannedTransfers("Transfers that resources have planned for the cluster, such as " +
				"`concat(srm_hds_cluster.records.transfers, srm_hds_guardrails.records.transfers)`, in place of the three arguments above."),
			"pools": schema.ListNestedAttribute{
				MarkdownDescription: "Pools of the cluster. Default: none; a Kapsule cluster without pools counts as one whose nodes Scaleway hosts, since it can have no others.",
				Optional:            true,
				Validators:          []validator.List{framework.NoNulls{}},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name": schema.StringAttribute{
						MarkdownDescription: "Name of the pool, unique in the cluster.",
						Required:            true,
						Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					},
					"hosting": schema.StringAttribute{
						MarkdownDescription: "Who hosts its nodes: `managed`, Scaleway, or `external`, which Kosmos alone allows. Default: `managed`.",
						Optional:            true,
						Validators:          []validator.String{stringvalidator.OneOf(managed, external)},
					},
					"kubelet_args": schema.MapAttribute{
						MarkdownDescription: "Kubelet arguments of the pool, as its resource has them. Only their names are shown.",
						ElementType:         types.StringType,
						Optional:            true,
						Validators:          []validator.Map{framework.NoNulls{}},
					},
					"user_data_keys": schema.SetAttribute{
						MarkdownDescription: "Keys of the pool's user data, such as `cloud-init`; never the content.",
						ElementType:         types.StringType,
						Optional:            true,
						Validators:          []validator.Set{framework.NoNulls{}},
					},
					"transfers": plannedTransfers("Transfers that the pool's resource has planned, such as `srm_hds_pool.workers.transfers`, in place of the two arguments above."),
				}},
			},
		},
	}
}

func plannedTransfers(description string) schema.Attribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description + " One whose key is known from other arguments is left out.",
		Optional:            true,
		Validators:          []validator.List{framework.NoNulls{}},
		NestedObject:        schema.NestedAttributeObject{Attributes: transferAttributes(false)},
	}
}

// transferAttributes are those of one transfer, as a result or as an argument.
func transferAttributes(computed bool) map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: computed, Required: !computed}
	}
	return map[string]schema.Attribute{
		"key":       text("Stable key of the transfer."),
		"clause":    text("Clause of the model."),
		"component": text("What is transferred."),
		"from":      text("Who was responsible: `scaleway`, or `hardening` for what this provider adds by itself."),
		"to":        text("Who is responsible now."),
		"because":   text("The fact that moved it."),
		"give_back": text("How to give it back."),
		"interpretation": schema.BoolAttribute{Computed: computed, Required: !computed,
			MarkdownDescription: "Whether this is our reading of the model rather than its own words."},
	}
}

func filterAttribute() schema.Attribute {
	names := func(description string, allowed []string) schema.SetAttribute {
		return schema.SetAttribute{
			MarkdownDescription: description + ": " + oneOf(allowed) + ". Default: all.",
			ElementType:         types.StringType,
			Optional:            true,
			Validators:          []validator.Set{framework.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.OneOf(allowed...))},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Which clauses to show and to count; a clause must pass all that are set. Transfers are always shown whole.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"party": names("Who is responsible in this cluster", responsibility.Parties()),
			"section": names("Sections of the model, as clause ids begin",
				responsibility.Sections()),
			"mechanism": names("How the clause is carried in this cluster",
				append(responsibility.Mechanisms(), responsibility.NotEvaluated, responsibility.NotApplicable)),
			"hds": schema.BoolAttribute{
				MarkdownDescription: "`true` for the clauses that apply to clusters for health data alone, `false` for the others. Default: both.",
				Optional:            true,
			},
		},
	}
}

func text(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func texts(description string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: description, ElementType: types.StringType, Computed: true}
}

func results() map[string]schema.Attribute {
	number := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
	}
	counts := func(description string, names []string, what string) schema.SingleNestedAttribute {
		nested := map[string]schema.Attribute{}
		for _, name := range names {
			nested[name] = number(fmt.Sprintf("Number of clauses whose %s is `%s`.", what, name))
		}
		return schema.SingleNestedAttribute{MarkdownDescription: description, Computed: true, Attributes: nested}
	}
	return map[string]schema.Attribute{
		"clauses": schema.ListNestedAttribute{
			MarkdownDescription: "The clauses, in the model's order.",
			Computed:            true,
			NestedObject:        schema.NestedAttributeObject{Attributes: clauseAttributes()},
		},
		"transfers": schema.ListNestedAttribute{
			MarkdownDescription: "What the configuration moved from Scaleway to you, sorted by `key`; the key of a pool's begins with `pools/` and its name.",
			Computed:            true,
			NestedObject:        schema.NestedAttributeObject{Attributes: transferAttributes(true)},
		},
		"counts": schema.SingleNestedAttribute{
			MarkdownDescription: "How many of the `clauses` there are.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"total":        number("Number of `clauses`."),
				"applicable":   number("Number of `clauses` that apply to the cluster."),
				"by_party":     counts("Those that apply, by who is responsible in this cluster.", responsibility.Parties(), "`effective_party`"),
				"by_mechanism": counts("All, by how they are carried in this cluster.", append(responsibility.Mechanisms(), responsibility.NotEvaluated, responsibility.NotApplicable), "`effective_mechanism`"),
			},
		},
		"facts": schema.SingleNestedAttribute{
			MarkdownDescription: "The facts of the cluster that the matrix was computed from.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"variant":         text("Variant: " + oneOf(variants()) + "."),
				"offer":           text("Control plane offer: " + oneOf(offers()) + "."),
				"cni":             text("Container network plugin; null where the description leaves it to Scaleway."),
				"managed_pools":   texts("Names of the pools that Scaleway hosts, sorted."),
				"external_pools":  texts("Names of the external pools, sorted."),
				"looked_into":     schema.BoolAttribute{MarkdownDescription: "Whether the inside of the cluster was looked at.", Computed: true},
				"hds":             schema.BoolAttribute{MarkdownDescription: "Whether the cluster is said to be for health data.", Computed: true},
				"contract_stated": schema.BoolAttribute{MarkdownDescription: "Whether the provider's `hds_contract` is declared.", Computed: true},
			},
		},
		"not_looked_at": texts("What was not looked at, or could not be, a sentence each; what depends on it is `not_evaluated`."),
		"catalogue": schema.SingleNestedAttribute{
			MarkdownDescription: "The catalogue of clauses that the matrix was computed with, and the text that it was written from (`GEN-03`: the English text prevails).",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"revision":     text("Day of the catalogue's last change, `YYYY-MM-DD`."),
				"digest":       text("SHA-256 of the catalogue, as `sha256:` and hexadecimal digits."),
				"model_title":  text("Title of the model."),
				"model_posted": text("Day of the model's text, `YYYY-MM-DD`."),
				"model_digest": text("SHA-256 of the model's English text, as `sha256:` and hexadecimal digits."),
			},
		},
	}
}

func clauseAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                  text("Id of the clause, such as `HDS-RES-01`."),
		"section":             text("Section of the model, as the id begins: `HDS-RES`."),
		"heading":             text("Heading of the model that the clause stands under."),
		"title":               text("The clause in a few words."),
		"title_fr":            text("The same in French."),
		"text":                text("The clause in our own words; the model's English text prevails."),
		"applies_to":          text("Clusters or nodes that the clause is about."),
		"party":               text("Who is responsible by the model: " + oneOf(responsibility.Parties()) + "."),
		"effective_party":     text("Who is responsible in this cluster: `shared` where a transfer moved a part of Scaleway's to you; null where the clause does not apply."),
		"mechanism":           text("How the product carries the clause once all that is planned exists, the weakest that covers all of it: " + oneOf(responsibility.Mechanisms()) + "."),
		"effective_mechanism": text("How it is carried in this cluster: a mechanism, `not_evaluated` or `not_applicable`."),
		"carried":             text("Whether it is carried in this cluster in `full`, or in `part`; null where it is not."),
		"because":             text("Why, in sentences: what carries it, what is missing, or why it does not apply."),
		"transfers":           texts("Keys of the `transfers` that bear on the clause."),
		"hds_requirements":    texts("Related requirements of the HDS v2 framework, such as `EXI 28`."),
		"iso27001_controls":   texts("Related controls of ISO/IEC 27001:2022, Annex A, such as `A.8.13`."),
		"source_lines":        schema.ListAttribute{MarkdownDescription: "Lines of the model's text.", ElementType: types.Int64Type, Computed: true},
		"carried_by": schema.ListNestedAttribute{
			MarkdownDescription: "What carries the clause in general, the strongest first.",
			Computed:            true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"kind":      text("What it is in a configuration: `resource`, `data_source`, `ephemeral_resource`, `action`, or `provider` for an attribute of the provider block."),
				"name":      text("Its name, such as `srm_hds_cluster`."),
				"does":      text("What it does for the clause."),
				"mechanism": text("How it carries it."),
				"part":      schema.BoolAttribute{MarkdownDescription: "Whether it carries a part of the clause only.", Computed: true},
				"planned":   schema.BoolAttribute{MarkdownDescription: "Whether it does not exist yet.", Computed: true},
				"active":    schema.BoolAttribute{MarkdownDescription: "Whether it carries the clause in this cluster.", Computed: true},
			}},
		},
	}
}
