// Package lifecycle knows Kubernetes versions as Scaleway supports them: how they are written and compared, when each
// minor is released, deprecated and out of support, how far those dates can be trusted, and which upgrades are legal.
//
// It has no clock and makes no request: times are arguments.
package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Minor is a Kubernetes minor version, such as 1.35.
type Minor struct{ Major, Minor int }

// Version is a full Kubernetes version, such as 1.35.3.
type Version struct {
	Minor
	Patch int
}

// ParseError says why a text is no version, and what to write instead where that can be told.
type ParseError struct {
	Input   string
	Problem string // A clause without subject: "is a patch version".
	Fix     string // What to write instead; empty where no guess is safe.
}

// Error gives the input, the problem and the fix in one sentence each.
func (e *ParseError) Error() string {
	text := fmt.Sprintf("%q %s.", e.Input, e.Problem)
	if e.Fix != "" {
		text += " " + e.Fix
	}
	return text
}

// maxDigits bounds a component, so that no text overflows an int.
const maxDigits = 5

// ParseMinor reads a minor version as the API and the configuration write it: "1.35". The error is a *ParseError.
func ParseMinor(s string) (Minor, error) {
	parts := strings.Split(s, ".")
	if numbers, ok := parseNumbers(parts); ok {
		switch len(numbers) {
		case 2:
			m := Minor{numbers[0], numbers[1]}
			if whole := m.withZero(); whole != m {
				return Minor{}, &ParseError{s, fmt.Sprintf("is older than any minor that Scaleway has offered: without quotes, "+
					"Terraform reads %s as the number %s", whole, m), fmt.Sprintf("Write the version in quotes: %q.", whole)}
			}
			return m, nil
		case 3:
			m := Minor{numbers[0], numbers[1]}
			return Minor{}, &ParseError{s, "is a patch version, where a minor version is expected",
				fmt.Sprintf("Write %q: auto-upgrade chooses the patch.", m)}
		}
	}
	e := &ParseError{Input: s, Problem: "is not a minor version",
		Fix: `Write major and minor as numbers with a dot between them, as in "1.35".`}
	trimmed := strings.TrimSpace(s)
	bare := strings.TrimLeft(trimmed, "vV")
	parts = strings.Split(bare, ".")
	if len(parts) < 2 {
		return Minor{}, e
	}
	numbers, ok := parseNumbers(parts[:2])
	if !ok {
		return Minor{}, e
	}
	switch {
	case s == "":
		return Minor{}, e
	case trimmed != s:
		e.Problem = "has spaces around it"
	case bare != s:
		e.Problem = `starts with "v", which version names here do not`
	default:
		e.Problem = "has more than a major and a minor number"
	}
	e.Fix = fmt.Sprintf("Write %q.", Minor{numbers[0], numbers[1]}.withZero())
	return Minor{}, e
}

// withZero gives back the zero that a minor loses where it is written as a number: 1.30 for 1.3. Scaleway has never
// offered 1.1 to 1.9.
func (m Minor) withZero() Minor {
	if m.Major == 1 && m.Minor >= 1 && m.Minor <= 9 {
		m.Minor *= 10
	}
	return m
}

// ParseVersion reads a full version as the API names it: "1.35.3". The error is a *ParseError.
func ParseVersion(s string) (Version, error) {
	numbers, ok := parseNumbers(strings.Split(s, "."))
	switch {
	case ok && len(numbers) == 3:
		return Version{Minor{numbers[0], numbers[1]}, numbers[2]}, nil
	case ok && len(numbers) == 2:
		return Version{}, &ParseError{s, "is a minor version, where a patch version is expected",
			fmt.Sprintf("Add the patch number, as in %q.", s+".0")}
	}
	return Version{}, &ParseError{s, "is not a patch version",
		`Write three numbers with dots between them, as in "1.35.3".`}
}

// parseNumbers reads decimal numbers without sign, space or leading zero.
func parseNumbers(parts []string) ([]int, bool) {
	numbers := make([]int, len(parts))
	for i, part := range parts {
		if part == "" || len(part) > maxDigits || (len(part) > 1 && part[0] == '0') {
			return nil, false
		}
		for _, r := range part {
			if r < '0' || r > '9' {
				return nil, false
			}
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		numbers[i] = n
	}
	return numbers, true
}

// String gives the form that ParseMinor reads.
func (m Minor) String() string { return fmt.Sprintf("%d.%d", m.Major, m.Minor) }

// Compare is negative where m is older than other, zero where equal, positive where newer.
func (m Minor) Compare(other Minor) int {
	return cmp.Or(cmp.Compare(m.Major, other.Major), cmp.Compare(m.Minor, other.Minor))
}

// Next is the minor that follows directly, the only one an upgrade may go to.
func (m Minor) Next() Minor { return Minor{m.Major, m.Minor + 1} }

// String gives the form that ParseVersion reads.
func (v Version) String() string { return fmt.Sprintf("%s.%d", v.Minor, v.Patch) }

// Compare is negative where v is older than other, zero where equal, positive where newer.
func (v Version) Compare(other Version) int {
	return cmp.Or(v.Minor.Compare(other.Minor), cmp.Compare(v.Patch, other.Patch))
}

// HighestPatch is the newest name of the minor, and whether there is one. Names that are no version are ignored, as the
// API may list what this code does not know.
func HighestPatch(names []string, m Minor) (string, bool) {
	best, found := Version{}, false
	for _, name := range names {
		v, err := ParseVersion(name)
		if err != nil || v.Minor != m {
			continue
		}
		if !found || v.Compare(best) > 0 {
			best, found = v, true
		}
	}
	if !found {
		return "", false
	}
	return best.String(), true
}

// Minors lists the minors of the names, oldest first, each once. Names that are no version are ignored.
func Minors(names []string) []Minor {
	minors := []Minor{}
	for _, name := range names {
		if v, err := ParseVersion(name); err == nil {
			minors = append(minors, v.Minor)
		}
	}
	slices.SortFunc(minors, Minor.Compare)
	return slices.Compact(minors)
}
