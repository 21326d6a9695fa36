package sandbox

import (
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// span is the SDK's duration, written as the API writes it: whole seconds have no decimals.
type span struct{ scw.Duration }

// MarshalJSON writes "2592000s".
func (s span) MarshalJSON() ([]byte, error) {
	if s.Nanos != 0 {
		return s.Duration.MarshalJSON()
	}
	return fmt.Appendf(nil, "\"%ds\"", s.Seconds), nil
}
