package assessment

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// testScope is the scope of the cluster of newFacts.
const testScope = "fr-par/11111111-1111-4111-8111-111111111111"

// fillTemplate replaces the placeholders of a template with values of the right types.
func fillTemplate(t *testing.T, text string) string {
	t.Helper()
	values := map[string]string{
		"result": ResultSuccess, "performed_by": "sre", "reviewed_by": "ciso", "until": "2027-10-01",
	}
	var add func(fields []Field)
	add = func(fields []Field) {
		for _, f := range fields {
			switch f.Type {
			case TypeDate:
				values[f.Name] = "2026-11-02"
			case TypeNumber:
				values[f.Name] = "3"
			case TypeYesNo:
				values[f.Name] = "true"
			case TypeName:
				values[f.Name] = "velero"
			case TypeDigest:
				values[f.Name] = "sha256:" + strings.Repeat("ab", 32)
			case TypeMinor:
				values[f.Name] = "1.36"
			default:
				if values[f.Name] == "" {
					values[f.Name] = "as in the runbook"
					if f.Name == "mechanism" {
						values[f.Name] = "TLS 1.3"
					}
				}
			}
			if len(f.Choices) > 0 {
				values[f.Name] = f.Choices[0]
			}
			add(f.Fields)
		}
	}
	for _, kind := range Kinds() {
		add(kind.Fields)
	}
	values["expires_on"] = "2027-10-01"
	text = strings.ReplaceAll(text, "{path: TODO}", "{path: evidence/report.md}")
	return regexp.MustCompile(`(?m)^( *(?:- )?)(\w+): (\[?)TODO(\]?)`).
		ReplaceAllStringFunc(text, func(line string) string {
			parts := regexp.MustCompile(`^( *(?:- )?)(\w+): (\[?)TODO(\]?)`).FindStringSubmatch(line)
			if values[parts[2]] == "" {
				t.Errorf("no value for %q", line)
			}
			return parts[1] + parts[2] + ": " + parts[3] + values[parts[2]] + parts[4]
		})
}

// goodDeclarations returns a text with an attestation of every kind, and a waiver.
func goodDeclarations(t *testing.T) string {
	t.Helper()
	text := fillTemplate(t, string(Template(testScope, time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC))))
	return text[:strings.Index(text, "waivers: []")] + "waivers:\n" + goodWaiver
}

// goodWaiver is a waiver without a problem.
const goodWaiver = `  - id: W-014
    check: cluster_version_check
    scope: fr-par/11111111-1111-4111-8111-111111111111
    subjects: [fr-par/33333333-3333-4333-8333-333333333333, Deployment/test/web]
    reason: the gateway is replaced in March
    compensating: allow-list of the office
    ticket: OPS-1234
    risk_owner: ciso
    author: platform
    approver: ciso
    approved_on: 2026-11-01
    until: 2027-04-30
`

// restoreTest is an attestation without a problem. Its scalars would lose their form in a YAML decoder.
const restoreTest = `attestations:
  - id: restore-2026-q4
    kind: restore_test
    scope: fr-par/11111111-1111-4111-8111-111111111111
    result: success
    performed_on: 2026-11-03
    performed_by: sre
    reviewed_by: ciso
    until: 2027-05-03
    document: {path: evidence/restore.md}
    fields: {what: [records/postgres], rpo: 4h, rto: 1.30, anomalies: []}
waivers:
` + "  - {id: W-014, check: attest_restore_test, scope: organization, subjects: [restore-2026-q3], reason: planned,\n" +
	"     compensating: snapshots, ticket: OPS-7, risk_owner: ciso, author: platform, approver: ciso,\n" +
	"     approved_on: 2026-11-01, until: 2027-04-30}\n"

func dateOf(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// noProblems fails the test if there are problems.
func noProblems(t *testing.T, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		t.Errorf("problem: %s", p)
	}
}

func TestParseDeclarations(t *testing.T) {
	t.Parallel()
	got, problems := ParseDeclarations([]byte(restoreTest))
	noProblems(t, problems)
	want := Declarations{
		Attestations: []Attestation{
			{
				ID:     "restore-2026-q4",
				Kind:   "restore_test",
				Scope:  testScope,
				Result: "success",
				PerformedOn: dateOf(
					t,
					"2026-11-03",
				),
				PerformedBy: "sre",
				ReviewedBy:  "ciso",
				Until:       dateOf(t, "2027-05-03"),
				Document:    Document{Path: "evidence/restore.md"},
				Fields: map[string]any{
					"what": []any{"records/postgres"}, "rpo": "4h", "rto": "1.30", "anomalies": []any{},
				},
			},
		},
		Waivers: []Waiver{{
			ID: "W-014", Check: "attest_restore_test", Scope: ScopeOrganization, Subjects: []string{"restore-2026-q3"},
			Reason: "planned", Compensating: "snapshots", Ticket: "OPS-7", RiskOwner: "ciso", Author: "platform",
			Approver: "ciso", ApprovedOn: dateOf(t, "2026-11-01"), Until: dateOf(t, "2027-04-30"),
		}},
		lines: map[string]int{"restore-2026-q4": 10},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestParseEveryKind parses an attestation of every kind, as the template has it.
func TestParseEveryKind(t *testing.T) {
	t.Parallel()
	got, problems := ParseDeclarations([]byte(strings.Replace(goodDeclarations(t), "cluster_version_check",
		"attest_logging", 1)))
	noProblems(t, problems)
	kinds := []string{}
	for _, a := range got.Attestations {
		kinds = append(kinds, a.Kind)
	}
	if !slices.Equal(kinds, kindNames()) || len(got.Waivers) != 1 {
		t.Errorf("kinds %v, %d waivers", kinds, len(got.Waivers))
	}
}

// TestDeclarationProblems changes one place of a good text.
func TestDeclarationProblems(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, old, new string
		want           string // "line: id: field: part of the text"
	}{
		{"unknown key", "reviewed_by: ciso", "reviewed_bi: ciso",
			`8: restore-2026-q4: reviewed_bi: "reviewed_bi" is not a ` +
				`key of the attestation. Allowed: id, kind, scope, result, performed_on, performed_by, reviewed_by, ` +
				`until, document, fields. Write "reviewed_by".`},
		{"missing key", "    reviewed_by: ciso\n", "",
			"2: restore-2026-q4: reviewed_by: The attestation has no reviewed_by. " +
				"Add the key reviewed_by."},
		{"unknown kind", "kind: restore_test", "kind: restor_test",
			`3: restore-2026-q4: kind: "restor_test" is not a ` +
				`value of this key. Allowed: host_evidence,`},
		{"nearest kind", "kind: restore_test", "kind: restor_test", `Write "restore_test".`},
		{"bad top-level key", "attestations:", "attestation:",
			`1: attestation: "attestation" is not a key of the text. ` +
				`Allowed: attestations, waivers. Write "attestations".`},
		{"duplicate key", "result: success", "result: success\n    result: failed",
			`6: attestations[0].result: The key "result" is there ` +
				`twice. Found: also on line 5. Allowed: each key once. Remove one.`},
		{"anchor", "result: success", "result: &r success", "The text has the anchor &r."},
		{"alias", "document: {path: evidence/restore.md}", "document: &d {path: a}\n    x: *d",
			"The text has the alias *d."},
		{"merge key", "result: success", "<<: {result: success}", "The text has a merge key."},
		{"tag", "result: success", "result: !!str success", "The text has the tag !!str."},
		{"several documents", "attestations:", "---\n{}\n---\nattestations:", "The text has several documents."},
		{"syntax", "result: success", "result: [success", "The text is not YAML."},
		{"placeholder", "rpo: 4h", "rpo: TODO", "11: restore-2026-q4: fields.rpo: The value is a placeholder. " +
			`Found: "TODO". Allowed: text that a reviewer can check.`},
		{"lone dash", "rpo: 4h", "rpo: '-'", "fields.rpo: The value is a placeholder"},
		{"null", "rpo: 4h", "rpo: ~", "fields.rpo: The value is a placeholder"},
		{"empty", "rpo: 4h", "rpo: ", "fields.rpo: The value is a placeholder"},
		{"date", "performed_on: 2026-11-03", "performed_on: 3 November 2026",
			`performed_on: The value is not a date. ` +
				`Found: "3 November 2026". Allowed: YYYY-MM-DD. Write a date such as "2026-11-24".`},
		{"no such day", "performed_on: 2026-11-03", "performed_on: 2026-02-30", "The value is not a date"},
		{"too long", "until: 2027-05-03", "until: 2027-11-04", "9: restore-2026-q4: until: The validity is too long. " +
			"Found: 2027-11-04. Allowed: at most 2027-11-03, 365 days after performed_on. Write an earlier date."},
		{"until first", "until: 2027-05-03", "until: 2026-11-02", "until is before performed_on"},
		{"same role", "reviewed_by: ciso", "reviewed_by: SRE ",
			"8: restore-2026-q4: reviewed_by: reviewed_by is the same " +
				`role as performed_by.`},
		{"person", "reviewed_by: ciso", "reviewed_by: jane@example.org",
			"The value is an e-mail address. Allowed: a role"},
		{"result", "result: success", "result: succss", `Allowed: success, partial, failed. Write "success".`},
		{"scope", "scope: fr-par/11111111", "scope: fr-par/x1111111", "The value is not a scope"},
		{"wildcard scope", "scope: fr-par/11111111-1111-4111-8111-111111111111", "scope: fr-par/*", "is not a scope"},
		{"id", "id: restore-2026-q4", "id: restore 2026", "The value is not an id"},
		{"no id", "  - id: restore-2026-q4\n    kind", "  - kind",
			"2: attestations[0]: id: The attestation has no id."},
		{"same id", "id: W-014", "id: restore-2026-q4",
			`The id "restore-2026-q4" is there twice. Found: also on line 2.`},
		{"path outside", "path: evidence/restore.md", "path: ../restore.md", "The path is not inside the folder"},
		{"absolute path", "path: evidence/restore.md", "path: /etc/passwd", "The path is not inside the folder"},
		{"no digest", "{path: evidence/restore.md}", "{uri: 'https://docs.example.org/restore'}",
			"The document has no sha256."},
		{"short digest", "{path: evidence/restore.md}", "{uri: 'https://docs.example.org/r', sha256: abc}",
			"The digest of the document is not a SHA-256 digest"},
		{"relative uri", "{path: evidence/restore.md}", "{uri: docs, sha256: abc}", "not an absolute URI"},
		{"path and uri", "{path: evidence/restore.md}", "{path: a, uri: 'https://docs.example.org/r'}",
			`"uri" is not a key of the document`},
		{"document is text", "{path: evidence/restore.md}", "evidence/restore.md", "The value is not a document."},
		{"field name", "rpo: 4h", "rpo_want: 4h", `Write "rpo_wanted".`},
		{"field missing", "rpo: 4h, ", "", "fields.rpo: The object fields has no rpo."},
		{"fields missing", "    fields: {what: [records/postgres], rpo: 4h, rto: 1.30, anomalies: []}\n", "",
			"2: restore-2026-q4: fields.what: The object fields has no what."},
		{"list field", "what: [records/postgres]", "what: records/postgres", "fields.what: The value is not a list. " +
			`Found: "records/postgres".`},
		{"empty list", "what: [records/postgres]", "what: []", "fields.what: The list is empty."},
		{"list in list", "what: [records/postgres]", "what: [[a]]", "fields.what[0]: The value has the wrong type. " +
			"Found: a list. Allowed: text."},
		{"check", "check: attest_restore_test", "check: attest_restore_tests", `Write "attest_restore_test".`},
		{"never waived", "check: attest_restore_test", "check: cluster_region",
			"13: W-014: check: The check cluster_region cannot be waived."},
		{"long waiver", "until: 2027-04-30", "until: 2027-05-01",
			"Allowed: at most 2027-04-30, 180 days after approved_on."},
		{"same approver", "approver: ciso", "approver: platform", "approver is the same role as author"},
		{"wildcard", "subjects: [restore-2026-q3]", "subjects: ['fr-par/*']", "subjects[0]: The id has a wildcard"},
		{"no subject", "subjects: [restore-2026-q3]", "subjects: []", "subjects: The list is empty"},
		{"subject twice", "subjects: [restore-2026-q3]", "subjects: [a1, a1]",
			"subjects[1]: The subject is there twice"},
		{"no ticket", "ticket: OPS-7, ", "", "W-014: ticket: The waiver has no ticket."},
		{"control character", "reason: planned", `reason: "a\u0007b"`, "The text has a control character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(restoreTest, test.old, test.new, 1)
			if text == restoreTest {
				t.Fatalf("%q is not in the text", test.old)
			}
			_, problems := ParseDeclarations([]byte(text))
			all := []string{}
			for _, p := range problems {
				all = append(all, fmt.Sprintf("%d: %s", p.Line, strings.TrimPrefix(p.String(), fmt.Sprintf("line %d: ",
					p.Line))))
			}
			if !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, test.want) }) {
				t.Errorf("want %q in\n%s", test.want, strings.Join(all, "\n"))
			}
		})
	}
}

// TestAllProblemsAtOnce checks that one run reports all problems, in the order of lines.
func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("rpo: 4h", "rpo: TODO", "result: success", "result: ok", "ticket: OPS-7",
		"ticket: tbd").
		Replace(restoreTest)
	_, problems := ParseDeclarations([]byte(text))
	lines := []int{}
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{5, 11, 14}) {
		t.Errorf("lines %v: %v", lines, problems)
	}
}

// TestTooManyProblems checks that the number of problems is limited.
func TestTooManyProblems(t *testing.T) {
	t.Parallel()
	text := strings.Builder{}
	for i := range 2000 {
		fmt.Fprintf(&text, "key%d: x\n", i)
	}
	_, problems := ParseDeclarations([]byte(text.String()))
	if len(problems) != maxProblems+1 || problems[maxProblems].Text != "There are more problems. Correct these first." {
		t.Errorf("%d problems, the last is %v", len(problems), problems[len(problems)-1])
	}
	for name, long := range map[string]string{
		"long": strings.Repeat("a", maxTextBytes+1), "deep": strings.Repeat("[", 200) + strings.Repeat("]", 200),
		"not UTF-8": "attestations: \xff",
	} {
		if _, problems := ParseDeclarations([]byte(long)); len(problems) != 1 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestWithoutFolder checks that a path is refused where there is no folder.
func TestWithoutFolder(t *testing.T) {
	t.Parallel()
	_, problems := ParseDeclarations([]byte(restoreTest), WithoutFolder)
	if len(problems) != 1 || problems[0].Field != "document.path" ||
		!strings.Contains(problems[0].Text, "The text has no folder: write the address") {
		t.Errorf("problems %v", problems)
	}
	text := strings.Replace(
		restoreTest,
		"path: evidence/restore.md",
		"uri: 'https://docs.example.org/restore', sha256: "+
			strings.Repeat("ab", 32),
		1,
	)
	_, problems = ParseDeclarations([]byte(text), WithoutFolder)
	noProblems(t, problems)
}

// TestKindRules checks rules of single kinds.
func TestKindRules(t *testing.T) {
	t.Parallel()
	good := strings.Replace(goodDeclarations(t), "cluster_version_check", "attest_logging", 1)
	for _, test := range []struct{ name, old, new, want string }{
		{"after the certificate", "until: 2027-10-01", "until: 2027-10-02", "host-evidence-2026-11-03: until: The " +
			"attestation is valid longer than the certificate. Found: 2027-10-02. Allowed: at most 2027-10-01."},
		{"activity", "activities: [3]", "activities: [7]",
			"activities[0]: The value is not a number that is allowed. " +
				`Found: "7". Allowed: an integer from 1 to 6.`},
		{"answer", "answer: yes", "answer: maybe", "Allowed: yes, no."},
		{"digest", "model_digest: sha256:ab", "model_digest: sha256:xb",
			"fields.model_digest: The value is not a digest"},
		{"minor", " to: 1.36\n      # Date", " to: 1.36.5\n      # Date", "The value is not a minor version"},
		{"truth", "health_data: true", "health_data: yes", "Allowed: true, false."},
		{"nested key", "countries: [as in the runbook]", "countrie: [FR]", `Write "countries".`},
		{"namespace", "namespaces: [velero]", "namespaces: [Velero]", "is not a name of Kubernetes"},
	} {
		text := strings.Replace(good, test.old, test.new, 1)
		_, problems := ParseDeclarations([]byte(text))
		if text == good || len(problems) == 0 || !strings.Contains(fmt.Sprint(problems), test.want) {
			t.Errorf("%s: %v", test.name, problems)
		}
	}
}

// TestPurposeInstead checks that no_health_data replaces the other fields of the purpose.
func TestPurposeInstead(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("kind: restore_test", "kind: purpose",
		"{what: [records/postgres], rpo: 4h, rto: 1.30, anomalies: []}", "{no_health_data: review of all schemas}").
		Replace(restoreTest)
	_, problems := ParseDeclarations([]byte(text))
	noProblems(t, problems)
}

// TestPartialNeedsPlan checks that a partial exit test has a plan.
func TestPartialNeedsPlan(t *testing.T) {
	t.Parallel()
	fields := "{target: another cluster, covered: [shop], duration: 4h, failures: [dns], inventory_digest: 'sha256:" +
		strings.Repeat("ab", 32) + "'}"
	text := strings.NewReplacer("kind: restore_test", "kind: exit_test", "result: success", "result: partial",
		"{what: [records/postgres], rpo: 4h, rto: 1.30, anomalies: []}", fields).Replace(restoreTest)
	_, problems := ParseDeclarations([]byte(text))
	if len(problems) != 1 || problems[0].Field != "fields.plan" {
		t.Errorf("problems %v", problems)
	}
	_, problems = ParseDeclarations([]byte(strings.Replace(text, "duration: 4h", "duration: 4h, plan: by March", 1)))
	noProblems(t, problems)
}

// FuzzDeclarations checks that no text makes the parser panic, and what a text without a problem guarantees.
func FuzzDeclarations(f *testing.F) {
	for _, s := range []string{
		restoreTest, "", "attestations: []\n", "a: &a [*a]", "<<: {}", "? [a]: b", "attestations:\n- id: ~\n",
		"waivers:\n" + goodWaiver, "--- a\n--- b\n", "%TAG ! x\n---\n!a b", "\ufeffattestations: [{}]",
		"# only a comment",
		"attestations: [{kind: purpose, fields: {no_health_data: x}}]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, problems := ParseDeclarations([]byte(text))
		for _, p := range problems {
			if p.Text == "" || p.Line < 0 || len(p.Text) > 4000 {
				t.Errorf("problem %+v", p)
			}
		}
		if len(problems) > maxProblems+1 {
			t.Errorf("%d problems", len(problems))
		}
		if len(problems) > 0 {
			return
		}
		ids := map[string]bool{}
		for _, a := range d.Attestations {
			kind, ok := LookupKind(a.Kind)
			if !ok || ids[a.ID] || a.Until.Before(a.PerformedOn) || a.PerformedBy == a.ReviewedBy ||
				kind.MaxDays > 0 && a.Until.After(a.PerformedOn.AddDate(0, 0, kind.MaxDays)) {
				t.Errorf("attestation %+v", a)
			}
			ids[a.ID] = true
		}
		for _, w := range d.Waivers {
			if ids[w.ID] || w.Author == w.Approver || len(w.Subjects) == 0 ||
				w.Until.After(w.ApprovedOn.AddDate(0, 0, maxWaiverDays(w.Check))) {
				t.Errorf("waiver %+v", w)
			}
			ids[w.ID] = true
		}
	})
}

const goodInputs = `
expected_neighbours:
  db-1234/main: {reason: database of the shop, reviewed_on: 2026-10-01}
break_glass:
  user-9: {reason: emergency account, reviewed_on: 2026-10-02}
max_node_age_days: 45
max_node_age_reason: nodes are replaced at the end of the month
required_log_retention_days: "365"
approved_registries: [rg.fr-par.scw.cloud/shop]
buckets: [records-backups, {name: trail, project_id: 11111111-1111-4111-8111-111111111111}]
health_data_namespaces: [test, shop]
contract: {type: hds, name: HDS contract, reference: C-2026-17}
deadline_days: {critical: 3, low: 200}
`

func wantInputs() Inputs {
	return Inputs{
		ExpectedNeighbours: map[string]Acceptance{"db-1234/main": {"database of the shop", "2026-10-01"}},
		BreakGlass:         map[string]Acceptance{"user-9": {"emergency account", "2026-10-02"}},
		MaxNodeAgeDays:     45, MaxNodeAgeReason: "nodes are replaced at the end of the month",
		RequiredLogRetentionDays: 365, ApprovedRegistries: []string{"rg.fr-par.scw.cloud/shop"},
		Buckets: []NamedBucket{
			{Name: "records-backups"}, {Name: "trail", ProjectID: "11111111-1111-4111-8111-111111111111"},
		},
		HealthDataNamespaces: []string{"test", "shop"},
		Contract:             &Contract{Type: "hds", Name: "HDS contract", Reference: "C-2026-17"},
		DeadlineDays:         map[Severity]int{Critical: 3, Low: 200},
	}
}

func TestParseInputs(t *testing.T) {
	t.Parallel()
	got, problems := ParseInputs([]byte(goodInputs))
	noProblems(t, problems)
	if !reflect.DeepEqual(got, wantInputs()) {
		t.Errorf("got %+v", got)
	}
}

// goodInputValue returns the inputs as decoded from HCL.
func goodInputValue() map[string]any {
	return map[string]any{
		"expected_neighbours": map[string]any{
			"db-1234/main": map[string]any{"reason": "database of the shop", "reviewed_on": "2026-10-01"},
		},
		"break_glass": map[string]any{
			"user-9": map[string]any{"reason": "emergency account", "reviewed_on": "2026-10-02"},
		},
		"max_node_age_days": int64(45), "max_node_age_reason": "nodes are replaced at the end of the month",
		"required_log_retention_days": "365", "approved_registries": []any{"rg.fr-par.scw.cloud/shop"},
		"buckets": []any{"records-backups", map[string]any{
			"name": "trail", "project_id": "11111111-1111-4111-8111-111111111111",
		}},
		"health_data_namespaces": []any{"test", "shop"}, "max_snapshot_age_days": nil,
		"contract":      map[string]any{"type": "hds", "name": "HDS contract", "reference": "C-2026-17"},
		"deadline_days": map[string]any{"critical": 3.0, "low": "200"},
	}
}

func TestInputsFromValue(t *testing.T) {
	t.Parallel()
	got, problems := InputsFromValue(goodInputValue())
	noProblems(t, problems)
	if !reflect.DeepEqual(got, wantInputs()) {
		t.Errorf("got %+v", got)
	}
	for _, test := range []struct {
		key   string
		value any
		want  string
	}{
		{"expected_neighbour", map[string]any{},
			`expected_neighbour: "expected_neighbour" is not a key of the object ` +
				"inputs. Allowed: expected_neighbours,"},
		{"expected_neighbours", []any{"db-1"}, "expected_neighbours: The value is not an object. Found: a list."},
		{"expected_neighbours", map[string]any{"db-1": "shop"}, "expected_neighbours.db-1: The entry is not an object"},
		{"expected_public", map[string]any{"lb-*": map[string]any{"reason": "shop", "reviewed_on": "2026-10-01"}},
			"expected_public.lb-*: The id has a wildcard"},
		{"expected_public", map[string]any{"lb-1": map[string]any{"reason": "todo", "reviewed_on": "2026-10-01"}},
			"expected_public.lb-1.reason: The value is a placeholder"},
		{"expected_public", map[string]any{"lb-1": map[string]any{"reason": "shop", "reviewed_on": 20261001}},
			"expected_public.lb-1.reviewed_on: The value has the wrong type. Found: a number, 20261001. " +
				"Allowed: text. Write it in quotes."},
		{"max_node_age_days", true,
			"max_node_age_days: The value has the wrong type. Found: a boolean, true. Allowed: a number."},
		{"max_node_age_days", 4.5,
			`The value is not a number that is allowed. Found: "4.5". Allowed: an integer from 1`},
		{"max_node_age_days", -1, `Found: "-1".`},
		{"max_node_age_days", nil, "max_node_age_reason: max_node_age_reason is there without max_node_age_days."},
		{"max_key_age_days", struct{}{},
			"max_key_age_days: The value has a type that is not supported. Found: struct {}."},
		{"contract", map[string]any{"type": "hds"}, "contract.reference: The contract has no reference."},
		{"health_data_namespaces", []any{"Shop"}, "health_data_namespaces[0]: The value is not a name of Kubernetes"},
		{"health_data_namespaces", []any{nil}, "health_data_namespaces[0]: The value has a type that is not supported"},
		{"deadline_days", map[string]any{"urgent": 3}, "Allowed: critical, high, medium, low, info."},
	} {
		changed := maps.Clone(goodInputValue())
		changed[test.key] = test.value
		if _, problems := InputsFromValue(changed); !strings.Contains(fmt.Sprint(problems), test.want) {
			t.Errorf("%s = %v: %v\nwant %s", test.key, test.value, problems, test.want)
		}
	}
}

// FuzzInputs checks that no text makes the parser of inputs panic.
func FuzzInputs(f *testing.F) {
	f.Add(goodInputs)
	f.Add("contract: [a]\ndeadline_days: {x: y}\n")
	f.Fuzz(func(t *testing.T, text string) {
		inputs, problems := ParseInputs([]byte(text))
		for _, name := range []string{
			InputNeighbours, InputPublic, InputNodePorts, InputClusterAdmins, InputFieldManagers,
			InputAdministrators, InputBreakGlass,
		} {
			for id, entry := range inputs.Accepts(name) {
				if len(problems) == 0 &&
					(id == "" || entry.Reason == "" || len(entry.ReviewedOn) != len(time.DateOnly)) {
					t.Errorf("%s: %q: %+v", name, id, entry)
				}
			}
		}
	})
}
