package compliance

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// placeholderWords returns words that make any text that contains them a placeholder.
func placeholderWords() []string { return []string{"todo", "tbd", "tba", "tbc", "fixme"} }

// placeholderTexts returns common placeholder texts, in lower case, without punctuation and accents.
func placeholderTexts() []string {
	return []string{
		"to do", "t o d o", "t b d", "na", "n a", "null", "nil", "none", "unknown", "pending", "placeholder",
		"changeme",
		"change me",
		"replaceme", "replace me", "dummy", "test", "example", "draft", "wip", "ref", "reference", "your reference",
		"lorem ipsum",
		"to be defined", "to be done", "to be determined", "to be completed", "to be confirmed", "to be signed",
		"to be provided",
		"not yet signed", "a completer", "a definir", "a faire", "a renseigner", "a venir", "a preciser", "a signer",
		"a determiner",
		"a confirmer", "a remplir", "aucun", "aucune", "neant", "sans objet", "en cours", "en attente",
		"en attente de signature",
		"en cours de signature",
	}
}

// CheckDeclaration applies CheckText and CheckPlaceholder to a declaration.
func CheckDeclaration(clause, subject, text string) error {
	return cmp.Or(CheckText(text), CheckPlaceholder(clause, subject, text))
}

// CheckPlaceholder returns an error if a declaration is a placeholder, such as "TODO", "tbd" or a single dash. subject
// names the declaration in messages, such as "The reference". clause is the clause that requires the declaration, or
// "".
func CheckPlaceholder(clause, subject, text string) error {
	words := strings.FieldsFunc(
		normalizeText(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) },
	)
	marked := slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains(placeholderWords(), word) || len(word) > 2 && strings.Trim(word,
			"x") == "" || len(word) > 2 &&
			strings.Trim(word, "0") == ""
	})
	trimmed := strings.TrimSpace(text)
	bracketed := strings.HasPrefix(trimmed, "<") && strings.HasSuffix(trimmed, ">")
	rest := strings.Join(words, " ")
	if strings.Trim(rest, "x ") != "" && !marked && !bracketed && !slices.Contains(placeholderTexts(), rest) {
		return nil
	}
	return &Problem{Rule: Rule{Clause: clause}, Summary: subject + " is a placeholder", Found: strconv.Quote(text),
		Allowed: "text that a reviewer can check", Fix: "Write the actual value, or remove the declaration until " +
			"there is one."}
}

// normalizeText returns a text in lower case, without French accents, and with ASCII letters for full-width ones.
func normalizeText(text string) string {
	accents := strings.NewReplacer("à", "a", "â", "a", "ä", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï",
		"i", "ô", "o", "ö", "o",
		"ù", "u", "û", "u", "ü", "u", "ç", "c")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r >= 0xFF01 && r <= 0xFF5E:
			return unicode.ToLower(r - 0xFEE0)
		}
		return r
	}, accents.Replace(strings.ToLower(text)))
}
