package collect_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// organization reads the facts of the Organization with an API key.
func (e *estate) organization(t *testing.T, accessKey, secretKey string) assessment.OrganizationFacts {
	t.Helper()
	client := e.client(t, accessKey, secretKey)
	sources := collect.Sources{Scaleway: client, Now: e.Now, Tool: "test"}
	facts, err := collect.Organization(t.Context(), sources, sandbox.OrganizationID)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// judge judges the Organization together with a cluster of the estate.
func (e *estate) judge(t *testing.T, facts assessment.OrganizationFacts) assessment.Assessment {
	t.Helper()
	cluster := e.collect(t, "hds-prod").Assessed(true)
	return assessment.EvaluateOrganization(facts, []assessment.AssessedCluster{cluster}, assessment.Options{
		AsOf: facts.ReadAt, Inputs: assessment.Inputs{
			RequiredLogRetentionDays: 365,
			Contract: &assessment.Contract{
				Type:      sandbox.ContractType,
				Name:      sandbox.ContractName,
				Reference: "C-1",
			},
		},
	})
}

// TestOrganizationFacts reads the Organization of the estate and judges it: expected results are those of the estate.
func TestOrganizationFacts(t *testing.T) {
	t.Parallel()
	e := newEstate(t, `
users:
  - as: admin
    member: { username: jane.quilliam, email: jane.quilliam@example.com, first_name: Jane, last_name: Quilliam }
groups:
  - as: admins
    name: Jane's team
policies:
  - name: Jane may do everything
    group_id: ${groups.admins}
    rules: [{ project_ids: ["${projects.default}"], permission_set_names: [KubernetesFullAccess] }]
  - name: without a principal
    no_principal: true
    rules: [{ project_ids: ["${projects.default}"], permission_set_names: [KubernetesFullAccess] }]
api_keys:
  - as: jane
    description: laptop of Jane Quilliam
    user_id: ${users.admin}
`)
	var groups []struct{ ID, Name string }
	var users []struct{ ID, Username string }
	for kind, into := range map[string]any{"groups": &groups, "users": &users} {
		if err := e.Objects(kind, into); err != nil {
			t.Fatal(err)
		}
	}
	jane := ""
	for _, u := range users {
		if u.Username == "jane.quilliam" {
			jane = u.ID
		}
	}
	withoutMFA := []string{"user/" + jane, "user/" + sandbox.UserID}
	slices.Sort(withoutMFA)
	e.send(t, "POST", "/iam/v1alpha1/groups/"+groups[0].ID+"/add-member", fmt.Sprintf(`{"user_id":%q}`, jane))
	facts := e.organization(t, sandbox.AccessKey, sandbox.SecretKey)
	if facts.Users.Missing() != nil || len(facts.Users.Items) != 3 || facts.Policies.Missing() != nil ||
		len(facts.Policies.Items) != 3 || facts.APIKeys.Missing() != nil || len(facts.APIKeys.Items) != 3 ||
		facts.AlertRules.Missing() != nil || len(facts.AlertRules.Items) != 11 ||
		*facts.Security.Value.MaxKeyDays != 0 || !facts.Logins.Value.Password || len(facts.ExportJobs.Items) != 1 ||
		len(facts.Contracts.Items) != 1 {
		t.Fatalf("%+v", facts)
	}
	a := e.judge(t, facts)
	for check, want := range map[string]struct {
		result   assessment.Result
		severity assessment.Severity
		subjects []string
	}{
		"iam_broad_grants":       {assessment.Fail, assessment.Medium, []string{"user/" + jane}},
		"iam_system_masters":     {assessment.NeedsDecision, "", nil}, // the pipeline has AllProductsFullAccess
		"iam_nodes_group_grants": {assessment.Pass, "", nil},
		"iam_api_keys":           {assessment.Fail, assessment.High, nil},
		"iam_root_keys":          {assessment.Fail, assessment.Critical, []string{"api_key/" + sandbox.AccessKey}},
		"iam_mfa":                {assessment.Fail, assessment.High, withoutMFA},
		"audit_trail_bucket":     {assessment.NotEvaluated, "", nil},
		"audit_trail_alerts":     {assessment.Fail, assessment.Low, nil},
		"contract_signature":     {assessment.Pass, "", nil},
	} {
		f, _ := a.Finding(check)
		if f.Result != want.result || want.severity != "" && f.Severity != want.severity ||
			want.subjects != nil && !slices.Equal(f.Subjects, want.subjects) {
			t.Errorf("%s: %s %s %v, expected %+v", check, f.Result, f.Severity, f.Subjects, want)
		}
	}
	encoded, err := json.Marshal([]any{facts, a})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(encoded), e.url, "") // the address of the API, in the requests
	for _, personal := range []string{"jane", "quilliam", "example.com", "member@", "127.0.0.1", "First", "laptop"} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(personal)) {
			t.Errorf("facts or findings have %q", personal)
		}
	}
}

// organizationSets returns the permission sets of the example.
func organizationSets(t *testing.T) []string {
	t.Helper()
	return readSets(t, "organization.tf")
}

// newOrganizationKey creates an application with permission sets, and an API key of it.
func (e *estate) newOrganizationKey(t *testing.T, sets []string) (accessKey, secretKey string) {
	t.Helper()
	const iam = "/iam/v1alpha1"
	rules := []string{}
	for _, set := range sets {
		scope := fmt.Sprintf(`"organization_id":%q`, sandbox.OrganizationID)
		if strings.HasPrefix(set, "ObjectStorage") {
			scope = fmt.Sprintf(`"project_ids":[%q]`, sandbox.ProjectID)
		}
		rules = append(rules, fmt.Sprintf(`{%s,"permission_set_names":[%q]}`, scope, set))
	}
	id := e.send(t, "POST", iam+"/applications", fmt.Sprintf(`{"name":"x","organization_id":%q}`,
		sandbox.OrganizationID))["id"]
	e.send(t, "POST", iam+"/policies", fmt.Sprintf(`{"name":"x","organization_id":%q,"application_id":%q,"rules":[%s]}`,
		sandbox.OrganizationID, id, strings.Join(rules, ",")))
	key := e.send(t, "POST", iam+"/api-keys", fmt.Sprintf(`{"application_id":%q,"description":""}`, id))
	accessKey, _ = key["access_key"].(string)
	secretKey, _ = key["secret_key"].(string)
	return accessKey, secretKey
}

// TestOrganizationPermissions reads the Organization with the permission sets of the example: with all of them nothing
// of the API is forbidden, and without one of them something is, whose gap names the set. The sandbox has no Object
// Storage: its set is documented, and cannot be tested here.
func TestOrganizationPermissions(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	sets := organizationSets(t)
	if want := []string{
		"AuditTrailReadOnly", "IAMReadOnly", "OrganizationReadOnly", "ObjectStorageReadOnly",
	}; !slices.Equal(sets, want) {
		t.Fatalf("permission sets of the example: %v", sets)
	}
	missing := func(sets []string) []string {
		accessKey, secretKey := e.newOrganizationKey(t, sets)
		return missingSets(t, e.organization(t, accessKey, secretKey))
	}
	if found := missing(sets); len(found) > 0 {
		t.Errorf("with all permission sets of the example, these are missing: %v", found)
	}
	for _, set := range sets[:3] {
		rest := slices.DeleteFunc(slices.Clone(sets), func(other string) bool { return other == set })
		want := []string{set + " in the Organization"}
		if set == "AuditTrailReadOnly" { // It allows what the smaller set allows.
			want = append([]string{"AuditTrailExportRead in the Organization"}, want...)
		}
		if found := missing(rest); !slices.Equal(found, want) {
			t.Errorf("without %s, the facts need %v", set, found)
		}
	}
	accessKey, secretKey := e.newOrganizationKey(t, nil)
	a := e.judge(t, e.organization(t, accessKey, secretKey))
	for _, f := range a.Findings {
		want := assessment.Forbidden
		if f.Check == "findings_resolved" {
			want = assessment.InputMissing // it reads no API
		}
		if f.Result != assessment.NotEvaluated || f.NotEvaluated[0].Reason != want {
			t.Errorf("with a key that may read nothing, %s: %s", f.Check, f.Result)
		}
	}
	if !a.IsEmpty() {
		t.Error("the assessment is not empty")
	}
}

// TestExportDays assesses the export once a day by the sandbox's clock: healthy, then failed, then stale.
func TestExportDays(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	var jobs []struct{ ID string }
	if err := e.Objects("export-jobs", &jobs); err != nil {
		t.Fatal(err)
	}
	digests := map[string]bool{}
	expect := func(day string, want assessment.Result, text string) {
		t.Helper()
		a := e.judge(t, e.organization(t, sandbox.AccessKey, sandbox.SecretKey))
		f, _ := a.Finding("audit_trail_export")
		if f.Result != want || !strings.Contains(f.Found.EN, text) {
			t.Errorf("%s: %s, %s", day, f.Result, f.Found.EN)
		}
		digests[fmt.Sprint(f.Result, f.Found.EN)] = true
	}
	e.Advance(24 * time.Hour)
	expect("day 1", assessment.Pass, "succeeded")
	e.Advance(24 * time.Hour)
	expect("day 2", assessment.Pass, "succeeded")
	if len(digests) != 1 {
		t.Errorf("the text of a healthy export changes every day: %v", digests)
	}
	if err := e.Patch("export-jobs", jobs[0].ID, map[string]string{"failure": "access denied"}); err != nil {
		t.Fatal(err)
	}
	e.Advance(24 * time.Hour)
	expect("day 3", assessment.Fail, "failed")
	last := e.Now().AddDate(0, 0, -3)
	for _, change := range []any{map[string]string{"failure": ""}, map[string]any{
		"last_run_at": last, "last_status": map[string]string{"code": "success"},
	}} {
		if err := e.Patch("export-jobs", jobs[0].ID, change); err != nil {
			t.Fatal(err)
		}
	}
	expect("day 4", assessment.Fail, last.Format(time.DateOnly))
	if err := e.Remove("export-jobs", jobs[0].ID); err != nil {
		t.Fatal(err)
	}
	expect("day 5", assessment.Fail, "is not exported")
}
