package polling

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

const (
	// backoffFirst and backoffMax bound the wait after an answer that did not
	// say how long; it doubles in between.
	backoffFirst = time.Second
	backoffMax   = time.Minute
)

// Backoff says how long to wait after failures. It is not safe for concurrent
// use.
type Backoff struct{ dice *rand.Rand }

// NewBackoff jitters the waits of whatever is named name in its own way, the
// same in every run.
func NewBackoff(name string) Backoff {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))                        // never errs
	return Backoff{rand.New(rand.NewPCG(h.Sum64(), 0))} //nolint:gosec // jitter is no secret
}

// Wait is the wait after a number of failures in a row: doubled each time, up to
// a minute, with jitter of a half.
func (b Backoff) Wait(failures int) time.Duration {
	wait := backoffMax
	if failures < 7 {
		wait = min(backoffMax, backoffFirst<<max(failures-1, 0))
	}
	return wait/2 + time.Duration(b.dice.Int64N(int64(wait/2)+1))
}

// WaitAfter is the wait after an error: as long as the service asked, else Wait.
func (b Backoff) WaitAfter(err error, failures int) time.Duration {
	if asked := azure.RetryAfterOf(err); asked > 0 {
		return asked
	}
	return b.Wait(failures)
}

// Pause waits; false if ctx ended first.
func Pause(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

const (
	// quarantineFirst and quarantineMax bound the wait between two attempts at
	// what the service does not show.
	quarantineFirst = time.Minute
	quarantineMax   = time.Hour
)

// QuarantineWait is the wait after a number of attempts at an object that the
// service does not show: doubled each time, from a minute to an hour.
func QuarantineWait(attempts int) time.Duration {
	if attempts > 6 {
		return quarantineMax
	}
	return min(quarantineMax, quarantineFirst<<max(attempts-1, 0))
}
