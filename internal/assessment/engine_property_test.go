package assessment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// encode returns an assessment as JSON.
func encode(t *testing.T, a Assessment) []byte {
	t.Helper()
	encoded, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// store returns facts as they are after they were stored.
func store(t *testing.T, f Facts) Facts {
	t.Helper()
	encoded, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var stored Facts
	if err := json.Unmarshal(encoded, &stored); err != nil {
		t.Fatal(err)
	}
	return stored
}

// difference returns where two JSON texts begin to differ.
func difference(a, b []byte) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-200)
			return fmt.Sprintf("%s\n%s", a[from:min(len(a), i+200)], b[from:min(len(b), i+200)])
		}
	}
	return fmt.Sprintf("%d and %d bytes", len(a), len(b))
}

// removal removes one fact.
type removal struct {
	path  string
	apply func()
}

// nilIsValue returns pointers of which nil is a value, not a missing fact, by type and field.
func nilIsValue() []string {
	return []string{
		"NetworkIP.ResourceType",      // Nil: no object has the address.
		"Inventory.KindsGap",          // Nil: all kinds are known.
		"NetworkIP.Neighbour",         // Nil: it is not known to be a node of another cluster. Then a person decides.
		"Rule.ProjectIDs",             // Nil: all of the Organization.
		"User.LastLoginAt",            // Nil: never.
		"ContractSignature.ExpiresAt", // Nil: no end.
		"Volume.LastDetachedAt",       // Nil: it was never detached.
		"Cluster.ACLAvailable",        // Nil: the API no longer returns the field, which is true for every cluster.
	}
}

// removals returns every fact of a value that can be missing: pointers, values of facts, complete lists, and the last
// items of lists that are then not complete.
func removals(v reflect.Value, path string) []removal {
	all := []removal{}
	switch t := v.Type(); {
	case t == reflect.TypeFor[time.Time]():
	case isCollection(t):
		items, complete, gap := v.FieldByName("Items"), v.FieldByName("Complete"), v.FieldByName("Gap")
		missing := reflect.ValueOf(&Gap{Reason: Forbidden, Needs: "removed"})
		if complete.Bool() {
			all = append(all, removal{path + " incomplete", func() {
				complete.SetBool(false)
				gap.Set(missing)
			}})
			if items.Len() > 0 {
				all = append(all, removal{path + " cut off", func() {
					complete.SetBool(false)
					gap.Set(missing)
					items.SetLen(items.Len() / 2)
				}})
			}
			all = append(all, removal{path + " not asked", func() { v.SetZero() }})
		}
		all = append(all, removals(items, path)...)
	case isFact(t):
		if value := v.FieldByName("Value"); !value.IsNil() {
			all = append(all, removal{path + " unread", func() {
				value.SetZero()
				v.FieldByName("Gap").Set(reflect.ValueOf(&Gap{Reason: Unreachable}))
			}})
			all = append(all, removals(value.Elem(), path)...)
		}
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			inner := v.Field(i)
			name := path + "." + field.Name
			if inner.Kind() != reflect.Pointer {
				all = append(all, removals(inner, name)...)
				continue
			}
			if inner.IsNil() || slices.Contains(nilIsValue(), t.Name()+"."+field.Name) {
				continue
			}
			all = append(all, removal{name + " = nil", func() { inner.SetZero() }})
			all = append(all, removals(inner.Elem(), name)...)
		}
	case t.Kind() == reflect.Slice:
		for i := range v.Len() {
			all = append(all, removals(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case t.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			if v.MapIndex(key).Kind() == reflect.Struct {
				all = append(all, removal{fmt.Sprintf("%s[%s] = {}", path, key), func() {
					v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
				}})
			}
		}
	}
	return all
}

// passes returns the ids of findings and clauses with the result pass.
func passes(a Assessment) map[string]bool {
	all := map[string]bool{}
	for _, f := range a.Findings {
		if f.Result == Pass {
			all[f.Check] = true
		}
	}
	for _, c := range a.Clauses {
		if c.Result == Pass {
			all[c.ID] = true
		}
	}
	return all
}

// TestRemovedFactsNeverPass removes facts one at a time: no result becomes pass. Its lists have their anchors: a list
// that lacks one looks complete once the facts are removed that prove it.
func TestRemovedFactsNeverPass(t *testing.T) {
	t.Parallel()
	removed, passed, reported := 0, 0, map[string]bool{}
	for _, s := range samples(t) {
		if !s.hasAnchors {
			continue
		}
		before := passes(Evaluate(s.facts, s.options))
		passed += len(before)
		count := len(removals(reflect.ValueOf(&s.facts).Elem(), "facts"))
		for _, i := range s.g.random.Perm(count)[:min(count, 25)] {
			changed := store(t, s.facts)
			list := removals(reflect.ValueOf(&changed).Elem(), "facts")
			if len(list) != count {
				t.Fatalf("%d facts, %d of them stored", count, len(list))
			}
			sortRemovals(list)
			list[i].apply()
			removed++
			for id := range passes(Evaluate(changed, s.options)) {
				if !before[id] && !reported[id] {
					reported[id] = true
					t.Errorf("sample %d: %s passes after %s", s.seed, id, list[i].path)
				}
			}
		}
	}
	t.Logf("%d facts removed, %d results passed before", removed, passed)
	if removed < 300 || passed < 20 {
		t.Errorf("%d facts removed, %d results passed before: the samples are too poor", removed, passed)
	}
}

// sortRemovals sorts removals by path: the order of map keys is random.
func sortRemovals(list []removal) {
	slices.SortStableFunc(list, func(a, b removal) int { return strings.Compare(a.path, b.path) })
}

// shuffle changes the order of every list of a value.
func (g *generator) shuffle(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			g.shuffle(v.Elem())
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				g.shuffle(v.Field(i))
			}
		}
	case v.Kind() == reflect.Slice:
		// A copy: the samples share lists of options.
		shuffled := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for to, from := range g.random.Perm(v.Len()) {
			shuffled.Index(to).Set(v.Index(from))
			g.shuffle(shuffled.Index(to))
		}
		if !v.IsNil() {
			v.Set(shuffled)
		}
	}
}

// TestOrderChangesNothing shuffles every list of facts and options. Lists inside of the fields of attestations are
// content and keep their order.
func TestOrderChangesNothing(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		s.options.Waivers = s.g.waivers(Evaluate(s.facts, s.options))
		want := encode(t, Evaluate(s.facts, s.options))
		for range 2 {
			facts, o := store(t, s.facts), s.options
			s.g.shuffle(reflect.ValueOf(&facts).Elem())
			if o.Baseline != nil {
				baseline := *o.Baseline
				o.Baseline = &baseline
			}
			s.g.shuffle(reflect.ValueOf(&o).Elem())
			if got := encode(t, Evaluate(facts, o)); !bytes.Equal(got, want) {
				t.Fatalf("sample %d: the order changes the assessment:\n%s", s.seed, difference(want, got))
			}
		}
	}
}

// TestEvaluateIsPure evaluates the same facts twice, and facts that were stored: the bytes are the same, and the
// arguments do not change.
func TestEvaluateIsPure(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		argument, err := json.Marshal(s.facts)
		if err != nil {
			t.Fatal(err)
		}
		first := encode(t, Evaluate(s.facts, s.options))
		if second := encode(t, Evaluate(s.facts, s.options)); !bytes.Equal(first, second) {
			t.Fatalf("sample %d: two assessments differ:\n%s", s.seed, difference(first, second))
		}
		if stored := encode(t, Evaluate(store(t, s.facts), s.options)); !bytes.Equal(first, stored) {
			t.Fatalf("sample %d: stored facts are judged in another way:\n%s", s.seed, difference(first, stored))
		}
		if after, err := json.Marshal(s.facts); err != nil || !bytes.Equal(argument, after) {
			t.Fatalf("sample %d: Evaluate changes its argument:\n%s", s.seed, difference(argument, after))
		}
		var read Assessment
		if err := json.Unmarshal(first, &read); err != nil || !bytes.Equal(encode(t, read), first) {
			t.Fatalf("sample %d: a stored assessment differs: %v\n%s", s.seed, err, difference(first, encode(t, read)))
		}
	}
}

// waivers returns waivers for random subjects, of which some have no deviation.
func (g *generator) waivers(a Assessment) []Waiver {
	all := []Waiver{}
	for _, f := range a.Findings {
		if g.chance(0.4) && f.Result != Fail {
			continue
		}
		w := Waiver{
			ID: "W-" + f.Check, Check: f.Check, Scope: f.Scope, Subjects: []string{"other"}, Reason: "planned",
			ApprovedOn: now().AddDate(0, -1, 0), Until: now().AddDate(0, 0, g.random.IntN(80)),
		}
		if g.chance(0.5) {
			w.Subjects = nil
		}
		for _, subject := range f.Subjects {
			if g.chance(0.8) {
				w.Subjects = append(w.Subjects, subject)
			}
		}
		all = append(all, w)
	}
	return all
}

// TestWaiversChangeNoResult adds waivers. Only findings_resolved may change, because it counts a deviation that is
// waived within its deadline as treated.
func TestWaiversChangeNoResult(t *testing.T) {
	t.Parallel()
	waivedFindings, waivedClauses := 0, 0
	for _, s := range samples(t) {
		plain := Evaluate(s.facts, s.options)
		s.options.Waivers = s.g.waivers(plain)
		waived := Evaluate(s.facts, s.options)
		excluded := responsibility.ClausesOfCheck(resolutionCheck)
		for i, f := range waived.Findings {
			before := plain.Findings[i]
			if f.Check == resolutionCheck {
				continue
			}
			if f.Result != before.Result || f.Severity != before.Severity ||
				!slices.Equal(f.Subjects, before.Subjects) {
				t.Errorf("sample %d: a waiver changes %s from %s to %s", s.seed, f.ID, before.Result, f.Result)
			}
			if f.Disposition == Waived {
				waivedFindings++
				if f.Result != Fail || maxWaiverDays(f.Check) == 0 {
					t.Errorf("sample %d: %s, %s, is waived", s.seed, f.ID, f.Result)
				}
			}
		}
		for i, c := range waived.Clauses {
			if before := plain.Clauses[i]; c.Result != before.Result && !slices.Contains(excluded, c.ID) {
				t.Errorf("sample %d: a waiver changes %s from %s to %s", s.seed, c.ID, before.Result, c.Result)
			}
			if c.Disposition == Waived {
				waivedClauses++
				for _, p := range c.Parts {
					if p.Result == Fail && !p.Waived {
						t.Errorf("sample %d: %s is waived, its part %s is not", s.seed, c.ID, p.Key)
					}
				}
			}
		}
	}
	if waivedFindings == 0 || waivedClauses == 0 {
		t.Errorf("%d findings and %d clauses are waived: the samples are too poor", waivedFindings, waivedClauses)
	}
}

// TestExpiredStaysExpired assesses at two dates: what has expired at the first is not valid at the second.
func TestExpiredStaysExpired(t *testing.T) {
	t.Parallel()
	expired, attested := 0, 0
	for _, s := range samples(t) {
		later := s.options
		later.AsOf = later.AsOf.AddDate(0, 0, 1+s.g.random.IntN(400))
		states := map[string]DeclaredState{}
		for _, d := range Evaluate(s.facts, later).Declared {
			states[d.ID] = d
		}
		for _, d := range Evaluate(s.facts, s.options).Declared {
			if d.Result == Attested {
				attested++
			}
			if !isPast(d.Until, s.options.AsOf) {
				continue
			}
			expired++
			if d.Result == Attested || states[d.ID].Result == Attested {
				t.Errorf("sample %d: %s, valid until %s, is valid", s.seed, d.ID, d.Until)
			}
		}
	}
	if expired < 20 || attested < 20 {
		t.Errorf("%d expired, %d attested: the samples are too poor", expired, attested)
	}
}

// TestEveryClauseHasAResultOrAReason checks that findings and clauses are complete.
func TestEveryClauseHasAResultOrAReason(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		a := Evaluate(s.facts, s.options)
		if len(a.Clauses) != len(responsibility.EmbeddedCatalogue().Clauses) || len(a.Findings) != len(checkIDs()) {
			t.Errorf("sample %d: %d clauses, %d findings", s.seed, len(a.Clauses), len(a.Findings))
		}
		for _, f := range a.Findings {
			if !f.Result.IsValid() || f.Found.EN == "" || f.Found.FR == "" || f.Remedy.FR == "" || f.Since == "" {
				t.Errorf("sample %d: incomplete finding %+v", s.seed, f)
			}
			if f.Result == NotEvaluated && len(f.NotEvaluated) == 0 {
				t.Errorf("sample %d: %s is not evaluated without a reason", s.seed, f.ID)
			}
			if f.Result == Pass && (f.Population.Total == 0 || f.Indicator || len(f.NotEvaluated) > 0) {
				t.Errorf("sample %d: %s passes: %+v", s.seed, f.ID, f)
			}
			if f.Result == Fail && (len(f.Subjects) == 0 || len(f.Evidence) == 0) {
				t.Errorf("sample %d: %s fails without a subject", s.seed, f.ID)
			}
		}
		for _, c := range a.Clauses {
			judged := slices.ContainsFunc(c.Parts, func(p PartResult) bool { return p.Finding != "" || p.Gap != nil })
			if !c.Result.IsValid() || c.Result == NotApplicable && c.Reason == (Text{}) && !judged {
				t.Errorf("sample %d: %s has neither a result nor a reason: %+v", s.seed, c.ID, c)
			}
			for _, p := range c.Parts {
				hasResult := p.Result.IsValid() && (p.Result != NotEvaluated || p.Gap != nil)
				if p.By != responsibility.CoverageReported && !hasResult {
					t.Errorf("sample %d: %s %s has no result: %+v", s.seed, c.ID, p.Key, p)
				}
			}
		}
	}
}

// TestChecksMatchTheCatalogue checks that every check names its clauses, that every check and kind that a part names
// exists or is planned, and that none is unused.
func TestChecksMatchTheCatalogue(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, c := range responsibility.EmbeddedCatalogue().Clauses {
		for _, p := range c.Parts {
			for _, id := range append(slices.Clone(p.Indicators), p.Name) {
				used[id] = true
			}
			_, isCheck := LookupCheck(p.Name)
			_, isKind := LookupKind(p.Name)
			isBuilt := p.By == responsibility.CoverageCheck && isCheck ||
				p.By == responsibility.CoverageAttestation && (isKind || p.Name == "external_machine")
			if p.Name != "" && !isBuilt && !p.IsPlanned() {
				t.Errorf("%s %s names %s, which does not exist", c.ID, p.Key, p.Name)
			}
		}
	}
	layers := []string{LayerAPI, LayerCluster, LayerOrganization, LayerConfiguration}
	seen := map[string]bool{}
	for _, c := range slices.Concat(Checks(), OrganizationChecks()) {
		texts := []string{c.Title.EN, c.Title.FR, c.Expected.EN, c.Expected.FR, c.Remedy.EN, c.Remedy.FR}
		if !used[c.ID] || len(c.Clauses()) == 0 || seen[c.ID] || c.judge == nil || !slices.Contains(layers, c.Layer) ||
			!slices.Contains(Severities(), c.Severity) || slices.Contains(texts, "") {
			t.Errorf("check %s is unused, without clauses, there twice or incomplete: %+v", c.ID, c)
		}
		seen[c.ID] = true
	}
	for _, k := range kindNames() {
		if !used[k] && k != responsibility.HostEvidence || len(responsibility.ClausesOfAttestation(k)) == 0 {
			t.Errorf("kind %s is unused", k)
		}
	}
}
