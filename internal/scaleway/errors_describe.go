package scaleway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// describeSDKError returns the HTTP status (0 without a response), the message and the next step for an error from the
// SDK, depending on its type.
func describeSDKError(err error) (status int, message, hint string) {
	var (
		arguments      *scw.InvalidArgumentsError
		quotas         *scw.QuotasExceededError
		transient      *scw.TransientStateError
		missing        *scw.ResourceNotFoundError
		locked         *scw.ResourceLockedError
		permissions    *scw.PermissionsDeniedError
		stock          *scw.OutOfStockError
		expired        *scw.ResourceExpiredError
		denied         *scw.DeniedAuthenticationError
		precondition   *scw.PreconditionFailedError
		answer         *scw.ResponseError
		proxyErr       *proxyResponseError
		unavailableErr *unavailableError
		connErr        *transportError
		storageErr     *objectStorageError
	)
	switch {
	case errors.As(err, &arguments):
		return http.StatusBadRequest, argumentsMessage(arguments), "Correct the arguments named above, then apply " +
			"again."
	case errors.As(err, &quotas):
		return http.StatusForbidden, quotasMessage(quotas),
			"Delete resources that use the quota, or request a higher quota in the Scaleway console (Organization, " +
				"Quotas), then apply again."
	case errors.As(err, &transient):
		return http.StatusConflict, withSubject(
				bodyMessage(
					transient.RawBody, "the resource is in a transient state",
				), transient.Resource, transient.ResourceID, transient.CurrentState,
			),
			"Wait until the operation in progress is complete, then apply again."
	case errors.As(err, &missing) && missing == nil:
		// The SDK returns a nil pointer for an unknown_resource error whose message has no UUID.
		return http.StatusNotFound, "the resource is not found", statusHint(http.StatusNotFound)
	case errors.As(err, &missing):
		return http.StatusNotFound, withSubject(
				bodyMessage(missing.RawBody, "the resource is not found"), missing.Resource, missing.ResourceID, "",
			),
			statusHint(http.StatusNotFound)
	case errors.As(err, &locked):
		return http.StatusLocked, withSubject(
				bodyMessage(locked.RawBody, "the resource is locked"), locked.Resource, locked.ResourceID, "",
			),
			lockedHint
	case errors.As(err, &permissions):
		return http.StatusForbidden, permissionsMessage(permissions),
			"Give the owner of the API key an IAM policy with these permissions in the Project (Kubernetes: " +
				"KubernetesFullAccess), then apply again."
	case errors.As(err, &stock):
		return http.StatusServiceUnavailable, withSubject(
				bodyMessage(stock.RawBody, "the resource is out of stock"), stock.Resource, "", "",
			),
			"Choose another type or zone, or try again later."
	case errors.As(err, &expired):
		return http.StatusGone, withSubject(
				bodyMessage(expired.RawBody, "the resource has expired"), expired.Resource, expired.ResourceID, "",
			),
			"It has expired and cannot be restored: use another one."
	case errors.As(err, &denied):
		return http.StatusUnauthorized, "authentication denied: " + deniedReason(denied),
			"Check access_key and secret_key (SCW_ACCESS_KEY, SCW_SECRET_KEY): the API key must exist, must not have " +
				"expired, and the secret key must belong to the access key."
	case errors.As(err, &precondition):
		return http.StatusPreconditionFailed, preconditionMessage(precondition),
			"Meet the condition named above, then apply again."
	case errors.As(err, &answer):
		return answer.StatusCode, responseMessage(answer), statusHint(answer.StatusCode)
	case errors.As(err, &storageErr):
		message, hint = storageErr.describe()
		return storageErr.status, message, hint
	case errors.Is(err, errNoObjectStorage):
		return 0, err.Error(), "Set object_storage_url in the provider block (SRM_OBJECT_STORAGE_URL)."
	case errors.As(err, &unavailableErr):
		return unavailableErr.status, unavailableErr.Error(), statusHint(unavailableErr.status)
	case errors.As(err, &proxyErr):
		return proxyErr.status, proxyErr.Error(), proxyHint(proxyErr.status)
	case errors.Is(err, context.DeadlineExceeded):
		return 0, "the timeout expired before the API answered", "Increase the timeout of this operation, or try again."
	case errors.Is(err, context.Canceled):
		return 0, "interrupted before the API answered", ""
	case errors.As(err, &connErr):
		return 0, connErr.Error(), "Check the network, the proxy (HTTPS_PROXY) and api_url (SCW_API_URL)."
	default:
		return 0, err.Error(), ""
	}
}

// bodyMessage returns the message in the body of a response, which the SDK's typed errors do not contain, or fallback.
func bodyMessage(body json.RawMessage, fallback string) string {
	var parsed struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &parsed) != nil || parsed.Message == "" {
		return fallback
	}
	return parsed.Message
}

// withSubject appends the resource, its id and its state to a message.
func withSubject(message, resource, id, state string) string {
	about := strings.TrimSpace(resource + " " + id)
	if state != "" {
		about += ": " + state
	}
	if about == "" {
		return message
	}
	return fmt.Sprintf("%s (%s)", message, about)
}

func argumentsMessage(e *scw.InvalidArgumentsError) string {
	if len(e.Details) == 0 {
		return bodyMessage(e.RawBody, "invalid arguments")
	}
	parts := make([]string, len(e.Details))
	for i, detail := range e.Details {
		reason := map[string]string{
			"required":   "is required",
			"format":     "is wrongly formatted",
			"constraint": "does not respect constraint",
			"unknown":    "is invalid for an unexpected reason",
			"":           "is invalid",
		}[detail.Reason]
		if reason == "" {
			reason = "is invalid (" + detail.Reason + ")"
		}
		parts[i] = detail.ArgumentName + " " + reason
		if detail.HelpMessage != "" {
			parts[i] += ": " + detail.HelpMessage
		}
	}
	return strings.Join(parts, "; ")
}

func quotasMessage(e *scw.QuotasExceededError) string {
	parts := make([]string, len(e.Details))
	for i, detail := range e.Details {
		parts[i] = fmt.Sprintf("%s (%d of %d used)", detail.Resource, detail.Current, detail.Quota)
	}
	if len(parts) == 0 {
		return bodyMessage(e.RawBody, "a quota is reached")
	}
	return "quota reached: " + strings.Join(parts, "; ")
}

func permissionsMessage(e *scw.PermissionsDeniedError) string {
	parts := make([]string, len(e.Details))
	for i, detail := range e.Details {
		parts[i] = strings.TrimSpace(detail.Action + " " + detail.Resource)
	}
	message := bodyMessage(e.RawBody, "insufficient permissions")
	if len(parts) == 0 {
		return message
	}
	return message + ": " + strings.Join(parts, "; ")
}

func deniedReason(e *scw.DeniedAuthenticationError) string {
	method := map[string]string{"jwt": "the token", "api_key": "the API key"}[e.Method]
	if method == "" {
		method = "the credential"
	}
	switch e.Reason {
	case "not_found":
		return method + " does not exist"
	case "expired":
		return method + " has expired"
	case "invalid_argument":
		return method + " is empty or malformed"
	case "", "unknown_reason":
		return method + " is refused"
	default:
		return method + " is refused (" + e.Reason + ")"
	}
}

func preconditionMessage(e *scw.PreconditionFailedError) string {
	parts := []string{bodyMessage(e.RawBody, "a precondition is not met")}
	if e.Precondition != "" && e.Precondition != "unknown_precondition" {
		parts = append(parts, e.Precondition)
	}
	if e.HelpMessage != "" {
		parts = append(parts, e.HelpMessage)
	}
	return strings.Join(parts, ": ")
}

func responseMessage(e *scw.ResponseError) string {
	message := e.Message
	if message == "" {
		message = e.Status
	}
	fields := make([]string, 0, len(e.Fields))
	for name, reasons := range e.Fields {
		fields = append(fields, name+": "+strings.Join(reasons, ", "))
	}
	slices.Sort(fields)
	if len(fields) > 0 {
		message += " (" + strings.Join(fields, "; ") + ")"
	}
	return message
}

// proxyHint returns the next step if something in front of the API answered.
func proxyHint(status int) string {
	if status == http.StatusProxyAuthRequired {
		return "Log in to the proxy: set its user and password in HTTPS_PROXY. Also check api_url (SCW_API_URL), and " +
			"that no captive portal intercepts the requests."
	}
	hint := "The answer does not come from the API, so it says nothing about the object. Check api_url " +
		"(SCW_API_URL), the proxy (HTTPS_PROXY), and that no captive portal intercepts the requests, then try again."
	if status >= http.StatusInternalServerError {
		hint += " If the problem persists, check status.scaleway.com."
	}
	return hint
}

// statusHint returns the next step if only the HTTP status is known.
func statusHint(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "Check access_key and secret_key (SCW_ACCESS_KEY, SCW_SECRET_KEY)."
	case status == http.StatusForbidden:
		return "Give the owner of the API key an IAM policy that allows this in the Project, then apply again."
	case status == http.StatusNotFound, status == http.StatusGone:
		return "Check the id and its region, and that the API key has access to its Project. The object may also " +
			"have been deleted outside Terraform."
	case status == http.StatusConflict:
		return "Another operation is changing the object: wait until it is complete, then apply again."
	case status == http.StatusTooManyRequests:
		return "Too many requests: run with a lower -parallelism, or try again later."
	case status >= http.StatusInternalServerError:
		return "The API failed: check status.scaleway.com, then apply again."
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		return "The API does not redirect: check api_url (SCW_API_URL) and the proxy."
	default:
		return ""
	}
}
