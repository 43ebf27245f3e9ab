package sentinelexporter

import (
	"sync"
	"time"
)

const (
	// misconfiguredPatience is how long a stream that Azure calls unknown or
	// forbidden is tried again before it is believed: a role or a changed DCR
	// takes up to 30 minutes to apply.
	// Source: Azure Monitor, Logs Ingestion API, troubleshooting, read 2026-11.
	misconfiguredPatience = 30 * time.Minute
	// misconfiguredPause is the time between two such tries: the endpoint
	// caches a DCR for minutes, so asking more often tells nothing.
	misconfiguredPause = time.Minute
	// throttledPause is how long a DCR that answered 429 without Retry-After
	// is left alone.
	throttledPause = 5 * time.Second
	// lowLimitLifetime is how long a body limit learned from a 413 holds
	// before the configured one is tried again.
	lowLimitLifetime = time.Hour
)

// holds remembers what Azure's refusals ask of one destination: until when a
// DCR wants to be left alone, since when a stream is misconfigured, which body
// limit is taken. Time comes in as now. Nothing is kept over a restart: the
// patience begins anew then. Safe for concurrent use; bounded by the
// destination's rules and streams.
type holds struct {
	mu       sync.Mutex
	throttle map[string]time.Time // by rule
	trouble  map[string]trouble   // by stream
	low      int                  // body limit; 0 = the usual one
	lowUntil time.Time
}

// trouble is when a stream was refused first and last, without success
// between.
type trouble struct{ since, last time.Time }

func newHolds() *holds {
	return &holds{throttle: map[string]time.Time{}, trouble: map[string]trouble{}}
}

// wait returns how long the rule's stream must not be sent; 0 when it may.
func (h *holds) wait(rule, stream string, now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	wait := h.throttle[rule].Sub(now)
	if t, ok := h.trouble[stream]; ok && t.last.Sub(t.since) < misconfiguredPatience {
		wait = max(wait, t.last.Add(misconfiguredPause).Sub(now))
	}
	return max(wait, 0)
}

// throttled keeps the whole rule quiet for after, of any length.
func (h *holds) throttled(rule string, after time.Duration, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := now.Add(after); until.After(h.throttle[rule]) {
		h.throttle[rule] = until
	}
}

// misconfigured notes that the stream was refused and returns false once that
// went on for the whole patience: then the rows are given up. A stream that
// was not refused for a whole patience starts anew.
func (h *holds) misconfigured(stream string, now time.Time) (again bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.trouble[stream]
	if !ok || now.Sub(t.last) > misconfiguredPatience {
		t.since = now
	}
	t.last = now
	h.trouble[stream] = t
	return now.Sub(t.since) < misconfiguredPatience
}

// accepted ends the stream's trouble.
func (h *holds) accepted(stream string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.trouble, stream)
}

// limit returns the body limit that a 413 taught; 0 when the usual one holds.
func (h *holds) limit(now time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !now.Before(h.lowUntil) {
		h.low = 0
	}
	return h.low
}

// learn keeps a body limit that was accepted after a larger body was refused.
func (h *holds) learn(limit int, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Before(h.lowUntil) && h.low > 0 && h.low <= limit {
		return
	}
	h.low, h.lowUntil = limit, now.Add(lowLimitLifetime)
}
