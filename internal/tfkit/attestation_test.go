package tfkit

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TestCheckAttestation checks that a missing attribute is reported once, and that an empty one is left to its
// validator.
func TestCheckAttestation(t *testing.T) {
	t.Parallel()
	values := map[string]attr.Value{}
	for name := range AttestationTypes() {
		values[name] = types.StringValue("given")
	}
	values["valid_days"], values["owner"], values["os"] = types.Int64Value(0), types.StringValue(""), types.StringNull()
	var diags diag.Diagnostics
	CheckAttestation(types.ObjectValueMust(AttestationTypes(), values), path.Root("attestation"), &diags)
	if len(diags) != 1 || !slices.Contains(strings.Split(diags[0].Detail(), "\n"), "Found: no os") {
		t.Errorf("got %v", diags)
	}
}
