package assessment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// DateKind is the kind of a date.
type DateKind string

// The kinds of dates.
const (
	DateDeprecation   DateKind = "deprecation"
	DateEndOfSupport  DateKind = "end_of_support"
	DateForcedUpgrade DateKind = "forced_upgrade"
	DateCertificate   DateKind = "certificate"
	DateAttestation   DateKind = "attestation"
	DateWaiver        DateKind = "waiver"
	DateAPIKey        DateKind = "api_key"
)

// DueDate is a date on which something has to be done, or is done by Scaleway.
type DueDate struct {
	Kind    DateKind `json:"kind"`
	On      string   `json:"on"`              // Date.
	Until   string   `json:"until,omitempty"` // Last day of a period.
	Subject string   `json:"subject"`         // The cluster, or the id of the certificate, attestation or waiver.
	Text    Text     `json:"text"`
}

// dueDates returns the dates of the version, of certificates, of attestations and of waivers, sorted. It has those of
// the past, too.
func dueDates(facts Facts, declared []DeclaredState, waivers []WaiverStatus) []DueDate {
	dates := slices.Concat(versionDueDates(facts), certificateDueDates(facts))
	for _, a := range declared {
		if a.State == StateDecides {
			dates = append(dates, DueDate{
				Kind: DateAttestation, On: day(a.Until), Subject: a.ID,
				Text: Text{
					EN: "The attestation " + a.ID + " (" + a.Kind + ") expires.",
					FR: "L'attestation " + a.ID + " (" + a.Kind + ") expire.",
				},
			})
		}
	}
	return sortedDates(append(dates, waiverDueDates(waivers)...))
}

// waiverDueDates returns the dates on which waivers that apply expire.
func waiverDueDates(waivers []WaiverStatus) []DueDate {
	dates := []DueDate{}
	for _, w := range waivers {
		if w.State == WaiverApplies {
			dates = append(dates, DueDate{
				Kind: DateWaiver, On: day(w.Until), Subject: w.ID,
				Text: Text{
					EN: "The waiver " + w.ID + " of " + w.Check + " expires.",
					FR: "La dérogation " + w.ID + " (" + w.Check + ") expire.",
				},
			})
		}
	}
	return dates
}

// keyDueDates returns the dates on which API keys expire that an assessment of the Organization judges.
func keyDueDates(facts OrganizationFacts, findings []Finding) []DueDate {
	dates := []DueDate{}
	for _, k := range facts.APIKeys.Items {
		isJudged := slices.ContainsFunc(findings, func(f Finding) bool {
			return f.Check == "iam_api_keys" &&
				slices.ContainsFunc(f.Objects, func(o Object) bool { return o.ID == apiKeyID(k) })
		})
		if k.ExpiresAt != nil && isJudged {
			dates = append(dates, DueDate{
				Kind: DateAPIKey, On: day(*k.ExpiresAt), Subject: apiKeyID(k),
				Text: Text{
					EN: "The API key " + k.AccessKey + " expires.", FR: "La clé d'API " + k.AccessKey + " expire.",
				},
			})
		}
	}
	return dates
}

// sortedDates sorts dates, and leaves out those that occur twice. It never returns nil.
func sortedDates(dates []DueDate) []DueDate {
	slices.SortFunc(dates, func(a, b DueDate) int {
		return cmp.Or(strings.Compare(a.On, b.On), strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(a.Subject, b.Subject))
	})
	return append([]DueDate{}, slices.Compact(dates)...)
}

// versionDueDates returns the dates of the cluster's minor version that are known.
func versionDueDates(facts Facts) []DueDate {
	cluster, versions := facts.Cluster.Value, facts.Versions.Value
	if cluster == nil || cluster.Version == nil || versions == nil {
		return nil
	}
	version, err := lifecycle.ParseVersion(*cluster.Version)
	if err != nil {
		return nil
	}
	data := versions.Assessments()
	known := data.Assessment(version.Minor)
	name := "Kubernetes " + version.Minor.String()
	dates := []DueDate{}
	add := func(kind DateKind, on time.Time, text Text) {
		if !on.IsZero() {
			dates = append(dates, DueDate{Kind: kind, On: day(on), Subject: facts.Scope(), Text: text})
		}
	}
	add(DateDeprecation, known.DeprecatedAt, Text{EN: name + " is deprecated.", FR: name + " est déprécié."})
	add(DateEndOfSupport, known.EndOfSupportAt, Text{
		EN: "The support of " + name + " ends.", FR: "Le support de " + name + " prend fin.",
	})
	if window, ok := known.ForcedUpgradeWindow(); ok {
		target := forcedTarget(data, version.Minor)
		dates = append(dates, DueDate{
			Kind: DateForcedUpgrade, On: day(window.Start), Until: day(window.End), Subject: facts.Scope(),
			Text: Text{
				EN: "Scaleway forces the upgrade of " + name + " to " + target.EN + ".",
				FR: "Scaleway force la mise à jour de " + name + " vers " + target.FR + ".",
			},
		})
	}
	return dates
}

// certificateDueDates returns the dates on which certificates of Load Balancers and of cert-manager expire.
func certificateDueDates(facts Facts) []DueDate {
	dates := []DueDate{}
	add := func(id, name string, notAfter *time.Time) {
		if notAfter == nil || notAfter.Year() < 2000 { // A pending certificate has the year 1.
			return
		}
		dates = append(dates, DueDate{
			Kind: DateCertificate, On: day(*notAfter), Subject: id,
			Text: Text{EN: "The certificate " + name + " expires.", FR: "Le certificat " + name + " expire."},
		})
	}
	for _, l := range facts.Project.LoadBalancers.Items {
		for _, c := range l.Certificates.Items {
			add(l.Zone+"/"+c.ID, c.CommonName, c.NotValidAfter)
		}
	}
	for _, c := range facts.InCluster.Certificates.Items {
		add(c.ID(), c.Namespace+"/"+c.Name, c.NotAfter)
	}
	return dates
}
