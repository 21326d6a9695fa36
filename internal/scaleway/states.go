package scaleway

import (
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// StateError says that an object is in a state that a wait for something else cannot end in.
type StateError struct {
	// Kind, ID and Region name the object; ID is a UUID.
	Kind, ID, Region string
	// State is the API's status, such as "locked"; Message is the object's own error message, or "".
	State, Message string
	// Hint is the next step, a full sentence.
	Hint string
}

// Error says which object is in which state.
func (e *StateError) Error() string {
	text := fmt.Sprintf("%s %s is %s", e.Kind, place(e.Region, e.ID), e.State)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

func newStateError(kind, id string, region scw.Region, state, message string) *StateError {
	e := &StateError{Kind: kind, ID: id, Region: string(region), State: state, Message: message}
	switch state {
	case "locked":
		e.Hint = "A lock comes from Scaleway (abuse, billing): read the tickets of the Organization in the console, then " +
			"apply again."
	case "creation_error":
		e.State = "in the state creation_error"
		e.Hint = "Its creation failed: look at it in the Scaleway console, then replace it."
	case "deleting", "deleted":
		e.Hint = "It was deleted elsewhere: wait until it is gone, then apply again to create it again."
	case "", "unknown":
		e.State = "in an unknown state"
		e.Hint = "Look at it in the Scaleway console, then apply again."
	default:
		e.State = "in the state " + state
		e.Hint = "This version of the provider does not know that state: look at it in the Scaleway console, then apply " +
			"again."
	}
	return e
}
