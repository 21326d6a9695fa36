package assessment

import (
	"slices"
	"time"
)

// EvaluateOrganization judges facts of an Organization, once for the clusters that are assessed with it. Only
// principals that reach the Projects of these clusters, or the whole Organization, count. The assessment has findings,
// no clauses: Evaluate joins them with those of a cluster. The same arguments give the same bytes.
func EvaluateOrganization(facts OrganizationFacts, clusters []AssessedCluster, options Options) Assessment {
	facts = canonical(facts).verifyAnchors()
	clusters = canonical(clusters)
	options.AsOf, options.Layers = options.AsOf.UTC(), []string{LayerOrganization}
	options.HDS = slices.ContainsFunc(clusters, func(c AssessedCluster) bool { return c.HDS })
	a := Assessment{
		Format: Format, Scope: facts.Scope(), HDS: options.HDS, Reader: facts.Reader,
		AsOf: options.AsOf.Format(time.RFC3339), ReadAt: facts.ReadAt.UTC().Format(time.RFC3339),
		Layers:    options.Layers,
		Catalogue: embeddedCatalogue(),
		Findings:  []Finding{}, Clauses: []ClauseResult{}, Declared: []DeclaredState{},
	}
	scopes := []string{}
	for _, c := range clusters {
		scopes = append(scopes, c.ID, ProjectScope(c.ProjectID))
	}
	// The engine needs the scope and the time of reading only.
	inScope := Facts{ReadAt: facts.ReadAt, ClusterID: facts.Scope()}
	j := judgement{
		facts: inScope, organization: facts, access: newAccess(facts, clusters), options: options, now: options.AsOf,
		declared: newDeclarations(inScope, options, scopes...),
	}
	for _, c := range OrganizationChecks() {
		a.Findings = append(a.Findings, j.evaluate(c))
	}
	// The correction of deviations depends on the other findings and their waivers.
	applyWaivers(a.Findings, inScope, options)
	j.findings = slices.Clone(a.Findings)
	for _, c := range resolutionChecks() {
		a.Findings = append(a.Findings, j.evaluate(c))
	}
	a.Waivers = applyWaivers(a.Findings, inScope, options)
	a.Dates = sortedDates(append(keyDueDates(facts, a.Findings), waiverDueDates(a.Waivers)...))
	keepSince(a.Findings, options)
	a.Access = j.access.list()
	a.summarize()
	a.Digest = a.digest()
	return a
}

// organizationDelay is the longest time between the readings of a cluster and of its Organization: older facts of the
// Organization say nothing about the clauses of today.
const organizationDelay = 24 * time.Hour

// isReadWithin reports whether two readings were close enough.
func isReadWithin(organization string, cluster time.Time, delay time.Duration) bool {
	at, err := time.Parse(time.RFC3339, organization)
	return err == nil && cluster.Sub(at).Abs() <= delay
}

// ofOrganization returns the options without the assessment of an Organization that the cluster is not part of.
func (o Options) ofOrganization(facts Facts) Options {
	cluster := facts.Cluster.Value
	if o.Organization == nil || cluster == nil || o.Organization.Scope != OrganizationScope(cluster.OrganizationID) ||
		!isReadWithin(o.Organization.ReadAt, facts.ReadAt, organizationDelay) {
		o.Organization = nil
	}
	return o
}
