package responsibility

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// Check is a check that covers parts of clauses, or stands beside an attestation as an indicator.
type Check struct {
	ID      string   `json:"id"`
	Layer   string   `json:"layer"` // Where its facts come from: "api", "cluster" or "configuration".
	Clauses []string `json:"clauses"`
	Built   bool     `json:"built,omitempty"` // It exists.
}

// Attestation is a kind of attestation that covers parts of clauses.
type Attestation struct {
	Kind    string   `json:"id"`
	Clauses []string `json:"clauses"`
	Built   bool     `json:"built,omitempty"` // The product accepts it.
}

//go:embed coverage.json
var coverageJSON []byte

// covering is all checks by id and all attestations by kind.
type covering struct {
	Checks       map[string]Check
	Attestations map[string]Attestation
}

// coverage returns the embedded checks and kinds of attestations. A test decodes them.
var coverage = sync.OnceValue(func() covering {
	all := covering{Checks: map[string]Check{}, Attestations: map[string]Attestation{}}
	var listed struct {
		Checks       []Check       `json:"checks"`
		Attestations []Attestation `json:"attestations"`
	}
	if err := json.Unmarshal(coverageJSON, &listed); err != nil {
		return all
	}
	for _, one := range listed.Checks {
		all.Checks[one.ID] = one
	}
	for _, one := range listed.Attestations {
		all.Attestations[one.Kind] = one
	}
	return all
})
