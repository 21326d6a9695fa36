package clusters

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

// notice is how long before the end of support a plan starts to warn.
const notice = 90 * 24 * time.Hour

// SetDates shows the dates of a minor; version is one of its patches as the API describes it, nil where it does not.
func (m *Model) SetDates(ctx context.Context, minor lifecycle.Minor, version *k8s.Version, diags *diag.Diagnostics) {
	said := lifecycle.Dates{}
	if version != nil {
		said = lifecycle.Dates{
			ReleasedAt: moment(version.ReleasedAt), DeprecatedAt: moment(version.DeprecatedAt),
			EndOfSupportAt: moment(version.EndOfLifeAt),
		}
	}
	m.VersionDates = tfkit.NewVersionDates(minor, lifecycle.Assess(minor, said)).Object(ctx, diags)
}

func moment(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// WarnOfTime says what time has brought or is about to bring; it never changes a plan.
func (m *Model) WarnOfTime(ctx context.Context, now time.Time, diags *diag.Diagnostics) {
	at := path.Root("version")
	shown, ok := object[tfkit.VersionDates](ctx, m.VersionDates, diags)
	if !ok {
		return
	}
	dates := shown.Dates()
	next := "the next minor"
	if minor, err := lifecycle.ParseMinor(shown.Minor); err == nil {
		next = minor.Next().String()
	}
	if shown.DataQuality != string(lifecycle.QualityConsistent) {
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "The dates of Kubernetes " + shown.Minor + " are " + shown.DataQuality, Clause: "LIF-06",
			Found: strings.Join(shown.Conflicts, " "), Fix: "Rely on the version page of the Scaleway documentation until the " +
				"API is corrected.",
		})
	}
	window, hasWindow := dates.ForcedUpgradeWindow()
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	switch {
	case hasWindow && !now.Before(window.Start):
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "Kubernetes " + shown.Minor + " is out of support", Clause: "LIF-10",
			Found: fmt.Sprintf(
				"end of support %s; Scaleway upgrades the cluster by force until %s", day(window.Start), day(window.End),
			),
			Fix: fmt.Sprintf("Validate the workloads on %s and raise `version` to %q now.", next, next),
		})
	case hasWindow && window.Start.Sub(now) <= notice:
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "The support of Kubernetes " + shown.Minor + " ends soon", Clause: "LIF-01",
			Found: fmt.Sprintf("end of support %s, in %d days", day(window.Start), int(window.Start.Sub(now).Hours()/24)),
			Fix:   fmt.Sprintf("Validate the workloads on %s and raise `version` to %q before that day.", next, next),
		})
	case !dates.DeprecatedAt.IsZero() && dates.Ordered() && !now.Before(dates.DeprecatedAt):
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "Kubernetes " + shown.Minor + " is deprecated", Clause: "LIF-09",
			Found: fmt.Sprintf("deprecated since %s", day(dates.DeprecatedAt)),
			Fix:   fmt.Sprintf("Plan the upgrade: raise `version` to %q.", next),
		})
	}
}

// WarnOfForcedUpgrade says that the cluster runs a newer minor than the configuration wants.
func (m *Model) WarnOfForcedUpgrade(used string, diags *diag.Diagnostics) {
	actual, err := lifecycle.ParseVersion(used)
	configured, other := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil || other != nil || actual.Minor.Compare(configured) <= 0 {
		return
	}
	// A version that the configuration lowers is an error, which says what to write.
	if slices.ContainsFunc(diags.Errors(), func(one diag.Diagnostic) bool {
		located, ok := one.(diag.DiagnosticWithPath)
		return ok && located.Path().Equal(path.Root("version"))
	}) {
		return
	}
	tfkit.Warn(diags, path.Root("version"), tfkit.Refusal{
		Summary: "The cluster runs a newer version than the configuration says", Clause: "LIF-05",
		Found: fmt.Sprintf("version_used %s, version %q: upgraded by force or by hand", actual, configured),
		Fix:   fmt.Sprintf("Validate the workloads and raise `version` to %q. Nothing is downgraded.", actual.Minor),
	})
}
