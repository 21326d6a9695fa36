package assessment

import (
	"strings"
	"testing"
)

const plausibleWaiver = `waivers:
  - id: W-1
    check: node_public_address
    scope: fr-par/11111111-1111-4111-8111-111111111111
    subjects: [fr-par/22222222-2222-4222-8222-222222222222]
    reason: a migration
    compensating: a closed security group
    ticket: PLAT-1
    risk_owner: ciso
    author: platform
    approver: ciso
    approved_on: 2026-11-01
    until: 2027-03-01
`

// TestCheckedOn checks dates, scopes and objects as of a day. An assessment accepts the same text.
func TestCheckedOn(t *testing.T) {
	t.Parallel()
	if _, problems := ParseDeclarations([]byte(plausibleWaiver), CheckedOn(now())); len(problems) > 0 {
		t.Fatal(problems)
	}
	const subject = "[fr-par/22222222-2222-4222-8222-222222222222]"
	const scope = "scope: fr-par/11111111-1111-4111-8111-111111111111"
	for _, test := range []struct{ old, changed, want string }{
		{"2026-11-01", "2026-12-05", "approved_on is in the future"},
		{"2027-03-01", "2026-11-15", "until is in the past"},
		{scope, "scope: organization", "The check node_public_address has no finding in this scope"},
		{"node_public_address", "iam_mfa", `The check iam_mfa has no finding in this scope`},
		{scope, "scope: xx-yyy/11111111-1111-4111-8111-111111111111", `"xx-yyy" is not a region`},
		{subject, "[fr-par/workers]", "The id of the object is not a UUID"},
		{subject, "[user/jane]", "The id of the object is not a UUID"},
		{subject, "[fr-pra/22222222-2222-4222-8222-222222222222]", `Write "fr-par"`},
	} {
		text := []byte(strings.Replace(plausibleWaiver, test.old, test.changed, 1))
		_, problems := ParseDeclarations(text, CheckedOn(now()))
		if len(problems) != 1 || !strings.Contains(problems[0].String(), test.want) || problems[0].Line == 0 {
			t.Errorf("%s: %v, expected %q", test.changed, problems, test.want)
		}
		if _, problems := ParseDeclarations(text); len(problems) > 0 {
			t.Errorf("%s: an assessment refuses it: %v", test.changed, problems)
		}
	}
	for _, accepted := range []string{
		"[nl-ams/22222222-2222-4222-8222-222222222222]", "[fr-par-1/22222222-2222-4222-8222-222222222222]",
		"[Deployment/web/shop, Bucket/records]",
	} {
		text := []byte(strings.Replace(plausibleWaiver, subject, accepted, 1))
		if _, problems := ParseDeclarations(text, CheckedOn(now())); len(problems) > 0 {
			t.Errorf("%s: %v", accepted, problems)
		}
	}
}

// TestUnknownKindHidesNothing checks that the other problems of an attestation with a wrong kind are reported, too.
func TestUnknownKindHidesNothing(t *testing.T) {
	t.Parallel()
	const text = `attestations:
  - id: a
    kind: %KIND
    scope: organization
    result: success
    performed_on: 2026-11-03
    performed_by: sre
    reviewed_by: ciso
    until: 2029-05-03
    document: {path: restore.md}
    fields: {what: [TODO], rpo: 4h}
`
	for kind, wants := range map[string][]string{
		"restore_tst": {`Write "restore_test"`, "has no rto", "The validity is too long", "fields.what[0]"},
		"something":   {`"something" is not a value of this key`, "fields.what[0]"},
	} {
		_, problems := ParseDeclarations([]byte(strings.Replace(text, "%KIND", kind, 1)))
		all := ""
		for _, p := range problems {
			all += p.String() + "\n"
		}
		for _, want := range wants {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is missing in\n%s", kind, want, all)
			}
		}
	}
}
