package framework

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// Refusal is what the provider says when it does not accept something: one form everywhere.
type Refusal struct {
	// Summary says in plain words what is wrong.
	Summary string
	// Clause is the id of the model's clause that is carried; empty where it is not the model that asks.
	Clause string
	// Found, Allowed and Fix say which value is at fault, which ones are accepted, and what to do.
	Found, Allowed, Fix string
}

// Detail is the text below the summary, a line a fact.
func (r Refusal) Detail() string {
	lines := []string{}
	for _, line := range []struct{ label, text string }{
		{"Clause", responsibility.Citation(r.Clause)}, {"Found", r.Found}, {"Allowed", r.Allowed}, {"Fix", r.Fix},
	} {
		if line.text != "" {
			lines = append(lines, line.label+": "+line.text)
		}
	}
	return strings.Join(lines, "\n")
}

// Refuse adds a refusal at an attribute.
func Refuse(diags *diag.Diagnostics, at path.Path, r Refusal) {
	diags.AddAttributeError(at, r.Summary, r.Detail())
}

// Warn adds the same as a warning.
func Warn(diags *diag.Diagnostics, at path.Path, r Refusal) {
	diags.AddAttributeWarning(at, r.Summary, r.Detail())
}
