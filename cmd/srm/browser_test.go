package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// pageFindings is what tools/report-tools/check.mjs finds in a page at a width.
type pageFindings struct {
	Page       string     `json:"page"`
	Width      int        `json:"width"`
	Overflows  []string   `json:"overflows"`
	Violations []ruleHits `json:"violations"`
	Incomplete []ruleHits `json:"incomplete"`
	Passed     int        `json:"passed"`
	OtherFiles []string   `json:"otherFiles"`
}

// ruleHits is a rule of axe with the elements that it is about.
type ruleHits struct {
	Rule  string   `json:"rule"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// explained returns why axe cannot judge an element, if that is known; "" otherwise.
func explained(rule, node string) string {
	if rule == "color-contrast" && strings.HasPrefix(node, "text[") {
		return "axe does not know the background of a text in an SVG: it is white, and the colors are those of the page"
	}
	return ""
}

// lackOf skips a test for lack of a program, which `make .bin/report-tools` installs. SRM_TEST_REPORTS=required makes
// it a failure: the workflow of the project sets it.
func lackOf(t *testing.T, what string) {
	t.Helper()
	text := what + " is missing: run `make .bin/report-tools`, as root for Debian's packages"
	if os.Getenv("SRM_TEST_REPORTS") == "required" {
		t.Fatal(text)
	}
	t.Skip(text)
}

// lookFor returns the path of the first program that is on PATH.
func lookFor(t *testing.T, names ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("The test starts a browser or an office program, and -short is set.")
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lackOf(t, strings.Join(names, " or "))
	return ""
}

// TestBrowser renders and prints the report in two languages, and one with long words and many clusters. At the widths
// of a screen, of A4 and of a printed page nothing overflows, and axe finds no violation of WCAG 2.1 AA.
func TestBrowser(t *testing.T) {
	t.Parallel()
	node, pdfToText := lookFor(t, "node"), lookFor(t, "pdftotext")
	browser := lookFor(t, "chromium-headless-shell", "chromium", "google-chrome")
	modules, script := "../../.bin/report-tools", "../../tools/report-tools/check.mjs"
	if _, err := os.Stat(filepath.Join(modules, "node_modules")); err != nil {
		lackOf(t, ".bin/report-tools")
	}
	folder := t.TempDir()
	writeSamples(t, folder)
	// A page with faults, which the script has to find.
	faulty := write(
		t,
		filepath.Join(folder, "faulty.html"),
		"<!DOCTYPE html><html><title>f</title><p style='width:3000px'>"+
			"<font color='#ddd'>text</font></p><img src='other.png'></html>",
	)
	pages := []string{
		filepath.Join(
			folder,
			"report.html",
		),
		filepath.Join(folder, "report-en.html"),
		writeHardReport(t, folder),
		faulty,
	}
	script, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, append([]string{script, browser, folder}, pages...)...)
	command.Dir = modules
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	found := decode[[]pageFindings](t, output)
	if len(found) != 3*len(pages) {
		t.Fatalf("%d findings", len(found))
	}
	for _, f := range found {
		if f.Page != "faulty" {
			f.check(t)
		} else if len(f.Overflows) == 0 || len(f.Violations) < 3 || len(f.OtherFiles) != 1 {
			t.Errorf("the faults of a page are not found: %+v", f)
		}
	}
	for _, page := range []string{"report", "report-en"} {
		checkPrint(t, pdfToText, filepath.Join(folder, page))
	}
	screenshot, err := os.ReadFile(filepath.Join(folder, "report-1200.png"))
	if err != nil {
		t.Fatal(err)
	}
	published := filepath.Join(sampleReports, "report.png")
	if os.Getenv("SRM_TEST_UPDATE") != "" {
		if err := os.WriteFile(published, screenshot, 0o644); err != nil { //nolint:gosec // It is published.
			t.Fatal(err)
		}
	}
	const limit = 200_000
	if info, err := os.Stat(published); err != nil || info.Size() > limit {
		t.Errorf("%s is missing or larger than %d bytes: %v", published, limit, err)
	}
}

// check reports what is wrong with a page.
func (f pageFindings) check(t *testing.T) {
	t.Helper()
	at := fmt.Sprintf("%s at %d px", f.Page, f.Width)
	for _, overflow := range f.Overflows {
		t.Errorf("%s: wider than its box: %s", at, overflow)
	}
	for _, v := range f.Violations {
		t.Errorf("%s: %s (%s): %q", at, v.Rule, v.Help, v.Nodes)
	}
	for _, i := range f.Incomplete {
		for _, node := range i.Nodes {
			if explained(i.Rule, node) == "" {
				t.Errorf("%s: axe cannot judge %s (%s): %s", at, i.Rule, i.Help, node)
			}
		}
	}
	if len(f.OtherFiles) > 0 {
		t.Errorf("%s loads other files: %q", at, f.OtherFiles)
	}
	const few = 20
	if f.Passed < few {
		t.Errorf("%s: axe judged only %d rules", at, f.Passed)
	}
}

// checkPrint checks the printed report: page numbers, and tables that repeat their heads.
func checkPrint(t *testing.T, pdfToText, path string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), pdfToText, "-layout", path+".pdf", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(string(output), "\f"), "\f")
	if len(pages) < 2 {
		t.Fatalf("%s: %d pages", path, len(pages))
	}
	for n, page := range pages {
		if want := fmt.Sprintf("%d / %d", n+1, len(pages)); !strings.Contains(page, want) {
			t.Errorf("%s: page %d does not have the number %q", path, n+1, want)
		}
	}
	html, err := os.ReadFile(path + ".html")
	if err != nil {
		t.Fatal(err)
	}
	// The heads of the open deviations and of the matrix, in either language.
	for _, head := range []string{"Constat et correction", "Found, and correction"} {
		written, printed := strings.Count(string(html), head), strings.Count(string(output), head)
		if written > 0 && printed <= written {
			t.Errorf("%s: %q is printed %d times for %d tables", path, head, printed, written)
		}
	}
}

// writeHardReport writes a report of many clusters with long words without a place to break them.
func writeHardReport(t *testing.T, folder string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "2026-q4/assessment.json"))
	if err != nil {
		t.Fatal(err)
	}
	found := decode[results](t, content)
	word := strings.Repeat("mot_très_long", 20)
	a := found.Assessments[1]
	a.Name = word
	for i := range a.Findings {
		f := &a.Findings[i]
		f.Found, f.Subjects = assessment.Text{EN: word, FR: word}, []string{word, word}
		f.Accepted = []assessment.AcceptedObject{{Subject: word, Input: word, Reason: word, ReviewedOn: "2026-11-30"}}
	}
	for i := range a.Waivers {
		w := &a.Waivers[i]
		w.ID, w.Reason, w.Compensating, w.Ticket, w.Author, w.Approver = word, word, word, word, word, word
	}
	for i := range a.Declared {
		d := &a.Declared[i]
		d.ID, d.PerformedBy, d.ReviewedBy, d.Document.URI = word, word, word, word
	}
	for i := range a.NotEvaluated {
		a.NotEvaluated[i].Needs = word
	}
	const few = 5 // More than a table of counts has columns. The page need not be long.
	a.Findings, a.Clauses = a.Findings[:min(len(a.Findings), 4*few)], a.Clauses[:few]
	found.Assessments = slices.Repeat([]assessment.Assessment{a}, few)
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	source := write(t, filepath.Join(folder, "hard.json"), string(text))
	page := filepath.Join(folder, "hard.html")
	newRig(t).must("report", "--html", page, "--commit", word, "--pipeline", word, source)
	return page
}
