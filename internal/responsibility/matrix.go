package responsibility

import (
	"slices"
	"strings"
)

// The variants and offers of a cluster.
const (
	Kapsule    = "kapsule"
	Kosmos     = "kosmos"
	Mutualised = "mutualised"
	Dedicated  = "dedicated"
)

// Cluster is a cluster, described or real, as far as the model tells clusters apart.
type Cluster struct {
	Variant string // Kapsule or Kosmos.
	Offer   string // Mutualised or Dedicated.
	HDS     bool   // It is for health data. No API says so.
	Real    bool   // It was read from the API, not described.
	ClusterFacts
	Pools []Pool
	// Planned are the transfers that resources already computed for the cluster. One whose key is known is left out.
	Planned []Transfer
	// Inside is what was found inside the cluster; nil where it was not read.
	Inside *Inside
}

// Pool is a pool of a Cluster.
type Pool struct {
	Name     string
	External bool // Its nodes are hosted outside of Scaleway.
	PoolFacts
	// Planned are the transfers that the pool's resource already computed, with its own keys.
	Planned []Transfer
	// UserDataUnseen says that the user data of its nodes were not read.
	UserDataUnseen bool
}

// Matrix is who is responsible for what in a cluster, and what the cluster's configuration shifted. It makes no
// statement about whether a clause is met.
type Matrix struct {
	Rows      []Row // One for each clause, in the model's order.
	Transfers []Transfer
}

// Row is a clause in a cluster.
type Row struct {
	Clause
	// EffectiveParty is the clause's own party, PartyShared where a transfer shifted a part of Scaleway's to the customer,
	// or Undetermined where facts that decide it were not read; empty where the clause does not apply.
	EffectiveParty string
	// NotApplicable says why the clause does not apply; zero where it does.
	NotApplicable Text
	// Covering are the clause's parts that apply to this cluster, and Enforcing the statements about resources that make
	// such clusters.
	Covering  []Part
	Enforcing []Enforcement
	// ShiftedBy are the keys of the transfers that bear on the clause.
	ShiftedBy []string
}

// Applies says that the clause applies to the cluster.
func (r Row) Applies() bool { return r.EffectiveParty != "" }

// For computes the matrix of a cluster.
func For(c Cluster) Matrix {
	transfers := c.transfers()
	m := Matrix{Transfers: transfers, Rows: make([]Row, 0, len(TheCatalogue().Clauses))}
	for _, clause := range TheCatalogue().Clauses {
		m.Rows = append(m.Rows, c.row(clause, transfers))
	}
	return m
}

func (c Cluster) row(clause Clause, transfers []Transfer) Row {
	row := Row{Clause: clause, Covering: []Part{}, Enforcing: []Enforcement{}, ShiftedBy: []string{}}
	reason, beyond := c.outside(clause.AppliesTo), false
	if reason != (Text{}) && clause.AlsoAppliesTo != "" {
		beyond = c.outside(clause.AlsoAppliesTo) == (Text{})
	}
	if reason != (Text{}) && !beyond {
		row.NotApplicable = reason
		return row
	}
	row.EffectiveParty = clause.Party
	for _, part := range clause.Parts {
		if c.outside(part.AppliesTo) == (Text{}) {
			row.Covering = append(row.Covering, part)
		}
	}
	for _, enforcement := range clause.EnforcedBy {
		if c.outside(enforcement.AppliesTo) == (Text{}) {
			row.Enforcing = append(row.Enforcing, enforcement)
		}
	}
	for _, t := range transfers {
		if t.Clause == clause.ID || slices.Contains(shifts(t), clause.ID) {
			row.ShiftedBy = append(row.ShiftedBy, t.Key)
			if clause.Party == PartyScaleway && (t.From == PartyScaleway || clause.ID == privateNetwork) {
				row.EffectiveParty = PartyShared
			}
		}
	}
	if row.EffectiveParty == PartyScaleway && slices.Contains(c.undetermined(), clause.ID) || beyond && !c.custom() {
		row.EffectiveParty = Undetermined
	}
	return row
}

// undetermined returns the clauses of Scaleway's of which facts that can shift them were not read.
func (c Cluster) undetermined() []string {
	clauses := []string{}
	if c.Real && c.Inside == nil {
		clauses = append(AboutNodes(), AboutAddOns()...)
	}
	if c.Inside != nil && len(c.Inside.Untraced)+len(c.Inside.UnknownAuthors) > 0 {
		clauses = append(clauses, AboutAddOns()...)
	}
	if c.userDataUnseen() {
		clauses = append(clauses, AboutNodes()...)
	}
	return clauses
}

func (c Cluster) userDataUnseen() bool {
	return slices.ContainsFunc(c.Pools, func(p Pool) bool { return p.UserDataUnseen })
}

// custom says whether a pool that Scaleway hosts has nodes that the customer customises.
func (c Cluster) custom() bool {
	return slices.ContainsFunc(c.Pools, func(p Pool) bool {
		return !p.External && slices.ContainsFunc(append(PoolTransfers(p.PoolFacts), p.Planned...), customises)
	}) || slices.ContainsFunc(c.Planned, customises)
}

func customises(t Transfer) bool {
	return t.Component == componentKubelet || t.Component == componentNodeOS
}

// outside says why what applies to something does not apply to this cluster; zero where it does.
func (c Cluster) outside(appliesTo string) Text {
	managed, external := c.hosting()
	switch {
	case appliesTo == ToKapsule && c.Variant == Kosmos:
		return Text{"The clause is about Kapsule; this is a Kosmos cluster.", "La clause concerne Kapsule ; ce cluster est " +
			"un cluster Kosmos."}
	case (appliesTo == ToKosmos || appliesTo == ToKosmosManaged) && c.Variant == Kapsule:
		return Text{"The clause is about Kosmos; this is a Kapsule cluster.", "La clause concerne Kosmos ; ce cluster est " +
			"un cluster Kapsule."}
	case appliesTo == ToExternal && c.Variant == Kapsule:
		return Text{"A Kapsule cluster has no external nodes.", "Un cluster Kapsule n'a pas de nœuds externes."}
	case appliesTo == ToExternal && !external:
		return Text{"The cluster has no external pool.", "Le cluster n'a pas de pool externe."}
	case appliesTo == ToCustomNodes && !c.custom() && !c.userDataUnseen():
		return Text{"No pool customises its nodes.", "Aucun pool ne personnalise ses nœuds."}
	case (appliesTo == ToManagedNodes || appliesTo == ToKosmosManaged) && !managed && external:
		return Text{"All pools of the cluster are external: Scaleway hosts none of its nodes.",
			"Tous les pools du cluster sont externes : Scaleway n'héberge aucun de ses nœuds."}
	case (appliesTo == ToManagedNodes || appliesTo == ToKosmosManaged) && !managed:
		return Text{"The cluster has no pool.", "Le cluster n'a pas de pool."}
	case appliesTo == ToMutualised && c.Offer != Mutualised, appliesTo == ToDedicated && c.Offer != Dedicated:
		return Text{"It is about another offer.", "Cela concerne une autre offre."}
	case appliesTo == ToNotHDS && c.HDS:
		return Text{"The cluster is for health data.", "Le cluster est destiné aux données de santé."}
	case appliesTo == ToHDS && c.Variant == Kosmos:
		return Text{"The model's section on health data is about dedicated Kapsule clusters; this is a Kosmos cluster.",
			"La section du modèle sur les données de santé concerne les clusters Kapsule dédiés ; ce cluster est un cluster " +
				"Kosmos."}
	case appliesTo == ToHDS && c.Offer == Mutualised:
		return Text{"The model's section on health data is about dedicated Kapsule clusters; this one is mutualised.",
			"La section du modèle sur les données de santé concerne les clusters Kapsule dédiés ; celui-ci est mutualisé."}
	case appliesTo == ToHDS && !c.HDS:
		return Text{"The cluster is not declared to be for health data.", "Le cluster n'est pas déclaré comme destiné aux " +
			"données de santé."}
	}
	return Text{}
}

// hosting says whether the cluster has pools that Scaleway hosts, and external ones. A Kapsule cluster can only get the
// first kind: one without pools counts as having it.
func (c Cluster) hosting() (managed, external bool) {
	managed = c.Variant == Kapsule
	for _, p := range c.Pools {
		if p.External {
			external = true
		} else {
			managed = true
		}
	}
	return managed, external
}

// shifts returns the clauses that a transfer bears on beside its own: those of Scaleway's of which it shifts a part,
// and those of the customer's that begin to apply.
func shifts(t Transfer) []string {
	switch t.Component {
	case componentKubelet, componentNodeOS:
		return append(AboutNodes(), "EXT-01", "EXT-02", "EXT-03")
	case componentNodeNetwork:
		return AboutNodes()
	case componentExternal:
		return []string{"EXT-01", "EXT-02", "EXT-03"}
	case componentControlPlane:
		return []string{"MKS-01"}
	case componentCNI:
		return AboutAddOns()
	}
	switch {
	case t.Clause == clauseAltered:
		return append(AboutAddOns(), "LIF-07")
	case t.Component == componentPublicNodes:
		return []string{privateNetwork}
	case strings.HasPrefix(t.Key, "load_balancers/"):
		return []string{"HDS-RES-02"}
	}
	return nil
}

// AboutNodes returns the clauses about the nodes that Scaleway hosts.
func AboutNodes() []string { return []string{"MKS-03", "OTC-06", "KAP-01", "KOS-01"} }

// privateNetwork is the clause about the private network between nodes and control plane, which nodes with a public
// address leave.
const privateNetwork = "HDS-ENC-04"

// AboutAddOns returns the clauses about what Scaleway installs in a cluster.
func AboutAddOns() []string { return []string{"MKS-02", "ADD-01"} }

// CountByParty counts the rows that apply, by effective party.
func CountByParty(rows []Row) map[string]int {
	counts := map[string]int{}
	for _, row := range rows {
		if row.Applies() {
			counts[row.EffectiveParty]++
		}
	}
	return counts
}

// PartCount is how many parts something covers, and how many of them have no result because it does not exist yet.
type PartCount struct{ Parts, Planned int }

// CountParts counts the parts of the rows that apply, by what covers them.
func CountParts(rows []Row) map[string]PartCount {
	counts := map[string]PartCount{}
	for _, row := range rows {
		for _, part := range row.Covering {
			count := counts[part.By]
			count.Parts++
			if part.Planned() {
				count.Planned++
			}
			counts[part.By] = count
		}
	}
	return counts
}
