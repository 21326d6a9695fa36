package compliance

import (
	"strconv"
	"strings"
	"unicode"
)

// placeholders are what people write until they know better, in lower case and without punctuation.
func placeholders() map[string]bool {
	return map[string]bool{
		"todo": true, "to do": true, "tbd": true, "tba": true, "tbc": true, "fixme": true, "na": true, "n a": true, "null": true, "nil": true,
		"placeholder": true, "changeme": true, "change me": true, "replaceme": true, "replace me": true, "dummy": true, "to be defined": true,
		"to be done": true, "to be determined": true, "to be completed": true, "to be confirmed": true, "lorem ipsum": true,
		"à compléter": true, "a completer": true, "à définir": true, "a definir": true, "à faire": true, "a faire": true, "à renseigner": true,
		"a renseigner": true, "à venir": true, "a venir": true, "à préciser": true, "a preciser": true,
	}
}

// CheckPlaceholder refuses a text that declares nothing, such as "TODO", "tbd" or a lone dash. what names it in messages:
// "The reference". Clause is that of the declaration, or "".
func CheckPlaceholder(clause, what, text string) error {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '\'' })
	plain := strings.Join(words, " ")
	marker := len(words) > 0 && (words[0] == "todo" || words[0] == "tbd" || words[0] == "fixme")
	bracketed := strings.HasPrefix(strings.TrimSpace(text), "<") && strings.HasSuffix(strings.TrimSpace(text), ">")
	if plain != "" && !marker && !bracketed && !placeholders()[plain] && strings.Trim(plain, "x ") != "" {
		return nil
	}
	return &Refusal{Rule: Rule{Clause: clause}, Summary: what + " is a placeholder", Found: strconv.Quote(text),
		Allowed: "a text that a reviewer can check", Fix: "Write what holds, or leave the declaration out until it does."}
}
