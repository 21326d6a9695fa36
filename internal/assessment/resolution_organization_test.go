package assessment

import "testing"

// TestOrganizationResolution checks that a deviation of the Organization has to be corrected within its deadline, and
// that the clause about corrections (INC-04) of a cluster counts it.
func TestOrganizationResolution(t *testing.T) {
	t.Parallel()
	facts, clusters := newOrganization(), assessedClusters()
	facts.Users.Items[1].MFA = ptr(false)
	options := Options{AsOf: now()}
	before := options
	before.AsOf = now().AddDate(0, 0, -60)
	baseline := EvaluateOrganization(facts, clusters, before)
	if f, _ := baseline.Finding(resolutionCheck); f.Result != NotEvaluated {
		t.Errorf("without a baseline: %s", f.Result)
	}
	options.Baseline = &baseline
	late := EvaluateOrganization(facts, clusters, options)
	f, _ := late.Finding(resolutionCheck)
	if f.Result != Fail || f.Scope != facts.Scope() || len(f.Subjects) == 0 {
		t.Fatalf("%+v", f)
	}
	facts.Users.Items[1].MFA = ptr(true)
	corrected := EvaluateOrganization(facts, clusters, options)
	if f, _ := corrected.Finding(resolutionCheck); f.Result == Fail {
		t.Errorf("after the correction: %+v", f)
	}
	for name, findings := range map[string][]Finding{
		"the cluster's first": {{Check: resolutionCheck, ID: "a@fr-par/1", Result: Pass, Disposition: Open}},
		"waived": {{
			Check: resolutionCheck, ID: "a@fr-par/1", Result: Fail, Disposition: Waived, Severity: Medium,
		}},
	} {
		cluster := newFacts()
		clauses := judgeClauses(findings, cluster, Options{HDS: true, Layers: Layers(), Organization: &late})
		for _, c := range clauses {
			for _, p := range c.Parts {
				if p.Name == resolutionCheck && (p.Result != Fail || p.Waived || p.Finding != f.ID) {
					t.Errorf("%s: %s: %+v", name, c.ID, p)
				}
			}
		}
	}
}
