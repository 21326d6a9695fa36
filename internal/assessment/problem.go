package assessment

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// Problem is a mistake in a declaration or an input.
type Problem struct {
	Line  int    `json:"line,omitempty"`  // Line of the text, from 1; zero if the value does not come from a text.
	ID    string `json:"id,omitempty"`    // Id of the attestation or waiver, or "attestations[0]" if it has none.
	Field string `json:"field,omitempty"` // Path of the key: "fields.certificate.number".
	Text  string `json:"text"`            // What is wrong, what was found, what is allowed and how to correct it.
}

// String returns the problem with its position.
func (p Problem) String() string {
	position := ""
	if p.Line > 0 {
		position = "line " + strconv.Itoa(p.Line) + ": "
	}
	for _, name := range []string{p.ID, p.Field} {
		if name != "" {
			position += name + ": "
		}
	}
	return position + p.Text
}

// maxProblems is the number of problems of one text that are reported.
const maxProblems = 500

// reader collects the problems of one text or value.
type reader struct {
	id       string // Of the attestation or waiver that is read.
	problems []Problem
	hasMore  bool // There are more than maxProblems.
}

// report adds a problem.
func (r *reader) report(line int, field string, p compliance.Problem) {
	if len(r.problems) == maxProblems {
		r.hasMore = true
		return
	}
	r.problems = append(r.problems, Problem{Line: line, ID: r.id, Field: field, Text: p.Error()})
}

// check reports an error of package compliance, and returns whether there was none.
func (r *reader) check(line int, field string, err error) bool {
	if err == nil {
		return true
	}
	problem := &compliance.Problem{Summary: err.Error()}
	errors.As(err, &problem)
	r.report(line, field, *problem)
	return false
}

// finish returns the problems in the order of their lines.
func (r *reader) finish() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	if r.hasMore {
		r.problems = append(r.problems, Problem{Text: "There are more problems. Correct these first."})
	}
	return r.problems
}

// maxQuoted is the length from which texts are shortened in problems.
const maxQuoted = 80

// quote returns a text in quotes for a problem.
func quote(text string) string { return strconv.Quote(shorten(text)) }

// shorten returns the beginning of a long text.
func shorten(text string) string {
	count := 0
	for i := range text {
		if count == maxQuoted {
			return text[:i] + "…"
		}
		count++
	}
	return text
}

// suggest returns how to correct a misspelt name: with the most similar name that is allowed.
func suggest(name string, allowed []string, otherwise string) string {
	if len(name) <= maxQuoted {
		if nearest, ok := compliance.Nearest(name, allowed); ok {
			return fmt.Sprintf("Write %q.", nearest)
		}
	}
	return otherwise
}
