package scaleway

import "time"

// Clock returns the current time. Tests replace the client's clock.
type Clock func() time.Time

// wallClock returns the system time. No other function of this package calls time.Now.
func wallClock() time.Time { return time.Now() }
