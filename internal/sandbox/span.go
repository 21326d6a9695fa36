package sandbox

import (
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// span is the SDK's duration, marshalled as by the API: whole seconds have no decimals.
type span struct{ scw.Duration }

// MarshalJSON returns a text such as "2592000s".
func (s span) MarshalJSON() ([]byte, error) {
	if s.Nanos != 0 {
		return s.Duration.MarshalJSON()
	}
	return fmt.Appendf(nil, "\"%ds\"", s.Seconds), nil
}
