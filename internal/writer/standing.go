package writer

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

const (
	// waitFirst and waitMax bound the wait after trouble, which doubles.
	waitFirst = time.Second
	waitMax   = 5 * time.Minute
	// failuresSpared is how many failures in a row may be the fault of single
	// incidents; from then on the whole lane waits.
	failuresSpared = 2
)

// Standing is how a lane fares with one kind of request, and how long all of it
// waits after trouble that is no single incident's. Reads and writes have one
// each: an application may be allowed the one and not the other. Safe for
// concurrent use.
type Standing struct {
	mu       sync.Mutex
	dice     *rand.Rand
	failures int // in a row
	until    time.Time
}

// NewStanding jitters its waits by the lane's name, the same in every run.
func NewStanding(name string) *Standing {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))                                // never errs
	return &Standing{dice: rand.New(rand.NewPCG(h.Sum64(), 0))} //nolint:gosec // jitter is no secret
}

// Until is until when the lane waits; zero or past if it does not.
func (s *Standing) Until() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.until
}

// Failing reports whether the last request failed, and not for an incident's own
// fault.
func (s *Standing) Failing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures > 0
}

// Succeeded ends the lane's trouble.
func (s *Standing) Succeeded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures, s.until = 0, time.Time{}
}

// Failed lets the lane wait as an error asks for: for as long as the service
// says, at once for what is nobody's single fault, else from the third failure
// in a row on. It reports how many there were.
func (s *Standing) Failed(err error, now time.Time) (failures int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	wait := time.Duration(0)
	switch azure.ClassOf(err) {
	case azure.ClassThrottled, azure.ClassMisconfigured:
		wait = s.backoff(s.failures)
	case azure.ClassRetryable:
		if s.failures > failuresSpared {
			wait = s.backoff(s.failures - failuresSpared)
		}
	case azure.ClassPermanent, azure.ClassSplit, azure.ClassConflictETag:
		s.failures-- // an incident's own
	}
	if asked := azure.RetryAfterOf(err); asked > wait {
		wait = asked
	}
	if until := now.Add(wait); until.After(s.until) {
		s.until = until
	}
	return s.failures
}

// Broken lets the lane wait after trouble of its own, such as a ledger that
// cannot save.
func (s *Standing) Broken(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	s.until = now.Add(s.backoff(s.failures))
}

// Backoff is the wait after so many failures in a row of one incident.
func (s *Standing) Backoff(failures int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backoff(failures)
}

// backoff doubles, and takes half of it for certain.
func (s *Standing) backoff(failures int) time.Duration {
	wait := waitMax
	if shift := failures - 1; shift < 9 { // 2^9 s is over waitMax
		wait = min(waitMax, waitFirst<<max(shift, 0))
	}
	return wait/2 + time.Duration(s.dice.Int64N(int64(wait/2)+1))
}
