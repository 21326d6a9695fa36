package scaleway

import "time"

// Clock tells the time. The client's is the wall clock; a test gives its own.
type Clock func() time.Time

// wallClock is the one place of this package that reads the time.
func wallClock() time.Time { return time.Now() }
