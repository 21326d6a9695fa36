// Package responsibility holds the clauses of Scaleway's Shared Responsibility Model for managed Kubernetes as data,
// and computes the responsibility matrix of a cluster: which clauses apply to it, who is responsible for each, and
// which responsibilities its configuration shifts from Scaleway to the customer.
//
// It says what covers each part of a clause. It never says that a clause is met: a result needs facts.
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

// Undetermined is the effective party where facts that decide it were not read.
const Undetermined = "undetermined"

// Parties returns the parties of a clause, in a fixed order.
func Parties() []string { return []string{PartyScaleway, PartyCustomer, PartyShared} }

// What covers a part of a clause.
const (
	ByCheck       = "check"       // A check compares facts with the clause.
	ByAttestation = "attestation" // The customer states it, with a date and a document.
	ByInherited   = "inherited"   // It is Scaleway's. The attestation HostEvidence is the evidence.
	ByReported    = "reported"    // There is nothing to check or to attest.
)

// HostEvidence is the kind of the attestation that every inherited part needs as evidence.
const HostEvidence = "host_evidence"

// Coverages returns what can cover a part, in a fixed order.
func Coverages() []string { return []string{ByCheck, ByAttestation, ByInherited, ByReported} }

// The clusters and nodes that a clause, a part or a statement about a resource applies to.
const (
	ToAll           = "all"
	ToKapsule       = "kapsule"
	ToKosmos        = "kosmos"
	ToMutualised    = "mutualised"     // Clusters with a mutualised control plane.
	ToDedicated     = "dedicated"      // Clusters with a dedicated control plane.
	ToManagedNodes  = "managed_nodes"  // Pools that Scaleway hosts.
	ToKosmosManaged = "kosmos_managed" // Pools of a Kosmos cluster that Scaleway hosts.
	ToCustomNodes   = "custom_nodes"   // Pools that Scaleway hosts, with cloud-init or kubelet arguments.
	ToExternal      = "external"       // Pools of a Kosmos cluster that Scaleway does not host.
	ToHDS           = "hds"            // Dedicated Kapsule clusters for health data.
	ToNotHDS        = "not_hds"        // All other clusters.
)

// Applicabilities returns what a clause can apply to. Parts know more: see the constants.
func Applicabilities() []string {
	return []string{ToAll, ToKapsule, ToKosmos, ToManagedNodes, ToKosmosManaged, ToExternal, ToHDS}
}

// The languages of texts.
const (
	English = "en"
	French  = "fr"
)

// Languages returns the languages of texts.
func Languages() []string { return []string{English, French} }

// Text is a text in both languages.
type Text struct {
	EN string `json:"en"`
	FR string `json:"fr"`
}

// In returns the text in a language, English unless it is French.
func (t Text) In(language string) string {
	if language == French {
		return t.FR
	}
	return t.EN
}

// Clause is a sentence of the model. Its texts are our own words; the model's English text prevails.
type Clause struct {
	ID        string `json:"id"`                // "HDS-RES-01".
	Chapter   string `json:"chapter,omitempty"` // The heading above Section, shortened; empty where there is none.
	Section   string `json:"section"`           // The model's heading of the clause, with plain quotes and hyphens.
	Title     Text   `json:"title"`             // The clause in a few words.
	Text      Text   `json:"text"`              // The clause in full sentences.
	Party     string `json:"party"`             // PartyScaleway, PartyCustomer or PartyShared.
	AppliesTo string `json:"applies_to"`        // ToAll, ToKapsule, …

	// AlsoAppliesTo widens AppliesTo by Interpretation.
	AlsoAppliesTo  string          `json:"also_applies_to,omitempty"`
	Interpretation *Interpretation `json:"interpretation,omitempty"`

	Parts      []Part        `json:"parts"`
	EnforcedBy []Enforcement `json:"enforced_by,omitempty"`
	// Components are what of this provider configures or shows what the clause is about, as Terraform addresses its
	// type: "srm_hds_cluster", "data.srm_cluster", "action.srm_replace_node".
	Components []string `json:"components,omitempty"`

	HDS      []Requirement `json:"hds,omitempty"`
	ISO27001 []string      `json:"iso27001,omitempty"` // Related controls of ISO/IEC 27001:2022, Annex A: "A.8.13".
	Lines    []int         `json:"lines"`              // Lines of the model's text.
}

// Part is one thing that a clause demands. The result of a clause is that of all of its parts.
type Part struct {
	Key        string   `json:"key"`
	Text       Text     `json:"text"`
	By         string   `json:"by"`                   // ByCheck, ByAttestation, ByInherited or ByReported.
	Name       string   `json:"name,omitempty"`       // Id of the check, or kind of the attestation.
	AppliesTo  string   `json:"applies_to,omitempty"` // Where the part applies; empty: wherever the clause does.
	Indicators []string `json:"indicators,omitempty"` // Checks beside an attestation: they can contradict it, never pass.
	Needs      []string `json:"needs,omitempty"`      // Clauses without whose results the part has none.
}

// Planned says that what gives the part a result does not exist yet. A reported part has no result.
func (p Part) Planned() bool {
	switch p.By {
	case ByCheck:
		return !coverage().Checks[p.Name].Built
	case ByAttestation:
		return !coverage().Attestations[p.Name].Built
	case ByInherited:
		return !coverage().Attestations[HostEvidence].Built
	}
	return false
}

// Enforcement is a statement about a resource of this provider, never about a cluster: it refuses the opposite of the
// clause at plan or at admission.
type Enforcement struct {
	Resource   string `json:"resource"`
	Refuses    Text   `json:"refuses"`
	NotCovered Text   `json:"not_covered"`
	AppliesTo  string `json:"applies_to,omitempty"` // Where the resource is used; empty: wherever the clause applies.
}

// Interpretation says what of a clause is our reading, and on which words of the model it rests.
type Interpretation struct {
	Reading Text   `json:"reading"`
	Line    int    `json:"line"`  // Line of the model's text.
	Quote   string `json:"quote"` // Words of that line.
}

// Requirement is a requirement of the HDS framework, version 2, that a clause touches.
type Requirement struct {
	ID    string `json:"requirement"` // "EXI 28".
	Binds string `json:"binds"`       // BindsHost: the framework addresses the host of health data.
}

// BindsHost says that a requirement binds the host of health data.
const BindsHost = "host"

// Citation returns a clause as diagnostics and reports cite it: HDS-RES-01 (Specific provisions for HDS, "Data
// residency").
func (c Clause) Citation() string {
	if c.Chapter == "" {
		return fmt.Sprintf("%s (%q)", c.ID, c.Section)
	}
	return fmt.Sprintf("%s (%s, %q)", c.ID, c.Chapter, c.Section)
}

// SectionID is the id without its number: "HDS-RES" of "HDS-RES-01".
func (c Clause) SectionID() string { return c.ID[:max(strings.LastIndexByte(c.ID, '-'), 0)] }

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

// catalogue returns the embedded catalogue. A test decodes it, so that no error is left for callers.
var catalogue = sync.OnceValue(func() Catalogue {
	var all Catalogue
	if err := json.Unmarshal(clausesJSON, &all); err != nil {
		return Catalogue{}
	}
	digest := sha256.Sum256(clausesJSON)
	all.Digest = "sha256:" + hex.EncodeToString(digest[:])
	return all
})

// TheCatalogue returns the embedded catalogue. Callers must not change it.
func TheCatalogue() Catalogue { return catalogue() }

// Lookup returns the clause of an id.
func Lookup(id string) (Clause, bool) {
	for _, c := range catalogue().Clauses {
		if c.ID == id {
			return c, true
		}
	}
	return Clause{}, false
}

// Sections returns the sections of the model as ids name them ("HDS-RES", "LIF"), in the model's order.
func Sections() []string {
	found := []string{}
	for _, c := range catalogue().Clauses {
		if name := c.SectionID(); len(found) == 0 || found[len(found)-1] != name {
			found = append(found, name)
		}
	}
	return found
}

// Citation returns the citation of the clause of an id, or the id alone where it is unknown.
func Citation(id string) string {
	if c, ok := Lookup(id); ok {
		return c.Citation()
	}
	return id
}
