package sandbox

import (
	"fmt"
	"net/http"
)

// apiError is an error response in the API's format.
type apiError struct {
	status int
	header http.Header
	body   map[string]any
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %v", e.status, e.body["message"]) }

func errNotFound(resource, id string) *apiError {
	return &apiError{status: http.StatusNotFound, body: map[string]any{
		"message": "resource is not found", "resource": resource, "resource_id": id, "type": "not_found",
	}}
}

// errInvalid reports one invalid argument. The API's reasons are required, format, constraint and unknown.
func errInvalid(argument, reason, help string) *apiError {
	return &apiError{status: http.StatusBadRequest, body: map[string]any{
		"message": "invalid argument(s)", "type": "invalid_arguments",
		"details": []map[string]any{{"argument_name": argument, "reason": reason, "help_message": help}},
	}}
}

// errTransient reports that an object in a transient state does not accept the request.
func errTransient(resource, id, state string) *apiError {
	return &apiError{status: http.StatusConflict, body: map[string]any{
		"message": "resource is in a transient state", "resource": resource, "resource_id": id,
		"current_state": state, "type": "transient_state",
	}}
}

func errPrecondition(precondition, help string) *apiError {
	return &apiError{status: http.StatusPreconditionFailed, body: map[string]any{
		"message": "precondition failed", "type": "precondition_failed", "precondition": precondition,
		"help_message": help,
	}}
}

func errDenied(resource, action string) *apiError {
	return &apiError{status: http.StatusForbidden, body: map[string]any{
		"message": "insufficient permissions", "type": "permissions_denied",
		"details": []map[string]any{{"resource": resource, "action": action}},
	}}
}

func errUnauthenticated(reason string) *apiError {
	return &apiError{status: http.StatusUnauthorized, body: map[string]any{
		"message": "authentication is denied", "type": "denied_authentication", "method": "api_key", "reason": reason,
	}}
}

func errQuota(resource string, quota, current int) *apiError {
	return &apiError{status: http.StatusForbidden, body: map[string]any{
		"message": "quota(s) exceeded", "type": "quotas_exceeded",
		"details": []map[string]any{{"resource": resource, "quota": quota, "current": current}},
	}}
}

func errOutOfStock(resource string) *apiError {
	return &apiError{status: http.StatusServiceUnavailable, body: map[string]any{
		"message": "resource is out of stock", "type": "out_of_stock", "resource": resource,
	}}
}

// errInUse reports that other objects still use the object to delete.
func errInUse(help string) *apiError { return errPrecondition("resource_still_in_use", help) }
