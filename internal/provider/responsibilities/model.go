package responsibilities

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

const (
	managed  = "managed"
	external = "external"
)

func variants() []string { return []string{responsibility.Kapsule, responsibility.Kosmos} }

func offers() []string { return []string{responsibility.Mutualised, responsibility.Dedicated} }

// arguments are what a user sets; result is what is computed from it.
type arguments struct {
	Cluster         types.Object `tfsdk:"cluster"`
	ClusterID       types.String `tfsdk:"cluster_id"`
	Region          types.String `tfsdk:"region"`
	HDS             types.Bool   `tfsdk:"hds"`
	ProviderManaged types.Bool   `tfsdk:"provider_managed"`
	LookIntoCluster types.Bool   `tfsdk:"look_into_cluster"`
	Complete        types.Bool   `tfsdk:"complete"`
	Filter          types.Object `tfsdk:"filter"`
}

type model struct {
	arguments
	Clauses     []clause             `tfsdk:"clauses"`
	Transfers   []framework.Transfer `tfsdk:"transfers"`
	Counts      counts               `tfsdk:"counts"`
	Facts       facts                `tfsdk:"facts"`
	NotLookedAt []string             `tfsdk:"not_looked_at"`
	Catalogue   catalogue            `tfsdk:"catalogue"`
}

// describedCluster is the `cluster` argument.
type describedCluster struct {
	Variant          string               `tfsdk:"variant"`
	Offer            string               `tfsdk:"offer"`
	CNI              *string              `tfsdk:"cni"`
	FeatureGates     []string             `tfsdk:"feature_gates"`
	AdmissionPlugins []string             `tfsdk:"admission_plugins"`
	Transfers        []framework.Transfer `tfsdk:"transfers"`
	Pools            []describedPool      `tfsdk:"pools"`
}

type describedPool struct {
	Name         string               `tfsdk:"name"`
	Hosting      *string              `tfsdk:"hosting"`
	KubeletArgs  map[string]string    `tfsdk:"kubelet_args"`
	UserDataKeys []string             `tfsdk:"user_data_keys"`
	Transfers    []framework.Transfer `tfsdk:"transfers"`
}

func planned(transfers []framework.Transfer) []responsibility.Transfer {
	found := make([]responsibility.Transfer, 0, len(transfers))
	for _, t := range transfers {
		found = append(found, responsibility.Transfer(t))
	}
	return found
}

// cluster is the described cluster as the matrix wants it.
func (d describedCluster) cluster() responsibility.Cluster {
	c := responsibility.Cluster{Variant: d.Variant, Offer: d.Offer, Planned: planned(d.Transfers)}
	c.FeatureGates, c.AdmissionPlugins = d.FeatureGates, d.AdmissionPlugins
	if d.CNI != nil {
		c.CNI = *d.CNI
	}
	for _, p := range d.Pools {
		pool := responsibility.Pool{Name: p.Name, External: p.Hosting != nil && *p.Hosting == external, Planned: planned(p.Transfers)}
		pool.KubeletArgs, pool.UserDataKeys = p.KubeletArgs, p.UserDataKeys
		c.Pools = append(c.Pools, pool)
	}
	return c
}

// filter is the argument of that name; what is nil lets everything through.
type filter struct {
	Party     []string `tfsdk:"party"`
	Section   []string `tfsdk:"section"`
	Mechanism []string `tfsdk:"mechanism"`
	HDS       *bool    `tfsdk:"hds"`
}

func (f filter) keeps(r responsibility.Row) bool {
	in := func(wanted []string, value string) bool { return len(wanted) == 0 || slices.Contains(wanted, value) }
	return in(f.Party, r.EffectiveParty) && in(f.Section, r.SectionID()) && in(f.Mechanism, r.Effective) &&
		(f.HDS == nil || *f.HDS == (r.AppliesTo == responsibility.ToHDS))
}

type clause struct {
	ID                 string    `tfsdk:"id"`
	Section            string    `tfsdk:"section"`
	Heading            string    `tfsdk:"heading"`
	Title              string    `tfsdk:"title"`
	TitleFR            string    `tfsdk:"title_fr"`
	Text               string    `tfsdk:"text"`
	AppliesTo          string    `tfsdk:"applies_to"`
	Party              string    `tfsdk:"party"`
	EffectiveParty     *string   `tfsdk:"effective_party"`
	Mechanism          string    `tfsdk:"mechanism"`
	EffectiveMechanism string    `tfsdk:"effective_mechanism"`
	Carried            *string   `tfsdk:"carried"`
	Because            string    `tfsdk:"because"`
	Transfers          []string  `tfsdk:"transfers"`
	HDSRequirements    []string  `tfsdk:"hds_requirements"`
	ISO27001Controls   []string  `tfsdk:"iso27001_controls"`
	SourceLines        []int64   `tfsdk:"source_lines"`
	CarriedBy          []carrier `tfsdk:"carried_by"`
}

type carrier struct {
	Kind      string `tfsdk:"kind"`
	Name      string `tfsdk:"name"`
	Does      string `tfsdk:"does"`
	Mechanism string `tfsdk:"mechanism"`
	Part      bool   `tfsdk:"part"`
	Planned   bool   `tfsdk:"planned"`
	Active    bool   `tfsdk:"active"`
}

type counts struct {
	Total       int64       `tfsdk:"total"`
	Applicable  int64       `tfsdk:"applicable"`
	ByParty     byParty     `tfsdk:"by_party"`
	ByMechanism byMechanism `tfsdk:"by_mechanism"`
}

type byParty struct {
	Scaleway int64 `tfsdk:"scaleway"`
	Customer int64 `tfsdk:"customer"`
	Shared   int64 `tfsdk:"shared"`
}

type byMechanism struct {
	Enforced        int64 `tfsdk:"enforced"`
	Configured      int64 `tfsdk:"configured"`
	VerifiedAPI     int64 `tfsdk:"verified_api"`
	VerifiedCluster int64 `tfsdk:"verified_cluster"`
	Attested        int64 `tfsdk:"attested"`
	Inherited       int64 `tfsdk:"inherited"`
	Reported        int64 `tfsdk:"reported"`
	NotEvaluated    int64 `tfsdk:"not_evaluated"`
	NotApplicable   int64 `tfsdk:"not_applicable"`
}

type facts struct {
	Variant        string   `tfsdk:"variant"`
	Offer          string   `tfsdk:"offer"`
	CNI            *string  `tfsdk:"cni"`
	ManagedPools   []string `tfsdk:"managed_pools"`
	ExternalPools  []string `tfsdk:"external_pools"`
	LookedInto     bool     `tfsdk:"looked_into"`
	HDS            bool     `tfsdk:"hds"`
	ContractStated bool     `tfsdk:"contract_stated"`
}

type catalogue struct {
	Revision    string `tfsdk:"revision"`
	Digest      string `tfsdk:"digest"`
	ModelTitle  string `tfsdk:"model_title"`
	ModelPosted string `tfsdk:"model_posted"`
	ModelDigest string `tfsdk:"model_digest"`
}

// show fills in what is computed: the same facts give the same bytes.
func (m *model) show(c responsibility.Cluster, keep filter) {
	matrix := responsibility.For(c)
	kept := slices.DeleteFunc(matrix.Rows, func(r responsibility.Row) bool { return !keep.keeps(r) })
	m.Clauses = make([]clause, 0, len(kept))
	for _, row := range kept {
		m.Clauses = append(m.Clauses, showRow(row))
	}
	m.Transfers = framework.ShowTransfers(matrix.Transfers)
	m.Counts = countRows(kept)
	m.Facts = showFacts(c)
	all := responsibility.TheCatalogue()
	m.Catalogue = catalogue{Revision: all.Revision, Digest: all.Digest, ModelTitle: all.Model.Title, ModelPosted: all.Model.Posted, ModelDigest: all.Model.Digest}
}

func showRow(r responsibility.Row) clause {
	shown := clause{
		ID: r.ID, Section: r.SectionID(), Heading: r.Section, Title: r.Title, TitleFR: r.TitleFR, Text: r.Text, AppliesTo: r.AppliesTo, Party: r.Party,
		EffectiveParty: framework.OrNull(r.EffectiveParty), Mechanism: r.Mechanism, EffectiveMechanism: r.Effective, Carried: framework.OrNull(r.Carried),
		Because: r.Because, Transfers: r.MovedBy, HDSRequirements: append([]string{}, r.HDS...), ISO27001Controls: append([]string{}, r.ISO27001...),
		SourceLines: make([]int64, 0, len(r.Lines)), CarriedBy: make([]carrier, 0, len(r.Carriers)),
	}
	for _, line := range r.Lines {
		shown.SourceLines = append(shown.SourceLines, int64(line))
	}
	for _, by := range r.Carriers {
		shown.CarriedBy = append(shown.CarriedBy, carrier{
			Kind: by.Kind, Name: by.Name, Does: by.Does, Mechanism: by.Mechanism, Part: by.Part, Planned: by.Planned, Active: slices.Contains(r.By, by),
		})
	}
	return shown
}

func countRows(rows []responsibility.Row) counts {
	n := map[string]int64{}
	for _, count := range append(responsibility.CountByMechanism(rows), responsibility.CountByParty(rows)...) {
		n[count.Name] = int64(count.Rows)
	}
	total := int64(len(rows))
	return counts{
		Total: total, Applicable: total - n[responsibility.NotApplicable],
		ByParty: byParty{Scaleway: n[responsibility.PartyScaleway], Customer: n[responsibility.PartyCustomer], Shared: n[responsibility.PartyShared]},
		ByMechanism: byMechanism{
			Enforced: n[responsibility.Enforced], Configured: n[responsibility.Configured], VerifiedAPI: n[responsibility.VerifiedAPI],
			VerifiedCluster: n[responsibility.VerifiedCluster], Attested: n[responsibility.Attested], Inherited: n[responsibility.Inherited],
			Reported: n[responsibility.Reported], NotEvaluated: n[responsibility.NotEvaluated], NotApplicable: n[responsibility.NotApplicable],
		},
	}
}

func showFacts(c responsibility.Cluster) facts {
	shown := facts{
		Variant: c.Variant, Offer: c.Offer, CNI: framework.OrNull(c.CNI), ManagedPools: []string{}, ExternalPools: []string{}, LookedInto: c.Inside != nil,
		HDS: c.HDS, ContractStated: c.Contract,
	}
	for _, p := range c.Pools {
		if p.External {
			shown.ExternalPools = append(shown.ExternalPools, p.Name)
		} else {
			shown.ManagedPools = append(shown.ManagedPools, p.Name)
		}
	}
	slices.Sort(shown.ManagedPools)
	slices.Sort(shown.ExternalPools)
	return shown
}
