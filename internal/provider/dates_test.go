package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
)

// TestFutureReviewDates checks that a review date in the future is refused. A date counts as future until the day has
// begun in the first time zone, UTC+14.
func TestFutureReviewDates(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	at := func(timestamp string) *acctest.Protocol {
		now, err := time.Parse(time.RFC3339, timestamp)
		if err != nil {
			t.Fatal(err)
		}
		return env.Protocol(t, provider.WithClock(func() time.Time { return now }))
	}
	for _, test := range []struct {
		kind    string
		changes func(day string) object
		says    string
	}{
		{"srm_kosmos_cluster", func(day string) object {
			return withNested("srm_kosmos_cluster", "no_health_data", object{"reviewed_on": day})
		},
			"The review of no_health_data is in the future"},
		{"srm_kosmos_external_node", func(day string) object {
			return withNested("srm_kosmos_external_node", "attestation", object{"reviewed_on": day})
		}, "The review of the machine is in the future"},
		{"srm_kosmos_pool", func(day string) object {
			return object{
				"node_type": "external", "zone": nil, "size": nil, "node_defaults": object{
					"reviewed_on": day, "valid_days": int64(30),
				},
			}
		}, "The review of the machine is in the future"},
		{"srm_hds_pool", func(day string) object {
			return object{
				"node_type": "POP2-4C-16G-WIN", "node_type_attestation": object{
					"reason": "letter of Scaleway", "reviewed_on": day,
				},
			}
		}, "The review of the node type is in the future"},
	} {
		config := changedConfig(test.kind, test.changes("2026-12-02"))
		_, diagnostics := at("2026-12-01T09:59:59Z").Resource(test.kind, config).Plan(t.Context())
		acctest.Contains(t, diagnostics, "ERROR: "+test.says, "2026-12-02", "Allowed: the day on which it took place")
		if _, diagnostics = at("2026-12-01T10:00:00Z").Resource(test.kind, config).Plan(t.Context()); strings.Contains(
			diagnostics, "ERROR: "+test.says,
		) {
			t.Errorf("%s: a day that has begun in the first time zone is refused:\n%s", test.kind, diagnostics)
		}
		if _, diagnostics = at("2026-12-02T00:00:00Z").Resource(test.kind, config).
			Plan(t.Context()); strings.Contains(diagnostics, test.says) {
			t.Errorf("%s: the current day is refused:\n%s", test.kind, diagnostics)
		}
	}
	if len(env.Writes()) > 0 {
		t.Errorf("writes %v", env.Writes())
	}
}

// TestFutureContract checks that a cluster is refused before the contract is signed. The contract of Env.Protocol is
// signed on 2026-01-15.
func TestFutureContract(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	now := time.Date(2026, 1, 14, 9, 0, 0, 0, time.UTC)
	planAt := func(now time.Time) string {
		on := env.Protocol(t, provider.WithClock(func() time.Time { return now }))
		_, diagnostics := on.Resource("srm_hds_cluster", validConfig("srm_hds_cluster")).Plan(t.Context())
		return diagnostics
	}
	diagnostics := planAt(now)
	acctest.Contains(t, diagnostics, "ERROR: The HDS contract is not signed yet", "Clause: HDS-CTR-01", "signed_on is "+
		"2026-01-15, today is 2026-01-14", "Fix:")
	if diagnostics = planAt(now.Add(time.Hour)); strings.Contains(diagnostics, "not signed yet") {
		t.Errorf("a day that has begun in the first time zone is refused:\n%s", diagnostics)
	}
}

// TestExpiredExemptions checks that a new exemption that has already expired is refused.
func TestExpiredExemptions(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	on := env.Protocol(t, provider.WithClock(func() time.Time { return now }))
	exempt := func(until string) object {
		return changedConfig("srm_hds_guardrails", object{"load_balancers": object{"exemptions": []object{
			{"namespace": "legacy", "reason": "migration", "approver": "CISO", "until": until},
		}}})
	}
	_, diagnostics := on.Resource("srm_hds_guardrails", exempt("2026-11-29")).Plan(t.Context())
	acctest.Contains(
		t, diagnostics, "ERROR: The new exemption has already expired", "legacy until 2026-11-29", "2026-12-01", "Fix:",
	)
	if _, diagnostics = on.Resource(
		"srm_hds_guardrails", exempt("2026-12-01"),
	).Plan(t.Context()); strings.Contains(diagnostics, "exemption") {
		t.Errorf("an exemption that ends today is refused:\n%s", diagnostics)
	}
}
