package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestRegions: every input that is a region refuses one that Scaleway does not have, with the list of those that it
// has. A Kosmos pool's zone is checked by the tests of its package, as it depends on the node type, and an HDS pool's
// is in fr-par.
func TestRegions(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, one := range validated(t, acctest.New(t).Protocol(t)) {
		for _, attribute := range one.schema.Block.Attributes {
			value := map[string]string{"region": "us-east", "zone": "us-east-1"}[attribute.Name]
			isInput := value != "" && (attribute.Required || attribute.Optional)
			if !isInput || attribute.Name == "zone" && strings.HasSuffix(one.name, "_pool") {
				continue
			}
			checked++
			said := one.validate(attributeOf(t, one.schema, attribute.Name, value))
			if !slices.ContainsFunc(said, func(d *tfprotov6.Diagnostic) bool {
				return d.Severity == tfprotov6.DiagnosticSeverityError && strings.Contains(d.Detail, value) &&
					strings.Contains(d.Detail, "fr-par") && strings.Contains(d.Detail, "it-mil")
			}) {
				t.Errorf(
					"%s: the %s %s is accepted, or the list is absent:\n%s", one.name, attribute.Name, value, acctest.Shown(said),
				)
			}
		}
	}
	if checked < 11 {
		t.Errorf("only %d inputs were checked", checked)
	}
	t.Logf("%d inputs", checked)
}
