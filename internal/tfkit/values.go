package tfkit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// StringsFromSet returns the known elements of a set, sorted. The result is never nil, and empty for a null or unknown
// set.
func StringsFromSet(set types.Set) []string {
	found := []string{}
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok && !text.IsUnknown() {
			found = append(found, text.ValueString())
		}
	}
	slices.Sort(found)
	return found
}

// FullyKnown reports whether a set and all its elements are known. A null set is known.
func FullyKnown(set types.Set) bool {
	return !set.IsUnknown() && !slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown)
}

// KeepStrings returns the known set if the API has the same elements. Otherwise it returns the elements of the API, or
// null if there are none.
func KeepStrings(known types.Set, actual []string) types.Set {
	sorted := slices.Compact(slices.Sorted(slices.Values(actual)))
	if !known.IsUnknown() && slices.Equal(StringsFromSet(known), sorted) {
		return known
	}
	if len(sorted) == 0 {
		return types.SetNull(types.StringType)
	}
	elements := make([]attr.Value, 0, len(sorted))
	for _, text := range sorted {
		elements = append(elements, types.StringValue(text))
	}
	return types.SetValueMust(types.StringType, elements)
}

// StringAttribute returns a string attribute of an object: null if the object is null, unknown if it is unknown.
func StringAttribute(object types.Object, name string) types.String {
	if object.IsUnknown() {
		return types.StringUnknown()
	}
	if text, ok := object.Attributes()[name].(types.String); ok {
		return text
	}
	return types.StringNull()
}

// Int64Attribute returns an integer attribute of an object: null if the object is null, unknown if it is unknown.
func Int64Attribute(object types.Object, name string) types.Int64 {
	if object.IsUnknown() {
		return types.Int64Unknown()
	}
	if number, ok := object.Attributes()[name].(types.Int64); ok {
		return number
	}
	return types.Int64Null()
}

// Float64FromFloat32 converts a float32 to the decimal number that it was written as: 0.33, not 0.33000001311302185.
func Float64FromFloat32(short float32) float64 {
	long, err := strconv.ParseFloat(strconv.FormatFloat(float64(short), 'g', -1, 32), 64)
	if err != nil {
		return float64(short)
	}
	return long
}

// NilIfEmpty returns a pointer to the text, or nil if it is empty.
func NilIfEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// HasValue reports whether a value is neither null nor unknown.
func HasValue(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

// CodeList formats values as Markdown code, separated by commas.
func CodeList[S ~string](values []S) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = "`" + string(value) + "`"
	}
	return strings.Join(texts, ", ")
}
