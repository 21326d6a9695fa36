package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// decode reads a JSON file or text.
func decode[T any](t *testing.T, content []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(content, &value); err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	return value
}

// write writes a file of a test.
func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOrganization assesses two clusters with their Organization, from a configuration file: the Organization is there
// once, and a clause whose parts lie on both sides has one result.
func TestOrganization(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	inputs := "contract: {type: global, name: hds, reference: C-1}\nrequired_log_retention_days: 365\n"
	write(t, filepath.Join(dir, "organization.yaml"), inputs)
	config := write(t, filepath.Join(dir, "srm.yaml"), `
organization: {inputs: organization.yaml}
clusters:
  - {cluster: hds-prod, hds: true, layers: [api]}
  - {cluster: legacy-prod, hds: false, layers: [api]}
access_list: access-list.json
`)
	found := decode[results](t, []byte(r.must("assess", "--config", config, "--json")))
	if found.Organization == nil || len(found.Assessments) != 2 || len(found.Organization.Clauses) != 0 ||
		found.Organization.Scope != "organization/"+sandbox.OrganizationID {
		t.Fatalf("%+v", found.Organization)
	}
	for check, want := range map[string]assessment.Result{
		"iam_root_keys": assessment.Fail, "contract_signature": assessment.Pass,
		"audit_trail_bucket": assessment.NotEvaluated,
	} {
		if f, _ := found.Organization.Finding(check); f.Result != want {
			t.Errorf("%s: %s", check, f.Result)
		}
	}
	hds := found.Assessments[0]
	clause, _ := hds.Clause("IAM-03")
	if clause.Result != assessment.Fail || clause.Parts[0].Finding == "" ||
		!strings.HasSuffix(clause.Parts[0].Finding, "@"+found.Organization.Scope) {
		t.Errorf("IAM-03: %+v", clause)
	}
	content, err := os.ReadFile(filepath.Join(dir, "access-list.json"))
	if err != nil {
		t.Fatal(err)
	}
	list := decode[assessment.AccessList](t, content)
	if list.Format != assessment.AccessListFormat || len(list.Organization) == 0 || len(list.Clusters) != 2 ||
		list.Digest != "" || list.Missing == nil {
		t.Errorf("without the Kubernetes API the list is not complete: %+v", list)
	}
	table := r.must("assess", "--config", config, "--output", "")
	requireContains(t, table, "Organization organization/", "API keys of the Organization's owner", "Cluster hds-prod")
	if strings.Count(table, "[iam_root_keys]") != 1 {
		t.Errorf("the Organization is not there once:\n%s", table)
	}
	for severity, code := range map[string]int{"critical": exitFail, "": exitOK} {
		args := []string{"assess", "--cluster", "hds-prod", "--layers", "api", "--only", "cluster_region,iam_root_keys",
			"--output", "", "--organization"}
		if severity != "" {
			args = append(args, "--fail-on", severity)
		}
		if out, stderr, got := r.run(args...); got != code {
			t.Errorf("--fail-on %q: exit %d\n%s%s", severity, got, out, stderr)
		}
	}
}

// TestStoredOrganization judges stored facts of the Organization: the same result as live, as of another date, and with
// the date since which a deviation exists.
func TestStoredOrganization(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	facts, organization := filepath.Join(dir, "facts.json"), filepath.Join(dir, "organization.json")
	r.must("collect", "--cluster", "hds-prod", "--layers", "api", "--output", facts)
	r.must("collect", "--organization", "--output", organization)
	stored := []string{"assess", "--facts", facts, "--organization-facts", organization, "--hds", "--layers", "api"}
	first := r.must(append(stored, "--json")...)
	if again := r.must(append(stored, "--json")...); again != first {
		t.Error("the same facts gave other bytes")
	}
	for _, personal := range []string{
		"user@example.com", "member@example.com", `"member"`, sandbox.SecretKey, "key of the pipeline",
	} {
		content, err := os.ReadFile(organization)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), `"type": "member"`, "")
		if strings.Contains(text, personal) || strings.Contains(first, personal) {
			t.Errorf("the output has %q", personal)
		}
	}
	baseline := write(t, filepath.Join(dir, "baseline.json"), first)
	later := decode[results](
		t, []byte(r.must(append(stored, "--json", "--as-of", "2027-11-30", "--baseline", baseline)...)),
	)
	if f, _ := later.Organization.Finding("iam_root_keys"); f.Since != "2026-11-30" {
		t.Errorf("since %s", f.Since)
	}
	if f, _ := later.Organization.Finding("audit_trail_export"); f.Result != assessment.Fail {
		t.Errorf("a year later the export is %s", f.Result)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"facts of a cluster":       {[]string{"--facts", facts, "--organization-facts", facts}, `"srm-facts/1"`},
		"facts of an Organization": {[]string{"--facts", organization}, `"srm-organization/1"; allowed`},
		"both": {[]string{
			"--facts", facts, "--organization", "--organization-facts", organization,
		}, "organization"},
		"as of, live": {[]string{
			"--facts", facts, "--organization", "--as-of", "2027-01-01",
		}, "only stored facts"},
		"list alone":       {[]string{"--facts", facts, "--access-list", "x.json"}, "add --organization"},
		"list is an input": {[]string{"--facts", facts, "--access-list", facts}, "also an input"},
		"profile alone":    {[]string{"--facts", facts, "--organization-profile", "x"}, "add --organization"},
		"no profile": {[]string{
			"--facts", facts, "--organization", "--organization-profile", "x",
		}, `"x"`},
	} {
		_, stderr, code := r.run(append([]string{"assess", "--output", "", "--layers", "api"}, test.args...)...)
		if code != exitError || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit %d, expected %q\n%s", name, code, test.want, stderr)
		}
	}
}

// TestOrganizationForbidden assesses with a key without permissions: reasons, no error, no deviation.
func TestOrganizationForbidden(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.clusterID("hds-prod")
	restricted := map[string]any{"permission_sets": []string{}}
	if err := r.sandbox.Patch("api-keys", sandbox.AccessKey, restricted); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := r.run("assess", "--cluster", id, "--hds", "--layers", "api", "--output", "", "--organization")
	if code != exitNothing || strings.Contains(out, "Deviations") {
		t.Errorf("exit %d\n%s%s", code, out, stderr)
	}
	requireContains(t, out, "IAMReadOnly in the Organization", "AuditTrailReadOnly in the Organization")
}

// TestExamples reads the examples of srm.yaml and of the Organization's inputs.
func TestExamples(t *testing.T) {
	t.Parallel()
	const folder = "../../examples/assessment/"
	config, err := readConfig(folder + "srm.yaml")
	if err != nil || config.Organization == nil || config.AccessList == "" {
		t.Fatalf("%+v, %v", config, err)
	}
	inputs, err := readInputs("inputs", config.resolve(config.Organization.Inputs))
	if err != nil || inputs.Contract == nil || len(inputs.ExpectedAdministrators) != 1 || len(inputs.BreakGlass) != 1 {
		t.Errorf("%+v, %v", inputs, err)
	}
	for _, entry := range config.Clusters {
		if _, err := readInputs("inputs", config.resolve(entry.Inputs)); err != nil {
			t.Error(err)
		}
	}
	both := write(t, filepath.Join(t.TempDir(), "srm.yaml"),
		"organization: {facts: a.json, profile: b}\nclusters: [{cluster: a, hds: true}]\n")
	if _, err := readConfig(both); err == nil || !strings.Contains(err.Error(), "keep one of them") {
		t.Errorf("facts and a profile: %v", err)
	}
}
