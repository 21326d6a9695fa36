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

// Cluster holds the facts of a described or real cluster that the matrix depends on.
type Cluster struct {
	Variant string // Kapsule or Kosmos.
	Offer   string // Mutualised or Dedicated.
	HDS     bool   // Whether the cluster is for health data. No API shows it.
	Real    bool   // Whether the facts were read from the API, as opposed to described.
	ClusterFacts
	Pools []Pool
	// Planned are the transfers that resources computed for the cluster. Duplicate keys are ignored.
	Planned []Transfer
	// Inside holds what the provider found in the cluster's Kubernetes API; nil if it was not read.
	Inside *Inside
}

// Pool is a pool of a Cluster.
type Pool struct {
	Name     string
	External bool // Whether its nodes are hosted outside of Scaleway.
	PoolFacts
	// Planned are the transfers that the pool's resource computed. Their keys do not contain the pool's name.
	Planned []Transfer
	// UserDataUnseen reports whether the user data of its nodes were not read.
	UserDataUnseen bool
}

// Matrix is the responsibility matrix of a cluster: who is responsible for each clause, and what the configuration
// shifts. It does not claim that a clause is met.
type Matrix struct {
	Rows      []Row // One row per clause, in the order of the model.
	Transfers []Transfer
}

// Row is the row of a clause in the matrix of a cluster.
type Row struct {
	Clause
	// EffectiveParty is the party of the clause, PartyShared if a transfer shifts a part of a clause of Scaleway to the
	// customer, or Undetermined if the facts that decide it were not read. It is empty if the clause does not apply.
	EffectiveParty string
	// NotApplicable is the reason why the clause does not apply; the zero value if it applies.
	NotApplicable Text
	// Covering are the parts of the clause that apply to this cluster, and Enforcing the enforcements by resources that
	// create such clusters.
	Covering  []Part
	Enforcing []Enforcement
	// ShiftedBy are the keys of the transfers that affect the clause.
	ShiftedBy []string
}

// Applies reports whether the clause applies to the cluster.
func (r Row) Applies() bool { return r.EffectiveParty != "" }

// For returns the matrix of a cluster.
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
	reason, isExtended := c.outside(clause.AppliesTo), false
	if reason != (Text{}) && clause.AlsoAppliesTo != "" {
		isExtended = c.outside(clause.AlsoAppliesTo) == (Text{})
	}
	if reason != (Text{}) && !isExtended {
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
	if row.EffectiveParty == PartyScaleway && slices.Contains(c.undetermined(), clause.ID) || isExtended && !c.custom() {
		row.EffectiveParty = Undetermined
	}
	return row
}

// undetermined returns the clauses of Scaleway that may have shifted, but whose facts were not read.
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

// custom reports whether the customer customises the nodes of a pool that Scaleway hosts.
func (c Cluster) custom() bool {
	return slices.ContainsFunc(c.Pools, func(p Pool) bool {
		return !p.External && slices.ContainsFunc(append(PoolTransfers(p.PoolFacts), p.Planned...), customises)
	}) || slices.ContainsFunc(c.Planned, customises)
}

func customises(t Transfer) bool {
	return t.Component == componentKubelet || t.Component == componentNodeOS
}

// outside returns the reason why clauses and parts with this applies_to do not apply to the cluster, or the zero value
// if they do.
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
		return Text{"This is about another offer.", "Cela concerne une autre offre."}
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

// hosting reports whether the cluster has pools that Scaleway hosts, and whether it has external pools. A Kapsule
// cluster without pools counts as having pools that Scaleway hosts: it cannot have others.
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

// shifts returns the clauses that a transfer affects in addition to Transfer.Clause: clauses of Scaleway of which it
// shifts a part, and clauses of the customer that it makes applicable.
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

// privateNetwork is the clause about the private network between nodes and control plane. Nodes with a public address
// do not use that network.
const privateNetwork = "HDS-ENC-04"

// AboutAddOns returns the clauses about the components that Scaleway installs in a cluster.
func AboutAddOns() []string { return []string{"MKS-02", "ADD-01"} }

// CountByParty counts the applicable rows by effective party.
func CountByParty(rows []Row) map[string]int {
	counts := map[string]int{}
	for _, row := range rows {
		if row.Applies() {
			counts[row.EffectiveParty]++
		}
	}
	return counts
}

// PartCount counts parts, and those of them whose check or attestation does not exist yet.
type PartCount struct{ Parts, Planned int }

// CountParts counts the applicable parts by coverage.
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
