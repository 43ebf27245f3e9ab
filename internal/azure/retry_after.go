package azure

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfterMax is the longest wait a duration can hold; nothing shorter caps
// what a service asks for.
const retryAfterMax = time.Duration(math.MaxInt64)

// retryAfter is how long the service asks to wait, 0 when it does not ask or
// the moment has passed. The millisecond headers are Azure's and win; a date is
// measured against the answer's own Date, so that our clock does not matter.
func retryAfter(header http.Header, now time.Time) time.Duration {
	for _, h := range []struct {
		name string
		unit time.Duration
	}{
		{"Retry-After-Ms", time.Millisecond},
		{"X-Ms-Retry-After-Ms", time.Millisecond},
		{"Retry-After", time.Second},
	} {
		if wait, ok := count(header.Get(h.name), h.unit); ok {
			return wait
		}
	}
	at, err := http.ParseTime(header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now))
}

// count reads a whole number of units. A negative one is no answer; one too
// large to hold is the longest wait.
func count(text string, unit time.Duration) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > int64(retryAfterMax/unit) {
		return retryAfterMax, true
	}
	return time.Duration(n) * unit, true
}
