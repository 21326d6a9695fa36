package kubernetesversion_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// newEnvAt returns an environment whose clock starts at noon on the given day.
func newEnvAt(t *testing.T, year int, month time.Month, day int) *acctest.Env {
	t.Helper()
	return acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(year, month, day, 12, 0, 0, 0, time.UTC) })
}

// expectValue returns a check of the value at a path of a data source.
func expectValue(address string, want knownvalue.Check, name string, path ...any) statecheck.StateCheck {
	at := tfjsonpath.New(name)
	for _, step := range path {
		if index, ok := step.(int); ok {
			at = at.AtSliceIndex(index)
		} else if name, ok := step.(string); ok {
			at = at.AtMapKey(name)
		}
	}
	return statecheck.ExpectKnownValue(address, at, want)
}

func text(value string) knownvalue.Check { return knownvalue.StringExact(value) }

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestVersions(t *testing.T) {
	t.Parallel()
	const versions = "data.srm_kubernetes_versions.all"
	env := newEnvAt(t, 2026, time.November, 24)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(`data "srm_kubernetes_versions" "all" {}`),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(versions, text("fr-par"), "region"),
			expectValue(versions, text("2026-11-24T00:00:00Z"), "as_of"),
			expectValue(versions, knownvalue.ListSizeExact(3), "versions"),
			expectValue(versions, text("1.37.1"), "versions", 0, "name"),
			expectValue(versions, knownvalue.Null(), "versions", 0, "next_minor"),
			expectValue(versions, text("1.36.5"), "versions", 1, "name"),
			expectValue(versions, text("1.37"), "versions", 1, "next_minor"),
			expectValue(versions, text("1.35.9"), "versions", 2, "name"),
			expectValue(versions, text("release"), "versions", 2, "stage"),
			expectValue(versions, text("consistent"), "versions", 2, "data_quality"),
			expectValue(versions, knownvalue.ListSizeExact(0), "versions", 2, "conflicts"),
			expectValue(versions, text("uint16"), "versions", 2, "available_kubelet_args", "maxPods"),
		},
	}, {
		Config: env.Config(`data "srm_kubernetes_versions" "all" { as_of = "2027-02-01T00:00:00Z" }`),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(versions, text("2027-02-01T00:00:00Z"), "as_of"),
			expectValue(versions, text("deprecation"), "versions", 2, "stage"),
			expectValue(versions, text("2027-03-19T00:00:00Z"), "versions", 2, "forced_upgrade_window", "start"),
			expectValue(versions, text("2027-04-18T00:00:00Z"), "versions", 2, "forced_upgrade_window", "end"),
		},
	}}})
}

func TestVersion(t *testing.T) {
	t.Parallel()
	const version = "data.srm_kubernetes_version.one"
	config := func(arguments string) string { return `data "srm_kubernetes_version" "one" { ` + arguments + ` }` }
	env := newEnvAt(t, 2026, time.November, 24)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(config(`version = "1.35"`)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(version, text("1.35.9"), "name"),
			expectValue(version, knownvalue.Bool(true), "offered"),
			expectValue(version, text("2027-03-19T00:00:00Z"), "end_of_support_at"),
			expectValue(version, text("api"), "source"),
			expectValue(version, knownvalue.Null(), "next_legal", "patch"),
			expectValue(version, text("1.36.5"), "next_legal", "minor"),
		},
	}, {
		Config: env.Config(config(`version = "latest"`)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(version, text("1.37.1"), "name"), expectValue(version, text("1.37"), "minor"), expectValue(
				version, text("latest"), "version",
			),
		},
	}, {
		Config: env.Config(config(`version = "1.35.3"`)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(version, text("1.35.3"), "name"), expectValue(version, knownvalue.Bool(false), "offered"),
			expectValue(version, text("1.35.9"), "next_legal", "patch"),
		},
	}, {
		// The minor is in its forced-upgrade window and known only from the calendar.
		Config: env.Config(config(`version = "1.33"`)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(version, knownvalue.Null(), "name"), expectValue(version, knownvalue.Bool(false), "offered"),
			expectValue(
				version, text("end_of_support"), "stage",
			), expectValue(version, text("calendar"), "source"), expectValue(version, text("unknown"), "data_quality"),
			expectValue(
				version, text("2026-12-04T00:00:00Z"), "forced_upgrade_window", "end",
			), expectValue(version, knownvalue.Null(), "available_cnis"),
			expectValue(version, knownvalue.Null(), "next_legal", "minor"),
		},
	}, {
		Config: env.Config(config(`version = "1.33.10"`)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(version, text("1.33.10"), "name"), expectValue(version, text("api"), "source"), expectValue(
				version, text("end_of_support"), "stage",
			),
		},
	}}})
}

// TestInconsistentDates uses the dates of autumn 2025: the API's end of support of 1.32 was before its deprecation, and
// that of 1.31 was two weeks too early.
func TestInconsistentDates(t *testing.T) {
	t.Parallel()
	const old, older = "data.srm_kubernetes_version.old", "data.srm_kubernetes_version.older"
	env := newEnvAt(t, 2025, time.December, 15)
	config := env.Config(`
data "srm_kubernetes_version" "old"   { version = "1.32" }
data "srm_kubernetes_version" "older" { version = "1.31.14" }`)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: config,
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(old, knownvalue.Bool(true), "offered"),
			expectValue(old, text("release"), "stage"),
			expectValue(old, text("inconsistent"), "data_quality"),
			expectValue(old, text("calendar"), "source"),
			expectValue(old, text("2026-06-24T00:00:00Z"), "end_of_support_at"),
			expectValue(
				old,
				text("The API gives 2025-05-24 as the end of support of 1.32, which is before its deprecation date, "+
					"2026-03-24."),
				"conflicts",
				0,
			),
			expectValue(older, knownvalue.Bool(false), "offered"),
			expectValue(older, text("deprecation"), "stage"),
			expectValue(older, text("consistent"), "data_quality"),
			expectValue(older, text("2026-02-02T00:00:00Z"), "end_of_support_at"),
			expectValue(older, text("1.32.8"), "next_legal", "minor"),
			expectValue(
				older, text(
					"The API gives 2026-02-02 as the end of support of 1.31; the bundled calendar gives 2026-02-17.",
				), "conflicts", 0,
			),
		},
	}}})
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, want string }{
		"malformed": {`version = "v1.35"`, `The version is malformed.*Write "1.35"`},
		"as_of without time": {`version = "1.35"` + "\n" + `as_of = "2026-11-24"`, `as_of is not a date and ` +
			`time.*"2026-11-24T00:00:00Z"`},
		"zone in place of region": {`version = "1.35"` + "\n" + `region = "fr-par-1"`, `The value is not a ` +
			`region.*"fr-par-1" is a zone`},
		"unknown minor": {`version = "1.99"`, `Kubernetes 1.99 is unknown.*1.35, 1.36, 1.37.*1.30, 1.31.*"1.99.0"`},
		"unknown patch": {`version = "1.35.99"`, `Kubernetes 1.35.99 does not exist in fr-par.*1.37.1, 1.36.5, ` +
			`1.35.9.*"1.35"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvAt(t, 2026, time.November, 24)
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      env.Config("data \"srm_kubernetes_version\" \"one\" {\n" + test.config + "\n}"),
				ExpectError: messageRegexp(test.want),
			}}})
		})
	}
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	env := newEnvAt(t, 2026, time.November, 24)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{
			Method: http.MethodGet, Path: "/k8s/v1/regions/*/versions", Kind: "status", Status: http.StatusForbidden,
			Times: 100,
		},
	); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(`data "srm_kubernetes_versions" "all" {}`),
		ExpectError: messageRegexp(`Unable to read Kubernetes versions.*Unable to list Kubernetes versions in ` +
			`fr-par.*403`),
	}}})
}

// TestRequests checks that several data sources of a run share one request.
func TestRequests(t *testing.T) {
	t.Parallel()
	env := newEnvAt(t, 2026, time.November, 24)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(`
data "srm_kubernetes_versions" "all" {}
data "srm_kubernetes_version" "old"    { version = "1.33" }
data "srm_kubernetes_version" "minor"  { version = "1.36" }
data "srm_kubernetes_version" "latest" { version = "latest" }`),
		Check: resource.TestCheckResourceAttr("data.srm_kubernetes_version.latest", "name", "1.37.1"),
	}}})
	for _, request := range env.AllRequests() {
		if request != "GET /k8s/v1/regions/fr-par/versions" {
			t.Errorf("unexpected request %s", request)
		}
	}
}
