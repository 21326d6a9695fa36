package assessment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// digest returns a digest of results, subjects and evidence. It leaves out what changes every day: times of reading,
// values that an API updates by itself, and texts.
func (a Assessment) digest() string {
	type evidence struct{ Subject, Attribute, Value string }
	type finding struct {
		ID          string
		Result      Result
		Disposition Disposition
		Severity    Severity
		Subjects    []string
		Evidence    []evidence
		Missing     []Gap
		Accepted    []AcceptedObject
	}
	type clause struct {
		ID          string
		Result      Result
		Disposition Disposition
	}
	content := struct {
		Format, Scope, Catalogue string
		HDS                      bool
		Layers                   []string
		Findings                 []finding
		Clauses                  []clause
	}{
		Format: a.Format, Scope: a.Scope, Catalogue: a.Catalogue.Digest, HDS: a.HDS, Layers: a.Layers,
	}
	for _, f := range a.Findings {
		one := finding{
			ID: f.ID, Result: f.Result, Disposition: f.Disposition, Severity: f.Severity, Subjects: f.Subjects,
			Accepted: f.Accepted,
		}
		for _, gap := range f.NotEvaluated {
			one.Missing = append(one.Missing, Gap{Reason: gap.Reason, Needs: gap.Needs})
		}
		for _, o := range f.Objects {
			e := evidence{Subject: o.ID, Attribute: o.Attribute, Value: o.Value}
			if o.changesDaily {
				e.Value = ""
			}
			one.Evidence = append(one.Evidence, e)
		}
		content.Findings = append(content.Findings, one)
	}
	for _, c := range a.Clauses {
		content.Clauses = append(content.Clauses, clause{c.ID, c.Result, c.Disposition})
	}
	// Structs of strings, numbers and lists always encode.
	encoded, _ := json.Marshal(content)
	sum := sha256.Sum256(encoded)
	return "sha256:" + hex.EncodeToString(sum[:])
}
