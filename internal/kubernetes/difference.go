package kubernetes

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Difference is one field of an object in the cluster that differs from the guardrails.
type Difference struct {
	// Object is the kind and name of the object, as in "StorageClass/srm-encrypted".
	Object string
	// Field is the path of the field, as in "spec.validations". It is empty if the object is absent.
	Field string
	// Found is the value in the cluster, shortened, or "absent". It never holds a value of a Secret.
	Found string
	// Owner is the field manager that set the field, or "" if it is unknown.
	Owner string

	// previous is set by Unchanged: the object according to the previous settings. It is nil for a real difference.
	previous *guardrails.Object
}

// OverwritableFields allows Apply to overwrite the fields that still have the values of the previous settings,
// whichever field manager owns them: a manager that applies the same manifests owns these fields, too.
func OverwritableFields(before guardrails.Settings) []Difference {
	found := []Difference{}
	for _, o := range before.Objects() {
		found = append(found, Difference{Object: o.Kind + "/" + o.Name, previous: &o})
	}
	return found
}

// withoutOverwritable removes the differences in fields that Unchanged allows to overwrite.
func withoutOverwritable(found, planned []Difference, actual *unstructured.Unstructured) []Difference {
	for _, d := range planned {
		if d.previous == nil || len(found) == 0 || d.Object != found[0].Object {
			continue
		}
		changed := diffObject(*d.previous, actual)
		return slices.DeleteFunc(slices.Clone(found), func(one Difference) bool {
			return !slices.ContainsFunc(changed, func(other Difference) bool { return other.Field == one.Field })
		})
	}
	return found
}

// sameField reports whether two differences concern the same field and owner. The values may differ.
func (d Difference) sameField(other Difference) bool {
	return other.previous == nil && d.Object == other.Object && d.Field == other.Field && d.Owner == other.Owner
}

// absent is the value of Found for an absent field or object.
const absent = "absent"

// diffObject compares an object with the wanted one: the wanted labels and annotations, and all content of the exact
// fields. actual is nil if the object is absent.
func diffObject(wanted guardrails.Object, actual *unstructured.Unstructured) []Difference {
	object := wanted.Kind + "/" + wanted.Name
	if actual == nil {
		return []Difference{{Object: object, Found: absent}}
	}
	found := []Difference{}
	add := func(field []string, value any, exists bool) {
		text := absent
		if exists {
			text = formatValue(value)
		}
		found = append(
			found,
			Difference{Object: object, Field: formatPath(field), Found: text, Owner: fieldOwner(actual, field)},
		)
	}
	metadata, _ := wanted.Content["metadata"].(map[string]any)
	for _, section := range []string{"annotations", "labels"} {
		values, _ := metadata[section].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			value, exists, _ := unstructured.NestedFieldNoCopy(actual.Object, "metadata", section, key)
			if !exists || !reflect.DeepEqual(value, values[key]) {
				add([]string{"metadata", section, key}, value, exists)
			}
		}
	}
	for _, field := range wanted.ExactFields {
		value, exists := actual.Object[field]
		compareFields([]string{field}, wanted.Content[field], value, exists, add)
	}
	return found
}

// compareFields descends into maps and compares lists and other values as a whole.
func compareFields(field []string, wanted, actual any, exists bool, add func([]string, any, bool)) {
	wantedMap, isMap := wanted.(map[string]any)
	actualMap, isActualMap := actual.(map[string]any)
	if !isMap || !isActualMap || len(field) > 2 {
		if !exists || !reflect.DeepEqual(wanted, actual) {
			add(field, actual, exists)
		}
		return
	}
	keys := map[string]bool{}
	for key := range wantedMap {
		keys[key] = true
	}
	for key := range actualMap {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		value, exists := actualMap[key]
		if _, isWanted := wantedMap[key]; !isWanted {
			add(append(slices.Clone(field), key), value, true)
			continue
		}
		compareFields(append(slices.Clone(field), key), wantedMap[key], value, exists, add)
	}
}

// formatPath returns a field path as text, with keys that contain "." or "/" in brackets.
func formatPath(field []string) string {
	text := ""
	for _, part := range field {
		switch {
		case strings.ContainsAny(part, "./"):
			text += "[" + part + "]"
		case text == "":
			text = part
		default:
			text += "." + part
		}
	}
	return text
}

// maxValueLength is the length at which a difference truncates a value.
const maxValueLength = 120

// formatValue returns a value as JSON, truncated to maxValueLength.
func formatValue(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	if text := []rune(string(raw)); len(text) > maxValueLength {
		return string(text[:maxValueLength]) + "…"
	}
	return string(raw)
}

// fieldOwner returns the field manager that set a field last. It prefers other managers to this provider.
func fieldOwner(actual *unstructured.Unstructured, field []string) string {
	elements := make([]any, 0, len(field))
	for _, part := range field {
		elements = append(elements, part)
	}
	at, err := fieldpath.MakePath(elements...)
	if err != nil {
		return ""
	}
	name, isOurs := "", false
	var last int64
	for _, entry := range actual.GetManagedFields() {
		if entry.FieldsV1 == nil || entry.Subresource != "" {
			continue
		}
		set := &fieldpath.Set{}
		if err := set.FromJSON(entry.FieldsV1.GetRawReader()); err != nil || !containsPath(set, at) {
			continue
		}
		if entry.Manager == guardrails.FieldManager {
			isOurs = true
			continue
		}
		if entry.Time == nil || name == "" || entry.Time.Unix() >= last {
			name = entry.Manager
			if entry.Time != nil {
				last = entry.Time.Unix()
			}
		}
	}
	if name == "" && isOurs {
		return guardrails.FieldManager
	}
	return name
}

// isSetByProvider reports whether this provider owns a field and no other manager does.
func isSetByProvider(actual *unstructured.Unstructured, field ...any) bool {
	at, err := fieldpath.MakePath(field...)
	isOurs := false
	for _, entry := range actual.GetManagedFields() {
		set := &fieldpath.Set{}
		if err != nil || entry.FieldsV1 == nil || set.FromJSON(entry.FieldsV1.GetRawReader()) != nil || !set.Has(at) {
			continue
		}
		if entry.Manager != guardrails.FieldManager {
			return false
		}
		isOurs = true
	}
	return isOurs
}

// containsPath reports whether a set contains a path, one of its children or one of its parents.
func containsPath(set *fieldpath.Set, at fieldpath.Path) bool {
	found := false
	set.Iterate(func(p fieldpath.Path) {
		n := min(len(p), len(at))
		found = found || n > 0 && p[:n].Equals(at[:n]) && (len(p) >= len(at) || len(p) > 1)
	})
	return found
}
