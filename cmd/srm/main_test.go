package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const estate = "../../examples/estate/estate.yaml"

// rig runs the command on a sandbox with the estate.
type rig struct {
	t       *testing.T
	sandbox *sandbox.Server
	env     map[string]string
	now     time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigAt(t, time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC))
}

// newRigAt returns a rig whose sandbox starts at a time. In the estate, old and new texts are replaced, as
// strings.NewReplacer does.
func newRigAt(t *testing.T, start time.Time, oldNew ...string) *rig {
	t.Helper()
	server := sandbox.New(sandbox.Options{Speed: 100, Start: start})
	file, err := os.ReadFile(estate)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.LoadEstate(t.Context(), []byte(strings.NewReplacer(oldNew...).Replace(string(file)))); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	return &rig{t: t, sandbox: server, now: server.Now(), env: map[string]string{
		"SCW_API_URL": api.URL, "SCW_ACCESS_KEY": sandbox.AccessKey, "SCW_SECRET_KEY": sandbox.SecretKey,
		"SCW_DEFAULT_PROJECT_ID": sandbox.ProjectID, "SCW_DEFAULT_ORGANIZATION_ID": sandbox.OrganizationID,
	}}
}

// run executes a command line.
func (r *rig) run(args ...string) (stdout, stderr string, code int) {
	r.t.Helper()
	return r.runContext(r.t.Context(), args...)
}

func (r *rig) runContext(ctx context.Context, args ...string) (stdout, stderr string, code int) {
	r.t.Helper()
	var out, errors bytes.Buffer
	a := app{
		stdout: &out, stderr: &errors, now: func() time.Time { return r.now },
		environment: scaleway.Environment{
			Getenv:   func(name string) string { return r.env[name] },
			ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
		},
	}
	code = a.run(ctx, args)
	return out.String(), errors.String(), code
}

// must executes a command line that succeeds, and returns its output.
func (r *rig) must(args ...string) string {
	r.t.Helper()
	stdout, stderr, code := r.run(args...)
	if code != exitOK {
		r.t.Fatalf("srm %s: exit %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

func requireContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

// TestAssess reads the cluster of the estate that was made by hand.
func TestAssess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := filepath.Join(t.TempDir(), "assessment.json")
	out := r.must("assess", "--cluster", "legacy-prod", "--layers", "api", "--output", file)
	requireContains(t, out, "Cluster legacy-prod (fr-par/", "Automatic upgrades are disabled.", "cluster_auto_upgrade",
		"Clauses: MKS-04, LIF-03, LIF-07", "It certifies nothing.", file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found results
	if err := json.Unmarshal(content, &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Assessments) != 1 || found.Format != resultsFormat {
		t.Fatalf("%s, %d assessments", found.Format, len(found.Assessments))
	}
	f, _ := found.Assessments[0].Finding("cluster_auto_upgrade")
	if f.Result != assessment.Fail || f.Severity != assessment.High {
		t.Errorf("%+v", f)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestFrench prints the table in French.
func TestFrench(t *testing.T) {
	t.Parallel()
	out := newRig(t).must("assess", "--cluster", "legacy-prod", "--layers", "api", "--output", "", "--language", "fr")
	requireContains(t, out, "Écarts", "Les mises à jour automatiques sont désactivées.", "Il ne certifie rien.",
		"aucun écart constaté")
}

// TestExitCodes checks the exit code and the message of command lines.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	noFacts, otherFacts := write("facts.json", `{"format":"srm-facts/0"}`), write("other.json", "[]")
	noHDS := write("srm.yaml", "clusters: [{cluster: legacy-prod}]\n")
	unknownKey := write("unknown.yaml", "clusters: [{cluster: legacy-prod, hds: true, lairs: [api]}]\n")
	good := write("good.yaml", "clusters: [{cluster: legacy-prod, hds: false, layers: [api]}]\nfail_on: high\n")
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"fails": {[]string{"--cluster", "legacy-prod", "--layers", "api", "--fail-on", "high"}, exitFail, ""},
		"no fails": {
			[]string{
				"--cluster", "legacy-prod", "--layers", "api", "--only", "node_age", "--fail-on", "high",
			}, exitOK, "",
		},
		"unknown cluster": {[]string{"--cluster", "nope"}, exitError, `there is no cluster "nope" in fr-par`},
		"unknown id": {
			[]string{"--cluster", "99999999-9999-4999-8999-999999999999", "--layers", "api"}, exitNothing, "",
		},
		"no cluster":  {nil, exitError, "cluster"},
		"two sources": {[]string{"--cluster", "a", "--facts", "b"}, exitError, "facts"},
		"no region":   {[]string{"--cluster", "fr-lyo/legacy-prod"}, exitError, `"fr-lyo" is not a region`},
		"no layer": {[]string{"--cluster", "legacy-prod", "--layers", "network"}, exitError, `"network" is not ` +
			`a layer`},
		"no check": {[]string{"--cluster", "legacy-prod", "--only", "node_ages"}, exitError, `there is no ` +
			`check "node_ages"`},
		"no severity": {[]string{"--cluster", "legacy-prod", "--fail-on", "severe"}, exitError, `"severe" is not ` +
			`a severity`},
		"no language": {[]string{"--cluster", "legacy-prod", "--language", "de"}, exitError, `"de" is not a ` +
			`language`},
		"as of, live": {
			[]string{"--cluster", "legacy-prod", "--as-of", "2026-12-01"}, exitError, "only stored facts",
		},
		"no time":        {[]string{"--facts", noFacts, "--as-of", "tomorrow"}, exitError, "neither a date"},
		"old facts":      {[]string{"--facts", noFacts}, exitError, `"srm-facts/0"`},
		"other file":     {[]string{"--facts", otherFacts}, exitError, "is not a file of srm collect"},
		"no file":        {[]string{"--facts", filepath.Join(dir, "nope")}, exitError, "no such file"},
		"hds is missing": {[]string{"--config", noHDS}, exitError, "lacks hds"},
		"unknown key":    {[]string{"--config", unknownKey}, exitError, "lairs"},
		"config":         {[]string{"--config", good}, exitFail, ""},
		"compare one":    {[]string{"--cluster", "legacy-prod", "--compare"}, exitError, "at least two clusters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := newRig(t).run(append([]string{"assess", "--output", ""}, test.args...)...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, expected %d with %q\n%s", code, test.code, test.want, stderr)
			}
		})
	}
}

// TestKeyThatMayReadNothing assesses with a key without permissions: reasons, no error, and its own exit code.
func TestKeyThatMayReadNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.clusterID("legacy-prod")
	restricted := map[string]any{"permission_sets": []string{}}
	if err := r.sandbox.Patch("api-keys", sandbox.AccessKey, restricted); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := r.run("assess", "--cluster", id, "--layers", "api", "--hds", "--output", "")
	if code != exitNothing {
		t.Errorf("exit %d\n%s%s", code, out, stderr)
	}
	requireContains(t, out, "Not evaluated", "KubernetesReadOnly in the Project")
	if strings.Contains(out, "Deviations") {
		t.Errorf("a deviation without facts:\n%s", out)
	}
}

// clusterID returns the id of a cluster of the estate.
func (r *rig) clusterID(name string) string {
	r.t.Helper()
	api, err := app{environment: scaleway.Environment{
		Getenv:   func(name string) string { return r.env[name] },
		ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
	}}.api(connection{})
	if err != nil {
		r.t.Fatal(err)
	}
	found, err := find(r.t.Context(), api, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return scaleway.JoinID(found.region, found.id)
}

// TestStoredFacts judges stored facts: the same findings as live, and the same bytes each time.
func TestStoredFacts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	facts := filepath.Join(t.TempDir(), "facts.json")
	r.must("collect", "--cluster", "legacy-prod", "--layers", "api", "--output", facts)
	first := r.must("assess", "--facts", facts, "--hds", "--layers", "api", "--json")
	for range 5 {
		if again := r.must("assess", "--facts", facts, "--hds", "--layers", "api", "--json"); again != first {
			t.Fatal("the same facts gave other bytes")
		}
	}
	r.now = r.sandbox.Now()
	later := r.must("assess", "--facts", facts, "--hds", "--layers", "api", "--json", "--as-of", "2027-12-01")
	requireContains(t, later, `"as_of": "2027-12-01T00:00:00Z"`)
	if strings.Contains(first, sandbox.SecretKey) || strings.Contains(later, sandbox.SecretKey) {
		t.Error("the output has the secret key")
	}
}

// TestInterrupted interrupts a read: no file is written.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	facts := filepath.Join(t.TempDir(), "facts.json")
	_, stderr, code := r.runContext(ctx, "collect", "--cluster", r.clusterID("legacy-prod"), "--output", facts)
	if code != exitError || !strings.Contains(stderr, "interrupted; no file was written") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if _, err := os.Stat(facts); err == nil {
		t.Error("a file was written")
	}
}

// TestCompare prints the checks that differ between two clusters.
func TestCompare(t *testing.T) {
	t.Parallel()
	out := newRig(
		t,
	).must("assess", "--cluster", "legacy-prod", "--cluster", "hds-prod", "--hds", "--layers", "api", "--compare")
	requireContains(t, out, "legacy-prod", "hds-prod", "cluster_offer_dedicated        fail (critical)        pass")
	if strings.Contains(out, "cluster_region") {
		t.Errorf("a check with the same result is printed\n%s", out)
	}
}

// TestAttest writes a template, which lint refuses until its placeholders are replaced.
func TestAttest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := filepath.Join(t.TempDir(), "attestations.yaml")
	requireContains(t, r.must("attest", "init", "--cluster", "hds-prod", "--output", file), file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	requireContains(t, string(content), r.clusterID("hds-prod"), "kind: restore_test", "kind: host_evidence")
	if _, stderr, code := r.run("attest", "init", "--cluster", "hds-prod", "--output", file); code != exitError ||
		!strings.Contains(stderr, "exists") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	_, stderr, code := r.run("attest", "lint", file)
	if code != exitError {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	requireContains(t, stderr, file+": line ")
	if schema := r.must("attest", "schema"); !json.Valid([]byte(schema)) {
		t.Error("the schema is not JSON")
	}
}

// TestHelp checks that every command explains itself with an example.
func TestHelp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, args := range [][]string{
		{"--help"}, {"assess", "--help"}, {"collect", "--help"}, {
			"attest", "init", "--help",
		}, {"attest", "lint", "--help"},
	} {
		requireContains(t, r.must(args...), "srm assess --cluster NAME"[:4], "Usage:", "--help")
	}
	requireContains(t, r.must("assess", "--list-checks"), "node_age", "volumes_encrypted")
}

// TestWriteFile writes through a link, replaces what others may read, and leaves the files of others alone.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.json"), filepath.Join(dir, "link.json")
	other := link + ".tmp"
	for _, path := range []string{target, other} {
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{target: "new", link: "new", other: "old"} {
		if content, err := os.ReadFile(path); err != nil || string(content) != want {
			t.Errorf("%s: %q, %v", path, content, err)
		}
	}
	linked, err := os.Lstat(link)
	if err != nil || linked.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if err := writeFile(os.DevNull, []byte("new")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the device is gone")
	}
}

// TestOutputIsAnInput checks that an assessment does not replace its own facts.
func TestOutputIsAnInput(t *testing.T) {
	t.Parallel()
	_, stderr, code := newRig(t).run("assess", "--facts", "facts.json", "--output", "facts.json")
	if code != exitError || !strings.Contains(stderr, "facts.json is also an input") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}
