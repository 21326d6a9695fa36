package guardrails

import (
	"encoding/json"
	"strings"
)

// text is a CEL string.
func text(value string) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return `""` // a string always encodes
	}
	return string(raw)
}

// list is a CEL list of strings.
func list(values []string) string {
	quoted := []string{}
	for _, value := range values {
		quoted = append(quoted, text(value))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// annotation is a CEL expression of the object's annotation, "" where it is absent.
func annotation(key string) string { return annotationOf("object", key) }

// annotationOf is that of an object that is given by its name in the expression.
func annotationOf(object, key string) string {
	return expand(`({has} ? {o}.metadata.annotations[{key}] : '')`,
		"has", hasAnnotation(object, key), "key", text(key), "o", object)
}

// hasAnnotation is a CEL expression: such an object has the annotation.
func hasAnnotation(object, key string) string {
	return expand(`has({o}.metadata.annotations) && {key} in {o}.metadata.annotations`, "key", text(key), "o", object)
}

// expand replaces "{NAME}" in a CEL template by what the pairs of name and value say, in their order.
func expand(template string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		template = strings.ReplaceAll(template, "{"+pairs[i]+"}", pairs[i+1])
	}
	return template
}

// parsesFalse is a CEL expression: strconv.ParseBool reads false from the value.
func parsesFalse(value string) string {
	return value + " in ['0', 'f', 'F', 'FALSE', 'false', 'False']"
}

// parsesTrue is a CEL expression: strconv.ParseBool reads true from the value.
func parsesTrue(value string) string {
	return value + " in ['1', 't', 'T', 'TRUE', 'true', 'True']"
}
