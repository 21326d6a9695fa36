// Package responsibility holds the clauses of Scaleway's Shared Responsibility Model for managed Kubernetes as data, and
// computes who is responsible for what in a cluster: which clauses apply to it, what carries them, and what its
// configuration moves from Scaleway's part to the customer's.
//
// It has no clock and makes no request.
package responsibility

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// The parties of a clause.
const (
	PartyScaleway = "scaleway"
	PartyCustomer = "customer"
	PartyShared   = "shared"
)

// Parties are the parties, in a fixed order.
func Parties() []string { return []string{PartyScaleway, PartyCustomer, PartyShared} }

// The mechanisms: how a clause is carried. A clause's mechanism is the weakest of those that cover its whole sentence.
const (
	Enforced        = "enforced"         // A resource cannot be configured otherwise.
	Configured      = "configured"       // A resource configures it as its user says.
	VerifiedAPI     = "verified_api"     // Facts of Scaleway's API show it.
	VerifiedCluster = "verified_cluster" // Facts inside the cluster show it.
	Attested        = "attested"         // A person attests it, with a date.
	Inherited       = "inherited"        // Scaleway does it.
	Reported        = "reported"         // It is told, and nothing more.
)

// What else a row of a matrix may have in place of a mechanism.
const (
	NotEvaluated  = "not_evaluated"  // Nothing that exists carries the whole clause, or nobody looked.
	NotApplicable = "not_applicable" // The clause does not concern this cluster.
)

// Mechanisms are the mechanisms, the strongest first.
func Mechanisms() []string {
	return []string{Enforced, Configured, VerifiedAPI, VerifiedCluster, Attested, Inherited, Reported}
}

// What a clause applies to.
const (
	ToAll           = "all"
	ToKapsule       = "kapsule"
	ToKosmos        = "kosmos"
	ToManagedNodes  = "managed_nodes"  // Pools that Scaleway hosts.
	ToKosmosManaged = "kosmos_managed" // Pools of a Kosmos cluster that Scaleway hosts.
	ToExternal      = "external"       // Pools of a Kosmos cluster that Scaleway does not host.
	ToHDS           = "hds"            // Dedicated Kapsule clusters for health data.
)

// The kinds of a carrier: what it is in a configuration.
const (
	KindResource   = "resource"
	KindDataSource = "data_source"
	KindEphemeral  = "ephemeral_resource"
	KindAction     = "action"
	KindProvider   = "provider" // An attribute of the provider block; Name is the attribute.
)

// Clause is a sentence of the model. Its texts are our own words; the model's English text prevails.
type Clause struct {
	ID        string    `json:"id"`                 // "HDS-RES-01".
	Part      string    `json:"part,omitempty"`     // The heading above Section, shortened; empty where Section is a top heading.
	Section   string    `json:"section"`            // The model's heading that the clause stands under, with plain quotes and hyphens.
	Title     string    `json:"title"`              // The clause in a few words.
	TitleFR   string    `json:"title_fr"`           // The same in French.
	Text      string    `json:"text"`               // The clause in full sentences.
	Party     string    `json:"party"`              // PartyScaleway, PartyCustomer or PartyShared.
	AppliesTo string    `json:"applies_to"`         // ToAll, ToKapsule, …
	Mechanism string    `json:"mechanism"`          // How it is carried once all its carriers exist: Enforced, Configured, …
	Missing   string    `json:"missing,omitempty"`  // What of the clause nothing carries; empty where it is carried in full.
	Carriers  []Carrier `json:"carriers"`           // What carries it, the strongest first.
	HDS       []string  `json:"hds,omitempty"`      // Related requirements of the HDS v2 framework: "EXI 28".
	ISO27001  []string  `json:"iso27001,omitempty"` // Related controls of ISO/IEC 27001:2022, Annex A: "A.8.13".
	Lines     []int     `json:"lines"`              // Lines of the model's text.
}

// Carrier is what carries a clause, whole or a part of it.
type Carrier struct {
	Kind      string `json:"kind"`              // KindResource, …
	Name      string `json:"name"`              // "srm_hds_cluster".
	Does      string `json:"does"`              // What it does for the clause, a sentence without subject: "Refuses every other region".
	Mechanism string `json:"mechanism"`         // How it carries what it carries.
	Part      bool   `json:"part,omitempty"`    // It carries a part of the clause only.
	Where     string `json:"where,omitempty"`   // The clusters in which it does, as AppliesTo; empty: in all that the clause applies to.
	Planned   bool   `json:"planned,omitempty"` // It does not exist yet.
}

// The coverage of a clause.
const (
	InFull = "full"
	InPart = "part"
)

// Coverage is InFull where the clause's carriers, all of them built, carry its whole sentence, else InPart.
func (c Clause) Coverage() string {
	if c.Missing == "" {
		return InFull
	}
	return InPart
}

// Planned says that something that the clause needs is still to be built: there is no carrier of all of it by its mechanism,
// and not all of those that carry a part exist.
func (c Clause) Planned() bool {
	missing, whole := false, false
	for _, carrier := range c.Carriers {
		if !carrier.Part && carrier.Mechanism == c.Mechanism && !carrier.Planned {
			return false
		}
		missing = missing || carrier.Planned
		whole = whole || !carrier.Part
	}
	return missing || whole
}

// Citation writes a clause as refusals and reports cite it: HDS-RES-01 (Specific provisions for HDS, "Data residency").
func (c Clause) Citation() string {
	if c.Part == "" {
		return fmt.Sprintf("%s (%q)", c.ID, c.Section)
	}
	return fmt.Sprintf("%s (%s, %q)", c.ID, c.Part, c.Section)
}

// Model says which text the catalogue was written from.
type Model struct {
	Title  string `json:"title"`
	Posted string `json:"posted"` // The day of the text, YYYY-MM-DD.
	Digest string `json:"digest"` // Of the English text: "sha256:" and hexadecimal digits.
}

// Catalogue is all clauses, in the model's order.
type Catalogue struct {
	Revision string   `json:"revision"` // The day of the catalogue's last change, YYYY-MM-DD.
	Model    Model    `json:"model"`
	Clauses  []Clause `json:"clauses"`
	Digest   string   `json:"-"` // Of the catalogue itself, as Model's.
}

//go:embed clauses.json
var clausesJSON []byte

// catalogue is the embedded catalogue. A test proves that it decodes, so that an error has no other answer than none.
var catalogue = sync.OnceValue(func() Catalogue {
	var all Catalogue
	if err := json.Unmarshal(clausesJSON, &all); err != nil {
		return Catalogue{}
	}
	digest := sha256.Sum256(clausesJSON)
	all.Digest = "sha256:" + hex.EncodeToString(digest[:])
	return all
})

// TheCatalogue is the embedded catalogue; callers must not change it.
func TheCatalogue() Catalogue { return catalogue() }

// Lookup finds a clause by its id.
func Lookup(id string) (Clause, bool) {
	for _, c := range catalogue().Clauses {
		if c.ID == id {
			return c, true
		}
	}
	return Clause{}, false
}

// Sections are the sections of the model as ids name them ("HDS-RES", "LIF"), in the model's order.
func Sections() []string {
	found := []string{}
	for _, c := range catalogue().Clauses {
		if name := c.SectionID(); len(found) == 0 || found[len(found)-1] != name {
			found = append(found, name)
		}
	}
	return found
}

// SectionID is the id without its number: "HDS-RES" of "HDS-RES-01".
func (c Clause) SectionID() string { return c.ID[:max(strings.LastIndexByte(c.ID, '-'), 0)] }

// Citation is that of the clause of an id. An unknown id gives the id alone.
func Citation(id string) string {
	if c, ok := Lookup(id); ok {
		return c.Citation()
	}
	return id
}
