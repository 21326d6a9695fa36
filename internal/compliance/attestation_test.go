package compliance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

func completeAttestation() compliance.Attestation {
	return compliance.Attestation{
		Owner: "Hospital IT", OS: "Debian 12", OSPatching: "unattended, weekly reboot",
		HardeningBaseline: "ANSSI BP-028 intermediate",
		Firewall:          "nftables and the router's", Monitoring: "node exporter, on call",
		DocumentURI:    "https://wiki.example.org/edge-1",
		DocumentSHA256: strings.Repeat("0a", 32), ReviewedBy: "CISO", ReviewedOn: "2026-11-01", ValidDays: 180,
	}
}

func TestMissingFields(t *testing.T) {
	t.Parallel()
	if missing := completeAttestation().MissingFields(); len(missing) != 0 {
		t.Errorf("missing %v", missing)
	}
	all := []string{"owner", "os", "os_patching", "hardening_baseline", "firewall", "monitoring", "document_uri",
		"document_sha256",
		"reviewed_by", "reviewed_on", "valid_days"}
	if missing := (compliance.Attestation{Owner: " "}).MissingFields(); !slices.Equal(missing, all) {
		t.Errorf("missing %v", missing)
	}
}

func TestExpiresAt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		on   string
		days int64
		want string
	}{
		{
			"2026-11-01", 180, "2027-04-30T00:00:00Z",
		}, {"2024-02-29", 365, "2025-02-28T00:00:00Z"}, {"2026-11-01", 1, "2026-11-02T00:00:00Z"},
		{"2026-11-01", 0, ""}, {"2026-11-01", 366, ""}, {"1 November", 10, ""}, {"", 10, ""},
	} {
		a := completeAttestation()
		a.ReviewedOn, a.ValidDays = test.on, test.days
		at, ok := a.ExpiresAt()
		got := ""
		if ok {
			got = at.Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%s for %d days: %q, want %q", test.on, test.days, got, test.want)
		}
	}
}

func TestAttestationChecks(t *testing.T) {
	t.Parallel()
	digest := func(text string) error { return compliance.CheckDigest("document", text) }
	day := func(text string) error { return compliance.CheckReviewDay("EXT-02", text) }
	statement := func(text string) error { return compliance.CheckStatement("owner", text) }
	for name, test := range map[string]struct {
		check     func(string) error
		good, bad []string
	}{
		"digest": {
			digest, []string{strings.Repeat("0a", 32)}, []string{
				"", "0a", strings.Repeat("0A", 32), strings.Repeat("0g", 32), strings.Repeat("0a", 33),
			},
		},
		"statement": {statement, []string{"the edge team"}, []string{"", " \n", "TODO", "-"}},
		"day":       {day, []string{"2026-02-28"}, []string{"", "2026-02-30", "2026-2-3", "28/02/2026"}},
		"document": {func(text string) error { return compliance.CheckDocumentURI("EXT-02", text) }, []string{
			"https://wiki.example.org/a", "s3://evidence/a.pdf", "urn:doc:1", "file:///a",
		},
			[]string{"", "a.pdf", "https://", "//example.org/a", "https://me:word@example.org/a", "https://%zz"}},
	} {
		for _, text := range test.good {
			if err := test.check(text); err != nil {
				t.Errorf("%s %q: %v", name, text, err)
			}
		}
		for _, text := range test.bad {
			if err := test.check(text); err == nil {
				t.Errorf("%s %q is accepted", name, text)
			}
		}
	}
	for days, good := range map[int64]bool{-1: false, 0: false, 1: true, 365: true, 366: false} {
		if err := compliance.CheckValidDays(days); (err == nil) != good {
			t.Errorf("%d days: %v", days, err)
		}
	}
}
