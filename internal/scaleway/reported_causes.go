package scaleway

import (
	"errors"
	"net/http"
	"strings"
	"sync"
)

// reportedCauses holds the causes that make every request of a client fail, such as a wrong API key or a wrong api_url,
// each with the first error that was reported for it. It is safe for concurrent use.
type reportedCauses struct {
	mu           sync.Mutex
	firstReports map[string]report
}

// report identifies an error that was shown to the user.
type report struct{ summary, kind, object string }

// AlreadyReported reports whether an error about another object with the same cause was reported before by this client.
// first then names that error, as in `"Unable to read the HDS cluster" of cluster fr-par/UUID`. Otherwise Repeats
// records this error under its summary. Only a wrong API key, a wrong api_url and a failed connection are such causes.
// An error from the API about an object or a permission, a write with an unknown outcome, and the end of a wait are
// not.
func AlreadyReported(err error, summary string) (first string, again bool) {
	answer, ok := errors.AsType[*APIError](err)
	if !ok || answer.reported == nil || isA[*UnknownOutcomeError](err) || isA[*LostCreateError](err) ||
		isA[*LostEnrolmentError](err) ||
		isA[*WaitError](err) || strings.Contains(err.Error(), "\n") {
		return "", false
	}
	cause := answer.sharedCause()
	if cause == "" {
		return "", false
	}
	current := report{summary, answer.Kind, formatID(answer.Region, answer.ID)}
	answer.reported.mu.Lock()
	defer answer.reported.mu.Unlock()
	earlier, found := answer.reported.firstReports[cause]
	if !found {
		answer.reported.firstReports[cause] = current
	}
	if !found || earlier.kind == current.kind && earlier.object == current.object {
		return "", false
	}
	return strings.TrimSpace(`"` + earlier.summary + `" of ` + earlier.kind + " " + earlier.object), true
}

// sharedCause returns a text that is equal for all errors with the same cause, or "" if the error is about its own
// object.
func (e *APIError) sharedCause() string {
	connErr, ok := errors.AsType[*transportError](e.Err)
	redirected := e.Status >= http.StatusMultipleChoices && e.Status < http.StatusBadRequest
	if e.FromProxy || ok && !connErr.sent || e.Status == http.StatusUnauthorized || redirected {
		return e.Message
	}
	return ""
}
