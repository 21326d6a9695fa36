package accesstest

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/objectstorage"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestExportBucket reads the bucket of the export: without lock, with lock and no default, with both, and public.
func TestExportBucket(t *testing.T) {
	t.Parallel()
	storage := objectstorage.Start(t)
	server := sandbox.New(sandbox.Options{Start: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)})
	job := "export_jobs: [{ name: trail, s3: { bucket: trail, region: fr-par } }]"
	if err := server.LoadEstate(t.Context(), []byte(job)); err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	api, err := scaleway.New(scaleway.Config{
		AccessKey: sandbox.AccessKey, SecretKey: sandbox.SecretKey, OrganizationID: sandbox.OrganizationID,
		ProjectID: sandbox.ProjectID, Region: scw.RegionFrPar, Zone: scw.ZoneFrPar1, APIURL: listener.URL,
		ObjectStorageURL: storage.URL,
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	client, ctx, name := storage.Client(), t.Context(), aws.String("trail")
	expect := func(step string, want assessment.Result, text string) {
		t.Helper()
		sources := collect.Sources{Scaleway: api, Now: server.Now, Tool: "test"}
		facts, err := collect.Organization(ctx, sources, sandbox.OrganizationID)
		if err != nil {
			t.Fatal(err)
		}
		a := assessment.EvaluateOrganization(facts, []assessment.AssessedCluster{{HDS: true}}, assessment.Options{
			AsOf: facts.ReadAt, Inputs: assessment.Inputs{RequiredLogRetentionDays: 365},
		})
		f, _ := a.Finding("audit_trail_bucket")
		if f.Result != want || !strings.Contains(f.Found.EN, text) {
			t.Errorf("%s: %s, %s, %+v", step, f.Result, f.Found.EN, f.NotEvaluated)
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect("no bucket", assessment.NotEvaluated, "")
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name, ObjectLockEnabledForBucket: aws.Bool(true)}))
	expect("no default retention", assessment.Fail, "no default retention")
	must(client.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: &types.ObjectLockRule{
				DefaultRetention: &types.DefaultRetention{
					Mode: types.ObjectLockRetentionModeCompliance,
					Days: aws.Int32(365),
				},
			},
		},
	}))
	expect("locked", assessment.Pass, "")
	must(client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Sid":"open","Effect":"Allow","Principal":"*","Action":"s3:GetObject",` +
			`"Resource":"arn:aws:s3:::trail/*"}]}`)}))
	expect("public", assessment.Fail, "The bucket is public.")
}
