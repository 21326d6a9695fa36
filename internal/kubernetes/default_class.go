package kubernetes

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// DefaultClass is a StorageClass that is marked default.
type DefaultClass struct {
	Name string
	// Marks are the annotations that mark it.
	Marks []string
}

// Unmark is the command that removes the marks.
func (d DefaultClass) Unmark() string {
	return fmt.Sprintf("kubectl annotate storageclass %s %s=false --overwrite", d.Name, strings.Join(d.Marks, "=false "))
}

// defaultKeys are the annotations that mark a StorageClass as a default one.
func defaultKeys() []string {
	return []string{guardrails.AnnotationDefaultClass, guardrails.AnnotationBetaDefaultClass}
}

// defaultMarks are those annotations that mark a class.
func defaultMarks(class *unstructured.Unstructured) []string {
	found := []string{}
	for _, key := range defaultKeys() {
		if class.GetAnnotations()[key] == "true" {
			found = append(found, key)
		}
	}
	return found
}

// unmarkOthers takes the mark of the default from other classes, as far as that can be done: the policies are the
// guarantee, this is a convenience. The marks that it took are known by their field manager, and restoreDefault gives
// them back.
func (c *Client) unmarkOthers(ctx context.Context, s guardrails.Settings) []string {
	items, err := c.list(ctx, storageClasses, "")
	if err != nil {
		return []string{"Whether other StorageClasses are default could not be seen: " + err.Error() + "."}
	}
	notes := []string{}
	for i := range items {
		name := items[i].GetName()
		if name == s.ClassName {
			continue
		}
		for _, mark := range defaultMarks(&items[i]) {
			if err := c.annotate(ctx, storageClasses, name, mark, "false"); err != nil {
				notes = append(notes, fmt.Sprintf("The StorageClass %s is still marked default: %s.", name, err))
			}
		}
	}
	return notes
}

// restoreDefault gives the mark of the default back to the classes from which unmarkOthers took it, before the
// class of the guardrails is removed: a claim without a class would stay pending. Where another manager has marked
// a class since, that one stays the only default. It returns what could not be done, as sentences.
func (c *Client) restoreDefault(ctx context.Context) ([]string, error) {
	items, err := c.list(ctx, storageClasses, "")
	if err != nil {
		return nil, err
	}
	type mark struct{ class, key string }
	taken, defaults := []mark{}, 0
	for i := range items {
		class := &items[i]
		if class.GetLabels()[guardrails.LabelManagedBy] == guardrails.FieldManager {
			continue
		}
		for _, key := range defaultKeys() {
			ours := setByUs(class, "metadata", "annotations", key)
			switch value := class.GetAnnotations()[key]; {
			case value == "true" && !ours:
				return nil, nil
			case value == "true":
				defaults++ // an earlier destroy, which was interrupted, gave it back
			case value == "false" && ours:
				taken = append(taken, mark{class.GetName(), key})
			}
		}
	}
	notes := []string{}
	for _, m := range taken {
		switch err := c.annotate(ctx, storageClasses, m.class, m.key, "true"); {
		case err == nil:
			defaults++
		case Is(err, NotFound): // it was removed meanwhile
		case Is(err, Denied): // by an admission policy of the cluster
			notes = append(notes, fmt.Sprintf("The StorageClass %s could not be marked default again: %s.",
				m.class, err))
		default:
			return nil, err
		}
	}
	if defaults == 0 {
		notes = append(notes,
			"No StorageClass is marked default: a claim that names no class stays pending. Mark one: kubectl annotate "+
				"storageclass NAME "+guardrails.AnnotationDefaultClass+"=true --overwrite")
	}
	return notes, nil
}
