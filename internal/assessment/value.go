package assessment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// valueKind is the kind of a declared value.
type valueKind int

const (
	textValue valueKind = iota // Every scalar of a YAML text, as written.
	numberValue
	boolValue
	listValue
	objectValue
)

// String returns the kind for a problem.
func (k valueKind) String() string {
	return [...]string{"text", "a number", "a boolean", "a list", "an object"}[k]
}

// value is a value of a YAML text or of a decoded configuration.
type value struct {
	line    int
	kind    valueKind
	text    string
	items   []value
	entries []entry
}

// entry is a key of an object with its value.
type entry struct {
	key  string
	line int
	value
}

// lookup returns the value of a key.
func (v value) lookup(key string) (value, bool) {
	i := slices.IndexFunc(v.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return value{}, false
	}
	return v.entries[i].value, true
}

// found describes the value for a problem.
func (v value) found() string {
	switch v.kind {
	case listValue, objectValue:
		return v.kind.String()
	case numberValue, boolValue:
		return v.kind.String() + ", " + shorten(v.text)
	}
	if v.text == "" {
		return "nothing"
	}
	return quote(v.text)
}

// Limits of a text.
const (
	maxTextBytes = 1 << 20
	maxDepth     = 16
)

// parseYAML reads a YAML text. Scalars keep the text as written. The value has no keys if the text is empty.
func (r *reader) parseYAML(text []byte) (value, bool) {
	switch {
	case len(text) > maxTextBytes:
		r.report(0, "", compliance.Problem{
			Summary: "The text is too long", Found: fmt.Sprintf("%d bytes", len(text)),
			Allowed: fmt.Sprintf("%d bytes", maxTextBytes), Fix: "Split it into several files.",
		})
		return value{}, false
	case !utf8.Valid(text):
		r.report(0, "", compliance.Problem{Summary: "The text is not UTF-8", Fix: "Save it in UTF-8."})
		return value{}, false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, next yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return value{kind: objectValue}, true
	} else if err != nil {
		r.reportSyntax(err)
		return value{}, false
	}
	if err := decoder.Decode(&next); err == nil {
		r.report(next.Line, "", compliance.Problem{
			Summary: "The text has several documents", Found: "---", Allowed: "one document",
			Fix: "Join the documents, or write several files.",
		})
	} else if !errors.Is(err, io.EOF) {
		r.reportSyntax(err)
	}
	if len(document.Content) == 0 {
		return value{kind: objectValue}, true
	}
	before := len(r.problems)
	v := r.convert(document.Content[0], "", 0)
	return v, len(r.problems) == before
}

// reportSyntax reports an error of the YAML parser.
func (r *reader) reportSyntax(err error) {
	line := 0
	if found := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error()); found != nil {
		// The expression matches digits only.
		line, _ = strconv.Atoi(found[1])
	}
	r.report(line, "", compliance.Problem{
		Summary: "The text is not YAML", Found: shorten(strings.TrimPrefix(err.Error(), "yaml: ")),
		Fix: "Correct the syntax.",
	})
}

// convert converts a node. It reports what a declaration must not have: anchors, aliases, merge keys, tags and
// duplicate keys would make two readers read different things.
func (r *reader) convert(node *yaml.Node, field string, depth int) value {
	v := value{line: node.Line}
	unsupported := func(what, fix string) {
		r.report(node.Line, field, compliance.Problem{Summary: what, Allowed: "plain keys and values", Fix: fix})
	}
	switch {
	case depth > maxDepth:
		unsupported("The text is nested too deeply", fmt.Sprintf("Use at most %d levels.", maxDepth))
		return v
	case node.Kind == yaml.AliasNode:
		unsupported("The text has the alias *"+shorten(node.Value), "Write the value again.")
		return v
	case node.Anchor != "":
		unsupported("The text has the anchor &"+shorten(node.Anchor), "Remove the anchor.")
	}
	if node.Style&yaml.TaggedStyle != 0 {
		unsupported("The text has the tag "+shorten(node.Tag), "Remove the tag.")
	}
	switch node.Kind {
	case yaml.SequenceNode:
		v.kind = listValue
		for i, item := range node.Content {
			v.items = append(v.items, r.convert(item, fmt.Sprintf("%s[%d]", field, i), depth+1))
		}
	case yaml.MappingNode:
		v.kind = objectValue
		lines := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			path := join(field, shorten(key.Value))
			switch {
			case key.Kind != yaml.ScalarNode:
				r.report(key.Line, field, compliance.Problem{
					Summary: "A key is not text", Found: "a list, an object or an alias", Allowed: "text",
				})
				continue
			case key.Tag == "!!merge":
				r.report(key.Line, field, compliance.Problem{
					Summary: "The text has a merge key", Found: "<<", Allowed: "plain keys and values",
					Fix: "Write the keys again.",
				})
				continue
			case key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
				r.report(key.Line, path, compliance.Problem{
					Summary: "A key has an anchor or a tag", Allowed: "plain keys", Fix: "Remove it.",
				})
			}
			if first, ok := lines[key.Value]; ok {
				r.report(key.Line, path, compliance.Problem{
					Summary: "The key " + quote(
						key.Value,
					) + " is there twice",
					Found:   fmt.Sprintf("also on line %d", first),
					Allowed: "each key once",
					Fix:     "Remove one.",
				})
				continue
			}
			lines[key.Value] = key.Line
			v.entries = append(v.entries, entry{key.Value, key.Line, r.convert(node.Content[i+1], path, depth+1)})
		}
	default:
		v.text = node.Value
	}
	return v
}

// join adds a key to the path of a field.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// convertDecoded converts a value that was decoded from HCL or JSON. Keys without a value (null) are left out.
func (r *reader) convertDecoded(decoded any, field string, depth int) (value, bool) {
	if depth > maxDepth {
		r.report(0, field, compliance.Problem{
			Summary: "The value is nested too deeply", Allowed: fmt.Sprintf("%d levels", maxDepth),
		})
		return value{}, false
	}
	switch d := decoded.(type) {
	case string:
		return value{kind: textValue, text: d}, true
	case bool:
		return value{kind: boolValue, text: strconv.FormatBool(d)}, true
	case int, int64, float64, json.Number, *big.Int, *big.Float:
		return value{kind: numberValue, text: formatNumber(d)}, true
	case []any:
		v, valid := value{kind: listValue}, true
		for i, item := range d {
			one, ok := r.convertDecoded(item, fmt.Sprintf("%s[%d]", field, i), depth+1)
			v.items, valid = append(v.items, one), valid && ok
		}
		return v, valid
	case map[string]any:
		v, valid := value{kind: objectValue}, true
		for _, key := range slices.Sorted(maps.Keys(d)) {
			if d[key] == nil {
				continue
			}
			one, ok := r.convertDecoded(d[key], join(field, shorten(key)), depth+1)
			v.entries, valid = append(v.entries, entry{key, 0, one}), valid && ok
		}
		return v, valid
	}
	r.report(0, field, compliance.Problem{
		Summary: "The value has a type that is not supported", Found: fmt.Sprintf("%T", decoded),
		Allowed: "text, a number, a boolean, a list or an object",
	})
	return value{}, false
}

// formatNumber returns a number without an exponent where it is an integer.
func formatNumber(number any) string {
	switch n := number.(type) {
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	case *big.Float:
		return n.Text('f', -1)
	}
	return fmt.Sprint(number)
}
