package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// orders maps the fields that a list can be sorted by to their comparison.
type orders[T any] map[string]func(a, b *T) int

// byText compares a text field.
func byText[T any](field func(*T) string) func(a, b *T) int {
	return func(a, b *T) int { return strings.Compare(field(a), field(b)) }
}

// byTime compares a date. Objects without the date come first.
func byTime[T any](field func(*T) *time.Time) func(a, b *T) int {
	return func(a, b *T) int {
		first, second := field(a), field(b)
		if first == nil || second == nil {
			return cmp.Compare(boolToInt(first != nil), boolToInt(second != nil))
		}
		return first.Compare(*second)
	}
}

func boolToInt(value bool) int {
	if value {
		return 1
	}
	return 0
}

// sortBy sorts a list in creation order by the request's order_by, or by defaultOrder without one: a field of fields,
// followed by _asc or _desc. Objects that compare equal stay in creation order, or in its reverse for _desc.
func sortBy[T any](c *call, items []*T, defaultOrder string, fields orders[T]) []*T {
	order := cmp.Or(c.URL.Query().Get("order_by"), defaultOrder)
	field, descending := strings.CutSuffix(order, "_desc")
	compare, known := fields[strings.TrimSuffix(field, "_asc")]
	if !known {
		return items
	}
	slices.SortStableFunc(items, compare)
	if descending {
		slices.Reverse(items)
	}
	return items
}

// matchesKind reports whether the field equals the value of an enum parameter. The SDK sends the enum's default value,
// which starts with unknown_ in most enums, for a parameter that is not set.
func (f filters) matchesKind(name, field string) bool {
	wanted := slices.DeleteFunc(f.values(name), func(value string) bool { return strings.HasPrefix(value, "unknown") })
	return len(wanted) == 0 || slices.Contains(wanted, field)
}

// containsAny reports whether the list has one of the values of the parameter.
func (f filters) containsAny(name string, list []string) bool {
	wanted := f.values(name)
	return len(wanted) == 0 ||
		slices.ContainsFunc(wanted, func(value string) bool { return slices.Contains(list, value) })
}

// withObject returns a handler that looks up the object of the path, and passes it to handle.
func withObject[T any](find func(*call) (*T, error), handle func(*call, *T) (any, error)) handler {
	return func(c *call) (any, error) {
		item, err := find(c)
		if err != nil {
			return nil, err
		}
		return handle(c, item)
	}
}

// show returns the object of a read request.
func show[T any](_ *call, item *T) (any, error) { return item, nil }
