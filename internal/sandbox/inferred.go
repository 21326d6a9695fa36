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
		found = append(found, Inference{ID: row[0], Behaviour: row[1], Check: row[2]})
	}
	return found
}
