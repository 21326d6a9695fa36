package sandbox

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filters evaluates the query parameters of a list request. A parameter that is absent matches every object. One that
// is repeated, or has several values separated by commas, matches objects with one of the values.
type filters struct{ query url.Values }

func (c *call) filters() filters { return filters{c.URL.Query()} }

func (f filters) values(name string) []string {
	var found []string
	for _, value := range f.query[name] {
		for part := range strings.SplitSeq(value, ",") {
			if part != "" {
				found = append(found, part)
			}
		}
	}
	return found
}

// matches reports whether the field equals one of the values of the parameter.
func (f filters) matches(name, field string) bool {
	wanted := f.values(name)
	return len(wanted) == 0 || slices.Contains(wanted, field)
}

// contains reports whether the field contains the value of the parameter.
func (f filters) contains(name, field string) bool {
	return strings.Contains(field, f.query.Get(name))
}

// matchesBool reports whether the field equals the boolean parameter.
func (f filters) matchesBool(name string, field bool) bool {
	wanted, err := strconv.ParseBool(f.query.Get(name))
	return err != nil || wanted == field
}

// isTrue reports whether the boolean parameter is true.
func (f filters) isTrue(name string) bool {
	wanted, err := strconv.ParseBool(f.query.Get(name))
	return err == nil && wanted
}

// hasTag reports whether the tags include at least one of the requested tags.
func (f filters) hasTag(tags []string) bool {
	wanted := f.values("tags")
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(tag string) bool { return slices.Contains(tags, tag) })
}

// sortKey holds the fields that the API can sort a list by.
type sortKey struct {
	created, updated      *time.Time
	name, status, version string
}

// sortItems sorts a list by the request's order_by, or by defaultOrder without one: created_at, updated_at, name,
// status or version, followed by _asc or _desc. Objects that compare equal stay in creation order.
func sortItems[T any](c *call, items []*T, defaultOrder string, key func(*T) sortKey) []*T {
	order := cmp.Or(c.URL.Query().Get("order_by"), defaultOrder)
	field, descending := strings.CutSuffix(order, "_desc")
	field = strings.TrimSuffix(field, "_asc")
	if descending {
		slices.Reverse(items)
	}
	slices.SortStableFunc(items, func(item, other *T) int {
		a, b := key(item), key(other)
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

// nonNilTags returns the tags, or an empty list for nil: the API never returns null.
func nonNilTags(tags []string) []string {
	if tags == nil {
		return []string{}
	}
	return tags
}
