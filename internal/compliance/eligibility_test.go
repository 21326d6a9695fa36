package compliance

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNodeTypeEligibility(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, status, family string }{
		{"DEV1-M", Ineligible, "DEV1"},
		{"dev1_m", Ineligible, "DEV1"},
		{"GP1-XS", Ineligible, "GP1"},
		{"PLAY2-NANO", Ineligible, "PLAY2"},
		{"pro2_xxs", Ineligible, "PRO2"},
		{"COPARM1-2C-8G", Ineligible, "COPARM1"},
		{"ENT1-S", Ineligible, "ENT1"},
		{"STARDUST1-S", Ineligible, "STARDUST1"},
		{"external", Ineligible, "external"},
		{"BASIC2-A4C-16G", Eligible, "BASIC2-A"},
		{"basic3_x2c_4g", Eligible, "BASIC3-X"},
		{"STANDARD3-X4C-16G", Eligible, "STANDARD3-X"},
		{"POP2-4C-16G", Eligible, "POP2"},
		{"pop2_hc_2c_4g", Eligible, "POP2-HC"},
		{"POP2-HM-64C-512G", Eligible, "POP2-HM"},
		{"POP2-HN-10", Eligible, "POP2-HN"},
		{"L4-1-24G", Eligible, "L4"},
		{"L40S-8-48G", Eligible, "L40S"},
		{"h100_2_80g", Eligible, "H100"},
		{"H100-SXM-8-80G", Eligible, "H100-SXM"},
		{"B300-SXM-8-288G", Eligible, "B300-SXM"},
		{"RENDER-S", Eligible, "RENDER"},
		// Types that were not assessed are undecided, however similar they look.
		{"POP2-4C-16G-WIN", Undecided, ""},
		{"POP2-", Undecided, ""},
		{"H100-1-1G.10GB", Undecided, ""},
		{"STANDARD4-X4C-16G", Undecided, ""},
		{"BASIC2-X4C-16G", Undecided, ""},
		{"MEMORY3-X4C-32G", Undecided, ""},
		{"COMPUTE3-X4C-8G", Undecided, ""},
		{"GPU-3070-S", Undecided, ""},
		{"START1-S", Undecided, ""},
		{"DEV1", Undecided, ""},
		{"GP1X-S", Undecided, ""},
		{"", Undecided, ""},
	} {
		got := NodeTypeEligibility(test.name)
		if got.Status != test.status || got.Family != test.family {
			t.Errorf("NodeType(%q) = %+v", test.name, got)
		}
		checkSource(t, got)
		if (got.Revision > 0) != (test.status != Undecided) {
			t.Errorf("NodeType(%q): revision %d", test.name, got.Revision)
		}
	}
}

func TestNodeTypesThatKapsuleRefuses(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"DEV1-S": true, "dev1_s": true, "PLAY2-PICO": true, "STARDUST1-S": true, "DEV1-M": false, "PLAY2-NANO": false,
	} {
		if got := NodeTypeEligibility(name); strings.Contains(got.Reason, "too little memory") != want ||
			got.Status != Ineligible {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzNodeTypeEligibility checks that the status does not depend on the spelling.
func FuzzNodeTypeEligibility(f *testing.F) {
	for _, s := range []string{"DEV1-M", "pop2_hc_2c_4g", "L4-1-24G", "", "-", "POP2-99999999999999999999C-1G"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		normal := NormalizeNodeType(s)
		if NormalizeNodeType(normal) != normal || NormalizeNodeType(strings.ReplaceAll(s, "-", "_")) != normal {
			t.Errorf("%q is normalized to %q", s, normal)
		}
		got, again := NodeTypeEligibility(s), NodeTypeEligibility(normal)
		if got.Status != again.Status || got.Family != again.Family {
			t.Errorf("%q is %s, %q is %s", s, got.Status, normal, again.Status)
		}
		checkSource(t, got)
	})
}

func TestZoneEligibility(t *testing.T) {
	t.Parallel()
	for zone, status := range map[string]string{
		"fr-par-1": Eligible, "fr-par-2": Eligible, "fr-par-3": Eligible, "fr-par-4": Undecided,
		"nl-ams-1": Ineligible, "pl-waw-2": Ineligible, "fr-par": Ineligible, "FR-PAR-1": Ineligible, "": Ineligible,
	} {
		got := ZoneEligibility(zone)
		if got.Status != status {
			t.Errorf("Zone(%q) = %+v", zone, got)
		}
		checkSource(t, got)
	}
	for _, zone := range Zones() {
		if got := ZoneEligibility(zone); got.Status != Eligible || got.Family != Region {
			t.Errorf("Zone(%q) = %+v", zone, got)
		}
	}
}

func checkSource(t *testing.T, e Eligibility) {
	t.Helper()
	if _, err := time.Parse(time.DateOnly, e.AsOf); err != nil || e.Source == "" || !strings.HasSuffix(e.Reason, ".") {
		t.Errorf("%+v: %v", e, err)
	}
}

// TestEligibleNodeTypes checks that suggestions are eligible, and that no available eligible type is missing.
func TestEligibleNodeTypes(t *testing.T) {
	t.Parallel()
	known := EligibleNodeTypes()
	for _, name := range known {
		if NodeTypeEligibility(name).Status != Eligible {
			t.Errorf("%s is suggested but not eligible", name)
		}
	}
	offers, err := os.ReadFile("../sandbox/server_types.csv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(offers)) {
		name, _, _ := strings.Cut(line, ",")
		if NodeTypeEligibility(name).Status == Eligible && !slices.Contains(known, name) {
			t.Errorf("%s is eligible but not suggested", name)
		}
	}
	for name, want := range map[string]string{
		"POP2 4C 16G": ` The nearest eligible name is "POP2-4C-16G".`, "POP2-4C-16GB": ` The nearest eligible name ` +
			`is ` +
			`"POP2-4C-16G".`, "m5.large": "",
	} {
		if reason := NodeTypeEligibility(name).Reason; !strings.HasSuffix(reason, "is undecided."+want) {
			t.Errorf("%s: %s", name, reason)
		}
	}
}
