package responsibility

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// Check is a check that covers parts of clauses, or serves as an indicator for an attestation.
type Check struct {
	ID      string   `json:"id"`
	Layer   string   `json:"layer"` // Source of its facts: "api", "cluster" or "configuration".
	Clauses []string `json:"clauses"`
	Built   bool     `json:"built,omitempty"` // Whether the check exists.
}

// Attestation is a kind of attestation that covers parts of clauses.
type Attestation struct {
	Kind    string   `json:"id"`
	Clauses []string `json:"clauses"`
	Built   bool     `json:"built,omitempty"` // Whether the product accepts it.
}

//go:embed coverage.json
var coverageJSON []byte

// coverageIndex holds all checks by id and all attestations by kind.
type coverageIndex struct {
	Checks       map[string]Check
	Attestations map[string]Attestation
}

// coverage decodes the embedded checks and kinds of attestations once. A test ensures that the file decodes.
var coverage = sync.OnceValue(func() coverageIndex {
	index := coverageIndex{Checks: map[string]Check{}, Attestations: map[string]Attestation{}}
	var listed struct {
		Checks       []Check       `json:"checks"`
		Attestations []Attestation `json:"attestations"`
	}
	if err := json.Unmarshal(coverageJSON, &listed); err != nil {
		return index
	}
	for _, check := range listed.Checks {
		index.Checks[check.ID] = check
	}
	for _, attestation := range listed.Attestations {
		index.Attestations[attestation.Kind] = attestation
	}
	return index
})

// ClausesOfCheck returns the ids of the clauses of which a check covers a part or is an indicator.
func ClausesOfCheck(id string) []string { return coverage().Checks[id].Clauses }

// ClausesOfAttestation returns the ids of the clauses of which a kind of attestation covers a part.
func ClausesOfAttestation(kind string) []string { return coverage().Attestations[kind].Clauses }
