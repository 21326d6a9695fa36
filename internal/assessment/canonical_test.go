package assessment

import (
	"reflect"
	"testing"
)

// TestCanonicalFacts checks that facts have one form, whatever the order of their lists.
func TestCanonicalFacts(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		want := s.facts.canonical()
		if got := want.canonical(); !reflect.DeepEqual(got, want) {
			t.Errorf("sample %d: the canonical form changes", s.seed)
		}
		shuffled := store(t, s.facts)
		s.g.shuffle(reflect.ValueOf(&shuffled).Elem())
		if reflect.DeepEqual(shuffled, s.facts) {
			t.Errorf("sample %d: the order did not change", s.seed)
		}
		if got := shuffled.canonical(); !reflect.DeepEqual(got, want) {
			t.Errorf("sample %d: the order changes the canonical form", s.seed)
		}
	}
	facts := newFacts()
	facts.Project.LoadBalancers = Read("lbs", []LoadBalancer{{ID: "lb-1", PublicIPs: new([]string)}})
	if got := facts.canonical().Project.LoadBalancers.Items[0].PublicIPs; got != nil {
		t.Errorf("a list that is stored as null is judged as %v", *got)
	}
}
