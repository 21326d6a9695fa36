package clusterassessment

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Judges any Kapsule or Kosmos cluster, created by this provider or not, against " +
			"Scaleway's Shared Responsibility Model: one finding for each check, with its evidence, and the result " +
			"of each clause. Only facts that were read and valid attestations produce a result.",
		Attributes: attributes(),
	}
}

// oneOf returns values as a list for a description.
func oneOf[T ~string](values []T) string {
	texts := []string{}
	for _, v := range values {
		texts = append(texts, "`"+string(v)+"`")
	}
	return strings.Join(texts, ", ")
}

// checkIDs returns the ids of all checks.
func checkIDs() []string {
	ids := []string{}
	for _, c := range assessment.Checks() {
		ids = append(ids, c.ID)
	}
	return ids
}

func attributes() map[string]schema.Attribute {
	merged := map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			MarkdownDescription: "Id of the cluster, as `region/UUID`, or as a UUID of `region`.",
			Required:            true,
			Validators:          []validator.String{tfkit.ObjectIDValidator("cluster")},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the cluster, such as `fr-par`. Default: the region in `cluster_id`, " +
				"otherwise the provider's region.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{tfkit.RegionValidator()},
		},
		"hds": schema.BoolAttribute{
			MarkdownDescription: "Whether the cluster is for health data. No API reports this, so it has no default.",
			Required:            true,
		},
		"layers": schema.SetAttribute{
			MarkdownDescription: "Where facts are read from: " + oneOf(
				assessment.Layers(),
			) + ". `api` is the Scaleway API, `cluster` the cluster's Kubernetes API. Default: `[\"api\"]`.",
			Optional:    true,
			ElementType: types.StringType,
			Validators: []validator.Set{
				tfkit.NoNulls{}, setvalidator.SizeAtLeast(1),
				setvalidator.ValueStringsAre(stringvalidator.OneOf(assessment.Layers()...)),
			},
		},
		"checks": schema.SingleNestedAttribute{
			MarkdownDescription: "Selection of checks. Checks that are left out are `not_evaluated`, with the reason " +
				"`not_asked`. Default: all checks of `layers`.",
			Optional: true,
			Attributes: map[string]schema.Attribute{
				"only": checkSet("Ids of the checks to run. Default: all."),
				"skip": checkSet("Ids of the checks to leave out. Default: none."),
			},
		},
		"inputs": schema.DynamicAttribute{
			MarkdownDescription: "Settings of the checks, as an object: see below. Unknown keys are refused.",
			Optional:            true,
		},
		"attestations": schema.StringAttribute{
			MarkdownDescription: "Attestations in YAML, such as `file(\"attestations.yaml\")`. Documents have a " +
				"`uri` and a `sha256`, which is not verified. `srm attest init` writes a template.",
			Optional: true,
		},
		"waivers": schema.StringAttribute{
			MarkdownDescription: "Waivers in YAML, such as `file(\"waivers.yaml\")`. A waiver changes the " +
				"disposition of a finding, never its result.",
			Optional: true,
		},
		"language": schema.StringAttribute{
			MarkdownDescription: "Language of texts: `en` or `fr`. Default: `en`.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(responsibility.Languages()...)},
		},
	}
	for name, attribute := range resultAttributes() {
		merged[name] = attribute
	}
	return merged
}

func checkSet(description string) schema.SetAttribute {
	return schema.SetAttribute{
		MarkdownDescription: description, Optional: true, ElementType: types.StringType,
		Validators: []validator.Set{
			tfkit.NoNulls{}, setvalidator.ValueStringsAre(stringvalidator.OneOf(checkIDs()...)),
		},
	}
}

func resultAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"read_at": tfkit.ComputedString("Time at which the facts were read and judged, in RFC 3339 and UTC."),
		"findings": tfkit.ComputedObjects("Findings: one for each check, and one for each kind of attestation.",
			findingAttributes()),
		"clauses": tfkit.ComputedObjects(
			"Results of all clauses, in the order of the model. The result of a clause is the worst of its parts.",
			map[string]schema.Attribute{
				"id":     tfkit.ComputedString("Id of the clause, such as `HDS-ENC-03`."),
				"result": tfkit.ComputedString("Result: " + oneOf(assessment.Results()) + "."),
				"disposition": tfkit.ComputedString(
					"`waived` if each part with a deviation is waived, otherwise `open`.",
				),
			},
		),
		"summary": schema.SingleNestedAttribute{
			MarkdownDescription: "Counts.", Computed: true,
			Attributes: map[string]schema.Attribute{
				"findings":          tfkit.ComputedCounts("Number of findings by result, including zeros."),
				"open_fails":        tfkit.ComputedCounts("Number of open deviations by severity, including zeros."),
				"waived":            tfkit.ComputedInt64("Number of deviations under a waiver."),
				"accepted_by_input": tfkit.ComputedInt64("Number of objects that `inputs` accept."),
				"clauses": tfkit.ComputedCounts(
					"Number of clauses by result, including zeros, without those of which nothing can be checked or " +
						"attested.",
				),
			},
		},
		"not_evaluated": tfkit.ComputedObjects("What was not evaluated, by reason.", map[string]schema.Attribute{
			"reason": tfkit.ComputedString("Reason: " + oneOf(assessment.Reasons()) + "."),
			"needs": tfkit.ComputedString(
				"What is missing: a permission set, an input, or a kind of attestation; may be empty.",
			),
			"checks": tfkit.ComputedStrings("Ids of the checks."),
		}),
		"digest": tfkit.ComputedString(
			"Digest of results, subjects and evidence. It stays the same while nothing changes and no date passes.",
		),
		"catalogue": schema.SingleNestedAttribute{
			MarkdownDescription: "Clauses and model that the assessment is based on.", Computed: true,
			Attributes: map[string]schema.Attribute{
				"revision":     tfkit.ComputedString("Date of the last change of the clauses."),
				"digest":       tfkit.ComputedString("Digest of the clauses."),
				"model_date":   tfkit.ComputedString("Date of Scaleway's model."),
				"model_digest": tfkit.ComputedString("Digest of the English text of the model."),
			},
		},
	}
}

func findingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": tfkit.ComputedString("Id of the finding, stable between runs: the check and the scope."),
		"check": tfkit.ComputedString(
			"Id of the check, such as `node_age`, or `attest_` and a kind of attestation.",
		),
		"clauses": tfkit.ComputedStrings("Ids of the clauses that the check is about."),
		"layer":   tfkit.ComputedString("Source of the facts: `api`, `cluster` or `attestation`."),
		"indicator": schema.BoolAttribute{
			MarkdownDescription: "Whether the check can only contradict an attestation.",
			Computed:            true,
		},
		"result":      tfkit.ComputedString("Result: " + oneOf(assessment.Results()) + "."),
		"disposition": tfkit.ComputedString("`open`, or `waived` if all subjects are waived."),
		"severity":    tfkit.ComputedString("Severity: " + oneOf(assessment.Severities()) + "."),
		"scope":       tfkit.ComputedString("The cluster, or `project/` and the id of its Project."),
		"title":       tfkit.ComputedString("Subject of the check."),
		"expected":    tfkit.ComputedString("What the check expects."),
		"found":       tfkit.ComputedString("What was found."),
		"remedy":      tfkit.ComputedString("How to correct a deviation, and what it costs."),
		"population": schema.SingleNestedAttribute{
			MarkdownDescription: "Objects that were judged.", Computed: true,
			Attributes: map[string]schema.Attribute{
				"total":  tfkit.ComputedInt64("Number of objects."),
				"passed": tfkit.ComputedInt64("Number of objects without a deviation."),
			},
		},
		"subjects": tfkit.ComputedStrings(
			fmt.Sprintf("Ids of the objects that decide the result, sorted; at most %d.", maxSubjects)),
		"subject_count": tfkit.ComputedInt64("Number of these objects."),
		"evidence": tfkit.ComputedObjects(fmt.Sprintf("Values that decide the result; at most %d.", maxEvidence),
			map[string]schema.Attribute{
				"subject":   tfkit.ComputedString("Id of the object."),
				"source":    tfkit.ComputedString("Request or resource that it was read from."),
				"attribute": tfkit.ComputedString("Attribute that decides."),
				"value":     tfkit.ComputedString("Value of the attribute."),
			}),
		"not_evaluated": tfkit.ComputedObjects("What is missing for a result.", map[string]schema.Attribute{
			"reason": tfkit.ComputedString("Reason: " + oneOf(assessment.Reasons()) + "."),
			"needs":  tfkit.ComputedString("What is missing; may be empty."),
		}),
		"waiver": schema.SingleNestedAttribute{
			MarkdownDescription: "Waivers of the finding; null if there is none.", Computed: true,
			Attributes: map[string]schema.Attribute{
				"ids":      tfkit.ComputedStrings("Ids of the waivers."),
				"until":    tfkit.ComputedString("Last day of the first waiver to end."),
				"subjects": tfkit.ComputedStrings("Waived objects, if only some are."),
			},
		},
	}
}
