package scaleway

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxAttempts is how often a request is sent at most.
	maxAttempts = 5
	// maxRetryWait is where the back-off stops doubling.
	maxRetryWait = 30 * time.Second
	// maxRetryAfter is the longest pause that the API may ask for; a longer one is an error at once.
	maxRetryAfter = 5 * time.Minute
)

// backoff is the pause before an attempt is repeated: it doubles with each attempt (1 is the first), and lies at random
// between half and the whole, so that parallel callers do not come back together.
func backoff(first time.Duration, attempt int) time.Duration {
	full := min(first<<(attempt-1), max(maxRetryWait, first))
	if full <= 0 {
		return 0
	}
	return full/2 + rand.N(full/2+1)
}

// retryAfter reads the header Retry-After, in seconds or as an HTTP date.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := header.Get("Retry-After")
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
