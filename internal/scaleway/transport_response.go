package scaleway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
)

// classifyResponse classifies a response: whether it comes from the API or from something in front of it, and whether
// it is complete.
func classifyResponse(response *http.Response, body []byte) outcome {
	status, kind := response.StatusCode, mediaType(response)
	validJSON := json.Valid(body)
	switch {
	case status == http.StatusTooManyRequests:
		maskInvalidJSON(response, kind, validJSON)
		return outcome{response: response, kind: notExecuted}
	case status >= 200 && status <= 299:
		switch {
		case len(body) == 0 && status != http.StatusNoContent && response.Request != nil &&
			response.Request.Method != http.MethodDelete:
			return outcome{
				response: response, err: &transportError{err: io.ErrUnexpectedEOF, sent: true}, kind: maybeExecuted,
			}
		case len(body) == 0:
			return outcome{response: response, kind: final}
		case isHTML(kind, body):
			return outcome{response: response, err: newProxyResponseError(response, kind), kind: maybeExecuted}
		case kind == "application/json" && !validJSON:
			return outcome{
				response: response, err: &transportError{err: io.ErrUnexpectedEOF, sent: true}, kind: maybeExecuted,
			}
		case !validJSON:
			return outcome{response: response, err: newProxyResponseError(response, kind), kind: maybeExecuted}
		case !hasExpectedFields(response.Request, body):
			answer := newProxyResponseError(response, kind)
			answer.lacksObject = true
			return outcome{response: response, err: answer, kind: maybeExecuted}
		}
		return outcome{response: response, kind: final}
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		// A typed error, such as out_of_stock, is the API's final response even with this status.
		if kind == "application/json" && validJSON && hasAPIErrorType(body) {
			return outcome{response: response, kind: final}
		}
		if isAPIError(response, kind, body) {
			return outcome{response: response, err: newUnavailableError(status, body), kind: maybeExecuted}
		}
		return outcome{response: response, err: newProxyResponseError(response, kind), kind: maybeExecuted}
	case status >= http.StatusBadRequest && !isAPIError(response, kind, body):
		return outcome{response: response, err: newProxyResponseError(response, kind), kind: proxyError}
	default:
		maskInvalidJSON(response, kind, validJSON)
		return outcome{response: response, kind: final}
	}
}

// hasExpectedFields reports whether a response of the API has the field that every response to such a request has: the
// id of an object of Kubernetes, or the list. Without this check, the JSON of another service would be read as an
// object without fields, or as an empty list.
func hasExpectedFields(request *http.Request, body []byte) bool {
	if request == nil || request.Method != http.MethodGet {
		return true
	}
	parts := strings.Split(request.URL.Path, "/") // …, product, version, "zones", zone, …
	i := slices.IndexFunc(parts, func(part string) bool { return part == "zones" || part == "regions" })
	if i < 2 || len(parts) < i+3 {
		return true
	}
	product, path := parts[i-2], parts[i+2:]
	key := listFields()[product+" "+path[len(path)-1]]
	if product == "k8s" && len(path) == 2 && slices.Contains([]string{"clusters", "pools", "nodes"}, path[0]) {
		key = "id"
	}
	var answer map[string]json.RawMessage
	return key == "" || json.Unmarshal(body, &answer) == nil && answer[key] != nil
}

// listFields returns the fields that hold the lists of the API, by product and the end of the path.
func listFields() map[string]string {
	return map[string]string{
		"k8s clusters": "clusters", "k8s pools": "pools", "k8s nodes": "nodes", "k8s acls": "rules",
		"k8s versions": "versions", "lb lbs": "lbs", "lb frontends": "frontends", "lb backends": "backends",
		"lb certificates": "certificates", "lb acls": "acls", "lb private-networks": "private_network",
		"block volumes": "volumes", "block snapshots": "snapshots", "instance servers": "servers",
		"instance volumes": "volumes", "vpc-gw gateways": "gateways", "rdb instances": "instances",
		"rdb acls": "rules", "registry namespaces": "namespaces", "cockpit data-sources": "data_sources",
		"functions namespaces": "namespaces", "containers namespaces": "namespaces",
		"audit-trail export-jobs": "export_jobs",
	}
}

// isAPIError reports whether the body of an error response comes from the API. In the recordings, the error of every
// product is a JSON object with the fields type and message. An error about a missing object also has resource and
// resource_id. The Load Balancer API is an exception: its errors can have message alone, such as "lbs not Found". The
// provider concludes from a 401, 403, 404 or 410 that an object or a permission is missing, so for these statuses
// isAPIError otherwise requires a type that the API uses. For other statuses a message is enough.
func isAPIError(response *http.Response, kind string, body []byte) bool {
	var answer struct {
		Type       string `json:"type"`
		Message    string `json:"message"`
		Resource   string `json:"resource"`
		ResourceID string `json:"resource_id"`
	}
	if kind != "application/json" || json.Unmarshal(body, &answer) != nil {
		return false
	}
	switch response.StatusCode {
	case http.StatusProxyAuthRequired, http.StatusNetworkAuthenticationRequired:
		return false // by definition sent by a proxy or a captive portal
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
	default:
		return answer.Message != "" || hasAPIErrorType(body)
	}
	switch answer.Type {
	case "not_found", "resource_expired":
		return answer.Resource != "" || answer.ResourceID != ""
	case "unknown_resource", "invalid_request_error", "invalid_auth", "authorization_required":
		return true // types of the Instance API
	case "":
		isLoadBalancerAPI := response.Request != nil && strings.Contains(response.Request.URL.Path, "/lb/v1/")
		return isLoadBalancerAPI && strings.HasSuffix(answer.Message, " not Found")
	default:
		return hasAPIErrorType(body)
	}
}

// maskInvalidJSON changes the content type of a response that claims to be JSON and is not. The SDK then reports its
// status and does not fail to parse it.
func maskInvalidJSON(response *http.Response, kind string, validJSON bool) {
	if kind == "application/json" && !validJSON {
		response.Header.Set("Content-Type", "text/plain")
	}
}

// mediaType returns the media type of a response, or "".
func mediaType(response *http.Response) string {
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// isHTML reports whether a body is a web page.
func isHTML(kind string, body []byte) bool {
	return kind == "text/html" || kind == "application/xhtml+xml" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// hasAPIErrorType reports whether an error body has one of the types of the API's standard errors.
func hasAPIErrorType(body []byte) bool {
	var answer struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return false
	}
	switch answer.Type {
	case "invalid_arguments", "quotas_exceeded", "transient_state", "not_found", "locked", "permissions_denied",
		"out_of_stock", "resource_expired", "denied_authentication", "precondition_failed":
		return true
	}
	return false
}

// proxyResponseError is a response that does not come from the API, such as a web page of a proxy or a gateway, or the
// JSON of another service. The error does not contain its body.
type proxyResponseError struct {
	status int
	// kind is the media type, or "". host is the host of the request.
	kind, host string
	// lacksObject is set if the response is JSON without the requested object or list, lacksSetting if it is not the
	// document of the requested setting of a bucket.
	lacksObject, lacksSetting bool
}

func newProxyResponseError(response *http.Response, kind string) *proxyResponseError {
	answer := &proxyResponseError{status: response.StatusCode, kind: kind}
	if response.Request != nil {
		answer.host = response.Request.URL.Host
	}
	return answer
}

func (e *proxyResponseError) Error() string {
	what := fmt.Sprintf("HTTP %d %s", e.status, http.StatusText(e.status))
	if e.status >= 200 && e.status <= 299 {
		what = "with a web page instead of data (" + what + ")"
	}
	if e.lacksObject {
		what = fmt.Sprintf(
			"with JSON that lacks the requested object (HTTP %d %s)", e.status, http.StatusText(e.status),
		)
	}
	if e.lacksSetting {
		what = fmt.Sprintf("without the requested setting (HTTP %d %s)", e.status, http.StatusText(e.status))
	}
	kind := e.kind
	if kind == "" {
		kind = "none"
	}
	text := "something in front of the API answered " + strings.TrimSpace(what) + ", content type " + kind
	if e.host != "" {
		text += ", at " + e.host
	}
	return text
}

// unavailableError is a 502, 503 or 504 with an error from the API, or a 429.
type unavailableError struct {
	status  int
	message string
}

func newUnavailableError(status int, body []byte) *unavailableError {
	return &unavailableError{status: status, message: bodyMessage(body, "")}
}

func (e *unavailableError) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("the API answered HTTP %d %s", e.status, http.StatusText(e.status)))
	if e.message != "" {
		text += ": " + e.message
	}
	return text
}

// transportError is a request without a complete response. sent is set if the request may have reached the API.
type transportError struct {
	err  error
	sent bool
}

func (e *transportError) Error() string {
	var dnsErr *net.DNSError
	var netErr net.Error
	switch {
	case errors.As(e.err, &dnsErr):
		return "the API cannot be reached: the name " + dnsErr.Name + " does not resolve"
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return "the API cannot be reached: the connection was refused"
	case errors.Is(e.err, io.ErrUnexpectedEOF):
		return "the API's answer was cut short"
	case errors.Is(e.err, io.EOF), errors.Is(e.err, syscall.ECONNRESET), errors.Is(e.err, syscall.EPIPE):
		return "the connection broke before the API answered"
	case errors.As(e.err, &netErr) && netErr.Timeout():
		return "the API did not answer in time"
	case e.sent:
		return "the connection broke before the API answered: " + e.err.Error()
	default:
		return "the API cannot be reached: " + e.err.Error()
	}
}

// ambiguousWriteError is a write that was sent and got no response from the API.
type ambiguousWriteError struct{ cause error }

func (e *ambiguousWriteError) Error() string { return e.cause.Error() }

func (e *ambiguousWriteError) Unwrap() error { return e.cause }
