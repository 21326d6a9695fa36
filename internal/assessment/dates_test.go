package assessment

import (
	"testing"
	"time"
)

// TestDueDates compares the dates of a cluster with a certificate of each kind, an attestation and two waivers, of
// which one has expired.
func TestDueDates(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	at := func(text string) time.Time {
		date, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return date
	}
	facts.Versions = Fact[Versions]{Value: &Versions{Dates: map[string]VersionDates{"1.36": {
		ReleasedAt: ptr(at("2026-07-07")), DeprecatedAt: ptr(at("2027-07-07")), EndOfSupportAt: ptr(at("2027-09-07")),
	}}, Offered: []string{"1.36.5", "1.37.1"}}}
	facts.Project.LoadBalancers = Collection[LoadBalancer]{Items: []LoadBalancer{{
		ID: "lb", Zone: "fr-par-1", Certificates: Collection[LBCertificate]{Items: []LBCertificate{
			{ID: "c", CommonName: "portal.example.org", NotValidAfter: ptr(at("2027-02-03"))},
			{ID: "pending", NotValidAfter: &time.Time{}},
		}},
	}}}
	facts.InCluster.Certificates = Collection[Certificate]{Items: []Certificate{
		{Namespace: "shop", Name: "web", NotAfter: ptr(at("2027-01-02"))}, {Namespace: "shop", Name: "new"},
	}}
	o.Attestations = []Attestation{{
		ID: "restore", Kind: "restore_test", Scope: facts.Scope(), Result: ResultSuccess,
		PerformedOn: at("2026-11-03"), Until: at("2027-05-03"),
	}}
	waiver := Waiver{
		ID: "W-1", Check: "cluster_version_supported", Scope: facts.Scope(), Subjects: []string{facts.Scope()},
		ApprovedOn: at("2026-11-01"), Until: at("2026-11-02"),
	}
	o.Waivers = []Waiver{waiver}
	want := []string{
		"certificate 2027-01-02  Certificate/shop/web The certificate shop/web expires.",
		"certificate 2027-02-03  fr-par-1/c The certificate portal.example.org expires.",
		"attestation 2027-05-03  restore The attestation restore (restore_test) expires.",
		"deprecation 2027-07-07  " + facts.Scope() + " Kubernetes 1.36 is deprecated.",
		"end_of_support 2027-09-07  " + facts.Scope() + " The support of Kubernetes 1.36 ends.",
		"forced_upgrade 2027-09-07 2027-10-07 " + facts.Scope() +
			" Scaleway forces the upgrade of Kubernetes 1.36 to 1.37.",
	}
	dates := Evaluate(facts, o).Dates
	for i, d := range dates {
		got := string(d.Kind) + " " + d.On + " " + d.Until + " " + d.Subject + " " + d.Text.EN
		if i >= len(want) || got != want[i] || d.Text.FR == "" || d.Text.FR == d.Text.EN {
			t.Errorf("%d: %s", i, got)
		}
	}
	if len(dates) != len(want) {
		t.Errorf("%d dates, expected %d", len(dates), len(want))
	}
	if empty := Evaluate(Facts{}, options()).Dates; empty == nil || len(empty) != 0 {
		t.Errorf("without facts: %v", empty)
	}
}

// TestOrganizationDueDates checks that keys of principals that do not reach the clusters have no date.
func TestOrganizationDueDates(t *testing.T) {
	t.Parallel()
	facts := newOrganization()
	a := EvaluateOrganization(facts, assessedClusters(), organizationOptions())
	dates := []string{}
	for _, d := range a.Dates {
		dates = append(dates, string(d.Kind)+" "+d.On+" "+d.Subject)
	}
	want := "api_key " + day(now().AddDate(0, 3, 0)) + " api_key/SCWPIPELINE"
	if len(facts.APIKeys.Items) < 2 || len(dates) != 1 || dates[0] != want {
		t.Errorf("%d keys, dates %q, expected %q", len(facts.APIKeys.Items), dates, want)
	}
}
