// Package responsibility holds the clauses of Scaleway's Shared Responsibility Model for managed Kubernetes as data and
// computes the responsibility matrix of a cluster: which clauses apply to it, who is responsible for each, and which
// responsibilities its configuration shifts from Scaleway to the customer.
//
// The matrix names what covers each part of a clause (a check, an attestation). It never claims that a clause is met:
// that is a result of an assessment.
//
// The package reads no clock and makes no requests.
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

// Undetermined is the effective party of a clause when the provider did not read the facts that decide it.
const Undetermined = "undetermined"

// Parties returns all parties of a clause, in a fixed order.
func Parties() []string { return []string{PartyScaleway, PartyCustomer, PartyShared} }

// The kinds of coverage of a part.
const (
	CoverageCheck       = "check"       // A check compares facts with the clause.
	CoverageAttestation = "attestation" // The customer attests the part, with a date and a document.
	CoverageInherited   = "inherited"   // Scaleway is responsible. The attestation HostEvidence is the evidence.
	CoverageReported    = "reported"    // The part is information: there is nothing to check or attest.
)

// HostEvidence is the kind of attestation that serves as evidence for every inherited part.
const HostEvidence = "host_evidence"

// Coverages returns all kinds of coverage, in a fixed order.
func Coverages() []string {
	return []string{CoverageCheck, CoverageAttestation, CoverageInherited, CoverageReported}
}

// Values of applies_to: the clusters and nodes that a clause, a part or an enforcement applies to.
const (
	AppliesToAll           = "all"
	AppliesToKapsule       = "kapsule"
	AppliesToKosmos        = "kosmos"
	AppliesToMutualised    = "mutualised"     // Clusters with a shared (mutualised) control plane.
	AppliesToDedicated     = "dedicated"      // Clusters with a dedicated control plane.
	AppliesToManagedNodes  = "managed_nodes"  // Pools that Scaleway hosts.
	AppliesToKosmosManaged = "kosmos_managed" // Pools of a Kosmos cluster that Scaleway hosts.
	AppliesToCustomNodes   = "custom_nodes"   // Pools that Scaleway hosts, with cloud-init or kubelet arguments.
	AppliesToExternal      = "external"       // Pools of a Kosmos cluster that Scaleway does not host.
	AppliesToHDS           = "hds"            // Dedicated Kapsule clusters for health data.
	AppliesToNotHDS        = "not_hds"        // All other clusters.
)

// Applicabilities returns the values of applies_to that a clause can have. Parts can have all of the constants above.
func Applicabilities() []string {
	return []string{
		AppliesToAll,
		AppliesToKapsule,
		AppliesToKosmos,
		AppliesToManagedNodes,
		AppliesToKosmosManaged,
		AppliesToExternal,
		AppliesToHDS,
	}
}

// The supported languages.
const (
	English = "en"
	French  = "fr"
)

// Languages returns the supported languages.
func Languages() []string { return []string{English, French} }

// Text is a text in English and French.
type Text struct {
	EN string `json:"en"`
	FR string `json:"fr"`
}

// In returns the text in the given language; the default is English.
func (t Text) In(language string) string {
	if language == French {
		return t.FR
	}
	return t.EN
}

// Clause is one sentence of the model, in the catalogue's own words. The model's English text prevails.
type Clause struct {
	ID        string `json:"id"`                // "HDS-RES-01".
	Chapter   string `json:"chapter,omitempty"` // The heading above Section, shortened; may be empty.
	Section   string `json:"section"`           // The model's heading of the clause, with plain quotes and hyphens.
	Title     Text   `json:"title"`             // The clause in a few words.
	Text      Text   `json:"text"`              // The clause in full sentences.
	Party     string `json:"party"`             // PartyScaleway, PartyCustomer or PartyShared.
	AppliesTo string `json:"applies_to"`        // AppliesToAll, AppliesToKapsule, …

	// AlsoAppliesTo extends AppliesTo; Interpretation explains why.
	AlsoAppliesTo  string          `json:"also_applies_to,omitempty"`
	Interpretation *Interpretation `json:"interpretation,omitempty"`

	Parts      []Part        `json:"parts"`
	EnforcedBy []Enforcement `json:"enforced_by,omitempty"`
	// Components are the resources, data sources and actions of this provider that configure or show the subject of the
	// clause: "srm_hds_cluster", "data.srm_cluster", "action.srm_replace_node".
	Components []string `json:"components,omitempty"`

	HDS      []Requirement `json:"hds,omitempty"`
	ISO27001 []string      `json:"iso27001,omitempty"` // Related controls of ISO/IEC 27001:2022, Annex A: "A.8.13".
	Lines    []int         `json:"lines"`              // Lines of the model's text.
}

// Part is one requirement of a clause. An assessment derives the result of the clause from the results of its parts.
type Part struct {
	Key        string   `json:"key"`
	Text       Text     `json:"text"`
	By         string   `json:"by"`                   // One of the Coverage constants.
	Name       string   `json:"name,omitempty"`       // Id of the check or kind of attestation.
	AppliesTo  string   `json:"applies_to,omitempty"` // Where the part applies; empty means wherever the clause does.
	Indicators []string `json:"indicators,omitempty"` // Checks that can contradict an attestation, never replace it.
	Needs      []string `json:"needs,omitempty"`      // Clauses whose results the part depends on.
}

// IsPlanned reports whether the check or attestation of the part does not exist yet. It is false for reported parts,
// which have no result.
func (p Part) IsPlanned() bool {
	switch p.By {
	case CoverageCheck:
		return !coverage().Checks[p.Name].Built
	case CoverageAttestation:
		return !coverage().Attestations[p.Name].Built
	case CoverageInherited:
		return !coverage().Attestations[HostEvidence].Built
	}
	return false
}

// Enforcement describes how a resource of this provider refuses deviations from the clause at plan or at admission. It
// says nothing about a given cluster.
type Enforcement struct {
	Resource   string `json:"resource"`
	Refuses    Text   `json:"refuses"`
	NotCovered Text   `json:"not_covered"`
	AppliesTo  string `json:"applies_to,omitempty"` // Where the resource is used; empty: wherever the clause applies.
}

// Interpretation is the part of a clause that goes beyond the words of the model, and the words it is based on.
type Interpretation struct {
	Reading Text   `json:"reading"`
	Line    int    `json:"line"`  // Line of the model's text.
	Quote   string `json:"quote"` // Words of that line.
}

// Requirement is a requirement of the HDS framework, version 2, that is related to a clause.
type Requirement struct {
	ID    string `json:"requirement"` // "EXI 28".
	Binds string `json:"binds"`       // BindsHost: the framework addresses the host of health data.
}

// BindsHost marks a requirement that binds the host of health data.
const BindsHost = "host"

// Citation returns the clause as cited in diagnostics and reports: HDS-RES-01 (Specific provisions for HDS, "Data
// residency").
func (c Clause) Citation() string {
	if c.Chapter == "" {
		return fmt.Sprintf("%s (%q)", c.ID, c.Section)
	}
	return fmt.Sprintf("%s (%s, %q)", c.ID, c.Chapter, c.Section)
}

// SectionID returns the id without its number: "HDS-RES" for "HDS-RES-01".
func (c Clause) SectionID() string { return c.ID[:max(strings.LastIndexByte(c.ID, '-'), 0)] }

// Model identifies the text that the catalogue was written from.
type Model struct {
	Title  string `json:"title"`
	Posted string `json:"posted"` // Date of the text, YYYY-MM-DD.
	Digest string `json:"digest"` // Digest of the English text: "sha256:" and hexadecimal digits.
}

// Catalogue holds all clauses, in the order of the model.
type Catalogue struct {
	Revision string   `json:"revision"` // Date of the catalogue's last change, YYYY-MM-DD.
	Model    Model    `json:"model"`
	Clauses  []Clause `json:"clauses"`
	Digest   string   `json:"-"` // Digest of the catalogue file, in the format of Model.Digest.
}

//go:embed clauses.json
var clausesJSON []byte

// catalogue decodes the embedded catalogue once. It returns no error: a test ensures that the file decodes.
var catalogue = sync.OnceValue(func() Catalogue {
	var all Catalogue
	if err := json.Unmarshal(clausesJSON, &all); err != nil {
		return Catalogue{}
	}
	digest := sha256.Sum256(clausesJSON)
	all.Digest = "sha256:" + hex.EncodeToString(digest[:])
	return all
})

// EmbeddedCatalogue returns the embedded catalogue. Callers must not modify it.
func EmbeddedCatalogue() Catalogue { return catalogue() }

// Lookup returns the clause with the given id.
func Lookup(id string) (Clause, bool) {
	for _, c := range catalogue().Clauses {
		if c.ID == id {
			return c, true
		}
	}
	return Clause{}, false
}

// Sections returns the prefixes of the clause ids ("HDS-RES", "LIF"), in the order of the model.
func Sections() []string {
	sections := []string{}
	for _, c := range catalogue().Clauses {
		if id := c.SectionID(); len(sections) == 0 || sections[len(sections)-1] != id {
			sections = append(sections, id)
		}
	}
	return sections
}

// Citation returns the citation of the clause with the given id, or the id itself if there is no such clause.
func Citation(id string) string {
	if c, ok := Lookup(id); ok {
		return c.Citation()
	}
	return id
}
