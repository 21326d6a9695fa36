package compliance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// CheckName returns an error if a name is empty, or has surrounding spaces or non-printable characters, such as a
// newline. label names the object in messages, such as "pool".
func CheckName(label, name string) error {
	if strings.TrimSpace(name) == "" {
		return &Problem{Summary: "The " + label + " has no name", Found: strconv.Quote(name), Allowed: "a name of " +
			"printable characters", Fix: "Write a name."}
	}
	return checkPrintable("The name of the "+label, name)
}

// CheckNoSpaces returns an error if the name of a new object contains spaces. Existing objects may have them.
func CheckNoSpaces(label, name string) error {
	if !strings.ContainsFunc(name, unicode.IsSpace) {
		return nil
	}
	return &Problem{Summary: "The name of the " + label + " has spaces", Found: strconv.Quote(name),
		Allowed: "a name without spaces: node names, kubeconfig contexts and commands contain it",
		Fix:     fmt.Sprintf("Write %q.", strings.Join(strings.Fields(name), "-"))}
}

// CheckTag returns an error if a tag is empty, or has surrounding spaces or non-printable characters.
func CheckTag(tag string) error {
	if strings.TrimSpace(tag) == "" {
		return &Problem{Summary: "A tag is empty", Found: strconv.Quote(tag), Allowed: "non-empty text",
			Fix: "Remove the tag, or set it to non-empty text."}
	}
	return checkPrintable("A tag", tag)
}

// CheckSingleLine returns an error if a text is empty, or has surrounding spaces or non-printable characters. subject
// names the text in messages, such as "The client id".
func CheckSingleLine(subject, text string) error {
	if strings.TrimSpace(text) == "" {
		return &Problem{Summary: subject + " is empty", Found: strconv.Quote(text), Allowed: "non-empty text",
			Fix: "Set non-empty text, or remove the attribute."}
	}
	return checkPrintable(subject, text)
}

func checkPrintable(subject, text string) error {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return &Problem{Summary: subject + " has non-printable characters",
				Found:   strconv.QuoteToASCII(text) + ", with " + runeName(r),
				Allowed: "letters, digits, punctuation and spaces", Fix: "Remove these characters. For the content " +
					"of a file or a heredoc use trimspace()."}
		}
	}
	if trimmed := strings.TrimSpace(text); trimmed != text {
		return &Problem{Summary: subject + " has leading or trailing spaces", Found: strconv.Quote(text),
			Allowed: "text without leading and trailing spaces",
			Fix:     fmt.Sprintf("Write %q.", trimmed)}
	}
	return nil
}

// CheckText returns an error if a text of one or more lines contains control characters.
func CheckText(text string) error {
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) {
			return &Problem{Summary: "The text has a control character", Found: strconv.QuoteToASCII(text) + ", with " +
				runeName(r),
				Allowed: "text, with newlines and tabs", Fix: "Remove the control character."}
		}
	}
	return nil
}

func runeName(r rune) string {
	switch r {
	case '\n':
		return "a newline"
	case '\r':
		return "a carriage return"
	case '\t':
		return "a tab"
	}
	return fmt.Sprintf("the character U+%04X", r)
}

// HasDayBegun reports whether a day has begun in any time zone: the first is 14 hours ahead of UTC.
func HasDayBegun(day, now time.Time) bool {
	return !day.After(now.UTC().Add(14 * time.Hour))
}
