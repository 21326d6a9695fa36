package assessment

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// canonical returns the facts as they are after they were stored, with every list in a fixed order. Checks judge them
// in this form: the order in which an API answers changes nothing, and neither does storing the facts.
func (f Facts) canonical() Facts { return canonical(f) }

func canonical[T any](f T) T {
	encoded, err := json.Marshal(f)
	if err != nil {
		return f // A time beyond the year 9999; such facts cannot be stored.
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var tree any
	var sorted T
	if decoder.Decode(&tree) != nil || json.Unmarshal(sortLists(tree), &sorted) != nil {
		return f
	}
	return sorted
}

// sortLists sorts every list of a decoded value by the encoding of its items, and returns the encoding of the value.
func sortLists(tree any) []byte {
	switch v := tree.(type) {
	case []any:
		items := make([][]byte, 0, len(v))
		for _, item := range v {
			items = append(items, sortLists(item))
		}
		slices.SortFunc(items, bytes.Compare)
		return slices.Concat([]byte("["), bytes.Join(items, []byte(",")), []byte("]"))
	case map[string]any:
		fields := make([][]byte, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, slices.Concat(encodeScalar(key), []byte(":"), sortLists(v[key])))
		}
		return slices.Concat([]byte("{"), bytes.Join(fields, []byte(",")), []byte("}"))
	}
	return encodeScalar(tree)
}

// encodeScalar encodes a text, number, boolean or null that was decoded from JSON, which always succeeds.
func encodeScalar(value any) []byte {
	encoded, _ := json.Marshal(value)
	return encoded
}
