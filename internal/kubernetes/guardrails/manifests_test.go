package guardrails

import (
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestManifests reads the manifests back: they are the policies and the bindings, and nothing else.
func TestManifests(t *testing.T) {
	t.Parallel()
	s, other := example(), example()
	other.Zones = []string{"fr-par-1", "fr-par-2"}
	s.TLSPassthrough = []Exception{{Namespace: "b", Reason: "r: \"x\"\n# no comment"}, {Namespace: "a"}}
	other.TLSPassthrough = []Exception{s.TLSPassthrough[1], s.TLSPassthrough[0]}
	text, err := s.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := other.Manifests(); err != nil || again != text {
		t.Errorf("equal settings give other manifests: %v", err)
	}
	documents := strings.Split(text, "---\n")
	wanted := []Object{}
	for _, o := range s.Objects() {
		if o.Kind == KindPolicy || o.Kind == KindBinding {
			wanted = append(wanted, o)
		}
	}
	if len(documents) != len(wanted) {
		t.Fatalf("%d documents, want %d", len(documents), len(wanted))
	}
	for i, document := range documents {
		read := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document), &read); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, wanted[i].Content) {
			t.Errorf("%s/%s is read back as another object", wanted[i].Kind, wanted[i].Name)
		}
	}
	for _, secret := range []string{"kind: Secret\n", "kind: Role\n", "kind: StorageClass\n", "kind: Namespace\n"} {
		if strings.Contains(text, secret) {
			t.Errorf("the manifests have %q", secret)
		}
	}
	t.Logf("%d objects, %d bytes, %d lines", len(documents), len(text), strings.Count(text, "\n"))
}
