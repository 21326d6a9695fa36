package compliance

import "testing"

func TestCheckPlaceholder(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"TODO", "todo", " tbd ", "-", "--", "—", "…", "...", "?", "", "  ", "N/A", "n.a.",
		"<reference>", "xxx", "X", "TODO: ask legal", "[TBD]",
		"tbd later", "FIXME", "T.B.D.", "tba later", "tbc: legal", "ref TODO", "contract TBD", "{{ref}}", "${REF}",
		"[reference]", "your-reference",
		"HDS-XXXX", "HDS-2026-XXX", "HDS-0000", "'TODO'", "HDS-TODO", "none", "unknown", "pending", "not yet signed",
		"aucun", "néant", "sans objet",
		"à signer", "en cours", "à completer", "a compléter", "A\u0300 comple\u0301ter", "ＴＯＤＯ",
		"en attente de signature",
		"À compléter", "a completer", "null", "change-me", "REPLACE_ME", "to be defined", "\t", "\u00a0", "_"} {
		if err := CheckPlaceholder("HDS-CTR-01", "The reference", text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	for _, text := range []string{
		"HDS-2026-001", "C1", "7", "none needed: the vendor patches", "Todorov SARL 2026", "contrat n° 7", "x86 only",
		"合同",
		"tbdata-7", "nil return form 3",
	} {
		if err := CheckPlaceholder("", "The reference", text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
