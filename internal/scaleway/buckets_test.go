package scaleway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// newStorageClient returns a client of a fake Object Storage on loopback, and that Object Storage.
func newStorageClient(t *testing.T, respond handlerFunc) (*Client, *fakeAPI) {
	t.Helper()
	c, fake := newFakeClient(t, respond)
	c.config.ObjectStorageURL = c.config.APIURL
	return c, fake
}

// bucketDocuments returns the responses about a bucket with all settings, by setting.
func bucketDocuments() map[string]string {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	const space = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
	grant := func(uri, permission string) string {
		return `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>` + uri +
			`</URI></Grantee><Permission>` + permission + `</Permission></Grant>`
	}
	return map[string]string{
		"location":   head + `<LocationConstraint` + space + `>fr-par</LocationConstraint>`,
		"versioning": head + `<VersioningConfiguration` + space + `><Status>Enabled</Status></VersioningConfiguration>`,
		"object-lock": head + `<ObjectLockConfiguration` + space + `><ObjectLockEnabled>Enabled</ObjectLockEnabled>` +
			`<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>2</Years></DefaultRetention></Rule>` +
			`</ObjectLockConfiguration>`,
		"policy": `{"Version":"2023-04-17","Statement":[` +
			`{"Sid":"team","Effect":"Allow","Principal":{"SCW":"user_id:x"},"Action":"*","Resource":"trail"},` +
			`{"Sid":"web","Effect":"Allow","Principal":{"SCW":["user_id:x","*"]},"Action":"*","Resource":"trail"},` +
			`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"trail"},` +
			`{"Effect":"Allow","NotPrincipal":{"SCW":"user_id:x"},"Action":"*","Resource":"trail"},` +
			`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"trail"}]}`,
		"acl": head + `<AccessControlPolicy` + space + `><Owner><ID>p</ID></Owner><AccessControlList>` +
			`<Grant><Grantee><ID>p</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>` +
			grant("http://acs.amazonaws.com/groups/global/AllUsers", "READ") +
			grant("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", "WRITE") +
			grant("http://acs.amazonaws.com/groups/s3/LogDelivery", "WRITE") +
			`</AccessControlList></AccessControlPolicy>`,
		"lifecycle": head + `<LifecycleConfiguration` + space + `><Rule><ID>cold</ID><Status>Enabled</Status>` +
			`<Filter><Prefix></Prefix></Filter><Transition><Days>30</Days><StorageClass>GLACIER</StorageClass>` +
			`</Transition><NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays>` +
			`</NoncurrentVersionExpiration></Rule><Rule><ID>old</ID><Status>Disabled</Status>` +
			`<Expiration><Days>365</Days></Expiration></Rule></LifecycleConfiguration>`,
	}
}

// askedSetting returns the setting that a request asks for.
func askedSetting(r *http.Request) string {
	for name := range r.URL.Query() {
		return name
	}
	return ""
}

// writeStorageError writes an error response of Object Storage.
func writeStorageError(w http.ResponseWriter, status int, code string) {
	writeBody(w, status, "application/xml", "<Error><Code>"+code+"</Code><Message>text</Message></Error>")
}

func TestBucketSettings(t *testing.T) {
	t.Parallel()
	documents := bucketDocuments()
	c, fake := newStorageClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		writeBody(w, 200, "application/xml", documents[askedSetting(r)])
	})
	got, err := c.Bucket(t.Context(), testRegion, "", "trail")
	if err != nil {
		t.Fatal(err)
	}
	want := &Bucket{
		Name: "trail", Region: BucketSetting[scw.Region]{Value: "fr-par"}, Versioned: BucketSetting[bool]{Value: true},
		ObjectLock: BucketSetting[ObjectLock]{Value: ObjectLock{Enabled: true, Mode: "COMPLIANCE", Days: 730}},
		Policy: BucketSetting[BucketPolicy]{Value: BucketPolicy{
			Exists: true, PublicStatements: []string{"web", "number 3", "number 4"},
		}},
		PublicGrants: BucketSetting[[]string]{Value: []string{"READ to AllUsers", "WRITE to AuthenticatedUsers"}},
		Lifecycle: BucketSetting[[]LifecycleRule]{Value: []LifecycleRule{
			{ID: "cold", Enabled: true, ExpiresNoncurrent: true, StorageClasses: []string{"GLACIER"}},
			{ID: "old", Expires: true},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, r := range fake.allRequests() {
		authorization := r.header.Get("Authorization")
		if r.path != "/trail" || !strings.Contains(authorization, "Credential="+testAccessKey+"@"+testProject+"/") ||
			!strings.Contains(authorization, "/fr-par/s3/aws4_request") ||
			!strings.Contains(r.header.Get("User-Agent"), "terraform-provider-srm/test") ||
			strings.Contains(fmt.Sprint(r), testSecretKey) {
			t.Errorf("request: %+v", r)
		}
	}
}

// TestBucketWithoutSettings reads a bucket that has nothing but a location.
func TestBucketWithoutSettings(t *testing.T) {
	t.Parallel()
	c, _ := newStorageClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		switch askedSetting(r) {
		case "location":
			writeBody(w, 200, "application/xml", "<LocationConstraint/>")
		case "versioning":
			writeBody(w, 200, "application/xml", "<VersioningConfiguration/>")
		case "object-lock":
			writeStorageError(w, 404, "ObjectLockConfigurationNotFoundError")
		case "policy":
			writeStorageError(w, 404, "NoSuchBucketPolicy")
		case "lifecycle":
			writeStorageError(w, 404, "NoSuchLifecycleConfiguration")
		default:
			writeBody(w, 200, "application/xml", "<AccessControlPolicy/>")
		}
	})
	got, err := c.Bucket(t.Context(), testRegion, "", "trail")
	if err != nil {
		t.Fatal(err)
	}
	want := &Bucket{
		Name: "trail", Region: BucketSetting[scw.Region]{Value: "fr-par"},
		PublicGrants: BucketSetting[[]string]{Value: []string{}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestForbiddenBucketSetting checks that a setting without permission leaves the others readable, and that a bucket of
// which nothing is readable is forbidden.
func TestForbiddenBucketSetting(t *testing.T) {
	t.Parallel()
	documents := bucketDocuments()
	for name := range documents {
		c, _ := newStorageClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if askedSetting(r) == name {
				writeStorageError(w, 403, "AccessDenied")
				return
			}
			writeBody(w, 200, "application/xml", documents[askedSetting(r)])
		})
		got, err := c.Bucket(t.Context(), testRegion, "", "trail")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		failed := map[string]error{}
		for setting, err := range map[string]error{
			"location": got.Region.Err, "versioning": got.Versioned.Err, "object-lock": got.ObjectLock.Err,
			"policy": got.Policy.Err, "acl": got.PublicGrants.Err, "lifecycle": got.Lifecycle.Err,
		} {
			if err != nil {
				failed[setting] = err
			}
		}
		if err := failed[name]; len(failed) != 1 || !IsForbidden(err) ||
			RequiredPermissionSet(err) != "ObjectStorageReadOnly in the Project" ||
			!strings.Contains(err.Error(), "bucket fr-par/trail: AccessDenied") {
			t.Errorf("%s: %v", name, failed)
		}
	}
	c, _ := newStorageClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeStorageError(w, 403, "AccessDenied")
	})
	if _, err := c.Bucket(t.Context(), testRegion, "", "trail"); !IsForbidden(err) || IsNotFound(err) {
		t.Errorf("everything forbidden: %v", err)
	}
	if _, err := c.Buckets(t.Context(), testRegion, ""); !IsForbidden(err) {
		t.Errorf("list: %v", err)
	}
}

// TestForeignStorageResponse checks that a response that does not come from Object Storage is no setting, no missing
// bucket and no missing permission.
func TestForeignStorageResponse(t *testing.T) {
	t.Parallel()
	bodies := proxyBodies()
	bodies["another document"] = [2]string{"application/xml", "<Other/>"}
	bodies["an error without a code"] = [2]string{"application/xml", "<Error><Message>x</Message></Error>"}
	bodies["a document cut short"] = [2]string{"application/xml", "<VersioningConfiguration><Status>Ena"}
	for _, status := range []int{200, 401, 403, 404, 410, 503} {
		for name, body := range bodies {
			t.Run(fmt.Sprintf("%d %s", status, name), func(t *testing.T) {
				t.Parallel()
				c, _ := newStorageClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
					writeBody(w, status, body[0], body[1])
				})
				bucket, err := c.Bucket(t.Context(), testRegion, "", "trail")
				if err == nil || IsForbidden(err) || IsNotFound(err) || bucket != nil {
					t.Errorf("bucket %+v, error %v", bucket, err)
				}
				if names, err := c.Buckets(t.Context(), testRegion, ""); err == nil || IsForbidden(err) {
					t.Errorf("buckets %v, error %v", names, err)
				}
				for setting, read := range settingReaders() {
					if err := read(t.Context(), c); err == nil || IsForbidden(err) || IsNotFound(err) {
						t.Errorf("%s: %v", setting, err)
					}
				}
			})
		}
	}
}

// settingReaders returns the readers of the settings, which return their error alone.
func settingReaders() map[string]func(context.Context, *Client) error {
	at := bucketRequest{region: testRegion, bucket: "trail"}
	return map[string]func(context.Context, *Client) error{
		"versioning": func(ctx context.Context, c *Client) error {
			return readSetting(ctx, c, at, "versioning", parseVersioning).Err
		},
		"object-lock": func(ctx context.Context, c *Client) error {
			return readSetting(ctx, c, at, "object-lock", parseObjectLock).Err
		},
		"policy": func(ctx context.Context, c *Client) error {
			return readSetting(ctx, c, at, "policy", parseBucketPolicy).Err
		},
		"acl": func(ctx context.Context, c *Client) error {
			return readSetting(ctx, c, at, "acl", parsePublicGrants).Err
		},
		"lifecycle": func(ctx context.Context, c *Client) error {
			return readSetting(ctx, c, at, "lifecycle", parseLifecycle).Err
		},
	}
}

// TestBucketRetries checks that temporary failures are retried, and that the error after all attempts says so.
func TestBucketRetries(t *testing.T) {
	t.Parallel()
	documents := bucketDocuments()
	failures := map[string]func(http.ResponseWriter){
		"SlowDown":      func(w http.ResponseWriter) { writeStorageError(w, 503, "SlowDown") },
		"InternalError": func(w http.ResponseWriter) { writeStorageError(w, 500, "InternalError") },
		"429":           func(w http.ResponseWriter) { writeStorageError(w, 429, "TooManyRequests") },
		"502 page":      proxyPage(502), "200 page": proxyPage(200), "reset": resetConnection, "hang up": hangUp,
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := newStorageClient(t, func(w http.ResponseWriter, r *http.Request, number int) {
				if number < maxAttempts {
					fail(w)
					return
				}
				writeBody(w, 200, "application/xml", documents[askedSetting(r)])
			})
			if bucket, err := c.Bucket(t.Context(), testRegion, "", "trail"); err != nil || !bucket.Versioned.Value {
				t.Errorf("%+v, %v", bucket, err)
			}
			c, fake := newStorageClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { fail(w) })
			_, err := c.Bucket(t.Context(), testRegion, "", "trail")
			if err == nil || !isTemporary(err) || len(fake.allRequests()) != maxAttempts ||
				strings.Contains(err.Error(), testSecretKey) {
				t.Errorf("%v after %d requests", err, len(fake.allRequests()))
			}
		})
	}
}

// TestBucketInAnotherRegion finds a bucket where the endpoint of the expected region does not know it.
func TestBucketInAnotherRegion(t *testing.T) {
	t.Parallel()
	documents := bucketDocuments()
	for code, status := range map[string]int{
		"NoSuchBucket": 404, "PermanentRedirect": 301, "AuthorizationHeaderMalformed": 400,
	} {
		c, fake := newFakeClient(t, nil)
		// One server for all regions: the placeholder is in the path.
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !strings.HasPrefix(r.URL.Path, "/pl-waw/"):
				writeStorageError(w, status, code)
			case askedSetting(r) == "location":
				writeBody(w, 200, "application/xml", "<LocationConstraint>pl-waw</LocationConstraint>")
			default:
				writeBody(w, 200, "application/xml", documents[askedSetting(r)])
			}
		}))
		t.Cleanup(server.Close)
		c.config.ObjectStorageURL = server.URL + "/{region}"
		bucket, err := c.Bucket(t.Context(), testRegion, "", "trail")
		if err != nil || bucket.Region.Value != "pl-waw" || !bucket.Versioned.Value || len(fake.allRequests()) != 0 {
			t.Errorf("%s: %+v, %v", code, bucket, err)
		}
		c.config.ObjectStorageURL = server.URL
		if _, err := c.Bucket(t.Context(), testRegion, "", "trail"); err == nil ||
			IsNotFound(err) != (code == "NoSuchBucket") {
			t.Errorf("%s in no region: %v", code, err)
		}
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	c, fake := newStorageClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		next := "<ContinuationToken>a b</ContinuationToken>"
		if r.URL.Query().Get("continuation-token") == "a b" {
			next = ""
		}
		writeBody(w, 200, "application/xml", `<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+
			`<Owner><ID>p</ID></Owner><Buckets><Bucket><Name>one</Name></Bucket><Bucket><Name>two</Name></Bucket>`+
			`</Buckets>`+next+`</ListAllMyBucketsResult>`)
	})
	names, err := c.Buckets(t.Context(), testRegion, testID)
	if err != nil || strings.Join(names, " ") != "one two one two" || len(fake.allRequests()) != 2 ||
		!strings.Contains(fake.allRequests()[0].header.Get("Authorization"), "@"+testID+"/") {
		t.Errorf("%v, %v", names, err)
	}
}

// TestNoObjectStorage checks that a key of another API is never used at Scaleway's Object Storage.
func TestNoObjectStorage(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, nil)
	_, err := c.Bucket(t.Context(), testRegion, "", "trail")
	var apiErr *APIError
	if !errors.As(err, &apiErr) || !strings.Contains(apiErr.Message, "object_storage_url is not set") ||
		!strings.Contains(apiErr.Hint, "SRM_OBJECT_STORAGE_URL") || IsForbidden(err) || IsNotFound(err) {
		t.Errorf("%v", err)
	}
	if found := (Config{}).withDefaults().ObjectStorageURL; found != "https://s3.{region}.scw.cloud" {
		t.Errorf("default: %s", found)
	}
}

func TestBucketInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	c, _ := newStorageClient(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	if _, err := c.Bucket(ctx, testRegion, "", "trail"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
