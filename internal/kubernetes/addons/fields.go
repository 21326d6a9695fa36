package addons

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unreadable stands for fields that cannot be read.
const unreadable = "fields that cannot be read"

// paths are the leaves of a field set as managedFields writes it (f:NAME, k:{KEYS}, v:VALUE), sorted. Values of sets
// are left out: they may be data. What cannot be read is one path that says so.
func paths(raw []byte) []string {
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return []string{unreadable}
	}
	found := []string{}
	walk("", fields, &found)
	slices.Sort(found)
	return slices.Compact(found)
}

func walk(at string, fields map[string]any, found *[]string) {
	leaf := true
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		inner, ok := fields[key].(map[string]any)
		kind, name, named := strings.Cut(key, ":")
		if !ok || !named {
			continue // ".", the object itself
		}
		leaf = false
		switch kind {
		case "f":
			walk(strings.TrimPrefix(at+"."+name, "."), inner, found)
		case "k":
			walk(at+"["+element(name)+"]", inner, found)
		default: // an element of a set, by its value or its index
			*found = append(*found, at)
		}
	}
	if leaf && at != "" {
		*found = append(*found, at)
	}
}

// element names an element of a list by its keys: {"name":"coredns"} is coredns.
func element(keys string) string {
	var values map[string]any
	if err := json.Unmarshal([]byte(keys), &values); err != nil {
		return keys
	}
	if name, ok := values["name"].(string); ok {
		return name
	}
	named := []string{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		named = append(named, fmt.Sprintf("%v", values[key]))
	}
	return strings.Join(named, ",")
}
