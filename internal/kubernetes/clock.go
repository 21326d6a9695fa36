package kubernetes

import "time"

// wallClock is the one clock of the package: durations in the log.
func wallClock() time.Time { return time.Now() }
