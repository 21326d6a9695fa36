package scaleway

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxAttempts is the maximum number of times that a request is sent.
	maxAttempts = 5
	// maxRetryWait is the upper limit of the back-off.
	maxRetryWait = 30 * time.Second
	// maxRetryAfter is the longest Retry-After that the client follows; a longer one ends the retries at once.
	maxRetryAfter = 5 * time.Minute
)

// backoff returns the pause before the next attempt. The pause doubles with each attempt; the first attempt is number
// 1. The result is random, between half of the pause and the full pause, so that parallel callers do not retry at the
// same moment.
func backoff(first time.Duration, attempt int) time.Duration {
	full := min(first<<(attempt-1), max(maxRetryWait, first))
	if full <= 0 {
		return 0
	}
	return full/2 + rand.N(full/2+1)
}

// parseRetryAfter parses the header Retry-After, which has seconds or an HTTP date.
func parseRetryAfter(header http.Header, now time.Time) (time.Duration, bool) {
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
