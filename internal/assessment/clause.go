package assessment

import (
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// ClauseResult is the result of a clause: the worst of its parts.
type ClauseResult struct {
	ID          string       `json:"id"`
	Result      Result       `json:"result"`
	Disposition Disposition  `json:"disposition"` // Waived only if every part with a deviation is waived.
	Party       string       `json:"party,omitempty"`
	Parts       []PartResult `json:"parts"`
	// Reason explains why the clause does not apply or has no result.
	Reason Text `json:"reason,omitzero"`
}

// PartResult is the result of one part of a clause.
type PartResult struct {
	Key     string `json:"key"`
	Text    Text   `json:"text"`
	By      string `json:"by"`
	Name    string `json:"name,omitempty"` // Id of the check or kind of attestation.
	Result  Result `json:"result,omitempty"`
	Waived  bool   `json:"waived,omitempty"`
	Finding string `json:"finding,omitempty"` // Id of the finding that decides.
	Gap     *Gap   `json:"not_evaluated,omitempty"`
	// ContradictedBy are indicators with a deviation: they contradict the attestation of the part.
	ContradictedBy []string `json:"contradicted_by,omitempty"`
}

// isOnlyReported reports whether there is nothing to check or to attest in the clause.
func (c ClauseResult) isOnlyReported() bool {
	return len(c.Parts) > 0 && !slices.ContainsFunc(c.Parts, func(p PartResult) bool {
		return p.By != responsibility.CoverageReported
	})
}

// clauseJudge judges the clauses of a cluster from its findings.
type clauseJudge struct {
	byCheck map[string]Finding
	rows    map[string]responsibility.Row
	done    map[string]ClauseResult
}

// judgeClauses returns the result of every clause, in the order of the model.
func judgeClauses(findings []Finding, facts Facts, options Options) []ClauseResult {
	all := responsibility.EmbeddedCatalogue().Clauses
	results := make([]ClauseResult, 0, len(all))
	cluster, isRead := facts.responsibilityCluster(options.HDS)
	if !isRead {
		missing := facts.Cluster.Missing()
		if missing == nil {
			missing = &Gap{Reason: NoAPIField, Needs: "type"}
		}
		for _, c := range all {
			results = append(results, unreadClause(c, missing))
		}
		return results
	}
	j := clauseJudge{
		byCheck: map[string]Finding{}, rows: map[string]responsibility.Row{}, done: map[string]ClauseResult{},
	}
	if options.Organization != nil {
		for _, f := range options.Organization.Findings {
			j.byCheck[f.Check] = f
		}
	}
	for _, f := range findings {
		// Deviations of the Organization have to be corrected, too: the worse of both findings counts.
		other, ok := j.byCheck[f.Check]
		isWorse := worst(f.Result, other.Result) == f.Result && f.Result != other.Result
		if !ok || isWorse || f.Result == other.Result && f.Disposition != Waived {
			j.byCheck[f.Check] = f
		}
	}
	for _, row := range responsibility.NewMatrix(cluster).Rows {
		j.rows[row.ID] = row
	}
	for _, c := range all {
		results = append(results, j.judge(c.ID))
	}
	return results
}

// unreadClause returns the result of a clause of a cluster that could not be read.
func unreadClause(c responsibility.Clause, missing *Gap) ClauseResult {
	result := ClauseResult{
		ID: c.ID, Result: NotEvaluated, Disposition: Open, Party: c.Party, Parts: []PartResult{},
		Reason: missing.Reason.Label(),
	}
	for _, p := range c.Parts {
		part := PartResult{Key: p.Key, Text: p.Text, By: p.By, Name: p.Name}
		if p.By != responsibility.CoverageReported {
			part.Result, part.Gap = NotEvaluated, missing
		}
		result.Parts = append(result.Parts, part)
	}
	if result.isOnlyReported() {
		result.Result = NotApplicable
		result.Reason = onlyReported()
	}
	return result
}

func onlyReported() Text {
	return Text{EN: "There is nothing to check or to attest.", FR: "Il n'y a rien à vérifier ni à attester."}
}

// judge returns the result of a clause.
func (j *clauseJudge) judge(id string) ClauseResult {
	if result, ok := j.done[id]; ok {
		return result
	}
	row := j.rows[id]
	result := ClauseResult{ID: id, Disposition: Open, Party: row.EffectiveParty, Parts: []PartResult{}}
	if !row.Applies() {
		result.Result, result.Reason = NotApplicable, row.NotApplicableReason
		j.done[id] = result
		return result
	}
	results, fails, waived := []Result{}, 0, 0
	for _, part := range row.ApplicableParts {
		one := j.judgePart(row, part)
		result.Parts = append(result.Parts, one)
		if one.By == responsibility.CoverageReported {
			continue
		}
		results = append(results, one.Result)
		if one.Result == Fail {
			fails++
		}
		if one.Waived {
			waived++
		}
	}
	result.Result = worst(results...)
	if fails > 0 && waived == fails {
		result.Disposition = Waived
	}
	switch {
	case len(result.Parts) == 0:
		result.Reason = Text{
			EN: "No part of the clause applies to this cluster.",
			FR: "Aucune partie de la clause ne s'applique à ce cluster.",
		}
	case result.isOnlyReported():
		result.Reason = onlyReported()
	}
	j.done[id] = result
	return result
}

// judgePart returns the result of a part of a clause.
func (j *clauseJudge) judgePart(row responsibility.Row, part responsibility.Part) PartResult {
	result := PartResult{Key: part.Key, Text: part.Text, By: part.By, Name: part.Name}
	switch part.By {
	case responsibility.CoverageCheck:
		j.fromFinding(&result, part.Name)
	case responsibility.CoverageAttestation:
		j.fromFinding(&result, AttestationCheckID(part.Name))
		j.contradict(&result, part.Indicators)
	case responsibility.CoverageInherited:
		j.inherit(&result, row)
	default:
		return result
	}
	for _, clause := range part.Needs {
		needed := j.judge(clause)
		if needed.Result == Fail && needed.Disposition != Waived {
			result.Waived = false
		}
		if r := worst(result.Result, needed.Result); r != result.Result {
			result.Result, result.Finding = r, ""
			result.Gap = nil
			if r == NotEvaluated {
				result.Gap = &Gap{Reason: InputMissing, Needs: "result of " + clause}
			}
		}
	}
	return result
}

// fromFinding takes the result of a finding.
func (j *clauseJudge) fromFinding(result *PartResult, check string) {
	f, ok := j.byCheck[check]
	if !ok {
		result.Result = NotEvaluated
		result.Gap = &Gap{Reason: NotAsked, Needs: "a release with the check " + check}
		if known, isKnown := LookupCheck(check); isKnown && known.Layer == LayerOrganization {
			result.Gap.Needs = "assessment of the Organization"
		}
		return
	}
	result.Result, result.Finding, result.Waived = f.Result, f.ID, f.Disposition == Waived
	if f.Result == NotEvaluated && len(f.NotEvaluated) > 0 {
		result.Gap = &f.NotEvaluated[0]
	}
}

// contradict lowers an attested part to needs_decision if an indicator shows a deviation.
func (j *clauseJudge) contradict(result *PartResult, indicators []string) {
	for _, id := range indicators {
		if f, ok := j.byCheck[id]; ok && f.Result == Fail {
			result.ContradictedBy = append(result.ContradictedBy, id)
		}
	}
	if len(result.ContradictedBy) > 0 && result.Result == Attested {
		result.Result = NeedsDecision
	}
}

// inherit judges a part that is Scaleway's duty. It is inherited only with a valid attestation of Scaleway's evidence,
// and only as far as the configuration of the cluster does not shift the duty to the customer.
func (j *clauseJudge) inherit(result *PartResult, row responsibility.Row) {
	j.fromFinding(result, AttestationCheckID(responsibility.HostEvidence))
	if result.Result != Attested {
		return
	}
	switch row.EffectiveParty {
	case responsibility.Undetermined:
		result.Result, result.Gap = NotEvaluated, &Gap{Reason: NotAsked, Needs: "layer " + LayerCluster + ", or the " +
			"settings of the pools"}
	case responsibility.PartyShared:
		result.Result = Inherited
		if row.Party == responsibility.PartyScaleway {
			result.Result = NeedsDecision
		}
	default:
		result.Result = Inherited
	}
}
