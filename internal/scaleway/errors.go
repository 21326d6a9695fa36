package scaleway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ErrNotFound is what errors.Is finds in every error in which the API says that an object does not exist (HTTP 404 or
// 410).
var ErrNotFound = errors.New("not found")

// APIError is an answer of the API, or of something in front of it, that refuses a request, or a request that got no
// answer.
type APIError struct {
	// Op is the verb of what was tried, as in "create" or "set the allow-list of".
	Op string
	// Kind and ID name the object; ID is a UUID, a name, or "".
	Kind, ID string
	// Region is the region, or the zone of a zonal object, or "".
	Region string
	// Status is the HTTP status, or 0 where no answer came.
	Status int
	// Foreign says that something in front of the API answered: Status says nothing of the object or of a permission.
	Foreign bool
	// RequestID is the API's own id of the request, for a support ticket, or "".
	RequestID string
	// Message is what the API said, with the names of arguments and the reasons.
	Message string
	// Hint is the next step, a full sentence, or "".
	Hint string
	// Err is the SDK's error, or the context's.
	Err error

	method string
	causes *causes
}

// Error says all but the hint, which is for those who render the error.
func (e *APIError) Error() string {
	text := fmt.Sprintf("unable to %s %s %s: %s", e.Op, e.Kind, place(e.Region, e.ID), e.Message)
	var facts []string
	if e.Status != 0 && !e.Foreign && !isA[*unavailable](e.Err) { // their messages say it
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

// Is makes errors.Is(err, ErrNotFound) true for a 404 and a 410 in which the API says that the object does not exist.
func (e *APIError) Is(target error) bool {
	if target != ErrNotFound || e.Foreign || e.Status != http.StatusNotFound && e.Status != http.StatusGone {
		return false
	}
	answer, ok := errors.AsType[*scw.ResponseError](e.Err)
	return ok && (answer.Type == "" || answer.Type == "not_found" || answer.Type == "resource_expired") ||
		isA[*scw.ResourceNotFoundError](e.Err) || isA[*scw.ResourceExpiredError](e.Err)
}

// UnknownOutcomeError says that a write was sent and its answer was lost: it may have happened.
type UnknownOutcomeError struct {
	// Op, Kind, ID and Region are those of APIError.
	Op, Kind, ID, Region string
	// Message says how the answer was lost.
	Message string
	// Err is the cause: a broken connection, the context's error, or an answer that is not the API's.
	Err error
}

// Error says what was tried and how the answer was lost.
func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf(
		"the answer to %s %s %s was lost, so that it may or may not have happened: %s", e.Op, e.Kind, place(e.Region, e.ID),
		e.Message,
	)
}

// Unwrap returns the cause.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// IsNotFound says whether the API says that the object does not exist.
func IsNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// IsForbidden says whether the API refuses the API key (401) or misses a permission (403). A quota is no missing
// permission.
func IsForbidden(err error) bool {
	return hasStatus(err, http.StatusUnauthorized, http.StatusForbidden) && !isA[*scw.QuotasExceededError](err)
}

// IsUnauthorized says whether the API does not accept the API key at all (401).
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsConflict says whether the object's state does not allow it: a transient state, a lock, a precondition.
func IsConflict(err error) bool {
	return hasStatus(err, http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked) || IsTransient(err) ||
		isA[*scw.PreconditionFailedError](err) || isA[*scw.ResourceLockedError](err)
}

// IsTransient says whether the API refused because the object is in a state that ends by itself.
func IsTransient(err error) bool { return isA[*scw.TransientStateError](err) }

// isPassing says whether a failure may pass by itself: no answer, an answer of something in front of the API, too many
// requests, an error of the server, a transient state. What the API says of an object, a permission or an argument is
// none.
func isPassing(err error) bool {
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
	case answer.Foreign,
		isA[*transportError](err),
		answer.Status == http.StatusTooManyRequests,
		answer.Status >= http.StatusInternalServerError:
		return true
	default: // a portal redirects, the API does not
		return answer.Status >= http.StatusMultipleChoices && answer.Status < http.StatusBadRequest ||
			errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	}
}

// repeatable says whether a failed request may be sent again: any but a POST, and a POST that was not carried out.
func (e *APIError) repeatable() bool {
	unsent, ok := errors.AsType[*transportError](e.Err)
	return e.method != http.MethodPost || e.Status == http.StatusTooManyRequests || ok && !unsent.sent || e.Foreign
}

// IsUnknownOutcome says whether a write may or may not have happened.
func IsUnknownOutcome(err error) bool { return isA[*UnknownOutcomeError](err) }

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// hasStatus says whether the API answered one of some statuses.
func hasStatus(err error, statuses ...int) bool {
	var answer *APIError
	if !errors.As(err, &answer) || answer.Foreign {
		return false
	}
	for _, status := range statuses {
		if answer.Status == status {
			return true
		}
	}
	return false
}

// fail turns an error of the SDK into the call's typed error; nil stays nil.
func (c *call) fail(err error) error {
	if err == nil {
		return nil
	}
	var lost *ambiguousWriteError
	if errors.As(err, &lost) {
		_, message, _ := describe(lost.cause)
		return &UnknownOutcomeError{Op: c.op, Kind: c.kind, ID: c.id, Region: c.locality, Message: message, Err: lost.cause}
	}
	answer := &APIError{
		Op: c.op, Kind: c.kind, ID: c.id, Region: c.locality, RequestID: c.requestID, Err: err, method: c.method,
		causes: c.causes,
	}
	answer.Status, answer.Message, answer.Hint = describe(err)
	answer.Foreign = isA[*proxyResponseError](err)
	if set := c.permissionSet(); set != "" && isA[*scw.PermissionsDeniedError](err) {
		answer.Message += ", which " + set + " allows"
		answer.Hint = "Give the owner of the API key an IAM policy with the permission set " + set + ", then try again."
	}
	// The SDK's typed errors forget the status that the transport saw.
	if answer.Status != 0 && c.status >= http.StatusMultipleChoices {
		answer.Status = c.status
	}
	return answer
}

// place names an object by its id, regional where it has a region.
func place(locality, id string) string {
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
