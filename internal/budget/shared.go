package budget

import (
	"sync"
	"time"
)

// Shared is a budget that several workers draw on at once: each takes what it may
// need before it begins, counts every request when its answer came, and gives
// back the rest. Safe for concurrent use.
type Shared struct {
	mu     sync.Mutex
	budget *Budget
	taken  int // requests that may still begin
}

// NewShared is New for several workers.
func NewShared(limit int, per time.Duration) *Shared { return &Shared{budget: New(limit, per)} }

// Take reserves n requests; false if so many may not begin now. More than the
// limit can never be had.
func (s *Shared) Take(now time.Time, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open(now, n) {
		return false
	}
	s.taken += n
	return true
}

// Used counts one request of those taken, when its answer came.
func (s *Shared) Used(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.budget.Use(now)
}

// Give returns n requests that were taken and not made.
func (s *Shared) Give(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken -= n
}

// Hold lets no request be taken before a time.
func (s *Shared) Hold(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget.Hold(until)
}

// At is when n requests may be taken: now or earlier if at once, zero if that
// waits for requests under way.
func (s *Shared) At(now time.Time, n int) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.budget
	if s.open(now, n) {
		return now
	}
	if b.held.After(now) {
		return b.held
	}
	// Of the requests counted so many must be over that n fit beside those
	// taken.
	over := len(b.used) + s.taken + n - b.limit
	if over < 1 || over > len(b.used) {
		return time.Time{}
	}
	return b.used[over-1].Add(b.per)
}

// Left is how many requests may be taken now; -1 without a limit.
func (s *Shared) Left(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.budget.Left(now)
	if left < 0 {
		return left
	}
	return max(0, left-s.taken)
}

func (s *Shared) open(now time.Time, n int) bool {
	if s.budget.held.After(now) {
		return false
	}
	left := s.budget.Left(now)
	return left < 0 || left-s.taken >= n
}
