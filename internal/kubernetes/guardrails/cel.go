package guardrails

import (
	"encoding/json"
	"strings"
)

// celString returns a CEL string literal.
func celString(value string) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return `""` // encoding a string never fails
	}
	return string(raw)
}

// celList returns a CEL list of string literals.
func celList(values []string) string {
	quoted := []string{}
	for _, value := range values {
		quoted = append(quoted, celString(value))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// annotationExpr returns a CEL expression for an annotation of the object, or "" if it is absent.
func annotationExpr(key string) string { return objectAnnotationExpr("object", key) }

// objectAnnotationExpr returns a CEL expression for an annotation of an object, which is given by its name in CEL.
func objectAnnotationExpr(object, key string) string {
	return expand(`({has} ? {o}.metadata.annotations[{key}] : '')`,
		"has", hasAnnotationExpr(object, key), "key", celString(key), "o", object)
}

// hasAnnotationExpr returns a CEL expression that reports whether an object has an annotation.
func hasAnnotationExpr(object, key string) string {
	return expand(
		`has({o}.metadata.annotations) && {key} in {o}.metadata.annotations`, "key", celString(key), "o", object,
	)
}

// expand replaces "{NAME}" in a CEL template for each pair of name and value, in order.
func expand(template string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		template = strings.ReplaceAll(template, "{"+pairs[i]+"}", pairs[i+1])
	}
	return template
}

// parsesFalse returns a CEL expression that reports whether strconv.ParseBool returns false for the value.
func parsesFalse(value string) string {
	return value + " in ['0', 'f', 'F', 'FALSE', 'false', 'False']"
}

// parsesTrue returns a CEL expression that reports whether strconv.ParseBool returns true for the value.
func parsesTrue(value string) string {
	return value + " in ['1', 't', 'T', 'TRUE', 'true', 'True']"
}
