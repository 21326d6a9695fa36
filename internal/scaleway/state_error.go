package scaleway

import (
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// StateError reports that an object has a status from which the state that a wait expects cannot be reached.
type StateError struct {
	// Kind, ID and Region identify the object; ID is a UUID.
	Kind, ID, Region string
	// State is the API's status, such as "locked". Message is the object's own error message, or "".
	State, Message string
	// Hint is the next step as a full sentence.
	Hint string
}

// Error names the object and its state.
func (e *StateError) Error() string {
	text := fmt.Sprintf("%s %s is %s", e.Kind, formatID(e.Region, e.ID), e.State)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// lockedHint is the next step for an object that Scaleway locked.
const lockedHint = "Scaleway locked the object (abuse or billing): read the Organization's tickets in the Scaleway " +
	"console, then apply again."

func newStateError(kind, id string, region scw.Region, state, message string) *StateError {
	e := &StateError{Kind: kind, ID: id, Region: string(region), State: state, Message: message}
	switch state {
	case "locked":
		e.Hint = lockedHint
	case "creation_error":
		e.State = "in the state creation_error"
		e.Hint = "Its creation failed: check it in the Scaleway console, then replace it."
	case "deleting", "deleted":
		e.Hint = "It was deleted outside Terraform: wait until the deletion is complete, then apply again to " +
			"recreate it."
	case "", "unknown":
		e.State = "in an unknown state"
		e.Hint = "Check it in the Scaleway console, then apply again."
	default:
		e.State = "in the state " + state
		e.Hint = "This version of the provider does not support that state: check the object in the Scaleway " +
			"console, then apply again."
	}
	return e
}
