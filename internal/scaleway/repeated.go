package scaleway

import (
	"errors"
	"net/http"
	"strings"
	"sync"
)

// causes are what stopped a client's requests whatever they were about, such as a wrong key or a wrong api_url, each
// with the error that was reported first. It is safe for concurrent use.
type causes struct {
	mu    sync.Mutex
	first map[string]report
}

// report is an error that a user is shown.
type report struct{ summary, kind, object string }

// Repeats says whether an error about another object with the same cause was reported before in the life of the client,
// and names that one, as in `"Unable to read the HDS cluster" of cluster fr-par/UUID`; otherwise it keeps this one,
// under its summary. An error has such a cause where the API key, api_url or the way to the API is wrong; what the API
// says of an object or a permission is none, nor is a write that may have happened, or a wait that ended.
func Repeats(err error, summary string) (first string, again bool) {
	answer, ok := errors.AsType[*APIError](err)
	if !ok || answer.causes == nil || isA[*UnknownOutcomeError](err) || isA[*LostCreateError](err) ||
		isA[*LostEnrolmentError](err) ||
		isA[*WaitError](err) || strings.Contains(err.Error(), "\n") {
		return "", false
	}
	cause := answer.cause()
	if cause == "" {
		return "", false
	}
	this := report{summary, answer.Kind, place(answer.Region, answer.ID)}
	answer.causes.mu.Lock()
	defer answer.causes.mu.Unlock()
	known, found := answer.causes.first[cause]
	if !found {
		answer.causes.first[cause] = this
	}
	if !found || known.kind == this.kind && known.object == this.object {
		return "", false
	}
	return strings.TrimSpace(`"` + known.summary + `" of ` + known.kind + " " + known.object), true
}

// cause is what makes an error the same for every object, "" where it is about its own.
func (e *APIError) cause() string {
	unsent, ok := errors.AsType[*transportError](e.Err)
	redirected := e.Status >= http.StatusMultipleChoices && e.Status < http.StatusBadRequest
	if e.Foreign || ok && !unsent.sent || e.Status == http.StatusUnauthorized || redirected {
		return e.Message
	}
	return ""
}
