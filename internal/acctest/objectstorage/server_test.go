package objectstorage

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// createBucket creates a bucket and returns its name for requests.
func createBucket(t *testing.T, client *s3.Client, name string, locked bool) *string {
	t.Helper()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, ObjectLockEnabledForBucket: &locked,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: Region},
	}); err != nil {
		t.Fatal(err)
	}
	return &name
}

// expectCode expects an error response with a code of S3.
func expectCode(t *testing.T, code string, err error) {
	t.Helper()
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) || apiErr.ErrorCode() != code {
		t.Errorf("error %v, want the code %s", err, code)
	}
}

func TestBucketLocation(t *testing.T) {
	t.Parallel()
	client := Start(t).Client()
	location, err := client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{
		Bucket: createBucket(t, client, "bucket", false),
	})
	if err != nil || location.LocationConstraint != Region {
		t.Errorf("%v, %+v", err, location)
	}
}

func TestBucketVersioning(t *testing.T) {
	t.Parallel()
	client := Start(t).Client()
	bucket := createBucket(t, client, "bucket", false)
	for _, want := range []types.BucketVersioningStatus{
		"", types.BucketVersioningStatusEnabled, types.BucketVersioningStatusSuspended,
	} {
		if want != "" {
			if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
				Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: want},
			}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
		if err != nil || got.Status != want {
			t.Errorf("%v, %+v, want %q", err, got, want)
		}
	}
}

func TestObjectLock(t *testing.T) {
	t.Parallel()
	client := Start(t).Client()
	get := func(bucket *string) (*types.ObjectLockConfiguration, error) {
		out, err := client.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return out.ObjectLockConfiguration, nil
	}
	_, err := get(createBucket(t, client, "plain", false))
	expectCode(t, "ObjectLockConfigurationNotFoundError", err)

	bucket := createBucket(t, client, "locked", true)
	lock, err := get(bucket)
	if err != nil || lock.ObjectLockEnabled != types.ObjectLockEnabledEnabled || lock.Rule != nil {
		t.Errorf("without a default rule: %v, %+v", err, lock)
	}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
				Mode: types.ObjectLockRetentionModeCompliance, Years: aws.Int32(3),
			}},
		},
	}); err != nil {
		t.Fatal(err)
	}
	lock, err = get(bucket)
	if err != nil || lock.Rule.DefaultRetention.Mode != types.ObjectLockRetentionModeCompliance ||
		*lock.Rule.DefaultRetention.Years != 3 || lock.Rule.DefaultRetention.Days != nil {
		t.Errorf("with a default rule: %v, %+v", err, lock)
	}
	versioning, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
	if err != nil || versioning.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning of a locked bucket: %v, %+v", err, versioning)
	}
}

func TestBucketPolicy(t *testing.T) {
	t.Parallel()
	client := Start(t).Client()
	bucket := createBucket(t, client, "bucket", false)
	get := func() (string, error) {
		out, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
		if err != nil {
			return "", err
		}
		return *out.Policy, nil
	}
	put := func(policy string) error {
		_, err := client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &policy})
		return err
	}
	_, err := get()
	expectCode(t, "NoSuchBucketPolicy", err)
	scaleway := `{"Version":"2023-04-17","Id":"p","Statement":[{"Sid":"read","Effect":"Allow",` +
		`"Principal":{"SCW":"user_id:` + sandbox.UserID + `"},"Action":["s3:GetObject"],"Resource":["bucket/*"]}]}`
	amazon := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],` +
		`"Resource":["arn:aws:s3:::bucket/*"]}]}`
	for _, policy := range []string{amazon, scaleway, amazon, scaleway} {
		if err := put(policy); err != nil {
			t.Fatal(err)
		}
		if got, err := get(); err != nil || got != policy {
			t.Errorf("%v, %s, want %s", err, got, policy)
		}
	}
	expectCode(t, "MalformedPolicy", put(`{"Version":"2012-10-17","Statement":[]}`))
	if _, err := client.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	_, err = get()
	expectCode(t, "NoSuchBucketPolicy", err)
}

func TestBucketEncryption(t *testing.T) {
	t.Parallel()
	client := Start(t).Client()
	bucket := createBucket(t, client, "bucket", false)
	rules := func() []types.ServerSideEncryptionRule {
		t.Helper()
		out, err := client.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket})
		if err != nil || out.ServerSideEncryptionConfiguration == nil {
			t.Fatalf("%v, %+v", err, out)
		}
		return out.ServerSideEncryptionConfiguration.Rules
	}
	if found := rules(); len(found) != 0 {
		t.Errorf("at first: %+v", found)
	}
	for _, want := range []types.ServerSideEncryptionByDefault{
		{SSEAlgorithm: types.ServerSideEncryptionAes256},
		{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(sandbox.VPCID)},
	} {
		if _, err := client.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
			Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
				Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &want}},
			},
		}); err != nil {
			t.Fatal(err)
		}
		found := rules()
		if len(found) != 1 || found[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != want.SSEAlgorithm ||
			aws.ToString(
				found[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID,
			) != aws.ToString(
				want.KMSMasterKeyID,
			) {
			t.Errorf("%+v, want %+v", found, want)
		}
	}
	if _, err := client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	createBucket(t, client, *bucket, false)
	if found := rules(); len(found) != 0 {
		t.Errorf("a bucket has the encryption of a deleted one: %+v", found)
	}
}

// TestSettingsAreProtected reads each setting without a valid key, and of a bucket that does not exist.
func TestSettingsAreProtected(t *testing.T) {
	t.Parallel()
	server := Start(t)
	createBucket(t, server.Client(), "bucket", true)
	for name, test := range map[string]struct {
		client       *s3.Client
		bucket, code string
	}{
		"wrong secret key": {server.clientWithKey(sandbox.AccessKey, "wrong"), "bucket", "SignatureDoesNotMatch"},
		"unknown bucket":   {server.Client(), "none", "NoSuchBucket"},
	} {
		for setting, read := range map[string]func(context.Context, *s3.Client, *string) error{
			"location": func(ctx context.Context, c *s3.Client, bucket *string) error {
				_, err := c.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: bucket})
				return err
			},
			"versioning": func(ctx context.Context, c *s3.Client, bucket *string) error {
				_, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: bucket})
				return err
			},
			"lock": func(ctx context.Context, c *s3.Client, bucket *string) error {
				_, err := c.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: bucket})
				return err
			},
			"policy": func(ctx context.Context, c *s3.Client, bucket *string) error {
				_, err := c.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
				return err
			},
			"encryption": func(ctx context.Context, c *s3.Client, bucket *string) error {
				_, err := c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucket})
				return err
			},
		} {
			t.Run(name+", "+setting, func(t *testing.T) {
				expectCode(t, test.code, read(t.Context(), test.client, &test.bucket))
			})
		}
	}
}

func TestMissingGateway(t *testing.T) {
	t.Parallel()
	_, _, err := startGateway(t.Context(), t.TempDir(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "run `make .bin/versitygw`") {
		t.Errorf("without the program: %v", err)
	}
}

// clientOfProvider returns the client of the provider, which reads settings without the AWS SDK.
func clientOfProvider(t *testing.T, server *Server, secretKey string) *scaleway.Client {
	t.Helper()
	client, err := scaleway.New(scaleway.Config{
		AccessKey: sandbox.AccessKey, SecretKey: secretKey, ProjectID: sandbox.ProjectID,
		APIURL: server.URL, ObjectStorageURL: server.URL,
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	client.RetryWait = time.Millisecond
	return client
}

// TestReadBucket reads the settings of buckets with the client of the provider.
func TestReadBucket(t *testing.T) {
	t.Parallel()
	server := Start(t)
	client := server.Client()
	reader := clientOfProvider(t, server, sandbox.SecretKey)
	createBucket(t, client, "plain", false)
	got, err := reader.Bucket(t.Context(), Region, "", "plain")
	want := &scaleway.Bucket{
		Name: "plain", Region: scaleway.BucketSetting[scw.Region]{Value: Region},
		PublicGrants: scaleway.BucketSetting[[]string]{Value: []string{}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("plain bucket: %v\n%+v\nwant\n%+v", err, got, want)
	}

	bucket := createBucket(t, client, "full", true)
	configure(t, client, bucket)
	server.SetRegion("full", "nl-ams")
	got, err = reader.Bucket(t.Context(), Region, sandbox.ProjectID, "full")
	want = &scaleway.Bucket{
		Name: "full", Region: scaleway.BucketSetting[scw.Region]{Value: "nl-ams"},
		Versioned: scaleway.BucketSetting[bool]{Value: true},
		ObjectLock: scaleway.BucketSetting[scaleway.ObjectLock]{
			Value: scaleway.ObjectLock{Enabled: true, Mode: "GOVERNANCE", Days: 90},
		},
		Policy: scaleway.BucketSetting[scaleway.BucketPolicy]{
			Value: scaleway.BucketPolicy{Exists: true, PublicStatements: []string{"number 1"}},
		},
		PublicGrants: scaleway.BucketSetting[[]string]{Value: []string{"READ to AllUsers"}},
		Lifecycle: scaleway.BucketSetting[[]scaleway.LifecycleRule]{Value: []scaleway.LifecycleRule{
			{ID: "cold", Enabled: true, Expires: true, StorageClasses: []string{"GLACIER"}},
		}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("full bucket: %v\n%+v\nwant\n%+v", err, got, want)
	}
	if names, err := reader.Buckets(
		t.Context(),
		Region,
		"",
	); err != nil ||
		!slices.Equal(names, []string{"full", "plain"}) {
		t.Errorf("buckets: %v, %v", names, err)
	}
	if _, err := reader.Bucket(t.Context(), Region, "", "none"); !scaleway.IsNotFound(err) {
		t.Errorf("missing bucket: %v", err)
	}
	if _, err := reader.Bucket(t.Context(), Region, sandbox.VPCID, "full"); !scaleway.IsForbidden(err) {
		t.Errorf("another Project: %v", err)
	}
	wrong := clientOfProvider(t, server, "00112233-4455-4677-8899-aabbccddeeff")
	if _, err := wrong.Bucket(t.Context(), Region, "", "full"); !scaleway.IsForbidden(err) ||
		strings.Contains(err.Error(), "00112233") {
		t.Errorf("wrong key: %v", err)
	}
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !r.URL.Query().Has("policy") {
			return false
		}
		WriteError(w, http.StatusForbidden, "AccessDenied", "no")
		return true
	})
	got, err = reader.Bucket(t.Context(), Region, "", "plain")
	if err != nil || !scaleway.IsForbidden(got.Policy.Err) || got.Versioned.Err != nil {
		t.Errorf("forbidden policy: %v, %+v", err, got)
	}
	if last := server.Requests(); !slices.Contains(last, "GET /plain?policy=") {
		t.Errorf("requests: %v", last)
	}
}

// configure gives a bucket with object lock all other settings.
func configure(t *testing.T, client *s3.Client, bucket *string) {
	t.Helper()
	for name, put := range map[string]func(context.Context) error{
		"lock": func(ctx context.Context) error {
			_, err := client.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
				Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
					ObjectLockEnabled: types.ObjectLockEnabledEnabled,
					Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
						Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(90),
					}},
				},
			})
			return err
		},
		"policy": func(ctx context.Context) error {
			_, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
				Bucket: bucket, Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
					`"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + *bucket + `/*"}]}`),
			})
			return err
		},
		"acl": func(ctx context.Context) error {
			if _, err := client.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
				Bucket: bucket, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
					{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred},
				}},
			}); err != nil {
				return err
			}
			_, err := client.PutBucketAcl(ctx, &s3.PutBucketAclInput{
				Bucket: bucket, ACL: types.BucketCannedACLPublicRead,
			})
			return err
		},
		"lifecycle": func(ctx context.Context) error {
			_, err := client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
				Bucket: bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{
					Rules: []types.LifecycleRule{{
						ID: aws.String("cold"), Status: types.ExpirationStatusEnabled,
						Filter:     &types.LifecycleRuleFilter{Prefix: aws.String("")},
						Expiration: &types.LifecycleExpiration{Days: aws.Int32(365)},
						Transitions: []types.Transition{
							{Days: aws.Int32(30), StorageClass: types.TransitionStorageClassGlacier},
						},
					}},
				},
			})
			return err
		},
	} {
		if err := put(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}
