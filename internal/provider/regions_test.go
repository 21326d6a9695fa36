package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestRegions checks that every region and zone argument refuses regions that Scaleway does not have, and lists the
// existing ones. It skips the zone of pools: that of a Kosmos pool depends on the node type and is tested in its
// package, and that of an HDS pool must be in fr-par. The region of an export of Audit Trail must be fr-par, too.
func TestRegions(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, component := range allSchemas(t, acctest.New(t).Protocol(t)) {
		for _, attribute := range component.schema.Block.Attributes {
			value := map[string]string{"region": "us-east", "zone": "us-east-1"}[attribute.Name]
			isInput := value != "" && (attribute.Required || attribute.Optional)
			isExport := strings.HasSuffix(component.name, "srm_audit_trail_export")
			if !isInput || isExport || attribute.Name == "zone" && strings.HasSuffix(component.name, "_pool") {
				continue
			}
			checked++
			diagnostics := component.validate(configWithAttribute(t, component.schema, attribute.Name, value))
			if !slices.ContainsFunc(diagnostics, func(d *tfprotov6.Diagnostic) bool {
				return d.Severity == tfprotov6.DiagnosticSeverityError && strings.Contains(d.Detail, value) &&
					strings.Contains(d.Detail, "fr-par") && strings.Contains(d.Detail, "it-mil")
			}) {
				t.Errorf(
					"%s: the %s %s is accepted, or the error does not list the regions:\n%s", component.name,
					attribute.Name, value,
					acctest.FormatDiagnostics(diagnostics),
				)
			}
		}
	}
	if checked < 11 {
		t.Errorf("the test checked only %d inputs", checked)
	}
	t.Logf("%d inputs", checked)
}
