package responsibilities

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// finding is a finding of srm_cluster_assessment, as far as the matrix shows it.
type finding struct {
	Check       string `tfsdk:"check"`
	Result      string `tfsdk:"result"`
	Disposition string `tfsdk:"disposition"`
	Scope       string `tfsdk:"scope"`
}

func findingsAttribute() schema.Attribute {
	results := []string{}
	for _, r := range assessment.Results() {
		results = append(results, string(r))
	}
	text := func(description string, checks ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Required: true, Validators: checks}
	}
	return schema.ListNestedAttribute{
		MarkdownDescription: "Findings on the cluster: `data.srm_cluster_assessment.NAME.findings`. `results` of the " +
			"clauses shows them. Default: none.",
		Optional:   true,
		Validators: []validator.List{tfkit.NoNulls{}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"check":       text("Id of the check."),
			"result":      text("Result: "+oneOf(results)+".", stringvalidator.OneOf(results...)),
			"disposition": text("`open` or `waived`."),
			"scope":       text("Scope of the finding."),
		}},
	}
}

// readFindings returns the findings by check, and nil if there is no argument. Findings on another cluster are an
// error.
func (m *model) readFindings(ctx context.Context, diags *diag.Diagnostics) map[string]finding {
	if m.Findings.IsNull() {
		return nil
	}
	list, byCheck := []finding{}, map[string]finding{}
	diags.Append(m.Findings.ElementsAs(ctx, &list, false)...)
	id := m.ClusterID.ValueString()
	for _, f := range list {
		isCluster := !strings.HasPrefix(f.Scope, "project/") && f.Scope != assessment.ScopeOrganization
		if id != "" && isCluster && !strings.HasSuffix(f.Scope, id[strings.LastIndexByte(id, '/')+1:]) {
			tfkit.AddError(diags, path.Root("findings"), tfkit.Problem{
				Summary: "The findings are about another cluster", Found: "the scope " + f.Scope, Allowed: id,
				Fix: "Set findings to those of a data source srm_cluster_assessment with the same cluster_id.",
			})
			return nil
		}
		byCheck[f.Check] = f
	}
	return byCheck
}

// partResults returns the results of the parts of a clause, with the keys of the parts. Parts without a finding are not
// evaluated; reported parts have no result.
func partResults(r responsibility.Row, findings map[string]finding) map[string]string {
	results := map[string]string{}
	for _, p := range r.ApplicableParts {
		check := ""
		switch p.By {
		case responsibility.CoverageCheck:
			check = p.Name
		case responsibility.CoverageAttestation:
			check = assessment.AttestationCheckID(p.Name)
		case responsibility.CoverageInherited:
			check = assessment.AttestationCheckID(responsibility.HostEvidence)
		default:
			continue
		}
		f, ok := findings[check]
		switch {
		case !ok:
			results[p.Key] = string(assessment.NotEvaluated)
		case p.By == responsibility.CoverageInherited && f.Result == string(assessment.Attested):
			results[p.Key] = string(assessment.Inherited)
		case f.Disposition == string(assessment.Waived):
			results[p.Key] = f.Result + " (waived)"
		default:
			results[p.Key] = f.Result
		}
	}
	return results
}
