package kubernetesversion

import (
	"slices"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

// apiVersion returns a version as the API does. Empty dates are missing in the response.
func apiVersion(name, released, deprecated, ended string) *k8s.Version {
	date := func(text string) *time.Time {
		if text == "" {
			return nil
		}
		at := day(text)
		return &at
	}
	return &k8s.Version{Name: name, ReleasedAt: date(released), DeprecatedAt: date(deprecated),
		EndOfLifeAt:   date(ended),
		AvailableCnis: []k8s.CNI{k8s.CNICilium, k8s.CNICalico}, AvailableFeatureGates: []string{"B", "A"}}
}

// currentOffers returns the versions of recordings of the API in 2026, newest first, plus a second patch of 1.34.
func currentOffers() offers {
	return offers{
		apiVersion("1.35.3", "2026-01-19", "2027-01-19", "2027-03-19"),
		apiVersion("1.34.6", "2025-09-29", "2026-09-29", "2026-11-29"),
		apiVersion("1.34.10", "2025-09-29", "2026-09-29", "2026-11-29"),
		apiVersion("1.32.9", "2025-03-24", "2026-03-24", "2026-06-24"),
		apiVersion("next", "", "", ""),
	}
}

// TestInconsistentDates uses the dates that the API returned for 1.31 and 1.32 over time, and checks the stage on days
// on which the API's end of support alone would have been wrong.
func TestInconsistentDates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		api          *k8s.Version
		at           string
		deprecated   string
		endOfSupport string
		source       string
		quality      lifecycle.Quality
		stage        lifecycle.Stage
		windowEnd    string
		conflicts    []string
	}{
		"1.32 ends ten months before its deprecation": {
			api: apiVersion("1.32.3", "2025-03-24", "2026-03-24", "2025-05-24"), at: "2025-12-01",
			deprecated: "2026-03-24T00:00:00Z", endOfSupport: "2026-06-24T00:00:00Z", source: lifecycle.SourceCalendar,
			quality: lifecycle.QualityInconsistent, stage: lifecycle.StageRelease, windowEnd: "2026-07-24T00:00:00Z",
			conflicts: []string{
				"The API gives 2025-05-24 as the end of support of 1.32, which is before its deprecation date, " +
					"2026-03-24.",
				"The API gives 2025-05-24 as the end of support of 1.32; the bundled calendar gives 2026-06-24.",
				"The documentation gives 2026-05-24 as the end of support of 1.32; the bundled calendar gives " +
					"2026-06-24.",
			},
		},
		"1.32 later": {
			api: apiVersion("1.32.9", "2025-03-24", "2026-03-24", "2026-06-24"), at: "2026-06-24",
			deprecated: "2026-03-24T00:00:00Z", endOfSupport: "2026-06-24T00:00:00Z", source: lifecycle.SourceAPI,
			quality: lifecycle.QualityConsistent, stage: lifecycle.StageEndOfSupport, windowEnd: "2026-07-24T00:00:00Z",
			conflicts: []string{"The documentation gives 2026-05-24 as the end of support of 1.32; the bundled " +
				"calendar gives 2026-06-24."},
		},
		"1.31 first": {
			api: apiVersion("1.31.4", "2024-12-02", "2025-12-02", "2026-02-02"), at: "2026-02-01",
			deprecated: "2025-12-02T00:00:00Z", endOfSupport: "2026-02-02T00:00:00Z", source: lifecycle.SourceAPI,
			quality: lifecycle.QualityConsistent, stage: lifecycle.StageDeprecation, windowEnd: "2026-03-04T00:00:00Z",
			conflicts: []string{"The API gives 2026-02-02 as the end of support of 1.31; the bundled calendar gives " +
				"2026-02-17."},
		},
		"1.31 later": {
			api: apiVersion("1.31.4", "2024-12-02", "2025-12-02", "2026-02-17"), at: "2026-02-16",
			deprecated: "2025-12-02T00:00:00Z", endOfSupport: "2026-02-17T00:00:00Z", source: lifecycle.SourceAPI,
			quality: lifecycle.QualityConsistent, stage: lifecycle.StageDeprecation, windowEnd: "2026-03-19T00:00:00Z",
			conflicts: []string{"The documentation gives 2026-02-02 as the end of support of 1.31; the bundled " +
				"calendar gives 2026-02-17."},
		},
		"an unknown minor, without dates": {
			api: apiVersion("1.40.0", "", "", ""), at: "2026-11-24",
			quality: lifecycle.QualityUnknown, stage: lifecycle.StageUnknown, conflicts: []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			full, err := lifecycle.ParseVersion(test.api.Name)
			if err != nil {
				t.Fatal(err)
			}
			got := newVersion(full.Minor, test.api, day(test.at))
			if got.DeprecatedAt.ValueString() != test.deprecated ||
				got.EndOfSupportAt.ValueString() != test.endOfSupport {
				t.Errorf("deprecated %s, end of support %s", got.DeprecatedAt, got.EndOfSupportAt)
			}
			if got.DataQuality != string(test.quality) || got.Stage != string(test.stage) {
				t.Errorf("quality %q, stage %q", got.DataQuality, got.Stage)
			}
			source, end := "", ""
			if got.Source != nil {
				source = *got.Source
			}
			if got.ForcedUpgradeWindow != nil {
				end = got.ForcedUpgradeWindow.End.ValueString()
				if got.ForcedUpgradeWindow.Start != got.EndOfSupportAt {
					t.Errorf("window start %s, want the end of support", got.ForcedUpgradeWindow.Start)
				}
			}
			if source != test.source || end != test.windowEnd {
				t.Errorf("source %q, window end %q", source, end)
			}
			if !slices.Equal(got.Conflicts, test.conflicts) || got.Conflicts == nil {
				t.Errorf("conflicts %q", got.Conflicts)
			}
		})
	}
}

func TestNewVersion(t *testing.T) {
	t.Parallel()
	got := newVersion(
		lifecycle.Minor{Major: 1, Minor: 35}, apiVersion("1.35.3", "2026-01-19", "", ""), day("2026-11-24"),
	)
	if *got.Name != "1.35.3" || got.Minor != "1.35" {
		t.Errorf("name %s, minor %s", *got.Name, got.Minor)
	}
	if !slices.Equal(
		got.AvailableCNIs, []string{"cilium", "calico"},
	) || !slices.Equal(got.AvailableFeatureGates, []string{"A", "B"}) {
		t.Errorf("got %v, %v", got.AvailableCNIs, got.AvailableFeatureGates)
	}
	if got.AvailableAdmissionPlugins == nil || got.AvailableKubeletArgs == nil {
		t.Error("empty lists of an API version become null")
	}
	minor := newVersionOfMinor(lifecycle.Minor{Major: 1, Minor: 31}, lifecycle.Dates{}, day("2026-02-20"))
	if minor.Name != nil || minor.AvailableCNIs != nil || *minor.Source != lifecycle.SourceCalendar ||
		minor.DataQuality != string(lifecycle.QualityUnknown) || minor.Stage != string(lifecycle.StageEndOfSupport) {
		t.Errorf("got %+v", minor)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	got := currentOffers().list(day("2026-11-24"))
	want := []struct{ name, minor, stage, next string }{
		{"1.35.3", "1.35", "release", ""},
		{"1.34.10", "1.34", "deprecation", "1.35"},
		{"1.32.9", "1.32", "end_of_support", ""}, // 1.33 is not offered.
	}
	if len(got) != len(want) {
		t.Fatalf("got %d minors", len(got))
	}
	for i, w := range want {
		next := ""
		if got[i].NextMinor != nil {
			next = *got[i].NextMinor
		}
		if *got[i].Name != w.name || got[i].Minor != w.minor || got[i].Stage != w.stage || next != w.next {
			t.Errorf("%d: got %s, %s, %s, next %q", i, *got[i].Name, got[i].Minor, got[i].Stage, next)
		}
	}
	if none := (offers{}).list(day("2026-11-24")); none == nil || len(none) != 0 {
		t.Errorf("no offers become %v, want an empty list", none)
	}
}

func TestNewest(t *testing.T) {
	t.Parallel()
	if name, ok := currentOffers().newest(); !ok || name != "1.35.3" {
		t.Errorf("got %q, %t", name, ok)
	}
	if name, ok := (offers{apiVersion("next", "", "", "")}).newest(); ok {
		t.Errorf("got %q from names that are not versions", name)
	}
}

func TestNextLegal(t *testing.T) {
	t.Parallel()
	for from, want := range map[string][2]string{
		"1.34.6":  {"1.34.10", "1.35.3"},
		"1.34.10": {"", "1.35.3"},
		"1.31.4":  {"", "1.32.9"},
		"1.32.9":  {"", ""},
		"1.35.3":  {"", ""},
	} {
		version, err := lifecycle.ParseVersion(from)
		if err != nil {
			t.Fatal(err)
		}
		target, got := currentOffers().nextLegal(version), [2]string{}
		if target.Patch != nil {
			got[0] = *target.Patch
		}
		if target.Minor != nil {
			got[1] = *target.Minor
		}
		if got != want {
			t.Errorf("from %s: got %q, want %q", from, got, want)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"1.35": true, "1.35.3": true, "latest": true, "v1.35": false, "1": false, "newest": false, "": false,
		"1.35.x": false,
	} {
		if err := checkVersion(text); (err == nil) != valid {
			t.Errorf("version %q: %v", text, err)
		}
	}
}
