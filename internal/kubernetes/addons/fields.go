package addons

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unreadableFields is the path of a field set that cannot be parsed.
const unreadableFields = "fields that cannot be read"

// fieldPaths returns the sorted leaf paths of a field set in the format of managedFields (f:NAME, k:{KEYS}, v:VALUE).
// It omits values of sets, which may be data. A field set that cannot be parsed has the single path unreadableFields.
func fieldPaths(raw []byte) []string {
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return []string{unreadableFields}
	}
	found := []string{}
	collectPaths("", fields, &found)
	slices.Sort(found)
	return slices.Compact(found)
}

// collectPaths adds the leaf paths below prefix to found.
func collectPaths(prefix string, fields map[string]any, found *[]string) {
	isLeaf := true
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		inner, ok := fields[key].(map[string]any)
		kind, name, hasName := strings.Cut(key, ":")
		if !ok || !hasName {
			continue // ".", the object itself
		}
		isLeaf = false
		switch kind {
		case "f":
			collectPaths(strings.TrimPrefix(prefix+"."+name, "."), inner, found)
		case "k":
			collectPaths(prefix+"["+elementName(name)+"]", inner, found)
		default: // an element of a set, by its value or its index
			*found = append(*found, prefix)
		}
	}
	if isLeaf && prefix != "" {
		*found = append(*found, prefix)
	}
}

// elementName returns the name of a list element from its keys: coredns for {"name":"coredns"}.
func elementName(keys string) string {
	var values map[string]any
	if err := json.Unmarshal([]byte(keys), &values); err != nil {
		return keys
	}
	if name, ok := values["name"].(string); ok {
		return name
	}
	parts := []string{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, fmt.Sprintf("%v", values[key]))
	}
	return strings.Join(parts, ",")
}
