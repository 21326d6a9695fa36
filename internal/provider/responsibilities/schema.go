package responsibilities

import (
	"context"
	"fmt"
	"strconv"
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

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Who is responsible for what in a cluster: every clause of Scaleway's Shared Responsibility " +
			"Model for managed Kubernetes, its party, what the configuration shifts from Scaleway to the customer (`TRF-01`, " +
			"`TRF-02`), and what can give each part of the clause a result.\n\n" +
			"It makes no statement about whether a clause is met: a result needs facts, and comes from an assessment. A part " +
			"that is `planned` has no result yet, because its check or its attestation does not exist in this version.\n\n" +
			"The cluster is a described one, `cluster`, which takes no request, or a real one, `cluster_id`, made by " +
			"anyone.\n\n" +
			"A data source by `cluster_id` sees the cluster as it is before the change that is planned. To gate a pull " +
			"request on what it would shift, use a `precondition` on the planned `responsibility_transfers` of the resources: " +
			"a `check` only warns. A described cluster shows the whole matrix of what is planned; give it the " +
			"`responsibility_transfers` of resources through a local value, because the CLI reads a data source that refers " +
			"to a resource directly only after the resource is changed.\n\n" +
			"The function `clause` gives what is the same in every cluster: full texts, what `enforced_by` resources refuse, " +
			"related controls of ISO/IEC 27001, lines of the model.",
		Attributes: attributes(),
	}
}

func (d *dataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("cluster"), path.MatchRoot("cluster_id")),
	}
}

// oneOf lists values as a description does.
func oneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

func attributes() map[string]schema.Attribute {
	merged := map[string]schema.Attribute{
		"cluster": described(),
		"cluster_id": schema.StringAttribute{
			MarkdownDescription: "Id of a real cluster, as `region/UUID` or as a UUID of `region`. Exactly one of `cluster` " +
				"and `cluster_id` is set.",
			Optional:   true,
			Validators: []validator.String{tfkit.ObjectID("cluster")},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of `cluster_id`, such as `fr-par`. Default: that of the id, else the provider's " +
				"region. It has no meaning for a described cluster.",
			Optional:   true,
			Validators: []validator.String{tfkit.Region(), stringvalidator.AlsoRequires(path.MatchRoot("cluster_id"))},
		},
		"hds": schema.BoolAttribute{
			MarkdownDescription: "Whether the cluster is for health data: no field of the API says so. Default: `false`. Only " +
				"dedicated Kapsule in `fr-par` can be (`HDS-SCP-01`, `HDS-RES-01`).",
			Optional: true,
		},
		"hds_role": schema.StringAttribute{
			MarkdownDescription: "Role of the customer in the HDS framework: `client`, whose host is Scaleway, or " +
				"`certified_host`, who hosts health data for others under a certificate of their own. It decides whom " +
				"requirements bind. Default: `client`.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(roles()...)},
		},
		"language": schema.StringAttribute{
			MarkdownDescription: "Language of titles, parts and reasons: `en` or `fr`. Transfers keep the language of the " +
				"resources, English. Default: `en`.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(responsibility.Languages()...)},
		},
		"look_into_cluster": schema.BoolAttribute{
			MarkdownDescription: "Whether to look into `cluster_id`, through its Kubernetes API, for altered managed add-ons " +
				"and for workloads that change the kubelet or the node's network (`TRF-02`). Default: `false`. It lists " +
				"Deployments, DaemonSets, StatefulSets and the ConfigMaps of kube-system, which the API key must be allowed to. " +
				"The API server must be in reach, as the provider's `kubernetes` block says; else the data source warns and " +
				"lists it in `not_looked_at`.",
			Optional:   true,
			Validators: onlyReal(),
		},
		"complete": schema.BoolAttribute{
			MarkdownDescription: fmt.Sprintf("Whether to ask for the user data of every pool, one request each. Default: "+
				"`false`, which asks for those of the first %d pools by name, so that a read takes at most 4 requests, and those "+
				"of `look_into_cluster`; the other pools are listed in `not_looked_at`, and the parties that depend on them are "+
				"`undetermined`.", askedPools),
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
		MarkdownDescription: "A cluster as you describe it, or as you plan it: its arguments may be those of resources. " +
			"Exactly one of `cluster` and `cluster_id` is set.",
		Optional: true,
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
				MarkdownDescription: "Container network plugin, such as `cilium`. `none` shifts it to the customer. Default: one " +
					"that Scaleway manages.",
				Optional: true,
			},
			"feature_gates": schema.SetAttribute{
				MarkdownDescription: "Feature gates that are set on the control plane. That they shift its configuration to the " +
					"customer is an interpretation of the model, and marked so.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Set{tfkit.NoNulls{}},
			},
			"admission_plugins": schema.SetAttribute{
				MarkdownDescription: "Admission plugins that are enabled on the control plane. That they shift its configuration " +
					"to the customer is an interpretation of the model, and marked so.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Set{tfkit.NoNulls{}},
			},
			"responsibility_transfers": plannedTransfers("Transfers that resources have planned for the cluster, such as " +
				"`concat(srm_hds_cluster.records.responsibility_transfers, " +
				"srm_hds_guardrails.records.responsibility_transfers)`, in place of the three arguments above."),
			"pools": schema.ListNestedAttribute{
				MarkdownDescription: "Pools of the cluster. Default: none; a Kapsule cluster without pools counts as one whose " +
					"nodes Scaleway hosts, since it can have no others.",
				Optional:   true,
				Validators: []validator.List{tfkit.NoNulls{}},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name": schema.StringAttribute{
						MarkdownDescription: "Name of the pool, unique in the cluster.",
						Required:            true,
						Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					},
					"hosting": schema.StringAttribute{
						MarkdownDescription: "Who hosts its nodes: `managed`, Scaleway, or `external`, which Kosmos alone allows. " +
							"Default: `managed`.",
						Optional:   true,
						Validators: []validator.String{stringvalidator.OneOf(managed, external)},
					},
					"kubelet_args": schema.MapAttribute{
						MarkdownDescription: "Kubelet arguments of the pool, as its resource has them. Only their names are shown.",
						ElementType:         types.StringType,
						Optional:            true,
						Validators:          []validator.Map{tfkit.NoNulls{}},
					},
					"user_data_keys": schema.SetAttribute{
						MarkdownDescription: "Keys of the pool's user data, such as `cloud-init`; never the content.",
						ElementType:         types.StringType,
						Optional:            true,
						Validators:          []validator.Set{tfkit.NoNulls{}},
					},
					"responsibility_transfers": plannedTransfers("Transfers that the pool's resource has planned, such as " +
						"`srm_hds_pool.workers.responsibility_transfers`, in place of the two arguments above."),
				}},
			},
		},
	}
}

func plannedTransfers(description string) schema.Attribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description + " One whose key is known from other arguments is left out.",
		Optional:            true,
		Validators:          []validator.List{tfkit.NoNulls{}},
		NestedObject:        schema.NestedAttributeObject{Attributes: transferAttributes(false)},
	}
}

// transferAttributes are those of one transfer, as a result or as an argument.
func transferAttributes(computed bool) map[string]schema.Attribute {
	text := func(description string, checks ...validator.String) schema.StringAttribute {
		attribute := schema.StringAttribute{MarkdownDescription: description, Computed: computed, Required: !computed}
		if !computed {
			attribute.Validators = checks
		}
		return attribute
	}
	return map[string]schema.Attribute{
		"key":       text("Stable key of the transfer."),
		"clause":    text("Clause of the model.", tfkit.Checked("must be the id of a clause", checkClause)),
		"component": text("What is transferred."),
		"from": text("Who was responsible: `scaleway`, or `hardening` for what this provider adds by itself.",
			stringvalidator.OneOf(responsibility.PartyScaleway, responsibility.FromHardening)),
		"to":            text("Who is responsible now.", stringvalidator.OneOf(responsibility.PartyCustomer)),
		"reason":        text("The fact that shifts it."),
		"how_to_revert": text("How to revert it."),
		"interpretation": schema.BoolAttribute{Computed: computed, Required: !computed,
			MarkdownDescription: "Whether this is a reading of the model rather than its own words."},
	}
}

// checkClause refuses what is not the id of a clause.
func checkClause(id string) error {
	if _, ok := responsibility.Lookup(id); ok {
		return nil
	}
	return &compliance.Refusal{Summary: "The model has no such clause", Found: strconv.Quote(id), Allowed: `ids such as ` +
		`"TRF-01"`,
		Fix: "Pass the transfers of resources as they are."}
}

func filterAttribute() schema.Attribute {
	names := func(description string, allowed []string) schema.SetAttribute {
		return schema.SetAttribute{
			MarkdownDescription: description + ": " + oneOf(allowed) + ". Default: all.",
			ElementType:         types.StringType,
			Optional:            true,
			Validators: []validator.Set{
				tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.OneOf(allowed...)),
			},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Which clauses to show and to count; a clause must pass all that are set. Transfers are " +
			"always shown whole.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"party": names("Who is responsible in this cluster", append(responsibility.Parties(), responsibility.Undetermined)),
			"section": names("Sections of the model, as clause ids begin",
				responsibility.Sections()),
			"by": names("What covers at least one part of the clause", responsibility.Coverages()),
			"hds": schema.BoolAttribute{
				MarkdownDescription: "`true` for the clauses that apply to clusters for health data alone, `false` for the " +
					"others. Default: both.",
				Optional: true,
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
	covered := func(by string) schema.SingleNestedAttribute {
		return schema.SingleNestedAttribute{
			MarkdownDescription: "Parts that are covered " + by + ".",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"total":   number("Number of parts."),
				"planned": number("Number of those that have no result yet, because what gives it does not exist."),
			},
		}
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
		"responsibility_transfers": schema.ListNestedAttribute{
			MarkdownDescription: "What the configuration shifts from Scaleway to the customer, sorted by `key`; the key of a " +
				"pool's begins with `pools/` and its name.",
			Computed:     true,
			NestedObject: schema.NestedAttributeObject{Attributes: transferAttributes(true)},
		},
		"counts": schema.SingleNestedAttribute{
			MarkdownDescription: "How many `clauses` and parts of them there are. They count duties and what covers them, not " +
				"results.",
			Computed: true,
			Attributes: map[string]schema.Attribute{
				"total":      number("Number of `clauses`."),
				"applicable": number("Number of `clauses` that apply to the cluster."),
				"by_party": counts("Those that apply, by who is responsible in this cluster.",
					append(responsibility.Parties(), responsibility.Undetermined), "`effective_party`"),
				"parts": schema.SingleNestedAttribute{
					MarkdownDescription: "Parts of the clauses that apply, by what covers them. Reported parts, which have nothing " +
						"to check or to attest, are not counted.",
					Computed: true,
					Attributes: map[string]schema.Attribute{
						responsibility.ByCheck:       covered("by a check"),
						responsibility.ByAttestation: covered("by an attestation"),
						responsibility.ByInherited:   covered("by Scaleway"),
					},
				},
			},
		},
		"facts": schema.SingleNestedAttribute{
			MarkdownDescription: "The facts of the cluster that the matrix was computed from.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"variant":        text("Variant: " + oneOf(variants()) + "."),
				"offer":          text("Control plane offer: " + oneOf(offers()) + "."),
				"cni":            text("Container network plugin; null where the description leaves it to Scaleway."),
				"managed_pools":  texts("Names of the pools that Scaleway hosts, sorted."),
				"external_pools": texts("Names of the external pools, sorted."),
				"looked_into": schema.BoolAttribute{
					MarkdownDescription: "Whether the inside of the cluster was read.", Computed: true,
				},
				"hds": schema.BoolAttribute{
					MarkdownDescription: "Whether the cluster is declared to be for health data.", Computed: true,
				},
			},
		},
		"not_applicable": reasons("Why clauses do not apply to the cluster, each reason with its clauses."),
		"not_looked_at": reasons("What was not read, each with those of `clauses` that depend on it. A clause of " +
			"Scaleway's among them has the `effective_party` `undetermined`, unless a transfer is known to shift it."),
		"interpreted": texts("Ids of the clauses that are partly a reading of the model rather than its own words. The " +
			"function `clause` gives the reading, and the words on which it rests."),
		"hds_framework": text("Whom the requirements in `binds` bind, as `hds_role` says."),
		"catalogue": schema.SingleNestedAttribute{
			MarkdownDescription: "The catalogue of clauses that the matrix was computed with, and the text that it was " +
				"written from (`GEN-03`: the English text prevails).",
			Computed: true,
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

func reasons(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description,
		Computed:            true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"reason":  text("A sentence."),
			"clauses": texts("Ids of clauses, in the model's order."),
		}},
	}
}

func clauseAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":    text("Id of the clause, such as `HDS-RES-01`."),
		"title": text("The clause in a few words."),
		"party": text("Who is responsible by the model: " + oneOf(responsibility.Parties()) + "."),
		"effective_party": text("Who is responsible in this cluster: `shared` where a transfer shifts a part of Scaleway's " +
			"to the customer, `undetermined` where facts that decide it were not read; null where the clause does not apply."),
		"shifted_by": texts("Keys of the `responsibility_transfers` that bear on the clause."),
		"parts": schema.MapAttribute{
			MarkdownDescription: "What the clause demands of this cluster, part by part, by a stable key: a sentence each, " +
				"which is what the part is about, not a result. Empty where the clause does not apply.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"covered_by": schema.MapAttribute{
			MarkdownDescription: "What can give each part a result, by the same keys: `check` and its id, a comparison of " +
				"facts with the clause; `attestation` and its kind, a dated statement of the customer; `inherited`, Scaleway, " +
				"with the attestation `host_evidence` as evidence; `reported`, nothing to check or to attest. It ends in " +
				"`(planned)` where that check or attestation does not exist yet.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"enforced_by": schema.MapAttribute{
			MarkdownDescription: "Resources of this provider that refuse the opposite at plan, at apply or at admission, each " +
				"with what that does not cover. It is a statement about the resource with its default settings: whether it made " +
				"this cluster, how it is set, and whether its effect lasts, is for a check to find.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"binds": schema.MapAttribute{
			MarkdownDescription: "Related requirements of the HDS framework, version 2, such as `EXI 28`, and whom they bind: " +
				"`scaleway`, or `both` Scaleway and the customer. Empty for a cluster that is not for health data.",
			ElementType: types.StringType,
			Computed:    true,
		},
	}
}
