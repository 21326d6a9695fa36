package assessment

import (
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// Format identifies the format of a stored assessment.
const Format = "srm-assessment/1"

// Assessment is the judgement of facts as of a time.
type Assessment struct {
	Format    string         `json:"format"`
	Scope     string         `json:"scope"` // The cluster: "fr-par/11111111-…".
	Name      string         `json:"name,omitempty"`
	AsOf      string         `json:"as_of"`
	ReadAt    string         `json:"read_at"`
	Reader    Reader         `json:"reader"`
	HDS       bool           `json:"hds"`
	Layers    []string       `json:"layers"`
	Catalogue Catalogue      `json:"catalogue"`
	Findings  []Finding      `json:"findings"`
	Clauses   []ClauseResult `json:"clauses"`
	Summary   Summary        `json:"summary"`
	// NotEvaluated sums up what was not evaluated, by reason and by what is missing.
	NotEvaluated []Unevaluated   `json:"not_evaluated"`
	Waivers      []WaiverStatus  `json:"waivers"`
	Declared     []DeclaredState `json:"attestations"`
	// Dates are those of the version, of certificates, attestations and waivers, sorted.
	Dates []DueDate `json:"dates"`
	// Access says who may do what in the Organization and in the cluster. It is absent without an assessment of the
	// Organization.
	Access *AccessList `json:"access_list,omitempty"`
	// Digest covers results, subjects and evidence, without what changes every day.
	Digest string `json:"digest"`
}

// Catalogue identifies the clauses and the model that the assessment is based on.
type Catalogue struct {
	Revision    string `json:"revision"`
	Digest      string `json:"digest"`
	ModelDate   string `json:"model_date"`
	ModelDigest string `json:"model_digest"`
}

// embeddedCatalogue returns the catalogue of this build.
func embeddedCatalogue() Catalogue {
	c := responsibility.EmbeddedCatalogue()
	return Catalogue{
		Revision: c.Revision, Digest: c.Digest, ModelDate: c.Model.Posted, ModelDigest: c.Model.Digest,
	}
}

// Summary counts findings and clauses.
type Summary struct {
	Findings     map[Result]int   `json:"findings"`
	OpenFails    map[Severity]int `json:"open_fails"`
	Waived       int              `json:"waived"`
	Accepted     int              `json:"accepted_by_input"`
	Clauses      map[Result]int   `json:"clauses"`
	ByFacts      int              `json:"clauses_by_facts"`       // Pass, by checks alone.
	ByDeclared   int              `json:"clauses_by_declaration"` // Attested, or inherited with evidence.
	ReportedOnly int              `json:"clauses_reported"`       // Nothing to check or attest.
}

// Unevaluated is a reason, what is missing, and the checks that could not be evaluated because of it.
type Unevaluated struct {
	Reason Reason   `json:"reason"`
	Needs  string   `json:"needs,omitempty"`
	Checks []string `json:"checks"`
}

// Evaluate judges facts. The same arguments give the same bytes.
func Evaluate(facts Facts, options Options) Assessment {
	facts = facts.canonical().verifyAnchors()
	options.AsOf = options.AsOf.UTC()
	a := Assessment{
		Format: Format, Scope: facts.Scope(), HDS: options.HDS, Reader: facts.Reader,
		AsOf:      options.AsOf.Format(time.RFC3339),
		ReadAt:    facts.ReadAt.UTC().Format(time.RFC3339),
		Layers:    sortedLayers(options.Layers),
		Catalogue: embeddedCatalogue(),
		Findings:  []Finding{},
	}
	if facts.Cluster.Value != nil {
		a.Name = facts.Cluster.Value.Name
	}
	options = options.ofOrganization(facts)
	if options.Organization != nil {
		list := NewAccessList(*options.Organization, facts)
		a.Access = &list
	}
	j := judgement{
		facts: facts, options: options, now: options.AsOf, declared: newDeclarations(facts, options), list: a.Access,
	}
	j.declared.list = a.Access
	a.evaluateChecks(j, func(c Check) bool { return c.Layer != LayerConfiguration })
	a.Findings = append(a.Findings, j.declared.findings()...)
	a.Declared = j.declared.states(a.Findings)
	// Checks of the configuration read the other findings, waivers included, and can be waived themselves.
	applyWaivers(a.Findings, facts, options)
	j.findings = slices.Clone(a.Findings)
	a.evaluateChecks(j, func(c Check) bool { return c.Layer == LayerConfiguration })
	a.Waivers = applyWaivers(a.Findings, facts, options)
	a.Dates = dueDates(facts, a.Declared, a.Waivers)
	keepSince(a.Findings, options)
	a.Clauses = judgeClauses(a.Findings, facts, options)
	a.summarize()
	a.Digest = a.digest()
	return a
}

// sortedLayers returns the layers in the order of Layers.
func sortedLayers(layers []string) []string {
	return slices.DeleteFunc(Layers(), func(l string) bool { return !slices.Contains(layers, l) })
}

// evaluateChecks adds the findings of the checks that are selected.
func (a *Assessment) evaluateChecks(j judgement, isSelected func(Check) bool) {
	for _, c := range Checks() {
		if isSelected(c) {
			a.Findings = append(a.Findings, j.evaluate(c))
		}
	}
}

// evaluate returns the finding of a check.
func (j judgement) evaluate(c Check) Finding {
	scope := j.facts.Scope()
	if c.OnlyProject && j.facts.Project.ID != "" {
		scope = ProjectScope(j.facts.Project.ID)
	}
	switch {
	case c.HDSOnly && !j.options.HDS:
		j.nothing("The cluster is not for health data.", "Le cluster n'est pas destiné aux données de santé.")
	case !j.options.isAsked(c):
		j.reads(&Gap{Reason: NotAsked})
	default:
		c.judge(&j)
	}
	return j.finish(c, scope)
}

// keepSince sets the date since which a finding has its result.
func keepSince(findings []Finding, options Options) {
	for i := range findings {
		f := &findings[i]
		f.Since = options.AsOf.Format(time.DateOnly)
		if options.Baseline == nil {
			continue
		}
		for _, earlier := range options.Baseline.Findings {
			if earlier.ID == f.ID {
				f.keepSince(earlier)
			}
		}
	}
}

// keepSince takes over the dates of an earlier finding. The date of a deviation outlasts an assessment that could not
// see whether it is gone.
func (f *Finding) keepSince(earlier Finding) {
	if earlier.Result == f.Result && earlier.Since != "" {
		f.Since = min(f.Since, earlier.Since)
	}
	started := earlier.FailSince
	if started == "" && earlier.Result == Fail {
		started = earlier.Since
	}
	switch f.Result {
	case Fail:
		if started != "" {
			f.Since = min(f.Since, started)
		}
		f.FailSince = f.Since
	case NotEvaluated, NeedsDecision:
		f.FailSince = started
	}
}

// Finding returns the finding of a check, and false if there is none.
func (a Assessment) Finding(check string) (Finding, bool) {
	i := slices.IndexFunc(a.Findings, func(f Finding) bool { return f.Check == check })
	if i < 0 {
		return Finding{}, false
	}
	return a.Findings[i], true
}

// Clause returns the result of a clause, and false if there is no such clause.
func (a Assessment) Clause(id string) (ClauseResult, bool) {
	i := slices.IndexFunc(a.Clauses, func(c ClauseResult) bool { return c.ID == id })
	if i < 0 {
		return ClauseResult{}, false
	}
	return a.Clauses[i], true
}

// OpenFails returns the open deviations that are at least as severe as given.
func (a Assessment) OpenFails(atLeast Severity) []Finding {
	return slices.DeleteFunc(slices.Clone(a.Findings), func(f Finding) bool {
		return f.Result != Fail || f.Disposition != Open || !f.Severity.AtLeast(atLeast)
	})
}

// IsEmpty reports whether nothing could be evaluated: no check has a result from facts.
func (a Assessment) IsEmpty() bool {
	return !slices.ContainsFunc(a.Findings, func(f Finding) bool {
		return f.Layer != LayerAttestation && f.Layer != LayerConfiguration &&
			(f.Result == Pass || f.Result == Fail || f.Result == NeedsDecision)
	})
}

// summarize fills the summary and the list of what was not evaluated.
func (a *Assessment) summarize() {
	a.Summary = Summary{
		Findings: map[Result]int{}, OpenFails: map[Severity]int{}, Clauses: map[Result]int{},
	}
	for _, r := range Results() {
		a.Summary.Findings[r], a.Summary.Clauses[r] = 0, 0
	}
	for _, s := range Severities() {
		a.Summary.OpenFails[s] = 0
	}
	a.NotEvaluated = []Unevaluated{}
	for _, f := range a.Findings {
		a.Summary.Findings[f.Result]++
		a.Summary.Accepted += len(f.Accepted)
		switch {
		case f.Disposition == Waived:
			a.Summary.Waived++
		case f.Result == Fail:
			a.Summary.OpenFails[f.Severity]++
		}
		for _, gap := range f.NotEvaluated {
			a.addUnevaluated(gap, f.Check)
		}
	}
	slices.SortFunc(a.NotEvaluated, func(x, y Unevaluated) int {
		return compareGaps(Gap{Reason: x.Reason, Needs: x.Needs}, Gap{Reason: y.Reason, Needs: y.Needs})
	})
	for _, c := range a.Clauses {
		if c.isOnlyReported() {
			a.Summary.ReportedOnly++
			continue
		}
		a.Summary.Clauses[c.Result]++
		switch c.Result {
		case Pass:
			a.Summary.ByFacts++
		case Attested, Inherited:
			a.Summary.ByDeclared++
		}
	}
}

// addUnevaluated adds a check to the reason why it is not evaluated.
func (a *Assessment) addUnevaluated(gap Gap, check string) {
	i := slices.IndexFunc(a.NotEvaluated, func(u Unevaluated) bool {
		return u.Reason == gap.Reason && u.Needs == gap.Needs
	})
	if i < 0 {
		a.NotEvaluated = append(a.NotEvaluated, Unevaluated{Reason: gap.Reason, Needs: gap.Needs})
		i = len(a.NotEvaluated) - 1
	}
	if checks := &a.NotEvaluated[i].Checks; !slices.Contains(*checks, check) {
		*checks = append(*checks, check)
		slices.SortFunc(*checks, strings.Compare)
	}
}
