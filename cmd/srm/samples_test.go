package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// The samples: facts and declarations of two quarters, and the reports that are made of them.
const (
	sampleFacts   = "testdata/samples"
	sampleReports = "../../docs/reports"
)

// sampleNames are the files of sampleReports that are made from the facts.
func sampleNames() []string {
	return []string{
		"report.html", "report.md", "parts.csv", "population.csv", "parts-excel-fr.csv", "population-excel-fr.csv",
		"dates.ics", "manifest.json",
	}
}

// collectSamples reads the facts of the estate at the end of two quarters into the folders 2026-q3 and 2026-q4. Between
// them, the automatic upgrade of a cluster is enabled, and a snapshot becomes public.
func collectSamples(t *testing.T, folder string) {
	t.Helper()
	// The versions of the estate are those of November.
	r := newRigAt(t, time.Date(2026, 8, 31, 9, 0, 0, 0, time.UTC), "1.35.9", "1.35.3", "1.36.5", "1.36.1")
	change := func(kind, id string, body any) {
		if err := r.sandbox.Patch(kind, id, body); err != nil {
			t.Fatal(err)
		}
	}
	var clusters []*k8s.Cluster
	var pools []*k8s.Pool
	var snapshots []*block.Snapshot
	var balancers []*lb.LB
	for kind, into := range map[string]any{
		"clusters": &clusters, "pools": &pools, "snapshots": &snapshots, "load-balancers": &balancers,
	} {
		if err := r.sandbox.Objects(kind, into); err != nil {
			t.Fatal(err)
		}
	}
	ids := sampleIDs{}
	for _, c := range clusters {
		ids[c.ID] = map[string]string{
			"hds-prod":    "11111111-1111-4111-8111-111111111111",
			"legacy-prod": "22222222-2222-4222-8222-222222222222",
		}[c.Name]
		if c.Name == "hds-prod" {
			change("clusters", c.ID, map[string]any{"auto_upgrade": map[string]any{"enabled": false}})
		}
	}
	for _, p := range pools {
		if p.Name == "default" {
			ids[p.ID] = "33333333-3333-4333-8333-333333333333"
		}
	}
	ids[balancers[0].ID] = "44444444-4444-4444-8444-444444444444"
	change("snapshots", snapshots[0].ID, map[string]any{"public": false})
	read := func(quarter string, at time.Time) {
		r.sandbox.SetNow(at)
		r.now = at
		for _, c := range clusters {
			file := filepath.Join(folder, quarter, c.Name+".json")
			r.must("collect", "--cluster", c.Name, "--output", file)
			ids.replaceIn(t, file)
		}
		file := filepath.Join(folder, quarter, "organization.json")
		r.must("collect", "--organization", "--output", file)
		ids.replaceIn(t, file)
	}
	for _, quarter := range []string{"2026-q3", "2026-q4"} {
		if err := os.MkdirAll(filepath.Join(folder, quarter), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	read("2026-q3", r.sandbox.Now().Truncate(time.Hour).Add(time.Hour))
	for _, c := range clusters {
		if c.Name == "hds-prod" {
			change("clusters", c.ID, map[string]any{
				"version": "1.36.5", "auto_upgrade": map[string]any{"enabled": true},
			})
		}
	}
	change("snapshots", snapshots[0].ID, map[string]any{"public": true})
	read("2026-q4", time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC))
}

// sampleIDs are the ids of the samples by those of the sandbox, which are random.
type sampleIDs map[string]string

// replaceIn replaces the ids in a file. Other ids are numbered in the order of the text.
func (ids sampleIDs) replaceIn(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	write(t, file, uuid.ReplaceAllStringFunc(string(content), func(id string) string {
		if ids[id] == "" {
			ids[id] = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(ids))
		}
		return ids[id]
	}))
}

// writeSamples makes the evidence and the reports of the samples in a folder.
func writeSamples(t *testing.T, folder string) {
	t.Helper()
	r := newRig(t)
	path := func(name string) string { return filepath.Join(folder, name) }
	assess := func(quarter string, more ...string) {
		r.must(append([]string{
			"assess", "--config", filepath.Join(sampleFacts, quarter+".yaml"), "--output", "",
			"--evidence", path(quarter),
		}, more...)...)
	}
	assess("2026-q3")
	assess("2026-q4", "--previous", path("2026-q3"), "--baseline", path("2026-q3/assessment.json"))
	write := func(more ...string) {
		r.must(append([]string{
			"report", "--commit", "0123abc", "--pipeline", "weekly assessment, run 48", path("2026-q4/assessment.json"),
		}, more...)...)
	}
	write("--html", path("report.html"), "--history", path("2026-q3"))
	write("--html", path("report-en.html"), "--history", path("2026-q3"), "--language", "en")
	write("--markdown", path("report.md"), "--baseline", path("2026-q3/assessment.json"))
	write("--csv", folder, "--excel-fr", "--language", "fr")
	for _, name := range []string{"parts", "population"} {
		if err := os.Rename(path(name+".csv"), path(name+"-excel-fr.csv")); err != nil {
			t.Fatal(err)
		}
	}
	write("--csv", folder)
	write("--calendar", path("dates.ics"))
	if err := os.Rename(path("2026-q4/manifest.json"), path("manifest.json")); err != nil {
		t.Fatal(err)
	}
}

// TestSamples checks that the samples in docs/reports/ are what the command makes of the facts. With SRM_TEST_UPDATE it
// writes the samples; with the value facts it first reads the facts again.
func TestSamples(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	isUpdate := os.Getenv("SRM_TEST_UPDATE") != ""
	if os.Getenv("SRM_TEST_UPDATE") == "facts" {
		collectSamples(t, sampleFacts)
	}
	writeSamples(t, folder)
	for _, name := range sampleNames() {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		published := filepath.Join(sampleReports, name)
		if isUpdate {
			if err := os.WriteFile(published, content, 0o644); err != nil { //nolint:gosec // It is published.
				t.Fatal(err)
			}
		}
		if current, err := os.ReadFile(published); err != nil || !bytes.Equal(current, content) {
			t.Errorf("%s is not current: run `make samples` and commit the result (%v)", published, err)
		}
	}
}

// TestSampleFacts checks that the facts of the samples are those of the estate: judged in the same way, both give the
// same results.
func TestSampleFacts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	collectSamples(t, folder)
	for _, quarter := range []string{"2026-q3", "2026-q4"} {
		config := filepath.Join(sampleFacts, quarter+".yaml")
		content, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		here, err := filepath.Abs(sampleFacts)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), "../../../..", filepath.Join(here, "../../../.."))
		text = strings.ReplaceAll(text, "waivers-expired.yaml", filepath.Join(here, "waivers-expired.yaml"))
		again := write(t, filepath.Join(folder, quarter+".yaml"), text)
		if got, want := sampleResults(t, again), sampleResults(t, config); !maps.Equal(got, want) {
			for _, id := range slices.Sorted(maps.Keys(want)) {
				if got[id] != want[id] {
					t.Errorf(
						"%s: %s is %q, in the samples %q: run `make samples FACTS=1`",
						quarter,
						id,
						got[id],
						want[id],
					)
				}
			}
			t.Errorf("%s: %d findings, in the samples %d", quarter, len(got), len(want))
		}
	}
}

// sampleResults judges stored facts and returns the result and the subjects' number of each finding.
func sampleResults(t *testing.T, config string) map[string]string {
	t.Helper()
	var found results
	if err := json.Unmarshal([]byte(newRig(t).must("assess", "--config", config, "--json")), &found); err != nil {
		t.Fatal(err)
	}
	byID := map[string]string{}
	for _, a := range found.all() {
		for _, f := range a.Findings {
			byID[f.ID] = strings.Join([]string{
				string(f.Result), string(f.Disposition), string(cmp.Or(f.Severity, assessment.Info)),
				f.Population.String(), f.Found.EN,
			}, ", ")
		}
	}
	return byID
}
