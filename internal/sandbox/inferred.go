package sandbox

import (
	_ "embed"
	"encoding/csv"
	"strings"
)

//go:embed inferred.csv
var inferredCSV string

// Inference is a behaviour of the sandbox that no recording shows. Comments at its code name it: `[INFERRED id]`.
type Inference struct {
	ID string
	// Since is the day on which the sources were last searched for it, such as 2026-11-30.
	Since string
	// Behaviour says what the sandbox does.
	Behaviour string
	// Check is the read request whose response could confirm or contradict the behaviour. It is empty if only a change
	// of objects could.
	Check string
}

// Inferences returns every inferred behaviour, sorted by id.
func Inferences() []Inference {
	rows, err := csv.NewReader(strings.NewReader(inferredCSV)).ReadAll()
	if err != nil {
		panic("sandbox: inferred.csv: " + err.Error())
	}
	var found []Inference
	for _, row := range rows[1:] {
		found = append(found, Inference{ID: row[0], Since: row[1], Behaviour: row[2], Check: row[3]})
	}
	return found
}
