package compliance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// CheckName refuses a name that is empty, has spaces around it, or has characters that cannot be seen, such as a
// newline. what is the object of the name: "pool".
func CheckName(what, name string) error {
	if strings.TrimSpace(name) == "" {
		return &Refusal{Summary: "The " + what + " has no name", Found: strconv.Quote(name), Allowed: "a name that can be " +
			"seen", Fix: "Write a name."}
	}
	return checkVisible("The name of the "+what, name)
}

// CheckBlanks refuses spaces inside a name. Objects that exist may have them.
func CheckBlanks(what, name string) error {
	if !strings.ContainsFunc(name, unicode.IsSpace) {
		return nil
	}
	return &Refusal{Summary: "The name of the " + what + " has spaces", Found: strconv.Quote(name),
		Allowed: "a name without spaces: names of nodes, contexts of kubeconfigs and commands are made of it",
		Fix:     fmt.Sprintf("Write %q.", strings.Join(strings.Fields(name), "-"))}
}

// CheckTag refuses a tag that is empty, has spaces around it, or has characters that cannot be seen.
func CheckTag(tag string) error {
	if strings.TrimSpace(tag) == "" {
		return &Refusal{Summary: "A tag is empty", Found: strconv.Quote(tag), Allowed: "a text", Fix: "Remove the tag, or " +
			"write one."}
	}
	return checkVisible("A tag", tag)
}

// CheckWord refuses a text that is empty, has spaces around it, or has characters that cannot be seen. what names it:
// "The client id".
func CheckWord(what, text string) error {
	if strings.TrimSpace(text) == "" {
		return &Refusal{Summary: what + " is empty", Found: strconv.Quote(text), Allowed: "a text", Fix: "Write one, or " +
			"leave the attribute out."}
	}
	return checkVisible(what, text)
}

func checkVisible(what, text string) error {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return &Refusal{Summary: what + " has characters that cannot be seen", Found: strconv.QuoteToASCII(text) + ", " +
				"with " + runeName(r),
				Allowed: "letters, digits, punctuation and single spaces", Fix: "Remove them. Of the content of a file or a " +
					"heredoc, take trimspace()."}
		}
	}
	if trimmed := strings.TrimSpace(text); trimmed != text {
		return &Refusal{Summary: what + " has spaces around it", Found: strconv.Quote(text), Allowed: "no spaces at its ends",
			Fix: fmt.Sprintf("Write %q.", trimmed)}
	}
	return nil
}

// CheckText refuses control characters in a text of one or more lines.
func CheckText(text string) error {
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) {
			return &Refusal{Summary: "The text has a control character", Found: strconv.QuoteToASCII(text) + ", with " +
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

// HasBegun says whether a day has begun anywhere on Earth: the first time zone is 14 hours ahead of UTC.
func HasBegun(day, now time.Time) bool {
	return !day.After(now.UTC().Add(14 * time.Hour))
}
