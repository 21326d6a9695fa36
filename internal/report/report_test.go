package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// asOf is the time of the assessments of the tests.
const asOf = "2026-11-30T09:00:00Z"

// fail returns an open deviation.
func fail(check string, severity assessment.Severity) assessment.Finding {
	return assessment.Finding{
		ID: check + "@fr-par/1", Check: check, Result: assessment.Fail, Disposition: assessment.Open,
		Severity: severity,
		Scope:    "fr-par/1", Title: assessment.Text{EN: "Title of " + check, FR: "Titre de " + check},
		Found:  assessment.Text{EN: "Found by " + check + ".", FR: "Constat de " + check + "."},
		Remedy: assessment.Text{EN: "Fix " + check + ".", FR: "Corriger " + check + "."}, Since: "2026-11-01",
	}
}

func withResult(f assessment.Finding, r assessment.Result) assessment.Finding {
	f.Result = r
	return f
}

// cluster returns an assessment with findings.
func cluster(findings ...assessment.Finding) assessment.Assessment {
	return assessment.Assessment{
		Scope: "fr-par/1", Name: "prod", AsOf: asOf, ReadAt: asOf, HDS: true, Layers: []string{"api"},
		Findings: findings,
	}
}

func newInput(assessments ...assessment.Assessment) Input {
	return Input{Assessments: assessments, Language: "en", Source: "assessment.json"}
}

// TestMarkdownForPullRequest compares a report with the baseline and the plan of a change.
func TestMarkdownForPullRequest(t *testing.T) {
	t.Parallel()
	a := cluster(
		fail("node_public_address", assessment.High), fail("api_allow_list", assessment.Critical),
		fail("pod_security", assessment.Medium), withResult(fail("node_age", assessment.Low), assessment.Pass),
		withResult(fail("lb_public", assessment.Medium), assessment.NotEvaluated),
	)
	a.NotEvaluated = []assessment.Unevaluated{
		{
			Reason: assessment.Forbidden, Needs: "LoadBalancersReadOnly in the Project", Checks: []string{"lb_public"},
		},
		{Reason: assessment.AttestationMissing, Needs: "purpose", Checks: []string{"attest_purpose"}},
	}
	a.Dates = []assessment.DueDate{
		{Kind: assessment.DateAttestation, On: "2026-11-29", Text: assessment.Text{EN: "The attestation a expires."}},
		{
			Kind: assessment.DateDeprecation, On: "2027-01-19", Text: assessment.Text{
				EN: "Kubernetes 1.35 is deprecated.",
			},
		},
		{Kind: assessment.DateEndOfSupport, On: "2027-03-19", Text: assessment.Text{EN: "Too far away."}},
	}
	in := newInput(a)
	in.Baseline = []assessment.Assessment{cluster(
		fail("pod_security", assessment.Medium), fail("node_age", assessment.Low), fail("lb_public", assessment.Medium),
	)}
	in.Plan = &Plan{
		Shifts: []Shift{
			{Address: "srm_hds_pool.w", Key: "kubelet_args/maxPods", Clause: "TRF-01", Reason: "kubelet_args sets it."},
		},
		Returns: []Shift{{Address: "srm_hds_pool.w", Key: "public_ip", Clause: "NET-03"}},
	}
	want, err := os.ReadFile("testdata/pull_request.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := Markdown(in); got != string(want) {
		t.Errorf("got:\n%s\nexpected:\n%s", got, want)
	}
	in.Language = "fr"
	for _, text := range []string{
		"Écarts ouverts\u00a0: 3", "### Nouveaux écarts (2)", "(LoadBalancersReadOnly dans le Projet)",
		"**critique** Titre de", "Ce document restitue",
	} {
		if !strings.Contains(Markdown(in), text) {
			t.Errorf("the French report lacks %q", text)
		}
	}
}

// TestMarkdownComparison checks that a baseline of other layers is not taken for progress.
func TestMarkdownComparison(t *testing.T) {
	t.Parallel()
	earlier := cluster(fail("pod_security", assessment.Medium))
	earlier.Layers = []string{"api", "cluster"}
	in := newInput(cluster())
	in.Baseline = []assessment.Assessment{earlier}
	if got := Markdown(in); !strings.Contains(got, "Not comparable with the baseline (1)") {
		t.Error(got)
	}
	// What can no longer be evaluated is not corrected.
	in = newInput(cluster(withResult(fail("pod_security", assessment.Medium), assessment.NotEvaluated)))
	in.Baseline = []assessment.Assessment{cluster(fail("pod_security", assessment.Medium))}
	if got := Markdown(in); !strings.Contains(got, "0 new, 0 corrected") {
		t.Error(got)
	}
}

// TestMarkdownLength builds reports of random size. None has more than the largest number of lines, and each shows an
// item of every section.
func TestMarkdownLength(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	severities := assessment.Severities()
	for range 100 {
		in, baseline := newInput(), []assessment.Assessment{}
		for n := range random.IntN(9) {
			findings, earlier := []assessment.Finding{}, []assessment.Finding{}
			for i := range random.IntN(60) {
				f := fail(fmt.Sprintf("check_%d", i), severities[random.IntN(len(severities))])
				f.ID = fmt.Sprintf("%s@%d", f.Check, n)
				f.Found.EN = strings.Repeat("long\n", random.IntN(300))
				if random.IntN(3) == 0 {
					earlier = append(earlier, f)
				}
				results := assessment.Results()
				findings = append(findings, withResult(f, results[random.IntN(len(results))]))
			}
			a := cluster(findings...)
			a.Name = fmt.Sprintf("cluster\n%d", n)
			for i := range random.IntN(30) {
				at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*9).Format(time.DateOnly)
				a.Dates = append(a.Dates, assessment.DueDate{Kind: assessment.DateCertificate, On: at})
				a.NotEvaluated = append(a.NotEvaluated, assessment.Unevaluated{Reason: assessment.Forbidden, Needs: at})
			}
			in.Assessments = append(in.Assessments, a)
			if random.IntN(2) == 0 {
				baseline = append(baseline, cluster(earlier...))
			}
		}
		if random.IntN(3) > 0 {
			in.Baseline = baseline
		}
		in.Plan = &Plan{Shifts: slices.Repeat([]Shift{{Address: "a\nb", Reason: "r"}}, random.IntN(20))}
		got := Markdown(in)
		if lines := strings.Count(got, "\n"); lines > MaxMarkdownLines {
			t.Fatalf("%d lines:\n%s", lines, got)
		}
		for _, s := range in.sections() {
			if len(s.items) > 0 && !strings.Contains(got, s.title+" (") {
				t.Fatalf("%q is left out:\n%s", s.title, got)
			}
		}
	}
}

// FuzzMarkdown puts a text into every place that a user fills. The rendered report has no element and no link of it.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"<script>alert(1)</script>", "[a](https://example.org)", "![x](y)", "`code", "| a | b |", "# h", "- - x",
		"1. x",
		"@user #12", "https://example.org www.example.org", "**b** _i_ ~~s~~", "&lt;b&gt;", "a\n\n# b", "</details>",
		"\u202etxt", "\\", "a@example.org", "-----", "***", "$x$", "2) y",
	} {
		f.Add(seed)
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM))
	f.Fuzz(func(t *testing.T, text string) {
		a := cluster(fail("c", assessment.High))
		a.Name = text
		a.Findings[0].Found.EN, a.Findings[0].Title.EN, a.Findings[0].Remedy.EN = text, text, text
		a.Waivers = []assessment.WaiverStatus{{Waiver: assessment.Waiver{ID: text}, State: assessment.WaiverExpired}}
		a.NotEvaluated = []assessment.Unevaluated{{Reason: assessment.Forbidden, Needs: text, Checks: []string{text}}}
		in := newInput(a)
		in.Source, in.Baseline = text, []assessment.Assessment{}
		in.Plan = &Plan{Shifts: []Shift{{Address: text, Clause: text, Reason: text}}}
		var html bytes.Buffer
		if err := markdown.Convert([]byte(Markdown(in)), &html); err != nil {
			t.Fatal(err)
		}
		for _, element := range []string{
			"<a ", "<img", "<script", "<table", "<h1", "<del", "<input", "<hr", "<blockquote", "<ol", "<em>", "<pre",
			"<!-- raw",
		} {
			limit := 0
			switch element {
			case "<em>":
				limit = 1 // the disclaimer
			case "<!-- raw":
				limit = 2 // the folded section, of which this report has none
			}
			if count := strings.Count(html.String(), element); count > limit {
				t.Errorf("%d of %s from %q:\n%s", count, element, text, html.String())
			}
		}
	})
}

// readCSV reads a file that was written.
func readCSV(t *testing.T, content string, separator rune) [][]string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(content, "\ufeff")))
	reader.Comma = separator
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestCSV compares the rows of parts and objects in both dialects.
func TestCSV(t *testing.T) {
	t.Parallel()
	a := cluster(fail("volumes_encrypted", assessment.High))
	a.Findings[0].Found = assessment.Text{EN: "=HYPERLINK(\"x\")", FR: "=1+1"}
	a.Findings[0].Objects = []assessment.Object{
		{
			ID: "PersistentVolume/p", Name: "+1", Attribute: "encrypted", Value: "-2", Result: assessment.Fail,
			Severity: assessment.High,
		},
		{ID: "PersistentVolume/q", Result: assessment.Pass},
	}
	a.Findings[0].Waiver = &assessment.AppliedWaiver{IDs: []string{"W-1"}, Until: "2027-01-31"}
	a.Clauses = []assessment.ClauseResult{{
		ID: "EXT-01", Result: assessment.NotApplicable, Reason: assessment.Text{EN: "No external node.", FR: "Aucun."},
	}, {
		ID: "HDS-ENC-03", Result: assessment.Fail, Party: "customer", Disposition: assessment.Waived,
		Parts: []assessment.PartResult{
			{
				Key: "existing", By: "check", Name: "volumes_encrypted", Result: assessment.Fail, Waived: true,
				Finding: a.Findings[0].ID, Text: assessment.Text{EN: "Volumes, \"all\"", FR: "Volumes chiffrés"},
			},
			{
				Key: "admission", By: "check", Name: "admission_policies", Result: assessment.NotEvaluated,
				Gap: &assessment.Gap{Reason: assessment.Forbidden, Needs: "KubernetesReadOnly"},
			},
		},
	}}
	in := newInput(a)
	for _, d := range []Dialect{{}, {IsFrenchExcel: true}} {
		separator := ','
		if d.IsFrenchExcel {
			separator, in.Language = ';', "fr"
		}
		var parts, population bytes.Buffer
		if err := WriteParts(&parts, in, d); err != nil {
			t.Fatal(err)
		}
		if err := WritePopulation(&population, in, d); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(parts.String(), "\ufeff") != d.IsFrenchExcel {
			t.Errorf("%+v: the byte order mark", d)
		}
		rows, objects := readCSV(t, parts.String(), separator), readCSV(t, population.String(), separator)
		if len(rows) != 4 || len(objects) != 3 {
			t.Fatalf("%d parts, %d objects", len(rows), len(objects))
		}
		text := strings.Join(slices.Concat(rows[1], rows[2], rows[3], objects[1]), "\n")
		want := []string{
			"prod", "HDS-ENC-03", "'=HYPERLINK(\"x\")", "Volumes, \"all\"", "KubernetesReadOnly", "'+1", "'-2",
			"waived", "W-1", "EXT-01", "No external node.",
		}
		if d.IsFrenchExcel {
			want = []string{
				"prod", "'=1+1", "Volumes chiffrés", "écart", "non évalué", "dérogation", "W-1", "élevée",
				"Chiffrement des données", "client", "contrôle", "sans objet",
			}
		}
		for _, w := range want {
			if !slices.Contains(strings.Split(text, "\n"), w) {
				t.Errorf("%+v: no cell %q in\n%s", d, w, text)
			}
		}
	}
}

// FuzzCells checks that no cell begins as a formula, and that every cell can be read again.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{"=1", "\t=1", " +1", "\r-1", "@x", "a\n=1", ";", "\"", "|cmd", "％", "＝1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := cluster(fail("c", assessment.High))
		a.Name, a.Scope, a.Findings[0].Found.EN, a.Findings[0].Scope = text, text, text, text
		a.Findings[0].Objects = []assessment.Object{{
			ID: text, Name: text, Value: text, Attribute: text, Accepted: text, Source: text,
			Found: assessment.Text{EN: text},
		}}
		a.Clauses = []assessment.ClauseResult{{ID: "HDS-ENC-03", Parts: []assessment.PartResult{{
			Finding: a.Findings[0].ID, Text: assessment.Text{EN: text}, Gap: &assessment.Gap{Needs: text},
		}}}}
		for _, d := range []Dialect{{}, {IsFrenchExcel: true}} {
			for _, writeFile := range []func(io.Writer, Input, Dialect) error{WritePopulation, WriteParts} {
				var out bytes.Buffer
				if err := writeFile(&out, newInput(a), d); err != nil {
					t.Fatal(err)
				}
				separator := ','
				if d.IsFrenchExcel {
					separator = ';'
				}
				for _, row := range readCSV(t, out.String(), separator) {
					for _, cell := range row {
						if cell != "" && strings.ContainsAny(cell[:1], "=+-@|%\t\r") || strings.HasPrefix(cell, "＝") {
							t.Errorf("%q of %q", cell, text)
						}
					}
				}
			}
		}
	})
}

// TestCalendar reads the calendar with a parser: all-day events, and a UID that does not depend on the date.
func TestCalendar(t *testing.T) {
	t.Parallel()
	a := cluster()
	a.Dates = []assessment.DueDate{
		{
			Kind: assessment.DateDeprecation, On: "2027-01-19", Subject: "fr-par/1", Text: assessment.Text{
				EN: "Deprecated;\nBEGIN:VEVENT",
			},
		},
		{Kind: assessment.DateForcedUpgrade, On: "2027-03-19", Until: "2027-04-18", Subject: "fr-par/1"},
	}
	read := func(in Input) []*ics.VEvent {
		text, err := Calendar(in)
		if err != nil {
			t.Fatal(err)
		}
		calendar, err := ics.ParseCalendar(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return calendar.Events()
	}
	events := read(newInput(a))
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	start, err := events[1].GetAllDayStartAt()
	end, endErr := events[1].GetAllDayEndAt()
	if err != nil || endErr != nil || start.Format(time.DateOnly) != "2027-03-19" ||
		end.Format(time.DateOnly) != "2027-04-19" {
		t.Errorf("%s to %s, %v, %v", start, end, err, endErr)
	}
	if got := events[0].GetProperty(ics.ComponentPropertySummary).Value; got != "prod: Deprecated; BEGIN:VEVENT" {
		t.Errorf("summary %q", got)
	}
	a.Dates[0].On, a.AsOf = "2027-02-01", "2026-12-01T00:00:00Z"
	if moved := read(newInput(a)); moved[0].Id() != events[0].Id() || events[0].Id() == events[1].Id() {
		t.Errorf("UIDs %s, %s, %s", events[0].Id(), moved[0].Id(), events[1].Id())
	}
	a.AsOf = "yesterday"
	if _, err := Calendar(newInput(a)); err == nil {
		t.Error("a wrong time is not an error")
	}
}

// FuzzCalendar puts a text into every place of the calendar that a user fills: there is one event, with the properties
// of a harmless one, and all lines have at most 75 bytes.
func FuzzCalendar(f *testing.F) {
	for _, seed := range []string{
		"a\r\nEND:VEVENT", "a\nBEGIN:VALARM", "\\n", ";,:\"", "é\u2028x", "\x00", "a\rATTACH:file",
		strings.Repeat("é", 90),
	} {
		f.Add(seed)
	}
	properties := func(t *testing.T, text string) []string {
		a := cluster()
		a.Name, a.Scope = text, text
		a.Dates = []assessment.DueDate{
			{Kind: assessment.DateWaiver, On: "2027-01-19", Subject: text, Text: assessment.Text{EN: text}},
		}
		written, err := Calendar(newInput(a))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(written, "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q: the line %q", text, line)
			}
		}
		calendar, err := ics.ParseCalendar(strings.NewReader(written))
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, e := range calendar.Events() {
			for _, p := range e.Properties {
				names = append(names, p.IANAToken)
			}
			if len(e.Components) > 0 {
				t.Errorf("%q adds components", text)
			}
		}
		return names
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := properties(t, text), properties(t, "harmless"); !slices.Equal(got, want) {
			t.Errorf("%q: %q, expected %q", text, got, want)
		}
	})
}

// TestParsePlan reads what a plan shifts, and no more of it.
func TestParsePlan(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := ParsePlan(text)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", *plan)
	want := "{Shifts:[{Address:srm_hds_pool.new Key:user_data/cloud-init Clause:TRF-01 To:customer Reason:user_data " +
		"sets it.} {Address:srm_hds_pool.workers Key:kubelet_args/maxPods Clause:TRF-01 To:customer " +
		"Reason:kubelet_args sets it.}] Returns:[{Address:srm_hds_pool.workers Key:public_ip Clause:NET-03 " +
		"To:customer Reason:It has a public IP.}]}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, wrong := range []string{"", "{}", "[]", `{"resource_changes": []}`, "not JSON"} {
		if _, err := ParsePlan([]byte(wrong)); err == nil {
			t.Errorf("%q is no error", wrong)
		}
	}
	if empty, err := ParsePlan([]byte(`{"format_version": "1.2"}`)); err != nil || len(empty.Shifts) > 0 {
		t.Errorf("%+v, %v", empty, err)
	}
}
