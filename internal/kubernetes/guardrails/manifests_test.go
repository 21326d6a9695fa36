package guardrails

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestManifests parses the manifests and checks that they are exactly the policies and bindings.
func TestManifests(t *testing.T) {
	t.Parallel()
	s, other := exampleSettings(), exampleSettings()
	other.Zones = []string{"fr-par-1", "fr-par-2"}
	s.TLSPassthrough = []Exception{{Namespace: "b", Reason: "r: \"x\"\n# no comment"}, {Namespace: "a"}}
	other.TLSPassthrough = []Exception{s.TLSPassthrough[1], s.TLSPassthrough[0]}
	text, err := s.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := other.renderManifests(); err != nil || again != text {
		t.Errorf("equal settings result in different manifests, error %v", err)
	}
	documents := strings.Split(text, "---\n")
	want := []Object{}
	for _, o := range s.Objects() {
		if o.Kind == KindPolicy || o.Kind == KindBinding {
			want = append(want, o)
		}
	}
	if len(documents) != len(want) {
		t.Fatalf("got %d documents, want %d", len(documents), len(want))
	}
	for i, document := range documents {
		read := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document), &read); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, want[i].Content) {
			t.Errorf("%s/%s: the parsed manifest differs from the object", want[i].Kind, want[i].Name)
		}
	}
	for _, kind := range []string{"kind: Secret\n", "kind: Role\n", "kind: StorageClass\n", "kind: Namespace\n"} {
		if strings.Contains(text, kind) {
			t.Errorf("the manifests contain %q", kind)
		}
	}
	t.Logf("%d objects, %d bytes, %d lines", len(documents), len(text), strings.Count(text, "\n"))
}

// TestKeptManifests renders more settings than are kept, several times at once.
func TestKeptManifests(t *testing.T) {
	t.Parallel()
	var work sync.WaitGroup
	for i := range int64(maxRendered + 4) {
		s := exampleSettings()
		s.IOPS = i
		s.Namespace = fmt.Sprintf("namespace-%d", i)
		want, err := s.renderManifests()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			work.Go(func() {
				if got, err := s.Manifests(); err != nil || got != want {
					t.Errorf("other manifests for namespace %s, error %v", s.Namespace, err)
				}
			})
		}
	}
	work.Wait()
	rendered.mu.Lock()
	defer rendered.mu.Unlock()
	if len(rendered.texts) > maxRendered {
		t.Errorf("%d texts are kept", len(rendered.texts))
	}
}
