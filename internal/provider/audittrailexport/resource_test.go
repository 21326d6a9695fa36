package audittrailexport_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// expectAction plans, and checks the action and parts of the diagnostics.
func expectAction(t *testing.T, export *acctest.ResourceLifecycle, want string, parts ...string) {
	t.Helper()
	action, diagnostics := export.Plan(t.Context())
	if action != want {
		t.Fatalf("the plan is %s, not %s:\n%s", action, want, diagnostics)
	}
	acctest.Contains(t, diagnostics, parts...)
	if len(parts) == 0 && diagnostics != "" {
		t.Errorf("diagnostics: %s", diagnostics)
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	export := r.export(nil)
	expectAction(t, export, "create")
	if diagnostics := export.Apply(t.Context()); diagnostics != "" {
		t.Fatal(diagnostics)
	}
	jobs := r.jobs()
	if len(jobs) != 1 || jobs[0].Name != "audit" || jobs[0].S3.Bucket != "trail" ||
		*jobs[0].S3.Prefix != "audit/prod" ||
		jobs[0].S3.Region != "fr-par" ||
		*jobs[0].S3.ProjectID != sandbox.ProjectID ||
		!slices.Equal(jobs[0].Tags, []string{"srm"}) {
		t.Fatalf("jobs: %+v", jobs[0])
	}
	if id := export.StringAttribute("id"); id != "fr-par/"+jobs[0].ID ||
		export.StringAttribute("organization_id") != sandbox.OrganizationID ||
		export.StringAttribute("project_id") != sandbox.ProjectID {
		t.Errorf("state: %s", export.StateString())
	}
	expectAction(t, export, "no-op")

	// A run of the job changes nothing in the state.
	r.Sandbox.Advance(48 * 3600e9)
	expectAction(t, export, "no-op")
	if strings.Contains(export.StateString(), "last_") {
		t.Errorf("state: %s", export.StateString())
	}

	// Changes in place send no request.
	r.Sandbox.ClearRequests()
	export.Configure(config(map[string]any{"min_retention_days": int64(30), "deletion_protection": false}))
	expectAction(t, export, "update")
	if diagnostics := export.Apply(t.Context()); diagnostics != "" || len(r.Writes()) != 0 {
		t.Errorf("%s, %v", diagnostics, r.Writes())
	}
	acctest.Contains(t, export.PlanDestroy(t.Context()), "The export of Audit Trail ends", `bucket "trail"`, "90 days")
	if diagnostics := export.Destroy(t.Context()); export.Exists() || len(r.jobs()) != 0 {
		t.Errorf("after the destroy: %s", diagnostics)
	}
}

// TestReplacement checks that every change that the API has is a replacement, whose plan says what it interrupts.
func TestReplacement(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.storage.CreateLockedBucket(t, "other", 365)
	const protection = "deletion_protection"
	export := r.export(map[string]any{protection: false})
	export.Apply(t.Context())
	for name, value := range map[string]any{
		"name": "renamed", "bucket": "other", "prefix": nil, "tags": []string{"srm", "more"},
	} {
		before := export.StringAttribute("id")
		export.Configure(config(map[string]any{name: value, protection: true}))
		expectAction(t, export, "replace", "WARNING: The change replaces the export job", "Found: ", name+" from ",
			"The export is interrupted from the delete of the job to the first run of the new one",
			"events of the past 90 days")
		diagnostics := export.Apply(t.Context())
		if jobs := r.jobs(); export.StringAttribute("id") == before || len(jobs) != 1 ||
			export.StringAttribute("id") != "fr-par/"+jobs[0].ID {
			t.Fatalf("%s: %s", name, diagnostics)
		}
		expectAction(t, export, "no-op")
		export.Configure(config(map[string]any{"name": "again"}))
		expectAction(t, export, "error", "The export job would be replaced", `Found: export job "`, "name from ",
			"set `deletion_protection = false`, apply, then try again")
		acctest.NotContains(t, export.Apply(t.Context()), "destroy -refresh=false")
		acctest.Contains(t, export.Destroy(t.Context()), "The export job would be destroyed")
		if len(r.jobs()) != 1 {
			t.Fatalf("%s: the protected job is gone", name)
		}
		export.Configure(config(map[string]any{name: value, protection: false}))
		export.Apply(t.Context())
	}
}

// TestReplacementWithWrongBucket moves the export to a bucket without object lock. The plan refuses it, since the apply
// would delete the job first. A bucket that does not exist yet may be in the same plan.
func TestReplacementWithWrongBucket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.storage.CreateLockedBucket(t, "short", 7)
	export := r.export(map[string]any{"deletion_protection": false})
	export.Apply(t.Context())
	id := export.StringAttribute("id")
	export.Configure(config(map[string]any{"bucket": "short", "deletion_protection": false}))
	expectAction(t, export, "error", "The default retention of the bucket is too short",
		"the apply would remove it, then fail", "put-object-lock-configuration")
	if jobs := r.jobs(); len(jobs) != 1 || id != "fr-par/"+jobs[0].ID {
		t.Errorf("jobs: %v", jobs)
	}
	export.Configure(config(map[string]any{"bucket": "later", "deletion_protection": false}))
	expectAction(t, export, "replace", "WARNING: The bucket does not exist")
}

func TestDrift(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	export := r.export(map[string]any{"deletion_protection": false})
	export.Apply(t.Context())
	id := r.jobs()[0].ID
	for _, change := range []map[string]any{
		{"name": "changed"}, {"tags": []string{}},
		{"s3": map[string]any{"bucket": "trail", "prefix": "elsewhere", "region": "fr-par"}},
		{"s3": map[string]any{"bucket": "trail", "prefix": "audit/prod", "region": "nl-ams"}},
	} {
		before := r.jobs()[0]
		if err := r.Sandbox.Patch("export-jobs", id, change); err != nil {
			t.Fatal(err)
		}
		expectAction(t, export, "replace", "The change replaces the export job")
		if err := r.Sandbox.Patch("export-jobs", id, map[string]any{
			"name": before.Name, "tags": before.Tags, "s3": before.S3,
		}); err != nil {
			t.Fatal(err)
		}
		expectAction(t, export, "no-op")
	}
	if err := r.Client(t).DeleteExportJob(t.Context(), "fr-par", id); err != nil {
		t.Fatal(err)
	}
	expectAction(t, export, "create")
	if export.Apply(t.Context()); len(r.jobs()) != 1 {
		t.Error("a deleted job was not created again")
	}
	if err := r.Client(t).DeleteExportJob(t.Context(), "fr-par", r.jobs()[0].ID); err != nil {
		t.Fatal(err)
	}
	if diagnostics := export.Destroy(t.Context()); export.Exists() || strings.Contains(diagnostics, "ERROR") {
		t.Errorf("destroy of a deleted job: %s", diagnostics)
	}
}

// TestSecondExport refuses a second job: of another state, and one that was made by hand.
func TestSecondExport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.export(nil)
	first.Apply(t.Context())
	second := r.export(map[string]any{"name": "second"})
	message := []string{
		"The Organization already has an export job in fr-par",
		"Found: export job " + first.StringAttribute("id") + `, "audit", to bucket "trail"`,
		"Allowed: one active export job in each region of an Organization",
		`import { to = srm_audit_trail_export.NAME id = "` + first.StringAttribute("id") + `" }`,
	}
	expectAction(t, second, "create", append(message, "WARNING: ", "The apply fails unless")...)
	diagnostics := second.Apply(t.Context())
	acctest.Contains(t, diagnostics, append(message, "ERROR: ")...)
	if second.Exists() || len(r.jobs()) != 1 {
		t.Errorf("a second job: %s", diagnostics)
	}
	// The job appears between the list and the create: the API refuses.
	r2 := newRig(t)
	third := r2.export(nil)
	diagnostics = third.ApplyAfterChange(t.Context(), func() { r2.createJob() })
	acctest.Contains(t, diagnostics, "ERROR: The Organization already has an export job", `"by hand"`, "import {")

	id := r2.jobs()[0].ID
	imported := r2.export(map[string]any{"name": "by hand", "prefix": nil, "tags": nil})
	imported.Import(t.Context(), id)
	expectAction(t, imported, "update") // min_retention_days is not in the API
	if diagnostics := imported.Apply(t.Context()); diagnostics != "" {
		t.Error(diagnostics)
	}
	expectAction(t, imported, "no-op")
	acctest.Contains(t, imported.Destroy(t.Context()), "under deletion protection")
	if len(r2.jobs()) != 1 || r2.jobs()[0].ID != id {
		t.Error("the imported job is gone")
	}
}

func TestImportRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for id, want := range map[string]string{
		"trail":                       "The id of the export job is malformed",
		"nl-ams/" + sandbox.ProjectID: `region "nl-ams"`,
	} {
		acctest.Contains(t, r.export(nil).Import(t.Context(), id), want)
	}
	job := r.createJob()
	imported, diagnostics := r.Protocol(t).ImportByIdentity(kind, "fr-par", job.ID)
	if diagnostics != "" || imported != "fr-par/"+job.ID {
		t.Errorf("import by identity: %q, %s", imported, diagnostics)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	protocol := r.Protocol(t)
	if results := protocol.List(kind, map[string]any{}, true, 0); len(results) != 0 {
		t.Errorf("no jobs: %+v", results)
	}
	export := r.export(nil)
	export.Apply(t.Context())
	for _, test := range []struct {
		filter map[string]any
		want   int
	}{
		{nil, 1}, {map[string]any{"name": "audit", "tags": []string{"srm"}}, 1}, {map[string]any{"name": "aud"}, 0},
		{map[string]any{"tags": []string{"x"}}, 0}, {map[string]any{"project_id": sandbox.ProjectID}, 1},
		{map[string]any{"project_id": sandbox.VPCID}, 0},
	} {
		if names := acctest.ResultNames(t, protocol.List(kind, test.filter, true, 0)); len(names) != test.want {
			t.Errorf("%v: %v", test.filter, names)
		}
	}
}
