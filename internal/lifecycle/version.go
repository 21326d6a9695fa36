// Package lifecycle implements the lifecycle of Kubernetes versions at Scaleway: parsing and comparing versions, the
// release, deprecation and end of support of minors, the quality of those dates, and the allowed upgrades.
//
// It has no clock and makes no requests: times are arguments.
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

// ParseError describes why a text is not a version, and what to write instead.
type ParseError struct {
	Input   string
	Problem string // Without a subject, such as "is a patch version".
	Fix     string // What to write instead, or empty.
}

// Error returns the input with the problem, and the fix.
func (e *ParseError) Error() string {
	text := fmt.Sprintf("%q %s.", e.Input, e.Problem)
	if e.Fix != "" {
		text += " " + e.Fix
	}
	return text
}

// maxDigits limits the digits of a number, so that it does not overflow an int.
const maxDigits = 5

// ParseMinor parses a minor version, such as "1.35". The error is a *ParseError.
func ParseMinor(s string) (Minor, error) {
	parts := strings.Split(s, ".")
	if numbers, ok := parseNumbers(parts); ok {
		switch len(numbers) {
		case 2:
			m := Minor{numbers[0], numbers[1]}
			if restored := m.restoreTrailingZero(); restored != m {
				return Minor{}, &ParseError{s, fmt.Sprintf("is older than any minor that Scaleway has offered: "+
					"without quotes, Terraform reads %s as the number %s", restored, m), fmt.Sprintf("Write the "+
					"version in quotes: %q.", restored)}
			}
			return m, nil
		case 3:
			m := Minor{numbers[0], numbers[1]}
			return Minor{}, &ParseError{s, "is a patch version, but a minor version is expected",
				fmt.Sprintf("Write %q: auto-upgrade chooses the patch.", m)}
		}
	}
	e := &ParseError{Input: s, Problem: "is not a minor version",
		Fix: `Write the major and minor numbers with a dot, such as "1.35".`}
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
		e.Problem = "has leading or trailing spaces"
	case bare != s:
		e.Problem = `starts with "v"`
	default:
		e.Problem = "has more than a major and a minor number"
	}
	e.Fix = fmt.Sprintf("Write %q.", Minor{numbers[0], numbers[1]}.restoreTrailingZero())
	return Minor{}, e
}

// restoreTrailingZero restores the trailing zero of a minor that was written as a number: 1.30 for 1.3. Scaleway has
// never offered 1.1 to 1.9.
func (m Minor) restoreTrailingZero() Minor {
	if m.Major == 1 && m.Minor >= 1 && m.Minor <= 9 {
		m.Minor *= 10
	}
	return m
}

// ParseVersion parses a full version, such as "1.35.3". The error is a *ParseError.
func ParseVersion(s string) (Version, error) {
	numbers, ok := parseNumbers(strings.Split(s, "."))
	switch {
	case ok && len(numbers) == 3:
		return Version{Minor{numbers[0], numbers[1]}, numbers[2]}, nil
	case ok && len(numbers) == 2:
		return Version{}, &ParseError{s, "is a minor version, but a patch version is expected",
			fmt.Sprintf("Add the patch number, such as %q.", s+".0")}
	}
	return Version{}, &ParseError{s, "is not a patch version",
		`Write three numbers with dots, such as "1.35.3".`}
}

// parseNumbers parses decimal numbers without sign, space or leading zero.
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

// String returns the form that ParseMinor parses.
func (m Minor) String() string { return fmt.Sprintf("%d.%d", m.Major, m.Minor) }

// Compare returns a negative number if m is older than other, zero if equal, a positive number if newer.
func (m Minor) Compare(other Minor) int {
	return cmp.Or(cmp.Compare(m.Major, other.Major), cmp.Compare(m.Minor, other.Minor))
}

// Next returns the next minor, the only one to which a cluster can be upgraded.
func (m Minor) Next() Minor { return Minor{m.Major, m.Minor + 1} }

// String returns the form that ParseVersion parses.
func (v Version) String() string { return fmt.Sprintf("%s.%d", v.Minor, v.Patch) }

// Compare returns a negative number if v is older than other, zero if equal, a positive number if newer.
func (v Version) Compare(other Version) int {
	return cmp.Or(v.Minor.Compare(other.Minor), cmp.Compare(v.Patch, other.Patch))
}

// HighestPatch returns the newest version of a minor, and false if there is none. It ignores malformed names, as the
// API may add new forms.
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

// Minors returns the minors of versions, oldest first, without duplicates. It ignores malformed names.
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
