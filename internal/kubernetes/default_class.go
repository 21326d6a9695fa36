package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// DefaultClass is a StorageClass or a VolumeSnapshotClass that is marked as default.
type DefaultClass struct {
	Kind, Name string
	// Annotations are the keys of the annotations that mark it.
	Annotations []string
}

// UnmarkCommand returns the kubectl command that sets the annotations to "false".
func (d DefaultClass) UnmarkCommand() string {
	return fmt.Sprintf(
		"kubectl annotate %s %s %s=false --overwrite",
		strings.ToLower(d.Kind),
		d.Name,
		strings.Join(d.Annotations, "=false "),
	)
}

// classKind is a kind of class of which one is marked as default.
type classKind struct {
	kind        string
	resource    schema.GroupVersionResource
	annotations []string
	// driver is the driver of which one class is the default. Empty: one of all drivers.
	driver string
}

func storageClassKind() classKind {
	return classKind{kind: guardrails.KindClass, resource: storageClasses, annotations: defaultAnnotations()}
}

// has reports whether a class counts for the default.
func (k classKind) has(class *unstructured.Unstructured) bool {
	driver, _, _ := unstructured.NestedString(class.Object, "driver")
	return k.driver == "" || driver == k.driver
}

// defaultAnnotations returns the annotations that mark a StorageClass as default.
func defaultAnnotations() []string {
	return []string{guardrails.AnnotationDefaultClass, guardrails.AnnotationBetaDefaultClass}
}

// otherDefaults returns the classes that are marked as default, except for own, sorted by name.
func otherDefaults(k classKind, classes map[string]*unstructured.Unstructured, own string) []DefaultClass {
	found := []DefaultClass{}
	for _, name := range slices.Sorted(maps.Keys(classes)) {
		keys := findDefaultAnnotations(classes[name], k.annotations)
		if name != own && k.has(classes[name]) && len(keys) > 0 {
			found = append(found, DefaultClass{Kind: k.kind, Name: name, Annotations: keys})
		}
	}
	return found
}

// findDefaultAnnotations returns those of the annotations that mark a class as default.
func findDefaultAnnotations(class *unstructured.Unstructured, annotations []string) []string {
	found := []string{}
	for _, key := range annotations {
		if class.GetAnnotations()[key] == "true" {
			found = append(found, key)
		}
	}
	return found
}

// unsetOtherDefaults sets the default annotations of other classes to "false". It returns failures as notes, because
// the policies already ensure that claims use the encrypted class. restoreDefaultClasses finds these annotations by
// their field manager.
func (c *Client) unsetOtherDefaults(ctx context.Context, k classKind, own string) []string {
	items, err := c.list(ctx, k.resource, "")
	if err != nil {
		return []string{fmt.Sprintf(
			"The provider could not check whether another %s is marked as default: %s.", k.kind, err,
		)}
	}
	notes := []string{}
	for i := range items {
		name := items[i].GetName()
		if name == own || !k.has(&items[i]) {
			continue
		}
		for _, key := range findDefaultAnnotations(&items[i], k.annotations) {
			if err := c.annotate(ctx, k.resource, name, key, "false"); err != nil {
				notes = append(notes, fmt.Sprintf("The %s %s is still marked as default: %s.", k.kind, name, err))
			}
		}
	}
	return notes
}

// restoreDefaultClasses sets the annotations that unsetOtherDefaults changed back to "true". It runs before the class
// of the guardrails is deleted, because a claim without a class would stay pending. If another field manager has marked
// a class as default in the meantime, that class stays the only default. It returns failures as notes.
func (c *Client) restoreDefaultClasses(ctx context.Context, k classKind) ([]string, error) {
	items, err := c.list(ctx, k.resource, "")
	if err != nil {
		return nil, err
	}
	type annotation struct{ class, key string }
	unset, defaults := []annotation{}, 0
	for i := range items {
		class := &items[i]
		if class.GetLabels()[guardrails.LabelManagedBy] == guardrails.FieldManager || !k.has(class) {
			continue
		}
		for _, key := range k.annotations {
			isOurs := isSetByProvider(class, "metadata", "annotations", key)
			switch value := class.GetAnnotations()[key]; {
			case value == "true" && !isOurs:
				return nil, nil
			case value == "true":
				defaults++ // an earlier, interrupted destroy restored it
			case value == "false" && isOurs:
				unset = append(unset, annotation{class.GetName(), key})
			}
		}
	}
	notes := []string{}
	for _, a := range unset {
		switch err := c.annotate(ctx, k.resource, a.class, a.key, "true"); {
		case err == nil:
			defaults++
		case Is(err, NotFound): // the class was deleted in the meantime
		case Is(err, Denied): // another admission policy refuses the change
			notes = append(notes, fmt.Sprintf("The %s %s could not be marked as default again: %s.", k.kind,
				a.class, err))
		default:
			return nil, err
		}
	}
	if defaults == 0 && k.kind == guardrails.KindClass {
		notes = append(notes,
			"No StorageClass is marked as default: a claim without a class stays pending. Mark one: kubectl annotate "+
				"storageclass NAME "+guardrails.AnnotationDefaultClass+"=true --overwrite")
	}
	return notes, nil
}
