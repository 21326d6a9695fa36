package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filters are the query parameters of a list request. A parameter that is absent keeps everything; one that repeats, or
// holds commas, keeps what matches one of its values.
type filters struct{ c *call }

func (c *call) filters() filters { return filters{c} }

func (f filters) values(name string) []string {
	var found []string
	for _, value := range f.c.URL.Query()[name] {
		for part := range strings.SplitSeq(value, ",") {
			if part != "" {
				found = append(found, part)
			}
		}
	}
	return found
}

// is keeps an object whose field equals one of the values of the parameter.
func (f filters) is(name, field string) bool {
	wanted := f.values(name)
	return len(wanted) == 0 || slices.Contains(wanted, field)
}

// contains keeps an object whose field contains the parameter.
func (f filters) contains(name, field string) bool {
	return strings.Contains(field, f.c.URL.Query().Get(name))
}

// flag keeps an object whose field is the parameter's true or false.
func (f filters) flag(name string, field bool) bool {
	wanted, err := strconv.ParseBool(f.c.URL.Query().Get(name))
	return err != nil || wanted == field
}

// tagged keeps an object with at least one of the tags asked for.
func (f filters) tagged(tags []string) bool {
	wanted := f.values("tags")
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(tag string) bool { return slices.Contains(tags, tag) })
}

// sortable is what the API can order a list by.
type sortable struct {
	created, updated      *time.Time
	name, status, version string
}

// ordered sorts a list as the request's order_by says (created_at, updated_at, name, status or version, then _asc or
// _desc), else as otherwise says. Objects that compare equal keep the order of their creation.
func ordered[T any](c *call, items []*T, otherwise string, key func(*T) sortable) []*T {
	by := cmp.Or(c.URL.Query().Get("order_by"), otherwise)
	field, descending := strings.CutSuffix(by, "_desc")
	field = strings.TrimSuffix(field, "_asc")
	if descending {
		slices.Reverse(items)
	}
	slices.SortStableFunc(items, func(one, other *T) int {
		a, b := key(one), key(other)
		if descending {
			a, b = b, a
		}
		switch field {
		case "created_at":
			return compareTimes(a.created, b.created)
		case "updated_at":
			return compareTimes(a.updated, b.updated)
		case "name":
			return strings.Compare(a.name, b.name)
		case "status":
			return strings.Compare(a.status, b.status)
		case "version":
			return compareVersions(a.version, b.version)
		}
		return 0
	})
	return items
}

func compareTimes(a, b *time.Time) int {
	if a == nil || b == nil {
		return 0
	}
	return a.Compare(*b)
}

// tagList is how the API answers tags: a list, never null.
func tagList(tags []string) []string {
	if tags == nil {
		return []string{}
	}
	return tags
}
