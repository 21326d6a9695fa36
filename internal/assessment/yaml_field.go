package assessment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// object checks that a value is an object without unknown keys and with the required ones.
func (r *reader) object(v value, path, label string, allowed, required []string) bool {
	if v.kind != objectValue {
		r.report(v.line, path, compliance.Problem{
			Summary: label + " is not an object", Found: v.found(), Allowed: "the keys " + strings.Join(allowed, ", "),
		})
		return false
	}
	for _, e := range v.entries {
		if !slices.Contains(allowed, e.key) {
			r.report(e.line, join(path, shorten(e.key)), compliance.Problem{
				Summary: quote(e.key) + " is not a key of " + strings.ToLower(label[:1]) + label[1:],
				Allowed: strings.Join(allowed, ", "), Fix: suggest(e.key, allowed, "Remove it."),
			})
		}
	}
	for _, name := range required {
		if _, ok := v.lookup(name); !ok {
			r.report(v.line, join(path, name), compliance.Problem{
				Summary: label + " has no " + name, Fix: "Add the key " + name + ".",
			})
		}
	}
	return true
}

// fields reads the fields of an object.
func (r *reader) fields(v value, path, label string, fields []Field, instead string) map[string]any {
	required := []string{}
	for _, f := range fields {
		if _, replaced := v.lookup(instead); f.Required && (instead == "" || !replaced) {
			required = append(required, f.Name)
		}
	}
	if !r.object(v, path, label, fieldNames(fields), required) {
		return nil
	}
	declared := map[string]any{}
	for _, f := range fields {
		one, ok := v.lookup(f.Name)
		if !ok {
			continue
		}
		declared[f.Name] = r.field(one, join(path, f.Name), f)
	}
	return declared
}

// field reads a field: a text, a []any or a map[string]any.
func (r *reader) field(v value, path string, f Field) any {
	if !f.IsList {
		return r.fieldValue(v, path, f)
	}
	all := []any{}
	for i, item := range r.list(v, path, f.MayBeEmpty) {
		if r.hasMore {
			break
		}
		all = append(all, r.fieldValue(item, fmt.Sprintf("%s[%d]", path, i), f))
	}
	return all
}

// list returns the items of a list.
func (r *reader) list(v value, path string, mayBeEmpty bool) []value {
	switch {
	case v.kind != listValue:
		r.report(v.line, path, compliance.Problem{
			Summary: "The value is not a list",
			Found:   v.found(),
			Allowed: "a list",
			Fix:     "Write the items in brackets: [a, b].",
		})
	case len(v.items) == 0 && !mayBeEmpty:
		r.report(v.line, path, compliance.Problem{Summary: "The list is empty", Allowed: "at least one item"})
	}
	return v.items
}

// fieldValue reads one value of a field.
func (r *reader) fieldValue(v value, path string, f Field) any {
	switch f.Type {
	case TypeObject:
		return r.fields(v, path, "The object "+f.Name, f.Fields, "")
	case TypeName:
		return r.name(v, path)
	case TypeDate:
		r.date(v, path)
		return v.text
	case TypeNumber:
		r.number(v, path, f.Min, f.Max)
		return v.text
	case TypeYesNo:
		return r.choice(v, path, []string{"true", "false"}, boolValue)
	case TypeMinor:
		text, ok := r.text(v, path)
		if ok {
			_, err := lifecycle.ParseMinor(text)
			if err != nil || !matches(minorPattern, text) {
				r.report(v.line, path, compliance.Problem{
					Summary: "The value is not a minor version", Found: quote(text), Allowed: `a minor such as "1.36"`,
				})
			}
		}
		return text
	case TypeDigest:
		text, ok := r.text(v, path)
		if ok && !matches(digestPattern, text) {
			r.report(v.line, path, compliance.Problem{
				Summary: "The value is not a digest", Found: quote(text),
				Allowed: `"sha256:" and 64 hexadecimal digits in lower case`,
			})
		}
		return text
	}
	if len(f.Choices) > 0 {
		return r.choice(v, path, f.Choices, textValue)
	}
	text, _ := r.text(v, path)
	return text
}

// matches reports whether a text matches a pattern.
func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// scalar checks that a value is a scalar of one of the kinds, and no placeholder. YAML scalars are texts.
func (r *reader) scalar(v value, path string, kinds ...valueKind) (string, bool) {
	if v.kind != textValue && !slices.Contains(kinds, v.kind) {
		p := compliance.Problem{Summary: "The value has the wrong type", Found: v.found(), Allowed: "text"}
		if len(kinds) > 0 {
			p.Allowed = kinds[0].String()
		} else if v.kind == numberValue || v.kind == boolValue {
			p.Fix = "Write it in quotes."
		}
		r.report(v.line, path, p)
		return "", false
	}
	if !r.check(v.line, path, shortened(compliance.CheckText(v.text))) {
		return v.text, false
	}
	return v.text, r.check(v.line, path, shortened(compliance.CheckPlaceholder("", "The value", v.text)))
}

// shortened returns a problem with what was found shortened.
func shortened(err error) error {
	var p *compliance.Problem
	if errors.As(err, &p) {
		p.Found = shorten(p.Found)
	}
	return err
}

// text reads a text.
func (r *reader) text(v value, path string) (string, bool) { return r.scalar(v, path) }

// line reads a text of one line.
func (r *reader) line(v value, path string) (string, bool) {
	text, ok := r.text(v, path)
	return text, ok && r.check(v.line, path, shortened(compliance.CheckSingleLine("The value", text)))
}

// name reads a name of Kubernetes. Only upper-case placeholders are refused as such: a namespace can be named "test".
func (r *reader) name(v value, path string) string {
	if v.text == strings.ToUpper(v.text) {
		if _, ok := r.text(v, path); !ok {
			return v.text
		}
	}
	if v.kind != textValue || !matches(namePattern, v.text) {
		r.report(v.line, path, compliance.Problem{
			Summary: "The value is not a name of Kubernetes", Found: v.found(),
			Allowed: "lower-case letters, digits, dots and dashes",
		})
	}
	return v.text
}

// choice reads one of several texts.
func (r *reader) choice(v value, path string, choices []string, kinds ...valueKind) string {
	text, ok := r.scalar(v, path, kinds...)
	if ok && !slices.Contains(choices, text) {
		r.report(v.line, path, compliance.Problem{
			Summary: quote(text) + " is not a value of this key", Allowed: enumerate(choices),
			Fix: suggest(text, choices, ""),
		})
	}
	return text
}

// maxListed is the number of allowed values that a problem lists.
const maxListed = 20

// enumerate lists allowed values, or the first ones of many.
func enumerate(choices []string) string {
	if len(choices) <= maxListed {
		return strings.Join(choices, ", ")
	}
	return fmt.Sprintf("one of %d values, such as %s", len(choices), strings.Join(choices[:3], ", "))
}

// date reads a date as midnight UTC.
func (r *reader) date(v value, path string) (time.Time, bool) {
	text, ok := r.text(v, path)
	if !ok {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		r.report(v.line, path, compliance.Problem{
			Summary: "The value is not a date", Found: quote(text), Allowed: "YYYY-MM-DD",
			Fix: `Write a date such as "2026-11-24".`,
		})
	}
	return day, err == nil
}

// number reads an integer. A number may be written as a text.
func (r *reader) number(v value, path string, least, most int) int {
	text, ok := r.scalar(v, path, numberValue)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || most > 0 && n > most || text != strconv.Itoa(n) {
		allowed := fmt.Sprintf("an integer from %d", least)
		if most > 0 {
			allowed = fmt.Sprintf("an integer from %d to %d", least, most)
		}
		r.report(v.line, path, compliance.Problem{
			Summary: "The value is not a number that is allowed", Found: quote(text), Allowed: allowed,
		})
	}
	return n
}

// role reads a role. Declarations name roles, not persons.
func (r *reader) role(v value, path string) string {
	text, ok := r.line(v, path)
	if ok && strings.Contains(text, "@") {
		r.report(v.line, path, compliance.Problem{
			Summary: "The value is an e-mail address", Allowed: "a role, such as ciso",
			Fix: "Write the role of the person.",
		})
	}
	return text
}

// differ reports two roles that are the same.
func (r *reader) differ(v value, first, second string) {
	a, _ := v.lookup(first)
	b, _ := v.lookup(second)
	if a.kind == textValue && a.text != "" && strings.EqualFold(strings.TrimSpace(a.text), strings.TrimSpace(b.text)) &&
		compliance.CheckPlaceholder("", "", a.text) == nil {
		r.report(b.line, second, compliance.Problem{
			Summary: second + " is the same role as " + first, Found: quote(b.text), Allowed: "two different roles",
			Fix: "Have another role review it.",
		})
	}
}

// pattern reads a text that matches a pattern.
func (r *reader) pattern(v value, path, pattern, what, allowed string) string {
	text, ok := r.line(v, path)
	if ok && !matches(pattern, text) {
		r.report(v.line, path, compliance.Problem{Summary: what, Found: quote(text), Allowed: allowed})
	}
	return text
}

// exactID reads the id of an object. "Deployment/test/web" is an id, not a placeholder.
func (r *reader) exactID(v value, path string) string {
	text := v.text
	if v.kind != textValue || !strings.ContainsAny(text, "/:") {
		var ok bool
		if text, ok = r.line(v, path); !ok {
			return text
		}
	} else if !r.check(v.line, path, shortened(compliance.CheckSingleLine("The id", text))) {
		return text
	}
	if strings.ContainsAny(text, "*?") {
		r.report(v.line, path, compliance.Problem{
			Summary: "The id has a wildcard", Found: quote(text), Allowed: "the exact id of one object",
			Fix: "Name each object.",
		})
	}
	return text
}
