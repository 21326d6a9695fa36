package kubernetesversion_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// functionCalls are calls of functions and their expected results.
type functionCalls []struct {
	call string
	want knownvalue.Check
}

// step returns a step that evaluates the calls as outputs, after the given configuration.
func (c functionCalls) step(config string) resource.TestStep {
	checks := []statecheck.StateCheck{}
	for i, one := range c {
		name := fmt.Sprintf("o%d", i)
		config += fmt.Sprintf("output %q { value = provider::srm::%s }\n", name, one.call)
		checks = append(checks, statecheck.ExpectKnownOutputValue(name, one.want))
	}
	return resource.TestStep{Config: config, ConfigStateChecks: checks}
}

// stage returns the check of a result of lifecycle_stage. An empty end means no forced upgrade window.
func stage(stage, reason, quality string, days knownvalue.Check, start, end string) knownvalue.Check {
	var window knownvalue.Check = knownvalue.Null()
	if end != "" {
		window = knownvalue.ObjectExact(map[string]knownvalue.Check{"start": text(start), "end": text(end)})
	}
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"stage": text(stage), "reason": text(reason), "data_quality": text(quality), "days_to_end_of_support": days,
		"forced_upgrade_window": window,
	})
}

func TestLifecycleStage(t *testing.T) {
	t.Parallel()
	const (
		whole = `{ released_at = "2026-01-19", deprecated_at = "2027-01-19T00:00:00Z", end_of_support_at = ` +
			`"2027-03-19T01:00:00+01:00" }`
		start, end = "2027-03-19T00:00:00Z", "2027-04-18T00:00:00Z"
	)
	dates := func(released, deprecated, ended string) string {
		return `{ released_at = ` + released + `, deprecated_at = ` + deprecated + `, end_of_support_at = ` + ended +
			` }`
	}
	days := knownvalue.Int64Exact
	env := newEnvAt(t, 2026, time.November, 24)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{functionCalls{
		{`lifecycle_stage(` + whole + `, "2026-01-18T23:59:59Z")`, stage("not_released",
			"At 2026-01-18T23:59:59Z, the version is not released yet. Its release is on 2026-01-19.", "consistent",
			days(424), start, end)},
		{`lifecycle_stage(` + whole + `, "2026-01-19")`, stage("release", "At 2026-01-19, the version is released and "+
			"supported. Its deprecation is on 2027-01-19. Its support ends on 2027-03-19.", "consistent", days(424),
			start,
			end)},
		{`lifecycle_stage(` + whole + `, "2027-01-19")`, stage("deprecation", "At 2027-01-19, the version is "+
			"deprecated (since 2027-01-19): no cluster can be created with it. Its support ends on 2027-03-19.",
			"consistent", days(59),
			start, end)},
		{`lifecycle_stage(` + whole + `, "2027-03-18T12:00:00Z")`, stage("deprecation", "At 2027-03-18T12:00:00Z, the "+
			"version is deprecated (since 2027-01-19): no cluster can be created with it. Its support ends on "+
			"2027-03-19.",
			"consistent", days(0), start, end)},
		{`lifecycle_stage(` + whole + `, "2027-03-19")`, stage("end_of_support", "At 2027-03-19, the version is out "+
			"of support (since 2027-03-19): Scaleway upgrades clusters that still run it until 2027-04-18.",
			"consistent", days(0),
			start, end)},
		{`lifecycle_stage(` + whole + `, "2027-03-19T00:00:01Z")`, stage("end_of_support",
			"At 2027-03-19T00:00:01Z, the version is out of support (since 2027-03-19): Scaleway upgrades clusters "+
				"that still run it until 2027-04-18.",
			"consistent", days(-1), start, end)},
		{`lifecycle_stage(` + dates(`"2026-01-19"`, `"2027-01-19"`, `null`) + `, "2026-11-24")`,
			stage("release", "At 2026-11-24, the version is released and supported. Its deprecation is on "+
				"2027-01-19. Its support ends at an unknown date.", "unknown", knownvalue.Null(), "", "")},
		{`lifecycle_stage(` + dates(`null`, `null`, `null`) + `, "2026-11-24")`,
			stage("unknown", "The stage at 2026-11-24 is unknown: the dates do not determine it (released unknown, "+
				"deprecated unknown, end of support unknown).", "unknown", knownvalue.Null(), "", "")},
		{`lifecycle_stage(` + dates(`"2025-03-24"`, `"2026-03-24"`, `"2025-05-24"`) + `, "2025-06-01")`,
			stage("unknown", "The stage at 2025-06-01 is unknown: the dates are out of order (released 2025-03-24, "+
				"deprecated 2026-03-24, end of support 2025-05-24).", "inconsistent", knownvalue.Null(), "", "")},
		// The results of version_dates and of the data source are accepted, including their other attributes.
		{`lifecycle_stage(provider::srm::version_dates("1.35"), "2027-02-01").stage`, text("deprecation")},
		{`lifecycle_stage(provider::srm::version_dates("1.99"), "2027-02-01").stage`, text("unknown")},
		{`lifecycle_stage(data.srm_kubernetes_version.one, "2027-02-01").days_to_end_of_support`, days(46)},
		{`lifecycle_stage(data.srm_kubernetes_version.one, plantimestamp()).data_quality`, text("consistent")},
	}.step(env.Config(`data "srm_kubernetes_version" "one" { version = "1.35" }` + "\n"))}})
}

// TestLifecycleStageOfUnknownArguments checks that the result is unknown if the time, the object or one of its dates is
// unknown.
func TestLifecycleStageOfUnknownArguments(t *testing.T) {
	t.Parallel()
	env := newEnvAt(t, 2026, time.November, 24)
	config := `resource "terraform_data" "later" {
  input = { day = "2026-01-19", dates = { released_at = "2026-01-19", deprecated_at = null, end_of_support_at = null } }
}
output "moment" { value = provider::srm::lifecycle_stage(provider::srm::version_dates("1.35"),
  terraform_data.later.output.day).stage }
output "object" { value = provider::srm::lifecycle_stage(terraform_data.later.output.dates, "2026-11-24").stage }
output "part"   { value = provider::srm::lifecycle_stage({ released_at = terraform_data.later.output.day,
  deprecated_at = "2027-01-19", end_of_support_at = null }, "2026-11-24").stage }
output "clock"  { value = provider::srm::lifecycle_stage(provider::srm::version_dates("1.35"), timestamp()) }
output "minor" {
  value = provider::srm::version_dates(terraform_data.later.output.day == "x" ? "1.35" : "1.36").released_at
}
`
	unknown := []plancheck.PlanCheck{}
	for _, name := range []string{"moment", "object", "part", "clock", "minor"} {
		unknown = append(unknown, plancheck.ExpectUnknownOutputValue(name))
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: unknown},
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue(
				"moment", text("release"),
			), statecheck.ExpectKnownOutputValue("object", text("unknown")),
			statecheck.ExpectKnownOutputValue("part", text("release")), statecheck.ExpectKnownOutputValue(
				"minor", text("2026-07-07T00:00:00Z"),
			),
		},
		ExpectNonEmptyPlan: true, // timestamp() differs in each plan
	}}})
}

func TestVersionDates(t *testing.T) {
	t.Parallel()
	calendar := func(
		minor string, released, deprecated, ended, source knownvalue.Check, conflicts []knownvalue.Check,
		note knownvalue.Check, reason string,
	) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"minor": text(minor), "released_at": released, "deprecated_at": deprecated, "end_of_support_at": ended,
			"source":       source,
			"data_quality": text("unknown"), "conflicts": knownvalue.ListExact(conflicts),
			"calendar_as_of":  text(lifecycle.CalendarAsOf),
			"calendar_source": text(lifecycle.CalendarSource), "note": note, "reason": text(reason),
		})
	}
	known := func(minor string) string {
		return "The dates of Kubernetes " + minor + " are from the calendar bundled with the provider, as of " +
			lifecycle.CalendarAsOf + ", not from the API."
	}
	none := knownvalue.Null()
	env := newEnvAt(t, 2026, time.November, 24)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{functionCalls{
		{
			`version_dates("1.35")`, calendar(
				"1.35", text("2026-01-19T00:00:00Z"), text("2027-01-19T00:00:00Z"), text("2027-03-19T00:00:00Z"),
				text("calendar"), nil, none, known("1.35"),
			),
		},
		{`version_dates("1.32")`, calendar("1.32", text("2025-03-24T00:00:00Z"), text("2026-03-24T00:00:00Z"),
			text("2026-06-24T00:00:00Z"), text("calendar"),
			[]knownvalue.Check{text("The documentation gives 2026-05-24 as the end of support of 1.32; the bundled " +
				"calendar gives 2026-06-24.")},
			text("The API gave 2025-05-24, ten months before the deprecation, and later 2026-06-24. The "+
				"documentation gives \"Mai 24, 2026\"."), known("1.32"))},
		{`version_dates("1.37")`, calendar("1.37", text("2026-09-01T00:00:00Z"), text("2027-09-01T00:00:00Z"),
			text("2027-11-01T00:00:00Z"), text("calendar"), nil,
			text(
				"Deprecation and end of support are inferred, as no source gives them. The release date is from the "+
					"changelog.",
			), known("1.37"))},
		{`version_dates("1.99")`, calendar("1.99", none, none, none, text(""), nil, none, "The calendar bundled with "+
			"the provider, as of "+lifecycle.CalendarAsOf+
			", does not contain Kubernetes 1.99. It contains 1.30, 1.31, 1.32, 1.33, 1.34, 1.35, 1.36, 1.37.")},
	}.step("")}})
	if requests := env.AllRequests(); len(requests) > 0 {
		t.Errorf("the functions sent requests: %v", requests)
	}
}

func TestFunctionErrors(t *testing.T) {
	t.Parallel()
	const allowed = `is not a date: write a date and time in RFC 3339, such as "2026-11-24T00:00:00Z", or a day, ` +
		`such ` +
		`as "2026-11-24"`
	// exactly returns a pattern that matches the whole message, even if the CLI wraps it, up to the end of the
	// diagnostic.
	exactly := func(message string) *regexp.Regexp {
		return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(message), " ", `[\s│]+`) + `\s*(╵|$|Error:)`)
	}
	steps := []resource.TestStep{}
	for _, test := range []struct{ call, want string }{
		{`version_dates("v1.35")`, `Invalid value for "minor" parameter: "v1.35" starts with "v". Write "1.35".`},
		{`version_dates("1.35.3")`, `Invalid value for "minor" parameter: "1.35.3" is a patch version, but a minor ` +
			`version is expected. Write "1.35": auto-upgrade chooses the patch.`},
		{`version_dates("latest")`, `Invalid value for "minor" parameter: "latest" is not a minor version. Write the ` +
			`major and minor numbers with a dot, such as "1.35".`},
		{`version_dates(null)`, `Invalid value for "minor" parameter: argument must not be null.`},
		{
			`lifecycle_stage(provider::srm::version_dates("1.35"), "soon")`, `Invalid value for "as_of" parameter: ` +
				`"soon" ` +
				allowed + `.`,
		},
		{`lifecycle_stage(provider::srm::version_dates("1.35"), "24/11/2026")`, `Invalid value for "as_of" ` +
			`parameter: ` +
			`"24/11/2026" ` + allowed + `.`},
		{`lifecycle_stage(provider::srm::version_dates("1.35"), null)`, `Invalid value for "as_of" parameter: ` +
			`argument ` +
			`must not be null.`},
		{`lifecycle_stage(null, "2026-11-24")`, `Invalid value for "dates" parameter: argument must not be null.`},
		{`lifecycle_stage({ released_at = null, deprecated_at = "2026-02-30", end_of_support_at = null }, ` +
			`"2026-11-24")`,
			`Invalid value for "dates" parameter: deprecated_at: "2026-02-30" ` + allowed + `, or null if it is ` +
				`unknown.`},
		{`lifecycle_stage({ released_at = null, deprecated_at = null }, "2026-11-24")`, `Invalid value for "dates" ` +
			`parameter: attribute "end_of_support_at" is required.`},
	} {
		steps = append(
			steps, resource.TestStep{
				Config: `output "wrong" { value = provider::srm::` + test.call + ` }`, ExpectError: exactly(test.want),
			},
		)
	}
	// The last configuration is valid, so that the test can clean up.
	steps = append(steps, resource.TestStep{Config: `output "right" { value = ` +
		`provider::srm::version_dates("1.35").minor }`})
	newEnvAt(t, 2026, time.November, 24).Test(t, resource.TestCase{Steps: steps})
}
