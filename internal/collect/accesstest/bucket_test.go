package accesstest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/objectstorage"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestBucketsJudged reads named buckets from an S3 server, and judges them. Other buckets are not read.
func TestBucketsJudged(t *testing.T) {
	t.Parallel()
	storage := objectstorage.Start(t)
	for _, name := range []string{"records", "abroad", "unnamed"} {
		if _, err := storage.Client().CreateBucket(t.Context(), &s3.CreateBucketInput{
			Bucket: aws.String(name), CreateBucketConfiguration: &types.CreateBucketConfiguration{
				LocationConstraint: objectstorage.Region,
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
	storage.SetRegion("abroad", "nl-ams")
	env := acctest.New(t)
	id := env.CreateCluster(t)
	client, err := scaleway.New(scaleway.Config{
		AccessKey: sandbox.AccessKey, SecretKey: sandbox.SecretKey, OrganizationID: sandbox.OrganizationID,
		ProjectID: sandbox.ProjectID, Region: scw.RegionFrPar, Zone: scw.ZoneFrPar1, APIURL: env.URL,
		ObjectStorageURL: storage.URL,
	}, "accesstest")
	if err != nil {
		t.Fatal(err)
	}
	judged := func(names ...string) assessment.Finding {
		t.Helper()
		named := []assessment.NamedBucket{}
		for _, name := range names {
			named = append(named, assessment.NamedBucket{Name: name})
		}
		facts, err := collect.Cluster(t.Context(), collect.Sources{
			Scaleway: client, Now: time.Now, Buckets: named, //nolint:forbidigo // The time does not matter here.
		}, scw.RegionFrPar, id)
		if err != nil {
			t.Fatal(err)
		}
		a := assessment.Evaluate(facts, assessment.Options{
			AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers(), Inputs: assessment.Inputs{Buckets: named},
		})
		found, _ := a.Finding("bucket_region_class")
		return found
	}
	for want, names := range map[assessment.Result][]string{
		assessment.Pass: {"records"}, assessment.Fail: {"records", "abroad"},
		assessment.NotEvaluated: {"records", "absent"},
	} {
		found := judged(names...)
		if found.Result != want || want == assessment.Fail && (len(found.Subjects) != 1 ||
			found.Subjects[0] != "Bucket/abroad") {
			t.Errorf("%v: %s, expected %s: %+v", names, found.Result, want, found.Objects)
		}
	}
	if found := judged(); found.Result != assessment.NotEvaluated || found.NotEvaluated[0].Needs != "buckets" {
		t.Errorf("without names: %+v", found)
	}
}
