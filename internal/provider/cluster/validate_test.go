package cluster

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TestCheckDuration checks that a negative duration is reported as negative, not as malformed.
func TestCheckDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"-5m": "negative", "soon": "not a duration", "10m": "", "0s": ""} {
		err := checkDuration(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("checkDuration(%q) = %v, want %q", text, err, want)
		}
	}
}

// TestWarnAboutForcedUpgrade checks that there is no warning about version in addition to an error about version.
func TestWarnAboutForcedUpgrade(t *testing.T) {
	t.Parallel()
	m := &commonModel{Version: types.StringValue("1.35")}
	var diags diag.Diagnostics
	diags.AddAttributeError(path.Root("name"), "another error", "")
	m.warnAboutForcedUpgrade("1.36.2", &diags)
	if diags.WarningsCount() != 1 {
		t.Errorf("no warning about a forced upgrade: %v", diags)
	}
	diags = diag.Diagnostics{}
	diags.AddAttributeError(path.Root("version"), "A cluster cannot be downgraded", "")
	m.warnAboutForcedUpgrade("1.36.2", &diags)
	if diags.WarningsCount() != 0 {
		t.Errorf("a warning in addition to an error about version: %v", diags)
	}
}
