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

// Difference is one field of an object in a cluster that is not as it shall be.
type Difference struct {
	// Object is its kind and name, as in "StorageClass/srm-encrypted".
	Object string
	// Field is the path of the field, as in "spec.validations"; empty is the whole object, which is absent.
	Field string
	// Found is the value there, shortened, or "absent". It is never that of a Secret.
	Found string
	// Owner is the field manager that set it; "" where none is known.
	Owner string

	// inForce, where it is not nil, makes this no difference: it is the object as settings in force say, of Unchanged.
	inForce *guardrails.Object
}

// Unchanged are, for Apply, the objects of settings that the last plan found in force: a field that is as they say may
// be changed, by any field manager. Another manager that applies the same manifests owns their fields, too.
func Unchanged(before guardrails.Settings) []Difference {
	found := []Difference{}
	for _, o := range before.Objects() {
		found = append(found, Difference{Object: o.Kind + "/" + o.Name, inForce: &o})
	}
	return found
}

// notUnchanged are the differences in fields that are not as shown says of Unchanged.
func notUnchanged(found, shown []Difference, actual *unstructured.Unstructured) []Difference {
	for _, d := range shown {
		if d.inForce == nil || len(found) == 0 || d.Object != found[0].Object {
			continue
		}
		changed := differences(*d.inForce, actual)
		return slices.DeleteFunc(slices.Clone(found), func(one Difference) bool {
			return !slices.ContainsFunc(changed, func(other Difference) bool { return other.Field == one.Field })
		})
	}
	return found
}

// same says whether two differences are of one field: what stands there may have changed again.
func (d Difference) same(other Difference) bool {
	return other.inForce == nil && d.Object == other.Object && d.Field == other.Field && d.Owner == other.Owner
}

// absent is what Found says where there is nothing.
const absent = "absent"

// differences compares an object with what it shall be: labels and annotations that are wanted, and in the exact fields
// everything. nil is an absent object.
func differences(wanted guardrails.Object, actual *unstructured.Unstructured) []Difference {
	object := wanted.Kind + "/" + wanted.Name
	if actual == nil {
		return []Difference{{Object: object, Found: absent}}
	}
	found := []Difference{}
	add := func(field []string, value any, exists bool) {
		text := absent
		if exists {
			text = shortened(value)
		}
		found = append(found, Difference{Object: object, Field: written(field), Found: text, Owner: owner(actual, field)})
	}
	metadata, _ := wanted.Content["metadata"].(map[string]any)
	for _, part := range []string{"annotations", "labels"} {
		values, _ := metadata[part].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			value, exists, _ := unstructured.NestedFieldNoCopy(actual.Object, "metadata", part, key)
			if !exists || !reflect.DeepEqual(value, values[key]) {
				add([]string{"metadata", part, key}, value, exists)
			}
		}
	}
	for _, field := range wanted.Exact {
		value, exists := actual.Object[field]
		compare([]string{field}, wanted.Content[field], value, exists, add)
	}
	return found
}

// compare walks down maps; lists and values differ as a whole.
func compare(field []string, wanted, actual any, exists bool, add func([]string, any, bool)) {
	wantedMap, isMap := wanted.(map[string]any)
	actualMap, other := actual.(map[string]any)
	if !isMap || !other || len(field) > 2 {
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
		value, is := actualMap[key]
		if _, ours := wantedMap[key]; !ours {
			add(append(slices.Clone(field), key), value, true)
			continue
		}
		compare(append(slices.Clone(field), key), wantedMap[key], value, is, add)
	}
}

func written(field []string) string {
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

// shownLength is how much of a value a difference shows.
const shownLength = 120

func shortened(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	if text := []rune(string(raw)); len(text) > shownLength {
		return string(text[:shownLength]) + "…"
	}
	return string(raw)
}

// owner is the manager that set a field last, other than this provider where there is one.
func owner(actual *unstructured.Unstructured, field []string) string {
	elements := make([]any, 0, len(field))
	for _, part := range field {
		elements = append(elements, part)
	}
	at, err := fieldpath.MakePath(elements...)
	if err != nil {
		return ""
	}
	name, ours := "", false
	var last int64
	for _, entry := range actual.GetManagedFields() {
		if entry.FieldsV1 == nil || entry.Subresource != "" {
			continue
		}
		set := &fieldpath.Set{}
		if err := set.FromJSON(entry.FieldsV1.GetRawReader()); err != nil || !holds(set, at) {
			continue
		}
		if entry.Manager == guardrails.FieldManager {
			ours = true
			continue
		}
		if entry.Time == nil || name == "" || entry.Time.Unix() >= last {
			name = entry.Manager
			if entry.Time != nil {
				last = entry.Time.Unix()
			}
		}
	}
	if name == "" && ours {
		return guardrails.FieldManager
	}
	return name
}

// setByUs says whether this provider set a field last, and no other manager has set it to the same value.
func setByUs(actual *unstructured.Unstructured, field ...any) bool {
	at, err := fieldpath.MakePath(field...)
	ours := false
	for _, entry := range actual.GetManagedFields() {
		set := &fieldpath.Set{}
		if err != nil || entry.FieldsV1 == nil || set.FromJSON(entry.FieldsV1.GetRawReader()) != nil || !set.Has(at) {
			continue
		}
		if entry.Manager != guardrails.FieldManager {
			return false
		}
		ours = true
	}
	return ours
}

// holds says whether a set has a path, something in it, or what it is a part of.
func holds(set *fieldpath.Set, at fieldpath.Path) bool {
	found := false
	set.Iterate(func(p fieldpath.Path) {
		n := min(len(p), len(at))
		found = found || n > 0 && p[:n].Equals(at[:n]) && (len(p) >= len(at) || len(p) > 1)
	})
	return found
}
