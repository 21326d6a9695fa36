package kubernetes

import "time"

// wallClock is the one clock of the package: durations and moments in the log.
func wallClock() time.Time { return time.Now() }
