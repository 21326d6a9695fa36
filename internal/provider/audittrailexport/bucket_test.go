package audittrailexport_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/objectstorage"
)

// createBucket creates a bucket without a default retention.
func (r *rig) createBucket(name string, locked bool) {
	r.t.Helper()
	if _, err := r.storage.Client().CreateBucket(r.t.Context(), &s3.CreateBucketInput{
		Bucket: &name, ObjectLockEnabledForBucket: &locked,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: objectstorage.Region},
	}); err != nil {
		r.t.Fatal(err)
	}
}

// repair runs the calls of the AWS CLI in diagnostics, which are on lines of their own.
func (r *rig) repair(diagnostics string) (calls []string) {
	r.t.Helper()
	client, done := r.storage.Client(), map[string]bool{}
	pattern := regexp.MustCompile(`(?m)^ *(?:AWS_ACCESS_KEY_ID=\S+ )?aws s3api (.*)$`)
	for _, call := range pattern.FindAllStringSubmatch(diagnostics, -1) {
		words := strings.Fields(call[1])
		operation, flags := words[0], map[string]string{}
		for i, word := range words {
			if strings.HasPrefix(word, "--") && i+1 < len(words) {
				flags[word] = strings.Trim(words[i+1], "'")
			}
		}
		if flags["--endpoint-url"] != r.storage.URL || flags["--region"] != "fr-par" {
			r.t.Fatalf("call: %s", call[1])
		}
		if done[call[1]] {
			continue
		}
		done[call[1]] = true
		calls = append(calls, operation)
		bucket, err := aws.String(flags["--bucket"]), error(nil)
		switch operation {
		case "create-bucket":
			_, isLocked := flags["--object-lock-enabled-for-bucket"]
			if flags["--create-bucket-configuration"] != "LocationConstraint=fr-par" {
				r.t.Fatalf("call: %s", call[1])
			}
			r.createBucket(*bucket, isLocked)
		case "put-bucket-versioning":
			_, err = client.PutBucketVersioning(r.t.Context(), &s3.PutBucketVersioningInput{
				Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{
					Status: types.BucketVersioningStatus(strings.TrimPrefix(
						flags["--versioning-configuration"], "Status=",
					)),
				},
			})
		case "put-object-lock-configuration":
			found := regexp.MustCompile(
				`^{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"(.*)","Days":(.*)}}}$`,
			).FindStringSubmatch(flags["--object-lock-configuration"])
			if found == nil {
				r.t.Fatalf("call: %s", call[1])
			}
			days, parseErr := strconv.ParseInt(found[2], 10, 32)
			if parseErr != nil {
				r.t.Fatal(parseErr)
			}
			_, err = client.PutObjectLockConfiguration(r.t.Context(), &s3.PutObjectLockConfigurationInput{
				Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
					ObjectLockEnabled: types.ObjectLockEnabledEnabled,
					Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
						Mode: types.ObjectLockRetentionMode(found[1]), Days: aws.Int32(int32(days)),
					}},
				},
			})
		case "delete-bucket-policy":
			_, err = client.DeleteBucketPolicy(r.t.Context(), &s3.DeleteBucketPolicyInput{Bucket: bucket})
		case "put-bucket-acl":
			_, err = client.PutBucketAcl(r.t.Context(), &s3.PutBucketAclInput{
				Bucket: bucket, ACL: types.BucketCannedACL(flags["--acl"]),
			})
		default:
			r.t.Fatalf("call: %s", call[1])
		}
		if err != nil {
			r.t.Fatalf("%s: %v", call[1], err)
		}
	}
	return calls
}

// bucketFault is a way in which a bucket is wrong.
type bucketFault struct {
	make func(r *rig)
	// summary is that of the diagnostic, repaired the name of the bucket after the repair. calls are the operations
	// that repair it.
	summary, repaired string
	calls             []string
}

func bucketFaults() map[string]bucketFault {
	lock := []string{"put-object-lock-configuration"}
	return map[string]bucketFault{
		"no bucket": {
			make: func(*rig) {}, summary: "The bucket does not exist",
			calls: []string{"create-bucket", "put-bucket-versioning", "put-object-lock-configuration"},
		},
		"another region": {
			make: func(r *rig) {
				r.storage.CreateLockedBucket(r.t, "faulty", 90)
				r.storage.SetRegion("faulty", "nl-ams")
			},
			summary: "The bucket is in another region", repaired: "faulty-fr-par",
			calls: []string{"create-bucket", "put-bucket-versioning", "put-object-lock-configuration"},
		},
		"no versioning": {
			make: func(r *rig) { r.createBucket("faulty", false) }, summary: "The bucket has no versioning",
			calls: []string{"put-bucket-versioning", "put-object-lock-configuration"},
		},
		"no object lock": {
			make: func(r *rig) {
				r.createBucket("faulty", false)
				r.repair("  aws s3api put-bucket-versioning --bucket faulty --region fr-par --endpoint-url " +
					r.storage.URL + " --versioning-configuration Status=Enabled")
			},
			summary: "The bucket has no object lock", calls: lock,
		},
		"no default retention": {
			make: func(r *rig) { r.createBucket("faulty", true) }, summary: "The bucket has no default retention",
			calls: lock,
		},
		"a short retention": {
			make:    func(r *rig) { r.storage.CreateLockedBucket(r.t, "faulty", 29) },
			summary: "The default retention of the bucket is too short", calls: lock,
		},
		"a public policy": {
			make: func(r *rig) {
				r.storage.CreateLockedBucket(r.t, "faulty", 30)
				if _, err := r.storage.Client().PutBucketPolicy(r.t.Context(), &s3.PutBucketPolicyInput{
					Bucket: aws.String("faulty"), Policy: aws.String(`{"Version":"2023-04-17","Statement":[{"Sid":` +
						`"web","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":["faulty/*"]}]}`),
				}); err != nil {
					r.t.Fatal(err)
				}
			},
			summary: "The policy of the bucket allows access to everybody", calls: []string{"delete-bucket-policy"},
		},
		"a public ACL": {
			make: func(r *rig) {
				r.storage.CreateLockedBucket(r.t, "faulty", 30)
				client, bucket := r.storage.Client(), aws.String("faulty")
				if _, err := client.PutBucketOwnershipControls(r.t.Context(), &s3.PutBucketOwnershipControlsInput{
					Bucket: bucket, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
						{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred},
					}},
				}); err != nil {
					r.t.Fatal(err)
				}
				if _, err := client.PutBucketAcl(r.t.Context(), &s3.PutBucketAclInput{
					Bucket: bucket, ACL: types.BucketCannedACLPublicRead,
				}); err != nil {
					r.t.Fatal(err)
				}
			},
			summary: "The access control list of the bucket is public", calls: []string{"put-bucket-acl"},
		},
	}
}

// TestWrongBucket checks that each wrong bucket is a warning at plan and an error at apply, and that the calls in the
// error repair it.
func TestWrongBucket(t *testing.T) {
	t.Parallel()
	for name, fault := range bucketFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			fault.make(r)
			changes := map[string]any{"bucket": "faulty", "min_retention_days": int64(30)}
			export := r.export(changes)
			expectAction(t, export, "create", "WARNING: "+fault.summary, "The apply fails unless this is corrected")
			diagnostics := export.Apply(t.Context())
			acctest.Contains(t, diagnostics, "ERROR: "+fault.summary)
			if export.Exists() || len(r.jobs()) != 0 || len(r.Writes()) != 0 {
				t.Fatalf("a job to a wrong bucket: %s", diagnostics)
			}
			if calls := r.repair(diagnostics); strings.Join(calls, " ") != strings.Join(fault.calls, " ") {
				t.Errorf("calls: %v, want %v", calls, fault.calls)
			}
			if fault.repaired != "" {
				changes["bucket"] = fault.repaired
				export.Configure(config(changes))
			}
			if diagnostics := export.Apply(t.Context()); diagnostics != "" || len(r.jobs()) != 1 {
				t.Errorf("after the repair: %s", diagnostics)
			}
			expectAction(t, export, "no-op")
		})
	}
}

// TestBucketBecomesWrong checks that the plan of an existing job warns about its bucket, and that deletion protection
// can still be turned off.
func TestBucketBecomesWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	export := r.export(nil)
	export.Apply(t.Context())
	r.storage.SetRegion("trail", "pl-waw")
	expectAction(t, export, "no-op", "WARNING: The bucket is in another region", "HDS-RES-02", `"trail" in pl-waw`)
	export.Configure(config(map[string]any{"min_retention_days": int64(366)}))
	acctest.Contains(t, export.Apply(t.Context()), "ERROR: The bucket is in another region")
	r.storage.SetRegion("trail", "")
	acctest.Contains(t, export.Apply(t.Context()), "ERROR: The default retention of the bucket is too short",
		"365 days (COMPLIANCE)", "at least 366 days")
	export.Configure(config(map[string]any{"deletion_protection": false}))
	if diagnostics := export.Apply(t.Context()); diagnostics != "" {
		t.Error(diagnostics)
	}
	export.Destroy(t.Context())
	if len(r.jobs()) != 0 {
		t.Error("the job still exists")
	}
}

// TestForbiddenBucket checks that a bucket that the API key may not read is a warning, at plan and at apply.
func TestForbiddenBucket(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"policy", "object-lock", ""} {
		r := newRig(t)
		r.storage.Intercept(func(w http.ResponseWriter, req *http.Request) bool {
			if setting != "" && !req.URL.Query().Has(setting) {
				return false
			}
			objectstorage.WriteError(w, http.StatusForbidden, "AccessDenied", "Access Denied.")
			return true
		})
		export := r.export(nil)
		warning := []string{
			"WARNING: The bucket of the export cannot be checked completely", "bucket fr-par/trail: AccessDenied",
			"permission set ObjectStorageReadOnly in the Project", "not_evaluated",
		}
		expectAction(t, export, "create", warning...)
		diagnostics := export.Apply(t.Context())
		acctest.Contains(t, diagnostics, warning...)
		acctest.NotContains(t, diagnostics, "ERROR")
		if len(r.jobs()) != 1 {
			t.Errorf("%q: no job", setting)
		}
	}
}

// TestUnreadableBucket checks that a bucket about which nothing is known, for whatever reason but a permission, is a
// warning at plan and an error at apply, and that the next apply succeeds.
func TestUnreadableBucket(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"a page":      func(w http.ResponseWriter) { http.Error(w, "<html>login</html>", http.StatusForbidden) },
		"a 404 page":  func(w http.ResponseWriter) { http.NotFound(w, nil) },
		"a page, 200": func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>portal</html>")) },
		"SlowDown": func(w http.ResponseWriter) {
			objectstorage.WriteError(w, http.StatusServiceUnavailable, "SlowDown", "slow")
		},
		"InternalError": func(w http.ResponseWriter) {
			objectstorage.WriteError(w, http.StatusInternalServerError, "InternalError", "failed")
		},
		"no answer": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		for _, setting := range []string{"location", "versioning"} {
			t.Run(name+", "+setting, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.storage.Intercept(func(w http.ResponseWriter, req *http.Request) bool {
					if req.URL.Query().Has(setting) {
						answer(w)
					}
					return req.URL.Query().Has(setting)
				})
				export := r.export(nil)
				expectAction(t, export, "create", "WARNING: Unable to check the bucket of the export")
				diagnostics := export.Apply(t.Context())
				acctest.Contains(t, diagnostics, "ERROR: Unable to check the bucket of the export", "fr-par/trail")
				acctest.NotContains(t, diagnostics, "does not exist", "has no versioning", "ObjectStorageReadOnly")
				if export.Exists() || len(r.jobs()) != 0 {
					t.Errorf("a job to an unread bucket: %s", diagnostics)
				}
				r.storage.Intercept(nil)
				if diagnostics := export.Apply(t.Context()); diagnostics != "" || len(r.jobs()) != 1 {
					t.Error(diagnostics)
				}
			})
		}
	}
}
