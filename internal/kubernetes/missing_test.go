package kubernetes

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestMissingGuardrails removes each object of the guardrails in turn, with other settings than the defaults, and
// checks that MissingGuardrails returns it.
func TestMissingGuardrails(t *testing.T) {
	t.Parallel()
	s := settings()
	s.ClassName = "records"
	objects := s.Objects()
	for without := range len(objects) + 1 {
		left := slices.Clone(objects)
		want := []string{}
		if without < len(objects) {
			want = []string{objects[without].Kind + "/" + objects[without].Name}
			left = slices.Delete(left, without, without+1)
		}
		client := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			resource, name := r.URL.Path[strings.Index(r.URL.Path, "/v1/")+len("/v1/"):], ""
			resource, name, _ = strings.Cut(resource, "/")
			items := []any{}
			for _, object := range left {
				if resourceForKind(object.Kind).Resource != resource {
					continue
				}
				items = append(items, object.Content)
				if object.Name == name {
					_ = json.NewEncoder(w).Encode(object.Content)
					return
				}
			}
			if name != "" {
				respondWith(404, "application/json", statusPrefix+`NotFound","code":404}`)(w, r)
				return
			}
			_ = json.NewEncoder(w).Encode(
				map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{}, "items": items},
			)
		})
		found, err := client.MissingGuardrails(t.Context())
		if err != nil || !slices.Equal(found, want) {
			t.Errorf("without %v: got %v, error %v", want, found, err)
		}
	}
	if !slices.ContainsFunc(
		objects, func(o guardrails.Object) bool { return o.Kind == guardrails.KindClass && o.Name == "records" },
	) {
		t.Error("the settings have no class named records")
	}
}
