package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// supportEndNotice is how long before the end of support the plan starts to warn.
const supportEndNotice = 90 * 24 * time.Hour

// setVersionDates sets the dates of a minor. version is one of its patches in the API, or nil: then the dates come from
// the bundled calendar.
func (m *commonModel) setVersionDates(
	ctx context.Context,
	minor lifecycle.Minor,
	version *k8s.Version,
	diags *diag.Diagnostics,
) {
	dates := lifecycle.Dates{}
	if version != nil {
		dates = tfkit.DatesFromAPI(version)
	}
	m.VersionDates = tfkit.NewVersionDates(minor, lifecycle.Assess(minor, dates)).Object(ctx, diags)
}

// warnAboutVersionDates warns about the deprecation and the end of support of the minor, and about inconsistent dates.
// It never changes the plan.
func (m *commonModel) warnAboutVersionDates(ctx context.Context, now time.Time, diags *diag.Diagnostics) {
	at := path.Root("version")
	planned, ok := decodeObject[tfkit.VersionDates](ctx, m.VersionDates, diags)
	if !ok {
		return
	}
	dates := planned.Dates()
	next := "the next minor"
	if minor, err := lifecycle.ParseMinor(planned.Minor); err == nil {
		next = minor.Next().String()
	}
	if planned.DataQuality != string(lifecycle.QualityConsistent) {
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "The dates of Kubernetes " + planned.Minor + " are " + planned.DataQuality, Clause: "LIF-06",
			Found: strings.Join(planned.Conflicts, " "), Fix: "Use the dates of the version page of the Scaleway " +
				"documentation until the API is corrected.",
		})
	}
	window, hasWindow := dates.ForcedUpgradeWindow()
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	switch {
	case hasWindow && !now.Before(window.Start):
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "Kubernetes " + planned.Minor + " is out of support", Clause: "LIF-10",
			Found: fmt.Sprintf(
				"end of support %s; Scaleway forces the upgrade of the cluster by %s", day(window.Start),
				day(window.End),
			),
			Fix: fmt.Sprintf("Validate the workloads on %s and raise `version` to %q now.", next, next),
		})
	case hasWindow && window.Start.Sub(now) <= supportEndNotice:
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "The support of Kubernetes " + planned.Minor + " ends soon", Clause: "LIF-01",
			Found: fmt.Sprintf(
				"end of support %s, in %d days", day(window.Start), int(window.Start.Sub(now).Hours()/24),
			),
			Fix: fmt.Sprintf("Validate the workloads on %s and raise `version` to %q before that day.", next, next),
		})
	case !dates.DeprecatedAt.IsZero() && dates.IsOrdered() && !now.Before(dates.DeprecatedAt):
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "Kubernetes " + planned.Minor + " is deprecated", Clause: "LIF-09",
			Found: fmt.Sprintf("deprecated since %s", day(dates.DeprecatedAt)),
			Fix:   fmt.Sprintf("Plan the upgrade: raise `version` to %q.", next),
		})
	}
}

// warnAboutForcedUpgrade warns if the cluster runs a newer minor than the configured one.
func (m *commonModel) warnAboutForcedUpgrade(used string, diags *diag.Diagnostics) {
	actual, err := lifecycle.ParseVersion(used)
	configured, otherErr := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil || otherErr != nil || actual.Minor.Compare(configured) <= 0 {
		return
	}
	// An error about version, such as a downgrade, already has a fix.
	if slices.ContainsFunc(diags.Errors(), func(diagnostic diag.Diagnostic) bool {
		withPath, ok := diagnostic.(diag.DiagnosticWithPath)
		return ok && withPath.Path().Equal(path.Root("version"))
	}) {
		return
	}
	tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
		Summary: "The cluster runs a newer version than the configured one", Clause: "LIF-05",
		Found: fmt.Sprintf(
			"version_used is %s, version is %q: the cluster was upgraded by Scaleway or by hand", actual, configured,
		),
		Fix: fmt.Sprintf(
			"Validate the workloads and raise `version` to %q. A cluster cannot be downgraded.", actual.Minor,
		),
	})
}
