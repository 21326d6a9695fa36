package objectstorage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// proxy forwards requests to versitygw, which checks the signature and that the bucket exists. It corrects an object
// lock without a default rule, for which versitygw has an empty rule, and the group of everybody in an access control
// list, for which versitygw has an id and not the URI of S3. It answers itself what versitygw refuses, but Scaleway's
// Object Storage has:
//
//   - the default encryption of a bucket. Without one, Scaleway returns an empty configuration, not an error
//     (github.com/gkrost/scaleway-ops-mcp-server, docs/gotchas.md);
//   - lifecycle rules, which are returned as sent, and not applied;
//   - access keys with the id of a Project behind them, which select the buckets of that Project
//     (github.com/scaleway/terraform-provider-scaleway, accessKeyWithProjectID). [INFERRED]: a bucket of another
//     Project is forbidden;
//   - bucket policies of version 2023-04-17, whose principals and resources have Scaleway's syntax
//     (scaleway.com/en/docs/object-storage/api-cli/bucket-policy). They are returned as sent, and not enforced.
type proxy struct {
	gateway httputil.ReverseProxy

	mu         sync.Mutex
	encryption map[string][]byte // by bucket
	lifecycle  map[string][]byte
	policy     map[string][]byte
	project    map[string]string // the Project of a bucket that is not in the default one
	region     map[string]string // the region of a bucket that is not in Region
	forbidden  map[string]bool   // by bucket
	intercept  func(http.ResponseWriter, *http.Request) bool
	requests   []string
}

// policyVersion is the version of bucket policies with Scaleway's principals.
const policyVersion = "2023-04-17"

// emptyEncryption is the encryption of a bucket without one.
const emptyEncryption = `<?xml version="1.0" encoding="UTF-8"?>
<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></ServerSideEncryptionConfiguration>`

// bodyKey is the key of a request's body in its context.
type bodyKey struct{}

func newProxy(transport http.RoundTripper) *proxy {
	p := &proxy{
		encryption: map[string][]byte{}, lifecycle: map[string][]byte{}, policy: map[string][]byte{},
		project: map[string]string{}, region: map[string]string{}, forbidden: map[string]bool{},
	}
	p.gateway = httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "versitygw"})
			r.Out.Host = r.In.Host // which is part of the signature
		},
		ModifyResponse: p.adapt,
	}
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	projectID := takeProject(r)
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.URL.RequestURI())
	intercept := p.intercept
	owner, isForbidden := cmp.Or(p.project[bucket], sandbox.ProjectID), p.forbidden[bucket]
	if bucket != "" && r.Method == http.MethodPut && r.URL.RawQuery == "" && projectID != sandbox.ProjectID {
		p.project[bucket], owner = projectID, projectID
	}
	p.mu.Unlock()
	if intercept != nil && intercept(w, r) {
		return
	}
	if isForbidden || bucket != "" && projectID != owner {
		WriteError(w, http.StatusForbidden, "AccessDenied", "Access Denied.")
		return
	}
	if query := r.URL.Query(); r.Method == http.MethodPut &&
		(query.Has("encryption") || query.Has("policy") || query.Has("lifecycle")) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client disconnected
		}
		r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	p.gateway.ServeHTTP(w, r)
}

// takeProject removes the Project behind the access key, which is not part of the signature, and returns it. Without
// one it returns the default Project of the sandbox's key.
func takeProject(r *http.Request) string {
	const key = "Credential=" + sandbox.AccessKey + "@"
	header := r.Header.Get("Authorization")
	before, rest, found := strings.Cut(header, key)
	if !found {
		return sandbox.ProjectID
	}
	projectID, scope, _ := strings.Cut(rest, "/")
	r.Header.Set("Authorization", before+strings.TrimSuffix(key, "@")+"/"+scope)
	return projectID
}

// WriteError writes an error response of S3.
func WriteError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}

// adapt replaces the responses of versitygw that differ from those of Scaleway.
func (p *proxy) adapt(response *http.Response) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := response.Request
	bucket, query := strings.Trim(r.URL.Path, "/"), r.URL.Query()
	body, _ := r.Context().Value(bodyKey{}).([]byte)
	switch {
	case query.Has("object-lock") && r.Method == http.MethodGet && response.StatusCode == http.StatusOK:
		lock, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		replace(response, http.StatusOK, "application/xml", bytes.ReplaceAll(lock, []byte("<Rule></Rule>"), nil))
	case query.Has("acl") && r.Method == http.MethodGet && response.StatusCode == http.StatusOK:
		acl, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		replace(response, http.StatusOK, "application/xml", bytes.ReplaceAll(acl, []byte("<ID>all-users</ID>"), []byte(
			"<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>",
		)))
	case query.Has("encryption") && response.StatusCode == http.StatusNotImplemented:
		p.answerEncryption(response, bucket, body)
	case query.Has("lifecycle") && response.StatusCode == http.StatusNotImplemented:
		p.answerLifecycle(response, bucket, body)
	case query.Has("location") && response.StatusCode == http.StatusOK && p.region[bucket] != "":
		replace(response, http.StatusOK, "application/xml", []byte(
			`<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+p.region[bucket]+
				`</LocationConstraint>`,
		))
	case query.Has("policy"):
		p.answerPolicy(response, bucket, body)
	case r.Method == http.MethodDelete && r.URL.RawQuery == "" && response.StatusCode == http.StatusNoContent:
		delete(p.encryption, bucket)
		delete(p.lifecycle, bucket)
		delete(p.policy, bucket)
		delete(p.project, bucket)
		delete(p.region, bucket)
	}
	return nil
}

func (p *proxy) answerEncryption(response *http.Response, bucket string, body []byte) {
	switch response.Request.Method {
	case http.MethodPut:
		p.encryption[bucket] = body
		replace(response, http.StatusOK, "application/xml", nil)
	case http.MethodDelete:
		delete(p.encryption, bucket)
		replace(response, http.StatusNoContent, "", nil)
	default:
		found, ok := p.encryption[bucket]
		if !ok {
			found = []byte(emptyEncryption)
		}
		replace(response, http.StatusOK, "application/xml", found)
	}
}

func (p *proxy) answerLifecycle(response *http.Response, bucket string, body []byte) {
	switch response.Request.Method {
	case http.MethodPut:
		p.lifecycle[bucket] = body
		replace(response, http.StatusOK, "application/xml", nil)
	case http.MethodDelete:
		delete(p.lifecycle, bucket)
		replace(response, http.StatusNoContent, "", nil)
	default:
		if found, ok := p.lifecycle[bucket]; ok {
			replace(response, http.StatusOK, "application/xml", found)
			return
		}
		replace(response, http.StatusNotFound, "application/xml", []byte(
			`<Error><Code>NoSuchLifecycleConfiguration</Code><Message>The lifecycle configuration does not exist`+
				`</Message></Error>`,
		))
	}
}

func (p *proxy) answerPolicy(response *http.Response, bucket string, body []byte) {
	found, known := p.policy[bucket]
	done := response.StatusCode < http.StatusMultipleChoices
	switch response.Request.Method {
	case http.MethodPut:
		if response.StatusCode == http.StatusBadRequest && isScalewayPolicy(body) {
			p.policy[bucket] = body
			replace(response, http.StatusNoContent, "", nil)
		} else if done {
			delete(p.policy, bucket)
		}
	case http.MethodDelete:
		if done {
			delete(p.policy, bucket)
		}
	case http.MethodGet:
		if known && (done || response.StatusCode == http.StatusNotFound) {
			replace(response, http.StatusOK, "application/json", found)
		}
	}
}

func isScalewayPolicy(body []byte) bool {
	var policy struct{ Version string }
	return json.Unmarshal(body, &policy) == nil && policy.Version == policyVersion
}

// replace replaces a response.
func replace(response *http.Response, status int, contentType string, body []byte) {
	_ = response.Body.Close()
	response.StatusCode, response.Status = status, http.StatusText(status)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	response.Header.Set("Content-Type", contentType)
}
