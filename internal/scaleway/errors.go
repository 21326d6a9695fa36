package scaleway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ErrNotFound matches, with errors.Is, every error in which the API reports that an object does not exist (HTTP 404 or
// 410).
var ErrNotFound = errors.New("not found")

// APIError is an error response from the API or from something in front of it, or a request without a response.
type APIError struct {
	// Op is the verb of the operation, as in "create" or "set the allow-list of".
	Op string
	// Kind and ID name the object; ID is a UUID, a name, or "".
	Kind, ID string
	// Region is the region of the object, the zone of a zonal object, or "".
	Region string
	// Status is the HTTP status, or 0 if there was no response.
	Status int
	// FromProxy is set if something in front of the API sent the response, such as a proxy. Status then carries no
	// information about the object or a permission.
	FromProxy bool
	// Host is the host name of the API, and its port if it is not the usual one.
	Host string
	// RequestID is the API's id of the request, for support tickets, or "".
	RequestID string
	// Message is the text of the API, with the names of invalid arguments and the reasons.
	Message string
	// Hint is the next step as a full sentence, or "".
	Hint string
	// Err is the error from the SDK or from the context.
	Err error

	method        string
	permissionSet string
	reported      *reportedCauses
}

// Error returns the whole error except Hint, which the code that renders the error adds.
func (e *APIError) Error() string {
	text := fmt.Sprintf("unable to %s %s %s: %s", e.Op, e.Kind, formatID(e.Region, e.ID), e.Message)
	var facts []string
	if e.Status != 0 && !e.FromProxy && !isA[*unavailableError](e.Err) { // the messages of these contain the status
		facts = append(facts, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.RequestID != "" {
		facts = append(facts, "request "+e.RequestID)
	}
	if len(facts) > 0 {
		text += " (" + strings.Join(facts, ", ") + ")"
	}
	return text
}

// Unwrap returns the SDK's error.
func (e *APIError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrNotFound) true for a 404 or 410 in which the API reports that the object does not exist.
func (e *APIError) Is(target error) bool {
	if target != ErrNotFound || e.FromProxy || e.Status != http.StatusNotFound && e.Status != http.StatusGone {
		return false
	}
	if answer, ok := errors.AsType[*objectStorageError](e.Err); ok {
		return answer.code == "NoSuchBucket"
	}
	answer, ok := errors.AsType[*scw.ResponseError](e.Err)
	return ok && (answer.Type == "" || answer.Type == "not_found" || answer.Type == "resource_expired") ||
		isA[*scw.ResourceNotFoundError](e.Err) || isA[*scw.ResourceExpiredError](e.Err)
}

// UnknownOutcomeError reports that a write was sent and its response was lost, so that the API may have carried it out.
type UnknownOutcomeError struct {
	// Op, Kind, ID and Region are those of APIError.
	Op, Kind, ID, Region string
	// Message is the reason why the response was lost.
	Message string
	// Err is the cause: a broken connection, the context's error, or a response that does not come from the API.
	Err error
}

// Error describes the operation and the reason why its response was lost.
func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf(
		"the answer to the request to %s %s %s was lost, so the API may or may not have carried it out: %s", e.Op,
		e.Kind,
		formatID(e.Region, e.ID), e.Message,
	)
}

// Unwrap returns the cause.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// IsNotFound reports whether the API reports that the object does not exist.
func IsNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// IsForbidden reports whether the API rejected the API key (401) or a permission is missing (403). An exceeded quota,
// which is also a 403, does not count.
func IsForbidden(err error) bool {
	return hasStatus(err, http.StatusUnauthorized, http.StatusForbidden) && !isA[*scw.QuotasExceededError](err)
}

// IsUnauthorized reports whether the API rejected the API key (401).
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsConflict reports whether the state of the object prevents the request: a transient state, a lock, a precondition.
func IsConflict(err error) bool {
	return hasStatus(err, http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked) || IsTransient(err) ||
		isA[*scw.PreconditionFailedError](err) || isA[*scw.ResourceLockedError](err)
}

// IsTransient reports whether the API rejected the request because the object is in a state that ends by itself.
func IsTransient(err error) bool { return isA[*scw.TransientStateError](err) }

// isTemporary reports whether a retry may succeed: there was no response, something in front of the API answered, there
// were too many requests, the server failed, or the object is in a transient state. An error from the API about an
// object, a permission or an argument does not count.
func isTemporary(err error) bool {
	if IsUnknownOutcome(err) || IsTransient(err) {
		return true
	}
	var answer *APIError
	if !errors.As(err, &answer) {
		return false
	}
	switch {
	case isA[*scw.OutOfStockError](err):
		return false
	case answer.FromProxy,
		isA[*transportError](err),
		answer.Status == http.StatusTooManyRequests,
		answer.Status >= http.StatusInternalServerError:
		return true
	default: // a captive portal redirects, the API does not
		return answer.Status >= http.StatusMultipleChoices && answer.Status < http.StatusBadRequest ||
			errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	}
}

// canResend reports whether a failed request may be sent again: any request but a POST, or a POST that was not carried
// out.
func (e *APIError) canResend() bool {
	connErr, ok := errors.AsType[*transportError](e.Err)
	return e.method != http.MethodPost || e.Status == http.StatusTooManyRequests || ok && !connErr.sent || e.FromProxy
}

// IsUnknownOutcome reports whether the API may or may not have carried out a write.
func IsUnknownOutcome(err error) bool { return isA[*UnknownOutcomeError](err) }

// isA reports whether err is or wraps an error of type E.
func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// hasStatus reports whether the API, and nothing in front of it, answered with one of the statuses.
func hasStatus(err error, statuses ...int) bool {
	var answer *APIError
	if !errors.As(err, &answer) || answer.FromProxy {
		return false
	}
	for _, status := range statuses {
		if answer.Status == status {
			return true
		}
	}
	return false
}

// wrapError converts an error from the SDK into the typed error of the call; nil stays nil.
func (c *call) wrapError(err error) error {
	if err == nil {
		return nil
	}
	var lost *ambiguousWriteError
	if errors.As(err, &lost) {
		_, message, _ := describeSDKError(lost.cause)
		return &UnknownOutcomeError{
			Op: c.op, Kind: c.kind, ID: c.id, Region: c.locality, Message: message, Err: lost.cause,
		}
	}
	apiErr := &APIError{
		Op: c.op, Kind: c.kind, ID: c.id, Region: c.locality, RequestID: c.requestID, Err: err, method: c.method,
		Host:          c.host,
		permissionSet: c.requiredPermissionSet(), reported: c.reported,
	}
	apiErr.Status, apiErr.Message, apiErr.Hint = describeSDKError(err)
	apiErr.FromProxy = isA[*proxyResponseError](err)
	if set := c.requiredPermissionSet(); set != "" && isA[*scw.PermissionsDeniedError](err) {
		apiErr.Message += "; the request requires at least the permission set " + set
		apiErr.Hint = "Give the owner of the API key an IAM policy with the permission set " + set + ", then try again."
	}
	if c.permissionSet == objectStoragePermissions {
		apiErr.Hint = strings.ReplaceAll(
			apiErr.Hint, "api_url (SCW_API_URL)", "object_storage_url (SRM_OBJECT_STORAGE_URL)",
		)
	}
	// The SDK's typed errors do not contain the status of the response.
	if apiErr.Status != 0 && c.status >= http.StatusMultipleChoices {
		apiErr.Status = c.status
	}
	return apiErr
}

// formatID returns the id of an object with its region or zone. Without an id it returns "in " and the region.
func formatID(locality, id string) string {
	switch {
	case id == "":
		if locality == "" {
			return ""
		}
		return "in " + locality
	case locality == "":
		return id
	default:
		return locality + "/" + id
	}
}
