// Package responsibility holds the clauses of Scaleway's Shared Responsibility Model for managed Kubernetes as data, and
// computes what a configuration moves from Scaleway's part to the customer's.
//
// It has no clock and makes no request.
package responsibility

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

// The parties of a clause.
const (
	PartyScaleway = "scaleway"
	PartyCustomer = "customer"
	PartyShared   = "shared"
)

// Clause is a sentence of the model.
type Clause struct {
	ID      string `json:"id"`      // "HDS-RES-01".
	Part    string `json:"part"`    // The heading above Section, shortened; empty where Section is a top heading.
	Section string `json:"section"` // The model's heading that the clause stands under, with plain quotes and hyphens.
	Title   string `json:"title"`   // The clause in our own words.
	Party   string `json:"party"`   // PartyScaleway, PartyCustomer or PartyShared.
}

//go:embed clauses.json
var clausesJSON []byte

// clauses are the embedded clauses in the model's order. A test proves that they decode, so that an error has no other
// answer than none.
var clauses = sync.OnceValue(func() []Clause {
	var all []Clause
	if err := json.Unmarshal(clausesJSON, &all); err != nil {
		return nil
	}
	return all
})

// Lookup finds a clause by its id.
func Lookup(id string) (Clause, bool) {
	for _, c := range clauses() {
		if c.ID == id {
			return c, true
		}
	}
	return Clause{}, false
}

// Citation writes a clause as refusals and reports cite it: HDS-RES-01 (Specific provisions for HDS, "Data residency"). An
// unknown id gives the id alone.
func Citation(id string) string {
	c, ok := Lookup(id)
	switch {
	case !ok:
		return id
	case c.Part == "":
		return fmt.Sprintf("%s (%q)", id, c.Section)
	}
	return fmt.Sprintf("%s (%s, %q)", id, c.Part, c.Section)
}
