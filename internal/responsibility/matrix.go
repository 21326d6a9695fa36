package responsibility

import (
	"fmt"
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
	HDS     bool   // It is for health data. No API tells.
	ClusterFacts
	Pools []Pool
	// Planned are the transfers that resources already computed of the cluster; one whose key is known is left out.
	Planned []Transfer
	// Managed says that the cluster and its pools are resources of this provider: only then does a resource enforce anything.
	Managed bool
	// Contract says that the provider's hds_contract is declared.
	Contract bool
	// Inside is what was found inside the cluster; nil where nobody looked.
	Inside *Inside
}

// Pool is a pool of a Cluster.
type Pool struct {
	Name     string
	External bool // Its nodes are hosted outside of Scaleway.
	PoolFacts
	// Planned are the transfers that the pool's resource already computed, with its own keys.
	Planned []Transfer
	// UserDataUnseen says that nobody looked whether its nodes have user data.
	UserDataUnseen bool
}

// Matrix is who is responsible for what in a cluster, and what the cluster moved.
type Matrix struct {
	Rows      []Row // One for each clause, in the model's order.
	Transfers []Transfer
}

// Row is a clause in a cluster.
type Row struct {
	Clause
	// EffectiveParty is the clause's own party, or shared where a transfer moved a part of Scaleway's to the customer; empty where
	// the clause does not apply.
	EffectiveParty string
	// Effective is how the clause is carried in this cluster: a mechanism, NotEvaluated or NotApplicable.
	Effective string
	// Carried is InFull, InPart, or empty where nothing carries it.
	Carried string
	// Because says why, in sentences.
	Because string
	// By are the carriers that carry it in this cluster, and MovedBy the keys of the transfers that moved a part of it.
	By      []Carrier
	MovedBy []string
}

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
	row := Row{Clause: clause, By: []Carrier{}, MovedBy: []string{}}
	if why := c.outside(clause.AppliesTo); why != "" {
		row.Effective, row.Because = NotApplicable, why
		return row
	}
	row.EffectiveParty = clause.Party
	var reasons []string
	for _, carrier := range clause.Carriers {
		if carrier.Where != "" && c.outside(carrier.Where) != "" {
			continue
		}
		if why := c.idle(carrier); why != "" {
			if !slices.Contains(reasons, why) {
				reasons = append(reasons, why)
			}
			continue
		}
		row.By = append(row.By, carrier)
	}
	row.settle(reasons)
	row.move(transfers)
	if row.Party == PartyScaleway {
		if slices.Contains(aboutNodes(), clause.ID) {
			row.doubt(c.unseen())
		}
		if slices.Contains(aboutAddOns(), clause.ID) {
			row.doubt(c.untraced())
		}
	}
	return row
}

// move counts the transfers that bear on a row. One of Scaleway's clauses is shared with the customer then, and nothing
// carries the customer's part; what gives up a protection of this provider leaves the clause carried in part at best.
func (r *Row) move(transfers []Transfer) {
	loosened := false
	for _, t := range transfers {
		if t.Clause == r.ID || slices.Contains(moves(t), r.ID) {
			r.MovedBy = append(r.MovedBy, t.Key)
			loosened = loosened || t.From == FromHardening
		}
	}
	if loosened {
		r.Because += " What carries it is loosened: see the transfers."
		if r.Carried == InFull {
			r.Carried = InPart
		}
	} else if r.Party == PartyScaleway && len(r.MovedBy) > 0 {
		r.EffectiveParty, r.Effective, r.Carried = PartyShared, Reported, InPart
		r.Because = "Scaleway's, except for what the configuration moved to the customer: see the transfers."
	}
}

// doubt takes back what is said of a row of Scaleway's whose facts are not known; why is empty where they are.
func (r *Row) doubt(why string) {
	if why == "" {
		return
	}
	if len(r.MovedBy) > 0 {
		why = r.Because + " " + why
	}
	r.Effective, r.Carried, r.Because = NotEvaluated, "", why
}

// settle decides from the carriers that carry the clause here. One that carries the whole clause decides, the strongest
// first; carriers of parts decide together, by the weakest, where the clause has no others and all of them are at work.
func (r *Row) settle(idle []string) {
	rank := func(mechanism string) int { return slices.Index(Mechanisms(), mechanism) }
	best, weakest := "", ""
	var whole, parts []string
	for _, carrier := range r.By {
		says := carrier.Name + ": " + carrier.Does
		if carrier.Part {
			parts = append(parts, says)
			if weakest == "" || rank(carrier.Mechanism) > rank(weakest) {
				weakest = carrier.Mechanism
			}
			continue
		}
		if best == "" || rank(carrier.Mechanism) < rank(best) {
			best, whole = carrier.Mechanism, []string{says}
		}
	}
	switch {
	case best != "":
		r.Effective, r.Carried, r.Because = best, r.Coverage(), strings.Join(append(whole, parts...), " ")
	case len(parts) > 0 && len(parts) == len(r.Carriers):
		r.Effective, r.Carried, r.Because = weakest, r.Coverage(), strings.Join(parts, " ")
	case len(parts) > 0:
		r.Effective, r.Carried = NotEvaluated, InPart
		r.Because = strings.Join(append(append(idle, "Carried in part."), parts...), " ")
	default:
		r.Effective, r.Because = NotEvaluated, strings.Join(append(idle, "Nothing carries it in this cluster."), " ")
	}
	if r.Missing != "" {
		r.Because += " " + r.Missing
	}
}

// outside says why a clause that applies to something does not apply to this cluster; empty where it does.
func (c Cluster) outside(appliesTo string) string {
	managed, external := c.hosting()
	switch {
	case appliesTo == ToKapsule && c.Variant == Kosmos:
		return "The clause is about Kapsule; this is a Kosmos cluster."
	case (appliesTo == ToKosmos || appliesTo == ToKosmosManaged) && c.Variant == Kapsule:
		return "The clause is about Kosmos; this is a Kapsule cluster."
	case appliesTo == ToExternal && c.Variant == Kapsule:
		return "A Kapsule cluster has no external nodes."
	case appliesTo == ToExternal && !external:
		return "The cluster has no external pool."
	case (appliesTo == ToManagedNodes || appliesTo == ToKosmosManaged) && !managed && external:
		return "All pools of the cluster are external: Scaleway hosts none of its nodes."
	case (appliesTo == ToManagedNodes || appliesTo == ToKosmosManaged) && !managed:
		return "The cluster has no pool."
	case appliesTo == ToHDS && c.Variant == Kosmos:
		return "The model's section on health data is about dedicated Kapsule clusters; this is a Kosmos cluster."
	case appliesTo == ToHDS && c.Offer == Mutualised:
		return "The model's section on health data is about dedicated Kapsule clusters; this one is mutualised."
	case appliesTo == ToHDS && !c.HDS:
		return "The cluster is not said to be for health data."
	}
	return ""
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

// idle says why a carrier carries nothing in this cluster; empty where it does.
func (c Cluster) idle(carrier Carrier) string {
	switch {
	case carrier.Planned:
		return fmt.Sprintf("%s, which would carry it, does not exist yet.", carrier.Name)
	case carrier.Kind == KindResource && !c.Managed:
		return fmt.Sprintf("The cluster is not known to be made by %s.", carrier.Name)
	case carrier.Kind == KindProvider && !c.Contract:
		return fmt.Sprintf("The provider's %s is not declared.", carrier.Name)
	case carrier.Name == Self && carrier.Mechanism == VerifiedCluster && c.Inside == nil:
		return "Nobody looked inside the cluster."
	case carrier.Name == Self && carrier.Mechanism == VerifiedCluster && c.untraced() != "":
		return c.untraced()
	case carrier.Name == Self && carrier.Mechanism == VerifiedAPI && c.unseen() != "":
		return c.unseen()
	}
	return ""
}

// Self is the data source that shows the matrix, and carries what is told.
const Self = "srm_responsibilities"

// unseen names the pools whose user data nobody looked at; empty where there is none.
func (c Cluster) unseen() string {
	names := []string{}
	for _, p := range c.Pools {
		if p.UserDataUnseen {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return fmt.Sprintf("Whether user data changes the nodes of %s is unknown: it was not looked at.", strings.Join(names, ", "))
}

// untraced names the objects inside the cluster that nothing can be told of; empty where there is none.
func (c Cluster) untraced() string {
	if c.Inside == nil || len(c.Inside.Untraced) == 0 {
		return ""
	}
	return fmt.Sprintf("Whether %s was altered is unknown: who set what was cleared there.", strings.Join(c.Inside.Untraced, ", "))
}

// moves are the clauses that a transfer bears on beside its own: those of Scaleway's that it takes a part of, and those of
// the customer's that it brings.
func moves(t Transfer) []string {
	switch t.Component {
	case componentKubelet, componentNodeOS, componentNodeNetwork:
		return aboutNodes()
	case componentExternal:
		return []string{"EXT-01", "EXT-02", "EXT-03"}
	case componentControlPlane:
		return []string{"MKS-01"}
	case componentCNI:
		return aboutAddOns()
	}
	if t.Clause == clauseAltered {
		return aboutAddOns()
	}
	return nil
}

// aboutNodes are the clauses about the nodes that Scaleway hosts, aboutAddOns those about what it installs in a cluster.
func aboutNodes() []string  { return []string{"MKS-03", "OTC-06", "KAP-01", "KOS-02"} }
func aboutAddOns() []string { return []string{"MKS-02", "ADD-01"} }

// Count is how many rows have something, in a fixed order.
type Count struct {
	Name string
	Rows int
}

// CountByParty counts the rows that apply by the party that is effective.
func CountByParty(rows []Row) []Count {
	return count(rows, Parties(), func(r Row) string { return r.EffectiveParty })
}

// CountByMechanism counts all rows by how they are carried.
func CountByMechanism(rows []Row) []Count {
	return count(rows, append(Mechanisms(), NotEvaluated, NotApplicable), func(r Row) string { return r.Effective })
}

func count(rows []Row, names []string, of func(Row) string) []Count {
	counts := make([]Count, 0, len(names))
	for _, name := range names {
		n := 0
		for _, row := range rows {
			if of(row) == name {
				n++
			}
		}
		counts = append(counts, Count{name, n})
	}
	return counts
}
