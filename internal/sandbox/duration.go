package sandbox

import (
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// apiDuration is the SDK's duration, marshalled as by the API: whole seconds have no decimals.
type apiDuration struct{ scw.Duration }

// MarshalJSON returns a text such as "2592000s".
func (s apiDuration) MarshalJSON() ([]byte, error) {
	if s.Nanos != 0 {
		return s.Duration.MarshalJSON()
	}
	return fmt.Appendf(nil, "\"%ds\"", s.Seconds), nil
}
