package sandbox

import (
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// apiDuration is the SDK's duration, marshalled as by the API: with no decimals, or with 3, 6 or 9 of them.
type apiDuration struct{ scw.Duration }

// MarshalJSON returns a text such as "2592000s" or "0.500s".
func (s apiDuration) MarshalJSON() ([]byte, error) {
	switch {
	case s.Nanos < 0:
		return s.Duration.MarshalJSON()
	case s.Nanos == 0:
		return fmt.Appendf(nil, "\"%ds\"", s.Seconds), nil
	case s.Nanos%1e6 == 0:
		return fmt.Appendf(nil, "\"%d.%03ds\"", s.Seconds, s.Nanos/1e6), nil
	case s.Nanos%1e3 == 0:
		return fmt.Appendf(nil, "\"%d.%06ds\"", s.Seconds, s.Nanos/1e3), nil
	}
	return fmt.Appendf(nil, "\"%d.%09ds\"", s.Seconds, s.Nanos), nil
}

// toAPIDuration returns a duration of a request as objects store it.
func toAPIDuration(d *scw.Duration) *apiDuration {
	if d == nil {
		return nil
	}
	return &apiDuration{*d}
}

// inMilliseconds returns a duration as the Load Balancer API sends it.
func inMilliseconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	n := d.Milliseconds()
	return &n
}
