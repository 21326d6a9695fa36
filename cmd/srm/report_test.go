package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

// TestReport writes all reports of the two clusters of the estate.
func TestReport(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	audit := "audits/" + strings.ReplaceAll(r.clusterID("hds-prod"), "/", "_") + ".csv"
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
		"--ciso-assistant",
		path("audits"),
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
		"## Shared responsibility: Organization",
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
		audit:         "urn:srm:risk:req_node:scaleway-srm-k8s:hds-enc-03",
	} {
		content, err := os.ReadFile(path(name))
		if err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s lacks %s: %v", name, want, err)
		}
	}
}

// TestRedactedReports looks for identifiers in every output for third parties.
func TestRedactedReports(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	r.must("assess", "--cluster", "legacy-prod", "--cluster", "hds-prod", "--hds", "--layers", "api",
		"--organization", "--evidence", path("evidence"), "--output", path("assessment.json"))
	write := func(folder, source string) {
		r.must("report", "--redact", path("redact.key"), "--redacted", path(folder+".json"),
			"--html", path(folder+".html"), "--markdown", path(folder+".md"), "--csv", path(folder),
			"--ciso-assistant", path(folder), "--calendar", path(folder+".ics"), "--baseline", path("assessment.json"),
			"--history", path("evidence"), source)
	}
	write("first", path("assessment.json"))
	write("second", path("assessment.json"))
	identifier := regexp.MustCompile(
		`(?i)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|SCW[0-9A-Z]{17}|\b(10|192)(\.\d+){3}|` +
			`[\w.]+@[\w-]+\.(com|fr|org)`,
	)
	source, err := os.ReadFile(path("assessment.json"))
	if err != nil {
		t.Fatal(err)
	}
	if found := identifier.FindAll(source, -1); len(found) < 20 {
		t.Fatalf("the assessment has only %q", found)
	}
	compared := 0
	if err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		relative, _ := filepath.Rel(dir, name)
		if err != nil || entry.IsDir() || !strings.HasPrefix(relative, "first") {
			return err
		}
		first, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if found := identifier.Find(append([]byte(relative+" "), first...)); found != nil {
			t.Errorf("%s has %s", relative, first[max(bytes.Index(first, found)-60, 0):bytes.Index(first, found)+40])
		}
		second, err := os.ReadFile(path("second" + strings.TrimPrefix(relative, "first")))
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s differs with the same key: %v", relative, err)
		}
		compared++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if compared != 8 { // JSON, HTML, Markdown, calendar, two tables, and one for each cluster.
		t.Errorf("%d files", compared)
	}
	// The copy is an assessment: others can write reports of it.
	requireContains(t, r.must("report", "--markdown", "-", path("first.json")), "hds-prod")
	key, err := os.Stat(path("redact.key"))
	if err != nil || key.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", key, err)
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
	if err := os.WriteFile(path("short.key"), []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{path("assessment.json")}, "no output is given; allowed: --html, --markdown"},
		{[]string{"--markdown", "-", path("absent.json")}, "absent.json: no such file"},
		{[]string{"--markdown", "-", path("other.json")}, `has the format "other"; allowed: "srm-`},
		{[]string{"--markdown", "-", "--baseline", path("other.json"), path("assessment.json")}, "--baseline: "},
		{[]string{"--markdown", "-", "--plan", path("other.json"), path("assessment.json")}, "terraform show -json"},
		{[]string{"--markdown", "-", "--language", "de", path("assessment.json")}, `--language: "de"`},
		{[]string{"--markdown", path("assessment.json"), path("assessment.json")}, "is also an input"},
		{[]string{"--markdown", "-", "--calendar", "-", path("assessment.json")}, "only one of them"},
		{[]string{"--csv", path("other.json"), path("assessment.json")}, "--csv: "},
		{[]string{"--redacted", "-", path("assessment.json")}, "add --redact FILE"},
		{[]string{"--redact", path("short.key"), "--redacted", "-", path("assessment.json")}, "has 5 bytes"},
		{[]string{"--redact", path("k"), "--redacted", path("k"), path("assessment.json")}, "is also an input"},
	} {
		if _, stderr, code := r.run(append([]string{"report"}, test.args...)...); code != exitError ||
			!strings.Contains(stderr, test.want) {
			t.Errorf("%v: exit %d: %s", test.args, code, stderr)
		}
	}
}

// TestEvidence writes two folders of evidence, judges one of them again without access, and finds a change.
func TestEvidence(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("inputs.yaml"), []byte("required_log_retention_days: 365\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	assess := func(more ...string) {
		r.must(
			append([]string{"assess", "--cluster", "hds-prod", "--hds", "--layers", "api", "--organization", "--inputs",
				path("inputs.yaml"), "--output", path("assessment.json")}, more...)...)
	}
	assess("--evidence", path("q3"))
	assess("--evidence", path("q4"), "--previous", path("q3"))
	requireContains(
		t,
		r.must("report", "--verify", path("q3"), "--verify", path("q4")),
		"q3: unchanged",
		"q4: unchanged",
	)

	facts, err := filepath.Glob(path("q4/facts/*.json"))
	if err != nil || len(facts) != 2 {
		t.Fatalf("facts: %v, %v", facts, err)
	}
	stored, err := os.ReadFile(path("q4/assessment.json"))
	if err != nil {
		t.Fatal(err)
	}
	again := r.must(
		"assess",
		"--facts",
		facts[0],
		"--organization-facts",
		facts[1],
		"--hds",
		"--layers",
		"api",
		"--inputs",
		path("q4/declared/inputs.yaml"),
		"--json",
	)
	if again != string(stored) {
		t.Error("the stored facts give another assessment")
	}

	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"assess", "--facts", facts[0], "--evidence", path("q4")}, exitError, "evidence is never replaced"},
		{[]string{"assess", "--facts", facts[0], "--previous", path("q3")}, exitError, "add --evidence"},
		{
			[]string{"assess", "--facts", facts[0], "--evidence", path("q5"), "--previous", path("absent")}, exitError,
			"is not a folder of evidence",
		},
		{[]string{"report", "--verify", path("absent")}, exitError, "manifest.json"},
		{[]string{"report", "--verify", path("q4"), "--verify", path("q3")}, exitFail, "names no folder before it"},
	} {
		stdout, stderr, code := r.run(test.args...)
		if code != test.code || !strings.Contains(stdout+stderr, test.want) {
			t.Errorf("%v: exit %d: %s%s", test.args, code, stdout, stderr)
		}
	}
	if _, err := os.Stat(path("q5")); err == nil {
		t.Error("a refused run wrote evidence")
	}
	r.must(
		"report",
		"--html",
		path("report.html"),
		"--language",
		"en",
		"--history",
		path("q3"),
		path("q4/assessment.json"),
	)
	if content, err := os.ReadFile(path("report.html")); err != nil ||
		!strings.Contains(string(content), "History of runs") {
		t.Errorf("the report has no history: %v", err)
	}
	if err := os.WriteFile(facts[0], []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, _, code := r.run("report", "--verify", path("q4"))
	if code != exitFail || !strings.Contains(stdout, "CHANGED") || !strings.Contains(stdout, "was changed") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if _, stderr, code := r.run(
		"report",
		"--html",
		"-",
		"--history",
		path("q4"),
		path("assessment.json"),
	); code != exitError ||
		!strings.Contains(stderr, "was changed") {
		t.Errorf("a history that was changed: exit %d: %s", code, stderr)
	}
}

// TestWaiversWithoutEffect checks that the table names waivers that change nothing, and why.
func TestWaiversWithoutEffect(t *testing.T) {
	t.Parallel()
	r, path := newRig(t), filepath.Join(t.TempDir(), "waivers.yaml")
	waivers := "waivers:\n"
	for _, w := range [][4]string{
		{"W-1", r.clusterID("legacy-prod"), "2026-09-01", "2026-10-01"},
		{"W-2", r.clusterID("legacy-prod"), "2027-01-01", "2027-03-01"},
		{"W-3", "fr-par/00000000-0000-4000-8000-000000000000", "2026-11-01", "2027-03-01"},
	} {
		waivers += "  - {id: " + w[0] + ", check: node_public_address, scope: " + r.clusterID("legacy-prod") +
			", subjects: [" + w[1] + "], reason: a migration, compensating: a closed security group, " +
			"ticket: PLAT-1, risk_owner: ciso, author: platform, approver: ciso, approved_on: " + w[2] + ", until: " +
			w[3] + "}\n"
	}
	if err := os.WriteFile(path, []byte(waivers), 0o600); err != nil {
		t.Fatal(err)
	}
	out := r.must("assess", "--cluster", "legacy-prod", "--hds", "--layers", "api", "--waivers", path, "--output", "")
	requireContains(t, out, "Waivers without effect (3)", "W-1 (node_public_address): expired",
		"W-2 (node_public_address): approved on a later day", "W-3 (node_public_address): no open deviation")
}

// TestMisspeltKeys checks that srm.yaml names the keys that are allowed, not Go types.
func TestMisspeltKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "srm.yaml")
	text := "clusters:\n  - cluster: a\n    hsd: true\norganization: {profil: b}\nfailon: high\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(path)
	if err == nil || strings.Contains(err.Error(), "main.") {
		t.Fatal(err)
	}
	requireContains(t, err.Error(), `line 3: "hsd" is not a key; allowed: cluster, hds, layers`, `Write "hds"`,
		`line 4: "profil" is not a key`, `Write "profile"`, `line 5: "failon"`, `Write "fail_on"`)
}
