package scaleway

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// daysPerYear converts a retention in years: S3 counts a year as 365 days.
const daysPerYear = 365

// BucketSetting is a setting of a bucket, or the error with which its request failed: the permission to read one
// setting does not include the others. A setting that the bucket does not have is its zero value without an error.
type BucketSetting[T any] struct {
	Value T
	Err   error
}

// Bucket holds the settings of a bucket.
type Bucket struct {
	Name string
	// Region is the region in which the bucket is.
	Region BucketSetting[scw.Region]
	// Versioned is set if versioning is enabled; suspended versioning does not count.
	Versioned  BucketSetting[bool]
	ObjectLock BucketSetting[ObjectLock]
	Policy     BucketSetting[BucketPolicy]
	// PublicGrants lists the permissions that the access control list grants to everybody, such as "READ to AllUsers".
	PublicGrants BucketSetting[[]string]
	Lifecycle    BucketSetting[[]LifecycleRule]
}

// ObjectLock is the object lock of a bucket, with the default retention of new objects.
type ObjectLock struct {
	Enabled bool
	// Mode is "GOVERNANCE" or "COMPLIANCE", or "" without a default retention.
	Mode string
	// Days is the default retention; 0 without one.
	Days int
}

// BucketPolicy is the policy of a bucket.
type BucketPolicy struct {
	Exists bool
	// PublicStatements are the statements that allow everybody something: their Sid, or their number from 1.
	PublicStatements []string
}

// LifecycleRule is a lifecycle rule of a bucket.
type LifecycleRule struct {
	ID      string
	Enabled bool
	// Expires is set if the rule deletes objects, ExpiresNoncurrent if it deletes versions that are not the current
	// one.
	Expires, ExpiresNoncurrent bool
	// StorageClasses are the classes to which the rule moves objects, such as "GLACIER".
	StorageClasses []string
}

// Bucket reads the settings of a bucket with S3. region is the region in which it is expected; projectID is the Project
// of the bucket, or "" for the configured one. If no bucket of that name is there, Bucket looks in the other regions.
// Its error matches ErrNotFound if no bucket is found, and IsForbidden if no setting can be read. Source: S3
// GetBucketLocation, GetBucketVersioning, GetObjectLockConfiguration, GetBucketPolicy, GetBucketAcl,
// GetBucketLifecycleConfiguration.
func (c *Client) Bucket(ctx context.Context, region scw.Region, projectID, name string) (*Bucket, error) {
	at := bucketRequest{region: region, projectID: projectID, bucket: name}
	bucket := &Bucket{Name: name}
	bucket.Region = c.findBucket(ctx, at)
	if err := bucket.Region.Err; err != nil && !IsForbidden(err) {
		return nil, err
	}
	if bucket.Region.Err == nil && c.hasRegionalStorage() {
		at.region = bucket.Region.Value
	}
	var work sync.WaitGroup
	work.Go(func() { bucket.Versioned = readSetting(ctx, c, at, "versioning", parseVersioning) })
	work.Go(func() { bucket.ObjectLock = readSetting(ctx, c, at, "object-lock", parseObjectLock) })
	work.Go(func() { bucket.Policy = readSetting(ctx, c, at, "policy", parseBucketPolicy) })
	work.Go(func() { bucket.PublicGrants = readSetting(ctx, c, at, "acl", parsePublicGrants) })
	work.Go(func() { bucket.Lifecycle = readSetting(ctx, c, at, "lifecycle", parseLifecycle) })
	work.Wait()
	if err := bucket.Region.Err; err != nil && bucket.Versioned.Err != nil && bucket.ObjectLock.Err != nil &&
		bucket.Policy.Err != nil && bucket.PublicGrants.Err != nil && bucket.Lifecycle.Err != nil {
		return nil, err
	}
	return bucket, nil
}

// Buckets lists the names of the buckets of a Project in a region. projectID "" means the configured Project. Source:
// S3 ListBuckets.
func (c *Client) Buckets(ctx context.Context, region scw.Region, projectID string) ([]string, error) {
	names, next := []string{}, ""
	for {
		request := bucketRequest{region: region, projectID: projectID}
		if next != "" {
			request.query = url.Values{"continuation-token": {next}}
		}
		ctx, call := startCall(ctx, "list", "buckets", "", region)
		call.permissionSet = objectStoragePermissions
		body, err := c.getObjectStorage(ctx, request)
		if err != nil {
			return nil, call.wrapError(err)
		}
		var list struct {
			Names             []string `xml:"Buckets>Bucket>Name"`
			ContinuationToken string   `xml:"ContinuationToken"`
		}
		if err := xml.Unmarshal(body, &list); err != nil {
			return nil, call.wrapError(err)
		}
		names = append(names, list.Names...)
		if list.ContinuationToken == "" || list.ContinuationToken == next {
			return names, nil
		}
		next = list.ContinuationToken
	}
}

// findBucket returns the region of a bucket. It asks the endpoint of the expected region first, then those of the
// others.
//
// [INFERRED]: what Scaleway answers about a bucket of another region is not documented: a
// redirect, a rejected signature, and NoSuchBucket are possible.
func (c *Client) findBucket(ctx context.Context, at bucketRequest) BucketSetting[scw.Region] {
	location := readSetting(ctx, c, at, "location", parseLocation(at.region))
	answer, ok := errors.AsType[*objectStorageError](location.Err)
	mayBeElsewhere := ok && (answer.status >= 300 && answer.status <= 399 ||
		slices.Contains([]string{"NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed"}, answer.code))
	if !mayBeElsewhere || !c.hasRegionalStorage() {
		return location
	}
	for _, region := range scw.AllRegions {
		if region == at.region {
			continue
		}
		other := at
		other.region = region
		if found := readSetting(ctx, c, other, "location", parseLocation(region)); found.Err == nil {
			return found
		}
	}
	return location
}

// hasRegionalStorage reports whether each region has its own address of Object Storage.
func (c *Client) hasRegionalStorage() bool {
	return strings.Contains(c.config.ObjectStorageURL, regionPlaceholder)
}

// readSetting reads a setting. A bucket without it has its zero value.
func readSetting[T any](
	ctx context.Context, c *Client, at bucketRequest, setting string, parse func([]byte) (T, error),
) (found BucketSetting[T]) {
	at.setting = setting
	ctx, call := startCall(ctx, "read the "+settingName(setting)+" of", "bucket", at.bucket, at.region)
	call.permissionSet = objectStoragePermissions
	body, err := c.getObjectStorage(ctx, at)
	if answer, ok := errors.AsType[*objectStorageError](err); ok && answer.status == http.StatusNotFound &&
		slices.Contains([]string{
			"ObjectLockConfigurationNotFoundError", "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration",
		}, answer.code) {
		return found
	}
	if err == nil {
		found.Value, err = parse(body)
	}
	found.Err = call.wrapError(err)
	return found
}

// settingName returns the name of a setting in messages.
func settingName(setting string) string {
	switch setting {
	case "object-lock":
		return "object lock"
	case "acl":
		return "access control list"
	case "lifecycle":
		return "lifecycle rules"
	}
	return setting
}

// parseLocation parses the region of a bucket; S3 servers leave it out in their default region.
func parseLocation(asked scw.Region) func([]byte) (scw.Region, error) {
	return func(body []byte) (scw.Region, error) {
		var location string
		if err := xml.Unmarshal(body, &location); err != nil || location == "" {
			return asked, err
		}
		return scw.Region(location), nil
	}
}

func parseVersioning(body []byte) (bool, error) {
	var versioning struct {
		Status string `xml:"Status"`
	}
	err := xml.Unmarshal(body, &versioning)
	return versioning.Status == "Enabled", err
}

func parseObjectLock(body []byte) (ObjectLock, error) {
	var lock struct {
		Enabled   string `xml:"ObjectLockEnabled"`
		Retention struct {
			Mode  string `xml:"Mode"`
			Days  int    `xml:"Days"`
			Years int    `xml:"Years"`
		} `xml:"Rule>DefaultRetention"`
	}
	err := xml.Unmarshal(body, &lock)
	return ObjectLock{
		Enabled: lock.Enabled == "Enabled", Mode: lock.Retention.Mode,
		Days: lock.Retention.Days + lock.Retention.Years*daysPerYear,
	}, err
}

// parsePublicGrants finds the grants to everybody: with or without an account of an S3 provider.
func parsePublicGrants(body []byte) ([]string, error) {
	var list struct {
		Grants []struct {
			URI        string `xml:"Grantee>URI"`
			Permission string `xml:"Permission"`
		} `xml:"AccessControlList>Grant"`
	}
	err := xml.Unmarshal(body, &list)
	public := []string{}
	for _, grant := range list.Grants {
		for _, group := range []string{"AllUsers", "AuthenticatedUsers"} {
			if strings.HasSuffix(grant.URI, "/groups/global/"+group) {
				public = append(public, grant.Permission+" to "+group)
			}
		}
	}
	return public, err
}

func parseLifecycle(body []byte) ([]LifecycleRule, error) {
	type transition struct {
		StorageClass string `xml:"StorageClass"`
	}
	var configuration struct {
		Rules []struct {
			ID                   string       `xml:"ID"`
			Status               string       `xml:"Status"`
			Expiration           *struct{}    `xml:"Expiration"`
			NoncurrentExpiration *struct{}    `xml:"NoncurrentVersionExpiration"`
			Transitions          []transition `xml:"Transition"`
			Noncurrent           []transition `xml:"NoncurrentVersionTransition"`
		} `xml:"Rule"`
	}
	err := xml.Unmarshal(body, &configuration)
	rules := make([]LifecycleRule, 0, len(configuration.Rules))
	for _, r := range configuration.Rules {
		rule := LifecycleRule{
			ID: r.ID, Enabled: r.Status == "Enabled", Expires: r.Expiration != nil,
			ExpiresNoncurrent: r.NoncurrentExpiration != nil,
		}
		for _, t := range slices.Concat(r.Transitions, r.Noncurrent) {
			if !slices.Contains(rule.StorageClasses, t.StorageClass) {
				rule.StorageClasses = append(rule.StorageClasses, t.StorageClass)
			}
		}
		rules = append(rules, rule)
	}
	return rules, err
}

// parseBucketPolicy finds the statements that allow everybody something, whatever their conditions are.
func parseBucketPolicy(body []byte) (BucketPolicy, error) {
	type statement struct {
		Sid          string
		Effect       string
		Principal    any
		NotPrincipal any
	}
	var document struct{ Statement json.RawMessage }
	if err := json.Unmarshal(body, &document); err != nil {
		return BucketPolicy{}, fmt.Errorf("the policy is not JSON: %w", err)
	}
	var statements []statement
	if err := json.Unmarshal(document.Statement, &statements); err != nil {
		var single statement
		if err := json.Unmarshal(document.Statement, &single); err != nil {
			return BucketPolicy{}, fmt.Errorf("the statements of the policy cannot be read: %w", err)
		}
		statements = []statement{single}
	}
	policy := BucketPolicy{Exists: true}
	for i, s := range statements {
		if !strings.EqualFold(s.Effect, "Allow") || !includesEverybody(s.Principal) && s.NotPrincipal == nil {
			continue
		}
		name := s.Sid
		if name == "" {
			name = fmt.Sprintf("number %d", i+1)
		}
		policy.PublicStatements = append(policy.PublicStatements, name)
	}
	return policy, nil
}

// includesEverybody reports whether a principal of a policy is "*", in a list or under a key such as "SCW", too.
func includesEverybody(principal any) bool {
	switch value := principal.(type) {
	case string:
		return value == "*"
	case []any:
		return slices.ContainsFunc(value, includesEverybody)
	case map[string]any:
		for _, ids := range value {
			if includesEverybody(ids) {
				return true
			}
		}
	}
	return false
}
