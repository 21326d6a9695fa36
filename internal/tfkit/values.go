package tfkit

import (
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Strings are the known elements of a set, sorted and never nil; null and unknown sets are empty.
func Strings(set types.Set) []string {
	found := []string{}
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok && !text.IsUnknown() {
			found = append(found, text.ValueString())
		}
	}
	slices.Sort(found)
	return found
}

// FullyKnown says whether a set and each of its elements are known; a null set is.
func FullyKnown(set types.Set) bool {
	return !set.IsUnknown() && !slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown)
}

// KeepStrings is the known set where the API has the same elements, else what the API has; nothing is null.
func KeepStrings(known types.Set, actual []string) types.Set {
	sorted := slices.Compact(slices.Sorted(slices.Values(actual)))
	if !known.IsUnknown() && slices.Equal(Strings(known), sorted) {
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

// TextOf and IntOf are an attribute of an object: null where the object is null, unknown where it is unknown.
func TextOf(object types.Object, name string) types.String {
	if object.IsUnknown() {
		return types.StringUnknown()
	}
	if text, ok := object.Attributes()[name].(types.String); ok {
		return text
	}
	return types.StringNull()
}

// IntOf is described at TextOf.
func IntOf(object types.Object, name string) types.Int64 {
	if object.IsUnknown() {
		return types.Int64Unknown()
	}
	if number, ok := object.Attributes()[name].(types.Int64); ok {
		return number
	}
	return types.Int64Null()
}

// Decimal is the number that a short float was written as: 99.5 and 0.33, not 0.33000001311302185.
func Decimal(short float32) float64 {
	long, err := strconv.ParseFloat(strconv.FormatFloat(float64(short), 'g', -1, 32), 64)
	if err != nil {
		return float64(short)
	}
	return long
}

// OrNull is a pointer to the text, nil where it is empty.
func OrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
