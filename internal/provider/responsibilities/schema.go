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
		MarkdownDescription: "Computes the responsibility matrix of a cluster: for every clause of Scaleway's Shared " +
			"Responsibility Model for managed Kubernetes, the responsible party, what the configuration shifts to " +
			"the customer (`TRF-01`, `TRF-02`), and what covers each part of the clause. The matrix does not say " +
			"whether a clause is met.",
		Attributes: attributes(),
	}
}

func (d *dataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("cluster"), path.MatchRoot("cluster_id")),
	}
}

// oneOf returns values as a list for a description.
func oneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

func attributes() map[string]schema.Attribute {
	merged := map[string]schema.Attribute{
		"cluster": clusterAttribute(),
		"cluster_id": schema.StringAttribute{
			MarkdownDescription: "Id of a real cluster, as `region/UUID` or as a UUID of `region`. Exactly one of " +
				"`cluster` and `cluster_id` is set.",
			Optional:   true,
			Validators: []validator.String{tfkit.ObjectIDValidator("cluster")},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of `cluster_id`, such as `fr-par`. Default: the region in `cluster_id`, " +
				"otherwise the provider's region.",
			Optional: true,
			Validators: []validator.String{
				tfkit.RegionValidator(), stringvalidator.AlsoRequires(path.MatchRoot("cluster_id")),
			},
		},
		"hds": schema.BoolAttribute{
			MarkdownDescription: "Whether the cluster is for health data: the API does not report this. Only " +
				"dedicated Kapsule clusters in `fr-par` can be for health data (`HDS-SCP-01`, `HDS-RES-01`). " +
				"Default: `false`.",
			Optional: true,
		},
		"hds_role": schema.StringAttribute{
			MarkdownDescription: "Role of the customer in the HDS framework: `client` if Scaleway is the host, or " +
				"`certified_host` if the customer hosts health data for others under their own certificate. It " +
				"decides which party the requirements bind. Default: `client`.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(roles()...)},
		},
		"language": schema.StringAttribute{
			MarkdownDescription: "Language of titles, parts and reasons: `en` or `fr`. Transfers are always in " +
				"English. Default: `en`.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(responsibility.Languages()...)},
		},
		"look_into_cluster": schema.BoolAttribute{
			MarkdownDescription: "Whether to read the Kubernetes API of `cluster_id` to find altered managed add-ons " +
				"and workloads that change the kubelet or the node's network (`TRF-02`). Default: `false`.",
			Optional:   true,
			Validators: requiresClusterID(),
		},
		"complete": schema.BoolAttribute{
			MarkdownDescription: fmt.Sprintf("Whether to read the user data of every pool, with one request each. "+
				"Default: `false`, which reads the user data of the first %d pools by name. `not_looked_at` lists "+
				"the other pools.",
				maxUserDataPools),
			Optional:   true,
			Validators: requiresClusterID(),
		},
		"filter":   filterAttribute(),
		"findings": findingsAttribute(),
	}
	for name, attribute := range resultAttributes() {
		merged[name] = attribute
	}
	return merged
}

func requiresClusterID() []validator.Bool {
	return []validator.Bool{boolvalidator.AlsoRequires(path.MatchRoot("cluster_id"))}
}

// clusterAttribute returns the attribute `cluster`.
func clusterAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Description of a cluster, for example a planned one. Exactly one of `cluster` and " +
			"`cluster_id` is set.",
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
				MarkdownDescription: "Container network plugin, such as `cilium`. `none` shifts the plugin to the " +
					"customer. Default: a plugin that Scaleway manages.",
				Optional: true,
			},
			"feature_gates": schema.SetAttribute{
				MarkdownDescription: "Feature gates of the control plane. As an interpretation of the model, they " +
					"shift its configuration to the customer.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Set{tfkit.NoNulls{}},
			},
			"admission_plugins": schema.SetAttribute{
				MarkdownDescription: "Admission plugins of the control plane. As an interpretation of the model, " +
					"they shift its configuration to the customer.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Set{tfkit.NoNulls{}},
			},
			"responsibility_transfers": plannedTransfersAttribute("Planned transfers of the cluster's resources, " +
				"such as `concat(srm_hds_cluster.records.responsibility_transfers, " +
				"srm_hds_guardrails.records.responsibility_transfers)`, instead of `cni`, `feature_gates` and " +
				"`admission_plugins`."),
			"pools": schema.ListNestedAttribute{
				MarkdownDescription: "Pools of the cluster. Default: none. A Kapsule cluster without pools counts as " +
					"a cluster whose nodes Scaleway hosts.",
				Optional:   true,
				Validators: []validator.List{tfkit.NoNulls{}},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name": schema.StringAttribute{
						MarkdownDescription: "Name of the pool, unique in the cluster.",
						Required:            true,
						Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					},
					"hosting": schema.StringAttribute{
						MarkdownDescription: "Host of the pool's nodes: `managed` for Scaleway, or `external`, which " +
							"only Kosmos supports. Default: `managed`.",
						Optional:   true,
						Validators: []validator.String{stringvalidator.OneOf(managed, external)},
					},
					"kubelet_args": schema.MapAttribute{
						MarkdownDescription: "Kubelet arguments of the pool. Only their names are shown.",
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
					"responsibility_transfers": plannedTransfersAttribute("Planned transfers of the pool's resource, " +
						"such as `srm_hds_pool.workers.responsibility_transfers`, instead of `kubelet_args` and " +
						"`user_data_keys`."),
				}},
			},
		},
	}
}

func plannedTransfersAttribute(description string) schema.Attribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description + " Transfers with duplicate keys are ignored.",
		Optional:            true,
		Validators:          []validator.List{tfkit.NoNulls{}},
		NestedObject:        schema.NestedAttributeObject{Attributes: transferAttributes(false)},
	}
}

// transferAttributes returns the attributes of a transfer, as a result if computed is true, or otherwise as an
// argument.
func transferAttributes(computed bool) map[string]schema.Attribute {
	text := func(description string, checks ...validator.String) schema.StringAttribute {
		attribute := schema.StringAttribute{MarkdownDescription: description, Computed: computed, Required: !computed}
		if !computed {
			attribute.Validators = checks
		}
		return attribute
	}
	return map[string]schema.Attribute{
		"key": text("Stable key of the transfer."),
		"clause": text(
			"Clause of the model.",
			tfkit.StringValidator("The value must be the id of a clause.", checkClause),
		),
		"component": text("Component that is shifted."),
		"from": text("Previously responsible: `scaleway`, or `hardening` for a protection of this provider.",
			stringvalidator.OneOf(responsibility.PartyScaleway, responsibility.FromHardening)),
		"to":            text("Now responsible.", stringvalidator.OneOf(responsibility.PartyCustomer)),
		"reason":        text("Fact that causes the transfer."),
		"how_to_revert": text("How to revert the transfer."),
		"interpretation": schema.BoolAttribute{Computed: computed, Required: !computed,
			MarkdownDescription: "Whether the transfer is an interpretation of the model, which does not name this " +
				"fact."},
	}
}

// checkClause returns an error unless id is the id of a clause.
func checkClause(id string) error {
	if _, ok := responsibility.Lookup(id); ok {
		return nil
	}
	return &compliance.Problem{
		Summary: "The model has no such clause", Found: strconv.Quote(id), Allowed: `ids such as "TRF-01"`,
		Fix: "Set `responsibility_transfers` of the resources, unchanged.",
	}
}

func filterAttribute() schema.Attribute {
	names := func(description string, allowed []string) schema.SetAttribute {
		return schema.SetAttribute{
			MarkdownDescription: description + ": " + oneOf(allowed) + ". Default: all.",
			ElementType:         types.StringType,
			Optional:            true,
			Validators: []validator.Set{
				tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(
					stringvalidator.OneOf(allowed...),
				),
			},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Restricts `clauses` and `counts` to the clauses that match all arguments. " +
			"`responsibility_transfers` is not filtered.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"party": names(
				"Responsible party in this cluster", append(responsibility.Parties(), responsibility.Undetermined),
			),
			"section": names("Sections of the model: prefixes of clause ids",
				responsibility.Sections()),
			"by": names("Coverage of at least one part of the clause", responsibility.Coverages()),
			"hds": schema.BoolAttribute{
				MarkdownDescription: "`true` for clauses that apply only to clusters for health data, `false` for " +
					"all others. Default: both.",
				Optional: true,
			},
		},
	}
}

func resultAttributes() map[string]schema.Attribute {
	number := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
	}
	covered := func(by string) schema.SingleNestedAttribute {
		return schema.SingleNestedAttribute{
			MarkdownDescription: "Parts covered " + by + ".",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"total":   number("Number of parts."),
				"planned": number("Number of parts whose check or attestation does not exist yet."),
			},
		}
	}
	counts := func(description string, names []string, attribute string) schema.SingleNestedAttribute {
		nested := map[string]schema.Attribute{}
		for _, name := range names {
			nested[name] = number(fmt.Sprintf("Number of clauses whose %s is `%s`.", attribute, name))
		}
		return schema.SingleNestedAttribute{MarkdownDescription: description, Computed: true, Attributes: nested}
	}
	return map[string]schema.Attribute{
		"clauses": schema.ListNestedAttribute{
			MarkdownDescription: "Clauses, in the order of the model.",
			Computed:            true,
			NestedObject:        schema.NestedAttributeObject{Attributes: clauseAttributes()},
		},
		"responsibility_transfers": schema.ListNestedAttribute{
			MarkdownDescription: "Responsibilities that the configuration shifts from Scaleway to the customer, " +
				"sorted by `key`. Keys of a pool's transfers begin with `pools/` and the pool's name.",
			Computed:     true,
			NestedObject: schema.NestedAttributeObject{Attributes: transferAttributes(true)},
		},
		"counts": schema.SingleNestedAttribute{
			MarkdownDescription: "Numbers of clauses and of their parts. They do not say how many clauses are met.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"total":      number("Number of `clauses`."),
				"applicable": number("Number of `clauses` that apply to the cluster."),
				"by_party": counts("Applicable clauses by responsible party in this cluster.",
					append(responsibility.Parties(), responsibility.Undetermined), "`effective_party`"),
				"parts": schema.SingleNestedAttribute{
					MarkdownDescription: "Parts of applicable clauses by coverage. Reported parts, which have " +
						"nothing to check or attest, are not counted.",
					Computed: true,
					Attributes: map[string]schema.Attribute{
						responsibility.CoverageCheck:       covered("by a check"),
						responsibility.CoverageAttestation: covered("by an attestation"),
						responsibility.CoverageInherited:   covered("by Scaleway"),
					},
				},
			},
		},
		"facts": schema.SingleNestedAttribute{
			MarkdownDescription: "Facts of the cluster that the matrix is computed from.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"variant": tfkit.ComputedString("Variant: " + oneOf(variants()) + "."),
				"offer":   tfkit.ComputedString("Control plane offer: " + oneOf(offers()) + "."),
				"cni": tfkit.ComputedString(
					"Container network plugin; null if the description does not set it.",
				),
				"managed_pools":  tfkit.ComputedStrings("Names of the pools that Scaleway hosts, sorted."),
				"external_pools": tfkit.ComputedStrings("Names of the external pools, sorted."),
				"looked_into": schema.BoolAttribute{
					MarkdownDescription: "Whether the cluster's Kubernetes API was read.", Computed: true,
				},
				"hds": schema.BoolAttribute{
					MarkdownDescription: "Whether the cluster is declared to be for health data.", Computed: true,
				},
			},
		},
		"not_applicable": reasonsAttribute("Reasons why clauses do not apply to the cluster, with the clauses."),
		"not_looked_at": reasonsAttribute(
			"What the provider did not read, with the clauses that depend on it. If the model assigns such a clause " +
				"to Scaleway, its `effective_party` is `undetermined`, unless a known transfer shifts it.",
		),
		"interpreted": tfkit.ComputedStrings(
			"Ids of clauses with an interpretation that goes beyond the words of the model. The function `clause` " +
				"returns the interpretation and the words that it is based on.",
		),
		"hds_framework": tfkit.ComputedString(
			"Explanation of which party the requirements in `binds` apply to, depending on `hds_role`.",
		),
		"catalogue": schema.SingleNestedAttribute{
			MarkdownDescription: "Catalogue of clauses, and the model's text that it was written from (`GEN-03`: the " +
				"English text prevails).",
			Computed: true,
			Attributes: map[string]schema.Attribute{
				"revision":     tfkit.ComputedString("Date of the catalogue's last change, `YYYY-MM-DD`."),
				"digest":       tfkit.ComputedString("SHA-256 of the catalogue, as `sha256:` and hexadecimal digits."),
				"model_title":  tfkit.ComputedString("Title of the model."),
				"model_posted": tfkit.ComputedString("Date of the model's text, `YYYY-MM-DD`."),
				"model_digest": tfkit.ComputedString(
					"SHA-256 of the model's English text, as `sha256:` and hexadecimal digits.",
				),
			},
		},
	}
}

func reasonsAttribute(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description,
		Computed:            true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"reason":  tfkit.ComputedString("Reason, in one sentence."),
			"clauses": tfkit.ComputedStrings("Ids of clauses, in the order of the model."),
		}},
	}
}

func clauseAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":    tfkit.ComputedString("Id of the clause, such as `HDS-RES-01`."),
		"title": tfkit.ComputedString("Short title of the clause."),
		"party": tfkit.ComputedString("Responsible party in the model: " + oneOf(responsibility.Parties()) + "."),
		"effective_party": tfkit.ComputedString(
			"Responsible party in this cluster: `shared` if a transfer shifts a part of a clause of Scaleway to the " +
				"customer, `undetermined` if the provider did not read the facts that decide it; null if the clause " +
				"does not apply.",
		),
		"shifted_by": tfkit.ComputedStrings("Keys of the `responsibility_transfers` that affect the clause."),
		"parts": schema.MapAttribute{
			MarkdownDescription: "Requirements of the clause for this cluster, one sentence each, by a stable key. " +
				"Empty if the clause does not apply.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"covered_by": schema.MapAttribute{
			MarkdownDescription: "Coverage of each part, with the keys of `parts`: `check` and its id; `attestation` " +
				"and its kind; `inherited`; or `reported`. `(planned)` at the end means that the check or " +
				"attestation does not exist yet.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"results": schema.MapAttribute{
			MarkdownDescription: "Result of each part that can be checked or attested, with the keys of `parts`, " +
				"from `findings`: the result, with `(waived)` at the end under a waiver. `not_evaluated` for a part " +
				"without a finding. Null without `findings`.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"enforced_by": schema.MapAttribute{
			MarkdownDescription: "Resources of this provider that refuse deviations from the clause at plan, at " +
				"apply or at admission, with what they do not cover. This describes the resources with default " +
				"settings, not this cluster.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"binds": schema.MapAttribute{
			MarkdownDescription: "Related requirements of the HDS framework, version 2, such as `EXI 28`, and the " +
				"party that they bind: `scaleway` or `both`. Empty if the cluster is not for health data.",
			ElementType: types.StringType,
			Computed:    true,
		},
	}
}
