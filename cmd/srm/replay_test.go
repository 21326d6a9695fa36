package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// restoreTest is an attestation with a document, about all clusters.
const restoreTest = `attestations:
  - id: restore-q4
    kind: restore_test
    scope: organization
    result: success
    performed_on: 2026-11-03
    performed_by: sre
    reviewed_by: ciso
    until: 2027-05-03
    document: {path: documents/restore.md}
    fields: {what: [records], rpo: 4h, rto: 2h}
`

// evidenceRig writes evidence of two clusters and their Organization, with everything that a run can have.
func evidenceRig(t *testing.T) (r *rig, folder string) {
	t.Helper()
	r, dir := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string]string{
		"documents/restore.md":  "Jane Doe restored the records.",
		"attestations.yaml":     restoreTest,
		"one/inputs.yaml":       "max_key_age_days: 90\n",
		"two/inputs.yaml":       "required_log_retention_days: 365\n",
		"organization.yaml":     "contract: {type: global, name: hds, reference: C-1}\n",
		"waivers/2026.yaml":     "waivers: []\n",
		"baseline/results.json": r.must("assess", "--cluster", "hds-prod", "--hds", "--layers", "api", "--json"),
		"srm.yaml": `
organization: {inputs: organization.yaml, skip: [contract_signature]}
clusters:
  - {cluster: hds-prod, hds: true, layers: [api], inputs: one/inputs.yaml}
  - {cluster: legacy-prod, hds: false, layers: [api], skip: [node_age], inputs: two/inputs.yaml}
attestations: [attestations.yaml]
waivers: [waivers/2026.yaml]
`,
	} {
		if err := os.MkdirAll(filepath.Dir(path(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path(name), content)
	}
	r.must("assess", "--config", path("srm.yaml"), "--baseline", path("baseline/results.json"), "--output", "",
		"--evidence", path("evidence"))
	folder = filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(path("evidence"), folder); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	r.env = map[string]string{} // No credentials.
	return r, folder
}

// TestReplay judges the evidence of two clusters and of their Organization again, from the folder alone.
func TestReplay(t *testing.T) {
	t.Parallel()
	r, folder := evidenceRig(t)
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	list := filepath.Join(t.TempDir(), "list.json")
	again, stderr, code := r.run("assess", "--facts", folder, "--json", "--access-list", list)
	if code != exitOK || again != read("assessment.json") {
		t.Errorf("exit %d: the evidence gives another assessment\n%s", code, stderr)
	}
	requireContains(t, stderr, "the same assessment, byte for byte")
	if strings.Contains(stderr, "without health data") {
		t.Errorf("the folder has its own --hds\n%s", stderr)
	}
	content, err := os.ReadFile(list)
	if err != nil || string(content) != read("access-list.json") {
		t.Errorf("another access list: %v", err)
	}
	found := decode[results](t, []byte(again))
	if f, _ := found.Assessments[0].Finding("attest_restore_test"); f.Result != assessment.Attested {
		t.Errorf("the attestation is %s", f.Result)
	}
	for _, file := range []string{"assessment.json", "settings.json", "declared/attestations.yaml"} {
		if strings.Contains(read(file), "Jane") {
			t.Errorf("%s has the content of a document", file)
		}
	}
	later, _, code := r.run("assess", "--facts", folder, "--json", "--as-of", "2028-01-01")
	found = decode[results](t, []byte(later))
	if f, _ := found.Assessments[0].Finding("attest_restore_test"); f.Result != assessment.Fail || code != exitOK {
		t.Errorf("exit %d: two years later the attestation is %s", code, f.Result)
	}
	second := filepath.Join(t.TempDir(), "second")
	r.must("assess", "--facts", folder, "--output", "", "--evidence", second, "--previous", folder)
	if _, stderr, code := r.run("assess", "--facts", second, "--output", ""); code != exitOK ||
		!strings.Contains(stderr, "the same assessment") {
		t.Errorf("exit %d: evidence of evidence\n%s", code, stderr)
	}
}

// TestReplayErrors checks folders and flags that are refused.
func TestReplayErrors(t *testing.T) {
	t.Parallel()
	r, folder := evidenceRig(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"its own settings":  {[]string{"--facts", folder, "--hds"}, "--hds: the folder of evidence"},
		"its own waivers":   {[]string{"--facts", folder, "--waivers", "x.yaml"}, "--waivers: the folder of evidence"},
		"beside a file":     {[]string{"--facts", folder, "--facts", "x.json"}, "beside other facts"},
		"no evidence":       {[]string{"--facts", t.TempDir()}, "it has no manifest.json"},
		"output in it":      {[]string{"--facts", folder, "--output", folder + "/assessment.json"}, "is also an input"},
		"before the facts":  {[]string{"--facts", folder, "--as-of", "2026-11-29"}, "is before the facts of"},
		"evidence not over": {[]string{"--facts", folder, "--evidence", folder}, "evidence is never replaced"},
	} {
		if _, stderr, code := r.run(append([]string{"assess", "--output", ""}, test.args...)...); code != exitError ||
			!strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit %d, expected %q\n%s", name, code, test.want, stderr)
		}
	}
	if _, stderr, code := r.run("assess", "--facts", folder, "--output", "", "--as-of", "2026-11-30"); code != exitOK {
		t.Errorf("the day of reading: exit %d\n%s", code, stderr)
	}
	write(t, filepath.Join(folder, "declared", "attestations.yaml"), strings.Replace(restoreTest, "4h", "1h", 1))
	if _, stderr, code := r.run("assess", "--facts", folder, "--output", ""); code != exitError ||
		!strings.Contains(stderr, "declared/attestations.yaml was changed") {
		t.Errorf("changed evidence: exit %d\n%s", code, stderr)
	}
}

// TestUnknownClusterAmongOthers assesses the other clusters of srm.yaml, and says why one is not evaluated.
func TestUnknownClusterAmongOthers(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	config := write(t, filepath.Join(dir, "srm.yaml"), `
clusters:
  - {cluster: gone, hds: true, layers: [api]}
  - {cluster: hds-prod, hds: true, layers: [api]}
`)
	folder := filepath.Join(dir, "evidence")
	out, stderr, code := r.run("assess", "--config", config, "--output", "", "--evidence", folder)
	if code != exitNothing {
		t.Errorf("exit %d", code)
	}
	requireContains(t, out, "Cluster hds-prod", "(fr-par/gone)", "the object was not found (cluster gone)",
		"Check the name or the id")
	requireContains(t, stderr, `nothing of fr-par/gone was evaluated: there is no cluster "gone" in fr-par`)
	if _, stderr, code := r.run("assess", "--facts", folder, "--output", ""); code != exitNothing ||
		!strings.Contains(stderr, "the same assessment") {
		t.Errorf("again: exit %d\n%s", code, stderr)
	}
	_, _, code = r.run("assess", "--config", config, "--output", "", "--fail-on", "low")
	if code != exitFail {
		t.Errorf("with open deviations: exit %d", code)
	}
	id := write(t, filepath.Join(dir, "id.yaml"), "clusters:\n"+
		"  - {cluster: 99999999-9999-4999-8999-999999999999, hds: true, layers: [api]}\n"+
		"  - {cluster: hds-prod, hds: true, layers: [api]}\n")
	out, _, code = r.run("assess", "--config", id, "--output", "")
	if code != exitNothing {
		t.Errorf("an unknown id: exit %d", code)
	}
	requireContains(t, out, "the object was not found (cluster 99999999-9999-4999-8999-999999999999)")
}
