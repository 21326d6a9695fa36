package clusterassessment

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// The state holds the first subjects and evidence of a finding: the state must stay small. The command srm writes all.
const (
	maxSubjects = 20
	maxEvidence = 5
)

type model struct {
	ClusterID    types.String  `tfsdk:"cluster_id"`
	Region       types.String  `tfsdk:"region"`
	HDS          types.Bool    `tfsdk:"hds"`
	Layers       types.Set     `tfsdk:"layers"`
	Checks       types.Object  `tfsdk:"checks"`
	Inputs       types.Dynamic `tfsdk:"inputs"`
	Attestations types.String  `tfsdk:"attestations"`
	Waivers      types.String  `tfsdk:"waivers"`
	Language     types.String  `tfsdk:"language"`
	ReadAt       string        `tfsdk:"read_at"`
	Findings     []finding     `tfsdk:"findings"`
	Clauses      []clause      `tfsdk:"clauses"`
	Summary      summary       `tfsdk:"summary"`
	NotEvaluated []unevaluated `tfsdk:"not_evaluated"`
	Digest       string        `tfsdk:"digest"`
	Catalogue    catalogue     `tfsdk:"catalogue"`
}

type finding struct {
	ID           string     `tfsdk:"id"`
	Check        string     `tfsdk:"check"`
	Clauses      []string   `tfsdk:"clauses"`
	Layer        string     `tfsdk:"layer"`
	Indicator    bool       `tfsdk:"indicator"`
	Result       string     `tfsdk:"result"`
	Disposition  string     `tfsdk:"disposition"`
	Severity     string     `tfsdk:"severity"`
	Scope        string     `tfsdk:"scope"`
	Title        string     `tfsdk:"title"`
	Expected     string     `tfsdk:"expected"`
	Found        string     `tfsdk:"found"`
	Remedy       string     `tfsdk:"remedy"`
	Population   population `tfsdk:"population"`
	Subjects     []string   `tfsdk:"subjects"`
	SubjectCount int64      `tfsdk:"subject_count"`
	Evidence     []evidence `tfsdk:"evidence"`
	NotEvaluated []gap      `tfsdk:"not_evaluated"`
	Waiver       *waiver    `tfsdk:"waiver"`
}

type population struct {
	Total  int64 `tfsdk:"total"`
	Passed int64 `tfsdk:"passed"`
}

type evidence struct {
	Subject   string `tfsdk:"subject"`
	Source    string `tfsdk:"source"`
	Attribute string `tfsdk:"attribute"`
	Value     string `tfsdk:"value"`
}

type gap struct {
	Reason string `tfsdk:"reason"`
	Needs  string `tfsdk:"needs"`
}

type waiver struct {
	IDs      []string `tfsdk:"ids"`
	Until    string   `tfsdk:"until"`
	Subjects []string `tfsdk:"subjects"`
}

type clause struct {
	ID          string `tfsdk:"id"`
	Result      string `tfsdk:"result"`
	Disposition string `tfsdk:"disposition"`
}

type summary struct {
	Findings  map[string]int64 `tfsdk:"findings"`
	OpenFails map[string]int64 `tfsdk:"open_fails"`
	Waived    int64            `tfsdk:"waived"`
	Accepted  int64            `tfsdk:"accepted_by_input"`
	Clauses   map[string]int64 `tfsdk:"clauses"`
}

type unevaluated struct {
	Reason string   `tfsdk:"reason"`
	Needs  string   `tfsdk:"needs"`
	Checks []string `tfsdk:"checks"`
}

type catalogue struct {
	Revision    string `tfsdk:"revision"`
	Digest      string `tfsdk:"digest"`
	ModelDate   string `tfsdk:"model_date"`
	ModelDigest string `tfsdk:"model_digest"`
}

// newModel returns the state of an assessment.
func newModel(args arguments, a assessment.Assessment) *model {
	m := &model{
		ClusterID: args.ClusterID, Region: args.Region, HDS: args.HDS, Layers: args.Layers, Checks: args.Checks,
		Inputs: args.Inputs, Attestations: args.Attestations, Waivers: args.Waivers, Language: args.Language,
		ReadAt: a.ReadAt, Findings: []finding{}, Clauses: []clause{}, NotEvaluated: []unevaluated{}, Digest: a.Digest,
		Catalogue: catalogue(a.Catalogue),
		Summary: summary{
			Findings: counts(a.Summary.Findings), OpenFails: counts(a.Summary.OpenFails),
			Waived: int64(a.Summary.Waived), Accepted: int64(a.Summary.Accepted), Clauses: counts(a.Summary.Clauses),
		},
	}
	for _, f := range a.Findings {
		m.Findings = append(m.Findings, newFinding(f, args.language()))
	}
	for _, c := range a.Clauses {
		m.Clauses = append(m.Clauses, clause{c.ID, string(c.Result), string(c.Disposition)})
	}
	for _, u := range a.NotEvaluated {
		m.NotEvaluated = append(m.NotEvaluated, unevaluated{string(u.Reason), u.Needs, u.Checks})
	}
	return m
}

// counts converts a count by result or severity.
func counts[K ~string](from map[K]int) map[string]int64 {
	converted := map[string]int64{}
	for key, count := range from {
		converted[string(key)] = int64(count)
	}
	return converted
}

func newFinding(f assessment.Finding, language string) finding {
	one := finding{
		ID: f.ID, Check: f.Check, Clauses: nonNil(f.Clauses), Layer: f.Layer, Indicator: f.Indicator,
		Result: string(f.Result), Disposition: string(f.Disposition), Severity: string(f.Severity), Scope: f.Scope,
		Title: f.Title.In(language), Expected: f.Expected.In(language), Found: f.Found.In(language),
		Remedy:       f.Remedy.In(language),
		Population:   population{int64(f.Population.Total), int64(f.Population.Passed)},
		Subjects:     nonNil(f.Subjects[:min(len(f.Subjects), maxSubjects)]),
		SubjectCount: int64(len(f.Subjects)), Evidence: []evidence{}, NotEvaluated: []gap{},
	}
	for _, e := range f.Evidence[:min(len(f.Evidence), maxEvidence)] {
		one.Evidence = append(one.Evidence, evidence(e))
	}
	for _, g := range f.NotEvaluated {
		shown := gap{string(g.Reason), g.Needs}
		if len(one.NotEvaluated) == 0 || one.NotEvaluated[len(one.NotEvaluated)-1] != shown {
			one.NotEvaluated = append(one.NotEvaluated, shown)
		}
	}
	if f.Waiver != nil {
		one.Waiver = &waiver{nonNil(f.Waiver.IDs), f.Waiver.Until, nonNil(f.Waiver.Subjects)}
	}
	return one
}

// nonNil returns a list for a state, which must not be null.
func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
