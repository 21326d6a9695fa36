package kubernetes

import "time"

// wallClock returns the current time. It is the only use of time.Now in the package.
func wallClock() time.Time { return time.Now() }
