package scaleway

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// regionPlaceholder is the place of the region in the address of Object Storage.
const regionPlaceholder = "{region}"

// defaultObjectStorageURL is the address of Object Storage: it has no JSON API, only S3.
const defaultObjectStorageURL = "https://s3." + regionPlaceholder + ".scw.cloud"

// objectStoragePermissions allows all reads of this package. ObjectStorageBucketsRead lacks the bucket policy and the
// object lock.
const objectStoragePermissions = "ObjectStorageReadOnly in the Project"

// objectStorageURLProblem checks the address of Object Storage. Like apiURLProblem it does not include the value.
func objectStorageURLProblem(value string) string {
	return apiURLProblem(strings.ReplaceAll(value, regionPlaceholder, string(defaultRegion)))
}

// objectStorageError is an error response of Object Storage.
type objectStorageError struct {
	status        int
	code, message string
}

func (e *objectStorageError) Error() string {
	return strings.TrimSuffix(e.code+": "+e.message, ": ")
}

// MissingSettingError reports that a request needs a setting that is not set.
type MissingSettingError struct {
	// Setting names the setting in the provider block and in the environment.
	Setting string
	message string
}

func (e *MissingSettingError) Error() string { return e.message }

// errNoObjectStorage reports that the address of Object Storage is not known: the default one belongs to the default
// api_url, and a key of another API must not be used there.
var errNoObjectStorage = &MissingSettingError{
	Setting: "object_storage_url (SRM_OBJECT_STORAGE_URL)",
	message: "object_storage_url is not set, and api_url is not " + defaultAPIURL,
}

// bucketRequest is a GET of a bucket, or of the list of buckets if there is no bucket.
type bucketRequest struct {
	region    scw.Region
	projectID string
	bucket    string
	// setting is the name of a setting in the query, such as "versioning".
	setting string
	query   url.Values
}

// getObjectStorage sends a request and returns the body of the response.
func (c *Client) getObjectStorage(ctx context.Context, r bucketRequest) ([]byte, error) {
	if c.config.ObjectStorageURL == "" {
		return nil, errNoObjectStorage
	}
	query := url.Values{}
	for name, values := range r.query {
		query[name] = values
	}
	if r.setting != "" {
		query.Set(r.setting, "")
	}
	address := c.ObjectStorageURL(r.region) + "/" + url.PathEscape(r.bucket)
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", c.userAgent)
	if err := c.sign(ctx, request, r); err != nil {
		return nil, err
	}
	response, err := c.objectStorage.Do(request)
	if err != nil {
		// The client's *url.Error would repeat the address in the text.
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		answer := &objectStorageError{status: response.StatusCode, code: http.StatusText(response.StatusCode)}
		if code, message, ok := parseObjectStorageError(body); ok {
			answer.code, answer.message = code, message
		}
		return nil, answer
	}
	return body, nil
}

// sign signs a request with the API key. A key sees the buckets of its default Project; with the id of a Project behind
// the access key it sees those of that Project, as the official provider does
// (github.com/scaleway/terraform-provider-scaleway, accessKeyWithProjectID).
func (c *Client) sign(ctx context.Context, request *http.Request, r bucketRequest) error {
	accessKey := c.config.AccessKey
	if projectID := cmp.Or(r.projectID, c.config.ProjectID); projectID != "" {
		accessKey += "@" + projectID
	}
	empty := sha256.Sum256(nil)
	hash := hex.EncodeToString(empty[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	key := aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: c.config.SecretKey}
	return signer.SignHTTP(ctx, key, request, hash, "s3", string(r.region), c.now())
}

// classifyObjectStorage classifies a response as classifyResponse does for the API: the error responses of S3 are XML
// with a code, and each setting has its own document. Without this check, a web page would be read as a setting that is
// not set.
func classifyObjectStorage(response *http.Response, body []byte) outcome {
	status, kind := response.StatusCode, mediaType(response)
	_, message, isError := parseObjectStorageError(body)
	switch {
	case status == http.StatusTooManyRequests:
		return outcome{response: response, err: &unavailableError{status: status, message: message}, kind: notExecuted}
	case status >= 200 && status <= 299:
		if len(body) == 0 {
			return outcome{
				response: response, err: &transportError{err: io.ErrUnexpectedEOF, sent: true}, kind: maybeExecuted,
			}
		}
		if !isExpectedSetting(response.Request, body) {
			answer := newProxyResponseError(response, kind)
			answer.lacksSetting = !isHTML(kind, nil)
			return outcome{response: response, err: answer, kind: maybeExecuted}
		}
	case status >= http.StatusInternalServerError && status != http.StatusNotImplemented:
		if isError {
			return outcome{
				response: response, err: &unavailableError{status: status, message: message}, kind: maybeExecuted,
			}
		}
		return outcome{response: response, err: newProxyResponseError(response, kind), kind: maybeExecuted}
	case !isError:
		return outcome{response: response, err: newProxyResponseError(response, kind), kind: proxyError}
	}
	return outcome{response: response, kind: final}
}

// parseObjectStorageError parses an error response. ok is false if the body is none.
func parseObjectStorageError(body []byte) (code, message string, ok bool) {
	var answer struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
		Message string   `xml:"Message"`
	}
	if xml.Unmarshal(body, &answer) != nil || answer.Code == "" {
		return "", "", false
	}
	return answer.Code, answer.Message, true
}

// isExpectedSetting reports whether a body is the document of the setting that a request asked for.
func isExpectedSetting(request *http.Request, body []byte) bool {
	if request == nil {
		return true
	}
	expected, query := "ListAllMyBucketsResult", request.URL.Query()
	for setting, root := range map[string]string{
		"location": "LocationConstraint", "versioning": "VersioningConfiguration",
		"object-lock": "ObjectLockConfiguration", "acl": "AccessControlPolicy", "lifecycle": "LifecycleConfiguration",
	} {
		if query.Has(setting) {
			expected = root
		}
	}
	if query.Has("policy") {
		var policy struct{ Statement json.RawMessage }
		return json.Unmarshal(body, &policy) == nil && policy.Statement != nil
	}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	root := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return root == expected
		}
		if err != nil {
			return false // not XML, or cut short
		}
		if start, ok := token.(xml.StartElement); ok && root == "" {
			root = start.Name.Local
		}
	}
}

// describe returns the message and the next step of an error response.
func (e *objectStorageError) describe() (message, hint string) {
	switch {
	case e.status == http.StatusForbidden && e.code == "AccessDenied":
		return fmt.Sprintf("%s; the request requires at least the permission set %s", e, objectStoragePermissions),
			"Give the owner of the API key an IAM policy with the permission set " + objectStoragePermissions +
				" of the bucket. If the bucket has a policy, it must allow the owner of the key, too."
	case e.status == http.StatusForbidden, e.status == http.StatusUnauthorized:
		return e.Error(), statusHint(http.StatusUnauthorized)
	case e.code == "NoSuchBucket":
		return e.Error(), "Check the name of the bucket, its region and its Project."
	}
	return e.Error(), statusHint(e.status)
}
