package audittrailexport

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Clause is the clause of the model that the export implements.
const Clause = "HDS-LOG-02"

// residencyClause is the clause of the model on the region of storage.
const residencyClause = "HDS-RES-02"

// Bucket is the bucket that an export job needs. Every value is known.
type Bucket struct {
	Name      string
	Region    scw.Region
	ProjectID string // "" for the configured Project
	// MinRetentionDays is the smallest default retention.
	MinRetentionDays int64
}

// BucketReport is what a check of a bucket found.
type BucketReport struct {
	// IsMissing is true if the bucket does not exist: a plan may create it.
	IsMissing bool
	// Problems are the settings that the bucket lacks, each with the call that repairs it.
	Problems []*compliance.Problem
	// Forbidden are the errors of settings that the API key may not read.
	Forbidden []error
	// Failures are the other errors of reads.
	Failures []error
}

// CheckBucket reads the settings of a bucket back, and compares them with what an export job needs.
func CheckBucket(ctx context.Context, api *scaleway.Client, want Bucket) BucketReport {
	var report BucketReport
	bucket, err := api.Bucket(ctx, want.Region, want.ProjectID, want.Name)
	calls := repairs{Bucket: want, endpoint: api.ObjectStorageURL(want.Region), accessKey: api.AccessKey()}
	switch {
	case scaleway.IsNotFound(err):
		report.add(Clause, "The bucket does not exist", fmt.Sprintf("no bucket %q in any region", want.Name),
			"a bucket in "+string(want.Region)+" with versioning, object lock and a default retention",
			"Create the bucket in the same configuration, or with:\n"+calls.create(want.Name))
		report.IsMissing = true
		return report
	case err != nil:
		report.addError(err)
		return report
	}
	report.addErrors(
		bucket.Region.Err, bucket.Versioned.Err, bucket.ObjectLock.Err, bucket.Policy.Err, bucket.PublicGrants.Err,
	)
	if region := bucket.Region; region.Err == nil && region.Value != want.Region {
		report.add(residencyClause, "The bucket is in another region",
			fmt.Sprintf("bucket %q in %s", want.Name, region.Value), string(want.Region),
			"A bucket cannot move, and its name is taken: set another name, and create that bucket in the same "+
				"configuration, or with:\n"+calls.create(want.Name+"-"+string(want.Region)))
		return report // another bucket is needed, whose settings are those of this call
	}
	report.checkLock(bucket, calls)
	report.checkVisibility(bucket, calls)
	return report
}

func (r *BucketReport) checkLock(bucket *scaleway.Bucket, calls repairs) {
	if bucket.Versioned.Err == nil && !bucket.Versioned.Value {
		r.add(
			Clause,
			"The bucket has no versioning",
			fmt.Sprintf(
				"bucket %q without versioning, or with suspended versioning",
				bucket.Name,
			),
			"versioning enabled",
			"Enable versioning, which object lock needs:\n"+calls.enableVersioning(bucket.Name),
		)
	}
	lock, want := bucket.ObjectLock.Value, calls.MinRetentionDays
	repair := calls.lock(bucket.Name, lock.Mode)
	switch {
	case bucket.ObjectLock.Err != nil:
	case !lock.Enabled:
		r.add(Clause, "The bucket has no object lock", fmt.Sprintf("bucket %q without object lock", bucket.Name),
			"object lock with a default retention", "Enable object lock, which cannot be undone:\n"+repair)
	case lock.Days == 0:
		r.add(
			Clause,
			"The bucket has no default retention",
			fmt.Sprintf(
				"bucket %q with object lock, which protects no object without a default retention",
				bucket.Name,
			),
			fmt.Sprintf("a default retention of at least %d days", want),
			"Set the default retention:\n"+repair,
		)
	case int64(lock.Days) < want:
		r.add(Clause, "The default retention of the bucket is too short",
			fmt.Sprintf("bucket %q with a default retention of %d days (%s)", bucket.Name, lock.Days, lock.Mode),
			fmt.Sprintf("at least %d days, the value of min_retention_days", want),
			"Set a longer default retention, which holds for new objects:\n"+repair)
	}
}

func (r *BucketReport) checkVisibility(bucket *scaleway.Bucket, calls repairs) {
	if public := bucket.Policy.Value.PublicStatements; len(public) > 0 {
		r.add(Clause, "The policy of the bucket allows access to everybody",
			fmt.Sprintf("bucket %q with the public statements %s", bucket.Name, strings.Join(public, ", ")),
			"a policy whose statements name principals, or none",
			"Remove these statements from the policy, or delete it:\n"+calls.deletePolicy(bucket.Name))
	}
	if public := bucket.PublicGrants.Value; len(public) > 0 {
		r.add(Clause, "The access control list of the bucket is public",
			fmt.Sprintf("bucket %q with %s", bucket.Name, strings.Join(public, ", ")), "a private bucket",
			"Make the bucket private:\n"+calls.makePrivate(bucket.Name))
	}
}

func (r *BucketReport) add(clause, summary, found, allowed, fix string) {
	r.Problems = append(r.Problems, &compliance.Problem{
		Rule: compliance.RuleFor(clause), Summary: summary, Found: found, Allowed: allowed, Fix: fix,
	})
}

func (r *BucketReport) addErrors(errs ...error) {
	for _, err := range errs {
		if err != nil {
			r.addError(err)
		}
	}
}

func (r *BucketReport) addError(err error) {
	if scaleway.IsForbidden(err) {
		r.Forbidden = append(r.Forbidden, err)
		return
	}
	r.Failures = append(r.Failures, err)
}

// repairs writes the calls of the AWS CLI that repair a bucket: Scaleway's own CLI has none for object lock.
type repairs struct {
	Bucket
	endpoint, accessKey string
}

// defaultMode is the mode of a default retention that cannot be shortened.
const defaultMode = "COMPLIANCE"

func (r repairs) call(operation, bucket, arguments string) string {
	identity := ""
	if r.ProjectID != "" {
		// A key creates and sees the buckets of its default Project unless its name has another one.
		identity = "AWS_ACCESS_KEY_ID=" + r.accessKey + "@" + r.ProjectID + " "
	}
	return strings.TrimRight(fmt.Sprintf("  %saws s3api %s --bucket %s --region %s --endpoint-url %s %s",
		identity, operation, bucket, r.Region, r.endpoint, arguments), " ")
}

func (r repairs) create(bucket string) string {
	return strings.Join([]string{
		r.call("create-bucket", bucket, "--object-lock-enabled-for-bucket "+
			"--create-bucket-configuration LocationConstraint="+string(r.Region)),
		r.enableVersioning(bucket), // the flag of the creation alone may be ignored
		r.lock(bucket, ""),
	}, "\n")
}

func (r repairs) enableVersioning(bucket string) string {
	return r.call("put-bucket-versioning", bucket, "--versioning-configuration Status=Enabled")
}

func (r repairs) lock(bucket, mode string) string {
	configuration := fmt.Sprintf(
		`'{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":%q,"Days":%d}}}'`,
		cmp.Or(mode, defaultMode), r.MinRetentionDays,
	)
	return r.call("put-object-lock-configuration", bucket, "--object-lock-configuration "+configuration)
}

func (r repairs) deletePolicy(bucket string) string {
	return r.call("delete-bucket-policy", bucket, "")
}

func (r repairs) makePrivate(bucket string) string {
	return r.call("put-bucket-acl", bucket, "--acl private")
}
