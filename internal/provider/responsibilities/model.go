package responsibilities

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const (
	managed  = "managed"
	external = "external"
)

// The roles of the customer in the HDS framework.
const (
	client        = "client"
	certifiedHost = "certified_host"
)

// bindsBoth is the value of binds if the customer is a certified host.
const bindsBoth = "both"

func roles() []string { return []string{client, certifiedHost} }

func variants() []string { return []string{responsibility.Kapsule, responsibility.Kosmos} }

func offers() []string { return []string{responsibility.Mutualised, responsibility.Dedicated} }

// arguments holds the arguments of the data source.
type arguments struct {
	Cluster         types.Object `tfsdk:"cluster"`
	ClusterID       types.String `tfsdk:"cluster_id"`
	Region          types.String `tfsdk:"region"`
	HDS             types.Bool   `tfsdk:"hds"`
	HDSRole         types.String `tfsdk:"hds_role"`
	Language        types.String `tfsdk:"language"`
	LookIntoCluster types.Bool   `tfsdk:"look_into_cluster"`
	Complete        types.Bool   `tfsdk:"complete"`
	Filter          types.Object `tfsdk:"filter"`
	Findings        types.List   `tfsdk:"findings"`
}

type model struct {
	arguments
	Clauses       []clause         `tfsdk:"clauses"`
	Transfers     []tfkit.Transfer `tfsdk:"responsibility_transfers"`
	Counts        counts           `tfsdk:"counts"`
	Facts         facts            `tfsdk:"facts"`
	NotApplicable []reason         `tfsdk:"not_applicable"`
	NotLookedAt   []reason         `tfsdk:"not_looked_at"`
	Interpreted   []string         `tfsdk:"interpreted"`
	HDSFramework  string           `tfsdk:"hds_framework"`
	Catalogue     catalogue        `tfsdk:"catalogue"`

	gaps []gap
}

// gap is something that was not read, with the reason and the clauses that depend on it.
type gap struct {
	reason  responsibility.Text
	clauses []string
}

// addGap adds a gap.
func (m *model) addGap(en, fr string, clauses ...string) {
	m.gaps = append(m.gaps, gap{responsibility.Text{EN: en, FR: fr}, clauses})
}

// describedCluster is the `cluster` argument.
type describedCluster struct {
	Variant          string           `tfsdk:"variant"`
	Offer            string           `tfsdk:"offer"`
	CNI              *string          `tfsdk:"cni"`
	FeatureGates     []string         `tfsdk:"feature_gates"`
	AdmissionPlugins []string         `tfsdk:"admission_plugins"`
	Transfers        []tfkit.Transfer `tfsdk:"responsibility_transfers"`
	Pools            []describedPool  `tfsdk:"pools"`
}

type describedPool struct {
	Name         string            `tfsdk:"name"`
	Hosting      *string           `tfsdk:"hosting"`
	KubeletArgs  map[string]string `tfsdk:"kubelet_args"`
	UserDataKeys []string          `tfsdk:"user_data_keys"`
	Transfers    []tfkit.Transfer  `tfsdk:"responsibility_transfers"`
}

// convertTransfers converts transfers of resources.
func convertTransfers(transfers []tfkit.Transfer) []responsibility.Transfer {
	found := make([]responsibility.Transfer, 0, len(transfers))
	for _, t := range transfers {
		found = append(found, responsibility.Transfer(t))
	}
	return found
}

// toCluster converts the described cluster to the input of the matrix.
func (d describedCluster) toCluster() responsibility.Cluster {
	c := responsibility.Cluster{Variant: d.Variant, Offer: d.Offer, PlannedTransfers: convertTransfers(d.Transfers)}
	c.FeatureGates, c.AdmissionPlugins = d.FeatureGates, d.AdmissionPlugins
	if d.CNI != nil {
		c.CNI = *d.CNI
	}
	for _, p := range d.Pools {
		pool := responsibility.Pool{
			Name: p.Name, External: p.Hosting != nil && *p.Hosting == external,
			PlannedTransfers: convertTransfers(p.Transfers),
		}
		pool.KubeletArgs, pool.UserDataKeys = p.KubeletArgs, p.UserDataKeys
		c.Pools = append(c.Pools, pool)
	}
	return c
}

// filter is the argument `filter`. Nil fields do not restrict the result.
type filter struct {
	Party   []string `tfsdk:"party"`
	Section []string `tfsdk:"section"`
	By      []string `tfsdk:"by"`
	HDS     *bool    `tfsdk:"hds"`
}

func (f filter) matches(r responsibility.Row) bool {
	in := func(allowed []string, value string) bool { return len(allowed) == 0 || slices.Contains(allowed, value) }
	return in(f.Party, r.EffectiveParty) && in(f.Section, r.SectionID()) &&
		(len(f.By) == 0 || slices.ContainsFunc(
			r.ApplicableParts, func(p responsibility.Part) bool { return slices.Contains(f.By, p.By) },
		)) &&
		(f.HDS == nil || *f.HDS == (r.AppliesTo == responsibility.AppliesToHDS))
}

type clause struct {
	ID             string            `tfsdk:"id"`
	Title          string            `tfsdk:"title"`
	Party          string            `tfsdk:"party"`
	EffectiveParty *string           `tfsdk:"effective_party"`
	ShiftedBy      []string          `tfsdk:"shifted_by"`
	Parts          map[string]string `tfsdk:"parts"`
	CoveredBy      map[string]string `tfsdk:"covered_by"`
	Results        map[string]string `tfsdk:"results"` // Nil without findings.
	EnforcedBy     map[string]string `tfsdk:"enforced_by"`
	Binds          map[string]string `tfsdk:"binds"`
}

type reason struct {
	Reason  string   `tfsdk:"reason"`
	Clauses []string `tfsdk:"clauses"`
}

type counts struct {
	Total      int64     `tfsdk:"total"`
	Applicable int64     `tfsdk:"applicable"`
	ByParty    byParty   `tfsdk:"by_party"`
	Parts      partCount `tfsdk:"parts"`
}

type byParty struct {
	Scaleway int64 `tfsdk:"scaleway"`
	Customer int64 `tfsdk:"customer"`
	Shared   int64 `tfsdk:"shared"`

	Undetermined int64 `tfsdk:"undetermined"`
}

type partCount struct {
	Check       covered `tfsdk:"check"`
	Attestation covered `tfsdk:"attestation"`
	Inherited   covered `tfsdk:"inherited"`
}

type covered struct {
	Total   int64 `tfsdk:"total"`
	Planned int64 `tfsdk:"planned"`
}

type facts struct {
	Variant       string   `tfsdk:"variant"`
	Offer         string   `tfsdk:"offer"`
	CNI           *string  `tfsdk:"cni"`
	ManagedPools  []string `tfsdk:"managed_pools"`
	ExternalPools []string `tfsdk:"external_pools"`
	LookedInto    bool     `tfsdk:"looked_into"`
	HDS           bool     `tfsdk:"hds"`
}

type catalogue struct {
	Revision    string `tfsdk:"revision"`
	Digest      string `tfsdk:"digest"`
	ModelTitle  string `tfsdk:"model_title"`
	ModelPosted string `tfsdk:"model_posted"`
	ModelDigest string `tfsdk:"model_digest"`
}

// setResults sets the computed attributes. They depend only on the facts of the cluster and the arguments.
func (m *model) setResults(c responsibility.Cluster, keep filter, findings map[string]finding) {
	matrix := responsibility.NewMatrix(c)
	language := m.Language.ValueString()
	kept := slices.DeleteFunc(matrix.Rows, func(r responsibility.Row) bool { return !keep.matches(r) })
	isCertified := m.HDSRole.ValueString() == certifiedHost
	m.Clauses = make([]clause, 0, len(kept))
	m.Interpreted = []string{}
	for _, row := range kept {
		one := newClause(row, language, isCertified, c.HDS)
		if findings != nil {
			one.Results = partResults(row, findings)
		}
		m.Clauses = append(m.Clauses, one)
		if row.Applies() && row.Interpretation != nil {
			m.Interpreted = append(m.Interpreted, row.ID)
		}
	}
	m.NotApplicable, m.NotLookedAt = notApplicable(kept, language), notLookedAt(m.gaps, kept, language)
	m.HDSFramework = hdsFramework(isCertified, c.HDS).In(language)
	m.Transfers = tfkit.NewTransfers(matrix.Transfers)
	m.Counts = countRows(kept)
	m.Facts = newFacts(c)
	all := responsibility.EmbeddedCatalogue()
	m.Catalogue = catalogue{
		Revision: all.Revision, Digest: all.Digest, ModelTitle: all.Model.Title, ModelPosted: all.Model.Posted,
		ModelDigest: all.Model.Digest,
	}
}

func newClause(r responsibility.Row, language string, isCertified, isHDS bool) clause {
	result := clause{
		ID: r.ID, Title: r.Title.In(language), Party: r.Party, EffectiveParty: tfkit.NilIfEmpty(r.EffectiveParty),
		ShiftedBy: r.ShiftedBy,
		Parts:     map[string]string{}, CoveredBy: map[string]string{}, EnforcedBy: map[string]string{},
		Binds: map[string]string{},
	}
	for _, p := range r.ApplicableParts {
		result.Parts[p.Key], result.CoveredBy[p.Key] = p.Text.In(language), coveredBy(p)
	}
	for _, e := range r.ApplicableEnforcements {
		result.EnforcedBy[e.Resource] = notCoveredPrefix().In(language) + e.NotCovered.In(language)
	}
	if !isHDS {
		return result
	}
	for _, requirement := range r.HDS {
		result.Binds[requirement.ID] = responsibility.PartyScaleway
		if isCertified {
			result.Binds[requirement.ID] = bindsBoth
		}
	}
	return result
}

// notCoveredPrefix returns the prefix of the text on what an enforcement does not cover.
func notCoveredPrefix() responsibility.Text {
	return responsibility.Text{EN: "Not covered: ", FR: "Sauf : "}
}

// coveredBy returns the coverage of a part, such as "check cluster_region (planned)", "attestation purpose",
// "inherited" or "reported".
func coveredBy(p responsibility.Part) string {
	text := p.By
	if p.Name != "" {
		text += " " + p.Name
	}
	if p.IsPlanned() {
		text += " (planned)"
	}
	return text
}

// notApplicable groups the clauses that do not apply by reason.
func notApplicable(rows []responsibility.Row, language string) []reason {
	reasons := []reason{}
	for _, row := range rows {
		if row.Applies() {
			continue
		}
		text := row.NotApplicableReason.In(language)
		i := slices.IndexFunc(reasons, func(r reason) bool { return r.Reason == text })
		if i < 0 {
			i = len(reasons)
			reasons = append(reasons, reason{Reason: text, Clauses: []string{}})
		}
		reasons[i].Clauses = append(reasons[i].Clauses, row.ID)
	}
	return reasons
}

// notLookedAt returns the gaps with those of their clauses that are in rows and apply.
func notLookedAt(gaps []gap, rows []responsibility.Row, language string) []reason {
	reasons := []reason{}
	for _, g := range gaps {
		result := reason{Reason: g.reason.In(language), Clauses: []string{}}
		for _, row := range rows {
			if row.Applies() && slices.Contains(g.clauses, row.ID) {
				result.Clauses = append(result.Clauses, row.ID)
			}
		}
		reasons = append(reasons, result)
	}
	return reasons
}

// hdsFramework returns the text on whom the requirements of the HDS framework bind.
func hdsFramework(isCertified, isHDS bool) responsibility.Text {
	if !isHDS {
		return responsibility.Text{
			EN: "The cluster is not declared to be for health data: the requirements of the HDS framework do not " +
				"apply.",
			FR: "Le cluster n'est pas déclaré comme destiné aux données de santé : aucune exigence du référentiel " +
				"HDS ne s'applique.",
		}
	}
	if isCertified {
		return responsibility.Text{
			EN: "Requirements of the HDS framework, version 2, bind the host of health data: here the customer, as a " +
				"certified host, and Scaleway as a subcontractor.",
			FR: "Les exigences du référentiel HDS, version 2, s'imposent à l'hébergeur de données de santé : ici le " +
				"client, hébergeur certifié, et Scaleway, sous-traitant.",
		}
	}
	return responsibility.Text{
		EN: "Requirements of the HDS framework, version 2, bind the host of health data: here Scaleway. They add no " +
			"duty to the customer's.",
		FR: "Les exigences du référentiel HDS, version 2, s'imposent à l'hébergeur, ici Scaleway. Elles n'ajoutent " +
			"rien aux obligations du client.",
	}
}

func countRows(rows []responsibility.Row) counts {
	parties, parts := responsibility.CountByParty(rows), responsibility.CountParts(rows)
	applicable := 0
	for _, n := range parties {
		applicable += n
	}
	count := func(by string) covered {
		return covered{Total: int64(parts[by].Parts), Planned: int64(parts[by].Planned)}
	}
	return counts{
		Total: int64(len(rows)), Applicable: int64(applicable),
		ByParty: byParty{
			Scaleway: int64(
				parties[responsibility.PartyScaleway],
			), Customer: int64(parties[responsibility.PartyCustomer]),
			Shared: int64(parties[responsibility.PartyShared]), Undetermined: int64(
				parties[responsibility.Undetermined],
			),
		},
		Parts: partCount{
			Check: count(responsibility.CoverageCheck), Attestation: count(
				responsibility.CoverageAttestation,
			), Inherited: count(responsibility.CoverageInherited),
		},
	}
}

func newFacts(c responsibility.Cluster) facts {
	result := facts{
		Variant: c.Variant, Offer: c.Offer, CNI: tfkit.NilIfEmpty(c.CNI), ManagedPools: []string{},
		ExternalPools: []string{},
		LookedInto:    c.InCluster != nil, HDS: c.HDS,
	}
	for _, p := range c.Pools {
		if p.External {
			result.ExternalPools = append(result.ExternalPools, p.Name)
		} else {
			result.ManagedPools = append(result.ManagedPools, p.Name)
		}
	}
	slices.Sort(result.ManagedPools)
	slices.Sort(result.ExternalPools)
	return result
}
