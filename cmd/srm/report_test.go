package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

// TestReport writes all reports of the two clusters of the estate.
func TestReport(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	r.must("assess", "--cluster", "legacy-prod", "--cluster", "hds-prod", "--hds", "--layers", "api",
		"--organization", "--output", path("assessment.json"))
	if err := os.WriteFile(path("plan.json"), []byte(`{"format_version": "1.2", "resource_changes": [{"address": `+
		`"srm_hds_pool.w", "change": {"before": null, "after": {"responsibility_transfers": [{"key": "public_ip", `+
		`"clause": "NET-03", "to": "customer", "reason": "It has a public IP."}]}}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out := r.must(
		"report",
		"--markdown",
		"-",
		"--plan",
		path("plan.json"),
		"--baseline",
		path("assessment.json"),
		"--html",
		path("report.html"),
		"--csv",
		path("csv"),
		"--excel-fr",
		"--calendar",
		path("dates.ics"),
		path("assessment.json"),
	)
	requireContains(
		t,
		out,
		"## Shared responsibility: organization",
		"legacy-prod, hds-prod",
		"0 new, 0 corrected",
		"srm_hds_pool.w",
		"Still open",
		"It certifies nothing",
	)
	if lines := strings.Count(out, "\n"); lines > report.MaxMarkdownLines {
		t.Errorf("%d lines", lines)
	}
	for name, want := range map[string]string{
		"csv/parts.csv": "HDS-ENC-03", "csv/population.csv": "node_public_address", "dates.ics": "BEGIN:VEVENT",
		"report.html": "iam_root_keys",
	} {
		content, err := os.ReadFile(path(name))
		if err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s lacks %s: %v", name, want, err)
		}
	}
}

// TestReportErrors checks wrong inputs and outputs.
func TestReportErrors(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	r.must("assess", "--cluster", "hds-prod", "--hds", "--layers", "api", "--output", path("assessment.json"))
	if err := os.WriteFile(path("other.json"), []byte(`{"format": "other"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{path("assessment.json")}, "at least one of the flags"},
		{[]string{"--markdown", "-", path("absent.json")}, "absent.json: no such file"},
		{[]string{"--markdown", "-", path("other.json")}, `has the format "other"; allowed: "srm-`},
		{[]string{"--markdown", "-", "--baseline", path("other.json"), path("assessment.json")}, "--baseline: "},
		{[]string{"--markdown", "-", "--plan", path("other.json"), path("assessment.json")}, "terraform show -json"},
		{[]string{"--markdown", "-", "--language", "de", path("assessment.json")}, `--language: "de"`},
		{[]string{"--markdown", path("assessment.json"), path("assessment.json")}, "is also an input"},
		{[]string{"--markdown", "-", "--calendar", "-", path("assessment.json")}, "only one of them"},
		{[]string{"--csv", path("other.json"), path("assessment.json")}, "--csv: "},
	} {
		if _, stderr, code := r.run(append([]string{"report"}, test.args...)...); code != exitError ||
			!strings.Contains(stderr, test.want) {
			t.Errorf("%v: exit %d: %s", test.args, code, stderr)
		}
	}
}
