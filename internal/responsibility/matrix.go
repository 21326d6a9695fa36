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
	IsReal  bool   // Whether the facts were read from the API, as opposed to described.
	ClusterFacts
	Pools []Pool
	// PoolsUnread is true if the pools, or settings of them that can shift responsibilities, were not read.
	// SettingsUnread is the same for the settings of the cluster.
	PoolsUnread, SettingsUnread bool
	// PlannedTransfers are the transfers that resources computed for the cluster. Duplicate keys are ignored.
	PlannedTransfers []Transfer
	// InCluster holds what the provider found in the cluster's Kubernetes API; nil if it was not read.
	InCluster *InClusterChanges
}

// Pool is a pool of a Cluster.
type Pool struct {
	Name     string
	External bool // Whether its nodes are hosted outside of Scaleway.
	PoolFacts
	// PlannedTransfers are the transfers that the pool's resource computed. Their keys do not contain the pool's name.
	PlannedTransfers []Transfer
	// UserDataUnread is true if the user data of the nodes was not read.
	UserDataUnread bool
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
	// EffectiveParty is the party of the clause, PartyShared if a transfer shifts part of one of Scaleway's clauses to
	// the customer, or Undetermined if the facts that decide it were not read. It is empty if the clause does not
	// apply.
	EffectiveParty string
	// NotApplicableReason is the reason why the clause does not apply; the zero value if it applies.
	NotApplicableReason Text
	// ApplicableParts are the parts of the clause that apply to this cluster. ApplicableEnforcements are the
	// enforcements by resources that create such clusters.
	ApplicableParts        []Part
	ApplicableEnforcements []Enforcement
	// ShiftedBy are the keys of the transfers that affect the clause.
	ShiftedBy []string
}

// Applies reports whether the clause applies to the cluster.
func (r Row) Applies() bool { return r.EffectiveParty != "" }

// NewMatrix returns the matrix of a cluster.
func NewMatrix(c Cluster) Matrix {
	transfers := c.allTransfers()
	m := Matrix{Transfers: transfers, Rows: make([]Row, 0, len(EmbeddedCatalogue().Clauses))}
	for _, clause := range EmbeddedCatalogue().Clauses {
		m.Rows = append(m.Rows, c.newRow(clause, transfers))
	}
	return m
}

func (c Cluster) newRow(clause Clause, transfers []Transfer) Row {
	row := Row{
		Clause: clause, ApplicableParts: []Part{}, ApplicableEnforcements: []Enforcement{}, ShiftedBy: []string{},
	}
	reason, isExtended := c.notApplicableReason(clause.AppliesTo), false
	if reason != (Text{}) && clause.AlsoAppliesTo != "" {
		isExtended = c.notApplicableReason(clause.AlsoAppliesTo) == (Text{})
	}
	if reason != (Text{}) && !isExtended {
		row.NotApplicableReason = reason
		return row
	}
	row.EffectiveParty = clause.Party
	for _, part := range clause.Parts {
		if c.notApplicableReason(part.AppliesTo) == (Text{}) {
			row.ApplicableParts = append(row.ApplicableParts, part)
		}
	}
	for _, enforcement := range clause.EnforcedBy {
		if c.notApplicableReason(enforcement.AppliesTo) == (Text{}) {
			row.ApplicableEnforcements = append(row.ApplicableEnforcements, enforcement)
		}
	}
	for _, t := range transfers {
		if t.Clause == clause.ID || slices.Contains(affectedClauses(t), clause.ID) {
			row.ShiftedBy = append(row.ShiftedBy, t.Key)
			if clause.Party == PartyScaleway && (t.From == PartyScaleway || clause.ID == privateNetworkClause) {
				row.EffectiveParty = PartyShared
			}
		}
	}
	if row.EffectiveParty == PartyScaleway && slices.Contains(c.undeterminedClauses(), clause.ID) ||
		isExtended && !c.hasCustomNodes() {
		row.EffectiveParty = Undetermined
	}
	return row
}

// undeterminedClauses returns Scaleway's clauses that may have shifted, but whose facts were not read.
func (c Cluster) undeterminedClauses() []string {
	clauses := []string{}
	if c.IsReal && c.InCluster == nil {
		clauses = append(NodeClauses(), AddOnClauses()...)
	}
	if c.InCluster != nil && len(c.InCluster.Untraced)+len(c.InCluster.UnknownManagers) > 0 {
		clauses = append(clauses, AddOnClauses()...)
	}
	if c.hasUnreadUserData() || c.PoolsUnread {
		clauses = append(clauses, NodeClauses()...)
	}
	if c.PoolsUnread {
		clauses = append(clauses, privateNetworkClause)
	}
	if c.SettingsUnread {
		clauses = append(clauses, controlPlaneClause)
	}
	return clauses
}

func (c Cluster) hasUnreadUserData() bool {
	return slices.ContainsFunc(c.Pools, func(p Pool) bool { return p.UserDataUnread })
}

// hasCustomNodes reports whether the customer customises the nodes of a pool that Scaleway hosts.
func (c Cluster) hasCustomNodes() bool {
	return slices.ContainsFunc(c.Pools, func(p Pool) bool {
		return !p.External && slices.ContainsFunc(
			append(PoolTransfers(p.PoolFacts), p.PlannedTransfers...), customisesNodes,
		)
	}) || slices.ContainsFunc(c.PlannedTransfers, customisesNodes)
}

func customisesNodes(t Transfer) bool {
	return t.Component == componentKubelet || t.Component == componentNodeOS
}

// notApplicableReason returns the reason why clauses and parts with this applies_to do not apply to the cluster, or the
// zero value if they do.
func (c Cluster) notApplicableReason(appliesTo string) Text {
	managed, external := c.poolHosting()
	switch {
	case appliesTo == AppliesToKapsule && c.Variant == Kosmos:
		return Text{"The clause is about Kapsule; this is a Kosmos cluster.", "La clause concerne Kapsule ; ce " +
			"cluster est un cluster Kosmos."}
	case (appliesTo == AppliesToKosmos || appliesTo == AppliesToKosmosManaged) && c.Variant == Kapsule:
		return Text{"The clause is about Kosmos; this is a Kapsule cluster.", "La clause concerne Kosmos ; ce " +
			"cluster est un cluster Kapsule."}
	case appliesTo == AppliesToExternal && c.Variant == Kapsule:
		return Text{"A Kapsule cluster has no external nodes.", "Un cluster Kapsule n'a pas de nœuds externes."}
	case appliesTo == AppliesToExternal && !external && !c.PoolsUnread:
		return Text{"The cluster has no external pool.", "Le cluster n'a pas de pool externe."}
	case appliesTo == AppliesToCustomNodes && !c.hasCustomNodes() && !c.hasUnreadUserData() && !c.PoolsUnread:
		return Text{"No pool customises its nodes.", "Aucun pool ne personnalise ses nœuds."}
	case (appliesTo == AppliesToManagedNodes || appliesTo == AppliesToKosmosManaged) && c.PoolsUnread:
		return Text{}
	case (appliesTo == AppliesToManagedNodes || appliesTo == AppliesToKosmosManaged) && !managed && external:
		return Text{"All pools of the cluster are external: Scaleway hosts none of its nodes.",
			"Tous les pools du cluster sont externes : Scaleway n'héberge aucun de ses nœuds."}
	case (appliesTo == AppliesToManagedNodes || appliesTo == AppliesToKosmosManaged) && !managed:
		return Text{"The cluster has no pool.", "Le cluster n'a pas de pool."}
	case appliesTo == AppliesToMutualised && c.Offer != Mutualised,
		appliesTo == AppliesToDedicated && c.Offer != Dedicated:
		return Text{"This is about another offer.", "Cela concerne une autre offre."}
	case appliesTo == AppliesToNotHDS && c.HDS:
		return Text{"The cluster is for health data.", "Le cluster est destiné aux données de santé."}
	case appliesTo == AppliesToHDS && c.HDS && c.IsReal:
		// The customer puts health data there: the duties apply, and an offer outside the scope is a deviation.
		return Text{}
	case appliesTo == AppliesToHDS && c.Variant == Kosmos:
		return Text{"The model's section on health data is about dedicated Kapsule clusters; this is a Kosmos cluster.",
			"La section du modèle sur les données de santé concerne les clusters Kapsule dédiés ; ce cluster est un " +
				"cluster Kosmos."}
	case appliesTo == AppliesToHDS && c.Offer == Mutualised:
		return Text{"The model's section on health data is about dedicated Kapsule clusters; this one is mutualised.",
			"La section du modèle sur les données de santé concerne les clusters Kapsule dédiés ; celui-ci est " +
				"mutualisé."}
	case appliesTo == AppliesToHDS && !c.HDS:
		return Text{"The cluster is not declared to be for health data.", "Le cluster n'est pas déclaré comme " +
			"destiné aux données de santé."}
	}
	return Text{}
}

// poolHosting reports whether the cluster has pools that Scaleway hosts, and whether it has external pools. A Kapsule
// cluster without pools counts as having pools that Scaleway hosts: it cannot have others.
func (c Cluster) poolHosting() (managed, external bool) {
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

// affectedClauses returns the clauses that a transfer affects in addition to Transfer.Clause: Scaleway's clauses of
// which it shifts a part, and the customer's clauses that it makes applicable.
func affectedClauses(t Transfer) []string {
	switch t.Component {
	case componentKubelet, componentNodeOS:
		return append(NodeClauses(), "EXT-01", "EXT-02", "EXT-03")
	case componentNodeNetwork:
		return NodeClauses()
	case componentExternal:
		return []string{"EXT-01", "EXT-02", "EXT-03"}
	case componentControlPlane:
		return []string{"MKS-01"}
	case componentCNI:
		return AddOnClauses()
	}
	switch {
	case t.Clause == alteredAddOnClause:
		return append(AddOnClauses(), "LIF-07")
	case t.Component == componentPublicNodes:
		return []string{privateNetworkClause}
	case strings.HasPrefix(t.Key, "load_balancers/"):
		return []string{"HDS-RES-02"}
	}
	return nil
}

// NodeClauses returns the clauses about the nodes that Scaleway hosts.
func NodeClauses() []string { return []string{"MKS-03", "OTC-06", "KAP-01", "KOS-01"} }

// privateNetworkClause is the clause about the private network between nodes and control plane. Nodes with a public
// address do not use that network.
const privateNetworkClause = "HDS-ENC-04"

// controlPlaneClause is the clause about the components of the control plane.
const controlPlaneClause = "MKS-01"

// AddOnClauses returns the clauses about the components that Scaleway installs in a cluster.
func AddOnClauses() []string { return []string{"MKS-02", "ADD-01"} }

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
		for _, part := range row.ApplicableParts {
			count := counts[part.By]
			count.Parts++
			if part.IsPlanned() {
				count.Planned++
			}
			counts[part.By] = count
		}
	}
	return counts
}
