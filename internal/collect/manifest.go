package collect

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// manifest is an object of the Kubernetes API, or a part of one. A field that is absent, or that has another type,
// reads as empty.
type manifest map[string]any

// at returns the object in a field.
func (m manifest) at(fields ...string) manifest {
	found, _, err := unstructured.NestedFieldNoCopy(m, fields...)
	if err != nil {
		return nil
	}
	inner, _ := found.(map[string]any)
	return inner
}

// has reports whether a field is present.
func (m manifest) has(fields ...string) bool {
	_, found, err := unstructured.NestedFieldNoCopy(m, fields...)
	return found && err == nil
}

// text returns the text in a field.
func (m manifest) text(fields ...string) string {
	found, _, _ := unstructured.NestedString(m, fields...)
	return found
}

// truth returns the boolean in a field.
func (m manifest) truth(fields ...string) bool {
	found, _, _ := unstructured.NestedBool(m, fields...)
	return found
}

// number returns the integer in a field.
func (m manifest) number(fields ...string) int {
	found, _, _ := unstructured.NestedInt64(m, fields...)
	return int(found)
}

// list returns the objects of the list in a field.
func (m manifest) list(fields ...string) []manifest {
	found, _, err := unstructured.NestedFieldNoCopy(m, fields...)
	elements, ok := found.([]any)
	if err != nil || !ok {
		return nil
	}
	objects := []manifest{}
	for _, element := range elements {
		if object, ok := element.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

// texts returns the texts of the list in a field.
func (m manifest) texts(fields ...string) []string {
	found, _, _ := unstructured.NestedStringSlice(m, fields...)
	return found
}

// time returns the time in a field, or nil.
func (m manifest) time(fields ...string) *time.Time {
	found, err := time.Parse(time.RFC3339, m.text(fields...))
	if err != nil {
		return nil
	}
	found = found.UTC()
	return &found
}

// createdAt returns the time of creation of an object, or nil.
func createdAt(object metav1.Object) *time.Time {
	created := object.GetCreationTimestamp()
	if created.IsZero() {
		return nil
	}
	utc := created.UTC()
	return &utc
}
