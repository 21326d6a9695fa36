package sandbox

import (
	"slices"
	"strings"
)

// matchesType is matches for a field whose values begin with "unknown" if they are absent.
func (f filters) matchesType(name, field string) bool {
	wanted := slices.DeleteFunc(f.values(name), func(value string) bool { return strings.HasPrefix(value, "unknown") })
	return len(wanted) == 0 || slices.Contains(wanted, field)
}

// sortItemsWith is sortItems for lists that can also be sorted by other fields. compare has a function for each.
func sortItemsWith[T any](
	c *call, items []*T, defaultOrder string, key func(*T) sortKey, compare map[string]func(a, b *T) int,
) []*T {
	field, descending := strings.CutSuffix(c.URL.Query().Get("order_by"), "_desc")
	other, ok := compare[strings.TrimSuffix(field, "_asc")]
	if !ok {
		return sortItems(c, items, defaultOrder, key)
	}
	slices.SortStableFunc(items, func(a, b *T) int {
		if descending {
			a, b = b, a
		}
		return other(a, b)
	})
	return items
}

// nonEmpty returns nil for an empty text: the API treats it like an absent field.
func nonEmpty(text *string) *string {
	if text == nil || *text == "" {
		return nil
	}
	return text
}

// uniqueTexts returns the texts without repetitions, in their order.
func uniqueTexts(texts []string) []string {
	unique := []string{}
	for _, text := range texts {
		if !slices.Contains(unique, text) {
			unique = append(unique, text)
		}
	}
	return unique
}
