package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// parsePage renders the report and parses it.
func parsePage(t *testing.T, in Input) (*html.Node, string) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteHTML(&out, in); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return root, out.String()
}

// elements returns the names of all elements, and those of attributes as "element attribute".
func elements(root *html.Node) []string {
	found := []string{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			found = append(found, n.Data)
			for _, a := range n.Attr {
				found = append(found, n.Data+" "+a.Key)
			}
		}
	}
	return found
}

// text returns the text of an element and its children.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// reported returns an assessment with everything that the report shows.
func reported(word string) assessment.Assessment {
	a := cluster(fail("api_allow_list", assessment.Critical), withResult(fail("lb_public", assessment.Medium),
		assessment.NeedsDecision))
	waived := fail("node_public_address", assessment.High)
	waived.Disposition = assessment.Waived
	a.Name = word
	a.Findings = append(a.Findings, waived)
	for i := range a.Findings {
		f := &a.Findings[i]
		f.Subjects = []string{word}
		f.Title, f.Found = assessment.Text{EN: word, FR: word}, assessment.Text{EN: word, FR: word}
		f.Accepted = []assessment.AcceptedObject{{Subject: word, Input: word, Reason: word, ReviewedOn: word}}
	}
	a.Waivers = []assessment.WaiverStatus{{State: assessment.WaiverApplies, Waiver: assessment.Waiver{
		ID: word, Check: "node_public_address", Subjects: []string{word}, Reason: word, Compensating: word,
		Ticket:    word,
		RiskOwner: word, Author: word, Approver: word, Until: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC),
	}}}
	a.Declared = []assessment.DeclaredState{{State: assessment.StateDecides, Attestation: assessment.Attestation{
		ID: word, Kind: "restore_test", Scope: word, PerformedBy: word, ReviewedBy: word,
		Document: assessment.Document{URI: word, SHA256: word},
	}}}
	a.NotEvaluated = []assessment.Unevaluated{{Reason: assessment.Forbidden, Needs: word, Checks: []string{word}}}
	a.Dates = []assessment.DueDate{
		{Kind: assessment.DateDeprecation, On: "2027-01-19", Subject: word, Text: assessment.Text{EN: word, FR: word}},
		{Kind: assessment.DateEndOfSupport, On: "2027-03-19", Subject: word},
		{Kind: assessment.DateForcedUpgrade, On: "2027-03-19", Until: "2027-04-18", Subject: word},
	}
	a.Clauses = []assessment.ClauseResult{{
		ID: "HDS-ENC-03", Result: assessment.Fail, Party: "customer", Parts: []assessment.PartResult{{
			Key: "existing", By: "check", Name: "volumes_encrypted", Result: assessment.NotEvaluated,
			Gap:  &assessment.Gap{Reason: assessment.Forbidden, Needs: word},
			Text: assessment.Text{EN: "Volumes that exist.", FR: "Volumes existants."},
		}},
	}}
	return a
}

// TestHTML checks what the report shows, its structure for screen readers, and that it needs no other file.
func TestHTML(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "fr"} {
		in := newInput(reported("patients"))
		in.Language, in.Commit, in.Tool = language, "0123abc", "srm/1.0"
		root, raw := parsePage(t, in)
		ids, links, headings := []string{}, []string{}, []string{}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				switch {
				case n.Data == "html" && a.Key == "lang" && a.Val != language:
					t.Errorf("lang is %q", a.Val)
				case a.Key == "id":
					ids = append(ids, a.Val)
				case a.Key == "href":
					links = append(links, a.Val)
				case a.Key == "src" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "http"):
					t.Errorf("%s %s=%q", n.Data, a.Key, a.Val)
				}
			}
			switch n.Data {
			case "h1", "h2", "h3":
				headings = append(headings, n.Data)
			case "script", "link", "iframe", "img":
				t.Errorf("the page has a %s", n.Data)
			case "th":
				if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "scope" }) {
					t.Errorf("a heading of a table has no scope: %s", text(n))
				}
			case "table":
				if n.FirstChild.NextSibling == nil || n.FirstChild.NextSibling.Data != "caption" {
					t.Errorf("a table has no caption: %s", text(n))
				}
			}
		}
		if sorted := slices.Sorted(slices.Values(ids)); len(slices.Compact(sorted)) != len(ids) {
			t.Errorf("an id occurs twice: %q", ids)
		}
		for _, l := range links {
			if !slices.Contains(ids, strings.TrimPrefix(l, "#")) {
				t.Errorf("%s leads nowhere", l)
			}
		}
		if headings[0] != "h1" || slices.Index(headings[1:], "h1") >= 0 || !slices.Contains(headings, "h3") {
			t.Errorf("headings: %q", headings)
		}
		for _, landmark := range []string{"<main>", "<nav ", "<header>", "<footer>", "<svg ", "repeat", "@page"} {
			if landmark != "repeat" && !strings.Contains(raw, landmark) {
				t.Errorf("%s is missing", landmark)
			}
		}
		want := []string{
			"patients", "0123abc", "srm/1.0", "HDS-ENC-03", "2027-03-31", "api_allow_list", "2027-04-18",
			in.disclaimer(),
		}
		if language == "fr" {
			want = append(want, "Écarts ouverts (1)", "à décider", "Registre des dérogations (1)", "non vérifié")
		} else {
			want = append(want, "Open deviations (1)", "to decide", "Register of waivers (1)", "not verified")
		}
		all := text(root)
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is missing", language, w)
			}
		}
	}
	// An assessment without anything, and no assessment.
	parsePage(t, newInput(cluster()))
	parsePage(t, newInput())
}

// FuzzHTML puts a text into every place that a user fills. The page has the same elements and attributes as with a
// harmless word.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{
		"<script>alert(1)</script>", "</style><b>", "\" onload=\"x", "'><img src=x>", "{{.}}", "javascript:alert(1)",
		"&lt;b&gt;",
		"]]>", "<!--", "</title><h1>", "\x00", "\u202e",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if strings.TrimSpace(word) == "" {
			return
		}
		render := func(word string) []string {
			in := newInput(reported(word))
			in.Source, in.Commit, in.Pipeline, in.Tool = word, word, word, word
			root, _ := parsePage(t, in)
			return elements(root)
		}
		if got, want := render(word), render("harmless"); !slices.Equal(got, want) {
			t.Errorf("%q changes the page", word)
		}
	})
}

// TestBrief checks that the page begins with what a reader wants to know first.
func TestBrief(t *testing.T) {
	t.Parallel()
	a := reported("patients")
	a.Findings[0].Scope, a.Waivers[0].Scope = "fr-par/1", "fr-par/1"
	earlier := reported("patients")
	earlier.AsOf = "2026-08-31T09:00:00Z"
	earlier.Findings[0].Result = assessment.Pass
	in := newInput(a)
	in.History = [][]assessment.Assessment{{earlier}}
	want := map[string]string{
		"deviations": "critical — patients (patients): patients",
		"waivers": "patients — Public addresses of nodes (patients): approved by patients on , until 2027-03-31 " +
			"(in force)",
		"unevaluated": "patients — the identity is not allowed to read it: 1 (patients)",
		"dates":       "patients — until 2027-03-19. 2027-01-19: patients 2027-03-19:  2027-03-19 to 2027-04-18: ",
		"history":     "new — patients (patients), critical",
	}
	for _, q := range in.questions() {
		if len(q.Answers) != 1 || q.Answers[0] != want[q.Section] {
			t.Errorf("%s: %q, expected %q", q.Section, q.Answers, want[q.Section])
		}
		delete(want, q.Section)
	}
	if len(want) > 0 {
		t.Errorf("no question for %v", want)
	}
	// Without an earlier run nothing is new, and a long list is cut.
	in.History = nil
	for n := range 20 {
		other := a
		other.Findings = slices.Clone(a.Findings)
		other.Findings[0].ID = fmt.Sprint(n)
		in.Assessments = append(in.Assessments, other)
	}
	questions := in.questions()
	if q := questions[0]; len(q.Answers) != maxAnswers || q.More != "and 9 more" {
		t.Errorf("%d answers, %q", len(q.Answers), q.More)
	}
	if q := questions[len(questions)-1]; !strings.Contains(q.Answers[0], "first run") {
		t.Errorf("%q", q.Answers)
	}
}

// TestSectionTitles checks that every section of the model has a French title.
func TestSectionTitles(t *testing.T) {
	t.Parallel()
	sections := []string{}
	for _, c := range responsibility.EmbeddedCatalogue().Clauses {
		sections = append(sections, c.Section)
	}
	slices.Sort(sections)
	sections = slices.Compact(sections)
	if len(sections) != len(sectionTitles()) {
		t.Errorf("%d titles for %d sections", len(sectionTitles()), len(sections))
	}
	for _, s := range sections {
		n := slices.IndexFunc(sectionTitles(), func(title assessment.Text) bool { return title.EN == s })
		if n < 0 || sectionTitles()[n].FR == "" {
			t.Errorf("%q has no French title", s)
		}
	}
}

// TestContrast computes the contrast of the texts in the drawing, of which a browser does not know the background.
func TestContrast(t *testing.T) {
	t.Parallel()
	luminance := func(color string) float64 {
		var rgb [3]int
		if _, err := fmt.Sscanf(color, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
			t.Fatal(color, err)
		}
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			channel := float64(rgb[i]) / 255
			if channel <= 0.04045 {
				channel /= 12.92
			} else {
				channel = math.Pow((channel+0.055)/1.055, 2.4)
			}
			sum += weight * channel
		}
		return sum
	}
	const enough = 4.5 // WCAG 2.1, 1.4.3
	root, _ := parsePage(t, newInput(reported("a")))
	texts := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "text" {
			continue
		}
		texts++
		color := "#1b1b1f" // that of the page
		for _, a := range n.Attr {
			if a.Key == "fill" {
				color = a.Val
			}
		}
		if contrast := 1.05 / (luminance(color) + 0.05); contrast < enough {
			t.Errorf("%s on white has the contrast %.1f", color, contrast)
		}
	}
	if texts < 3 {
		t.Errorf("%d texts", texts)
	}
}

// TestTimeline checks the order of the periods.
func TestTimeline(t *testing.T) {
	t.Parallel()
	drawn := newInput(reported("a")).timeline()
	if len(drawn.Rows) != 1 || len(drawn.Rows[0].Bars) != 3 {
		t.Fatalf("%+v", drawn)
	}
	bars := drawn.Rows[0].Bars
	for i, b := range bars {
		if b.Width < 1 || b.X < timelineLeft || b.X+b.Width > timelineWidth || i > 0 && b.X < bars[i-1].X+
			bars[i-1].Width {
			t.Errorf("%+v", bars)
		}
	}
	if drawn.Now <= bars[0].X || drawn.Now >= bars[1].X || drawn.NowText != "2026-11-30" {
		t.Errorf("the line of the reading is at %d: %+v", drawn.Now, bars)
	}
	if without := newInput(cluster()).timeline(); len(without.Rows) > 0 {
		t.Errorf("%+v", without)
	}
}

// largeEstate returns five clusters with a deviation in every check, each of 3000 objects.
func largeEstate() Input {
	in := newInput()
	for range 5 {
		a := assessment.Evaluate(assessment.Facts{}, assessment.Options{HDS: true, Layers: assessment.Layers()})
		for i := range a.Findings {
			a.Findings[i].Result, a.Findings[i].Disposition = assessment.Fail, assessment.Open
			for range 3000 {
				a.Findings[i].Subjects = append(
					a.Findings[i].Subjects, "PersistentVolume/pvc-5f0a7c9e-0000-4000-8000-000000000001",
				)
			}
		}
		in.Assessments = append(in.Assessments, a)
	}
	return in
}

// TestHTMLSize renders a large estate.
func TestHTMLSize(t *testing.T) {
	t.Parallel()
	if _, raw := parsePage(t, largeEstate()); len(raw) > 1<<20 {
		t.Errorf("%d bytes", len(raw))
	} else {
		t.Logf("%d bytes for five clusters", len(raw))
	}
}

// BenchmarkHTML measures the time in which a large estate is rendered.
func BenchmarkHTML(b *testing.B) {
	in := largeEstate()
	for b.Loop() {
		if err := WriteHTML(io.Discard, in); err != nil {
			b.Fatal(err)
		}
	}
}

// TestHistory follows a deviation over four runs: it cannot be evaluated in between, is corrected, and comes again.
func TestHistory(t *testing.T) {
	t.Parallel()
	at := func(asOf string, r assessment.Result) []assessment.Assessment {
		a := cluster(withResult(fail("node_age", assessment.High), r))
		a.AsOf = asOf
		return []assessment.Assessment{a}
	}
	in := Input{
		Assessments: at("2026-11-30T09:00:00Z", assessment.Fail),
		History: [][]assessment.Assessment{
			at("2026-11-20T09:00:00Z", assessment.Pass), at("2026-11-01T09:00:00Z", assessment.Fail),
			at("2026-11-10T09:00:00Z", assessment.NotEvaluated), at("2026-12-24T09:00:00Z", assessment.Pass),
		},
	}
	runs, repairs := in.history()
	want := []run{
		{On: "2026-11-01", IsFirst: true, Open: 1, Severe: 1, New: 1}, {On: "2026-11-10", DaysSince: 9},
		{On: "2026-11-20", DaysSince: 10, Closed: 1}, {On: "2026-11-30", DaysSince: 10, Open: 1, Severe: 1, New: 1},
	}
	if !slices.Equal(runs, want) {
		t.Errorf("%+v", runs)
	}
	if len(repairs) != 1 || repairs[0] != (repair{"node_age", "fr-par/1", "2026-11-01", "2026-11-20", 19}) {
		t.Errorf("%+v", repairs)
	}
	_, raw := parsePage(t, in)
	if !strings.Contains(raw, "<td>19</td>") {
		t.Error("the page does not have the days of the correction")
	}
}
