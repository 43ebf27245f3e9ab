package window

import (
	"slices"
	"time"
)

// gapsMax bounds a cursor. Dividing a window halves it, so that even a window
// of 180 days read second by second keeps fewer than this open at once; what
// exceeds it is merged, which reads more and loses nothing.
const gapsMax = 64

// Gap is a slice of the list that still has to be read: the rows last updated
// in Updated and created in Created.
type Gap struct {
	Updated Span `json:"updated"`
	// Created is bounded only where one second of updates holds more rows
	// than the service lets a reader skip.
	Created Span `json:"created,omitzero"`
	// Edge is how far the gap was read by moving an edge; nil if it is not.
	Edge *Edge `json:"edge,omitempty"`
}

// Edge is the belief by which a gap is read, and what it takes to check it.
type Edge struct {
	// Oldest says that the service shows the oldest rows first.
	Oldest bool `json:"oldest,omitempty"`
	// First is the row it began from, Settled how many rows it passed since
	// in other seconds.
	First   time.Time `json:"first"`
	Settled int       `json:"settled"`
	// Origin is what has to be read again should the belief be wrong.
	Origin Span `json:"origin"`
}

// Audit is a span whose rows were all taken if the service sorts by last-update
// time. A service that sorts by creation looks the same while nothing old is
// updated, and would hide what is. The count of the span tells.
type Audit struct {
	Span Span `json:"span"`
	// Taken is how many rows of it were read.
	Taken int `json:"taken"`
	// Origin is what has to be read again if there are more.
	Origin Span `json:"origin"`
}

// Cursor is a receiver's persisted position in one list. All that was updated
// up to Head and lies in no gap has been consumed. The zero Cursor has never
// been started; see Start.
type Cursor struct {
	// Head is the newest last-update time that was consumed.
	Head time.Time `json:"head"`
	// Reach is a time of the service's clock not later than the begin of the
	// last whole pass. The next pass begins an overlap before it, so that a
	// row which became visible since is found.
	Reach time.Time `json:"reach"`
	// Floor is never reached back behind: the start of the lookback, later
	// what a full seen-set had to forget.
	Floor time.Time `json:"floor"`
	// Gaps is what is owed, newest first.
	Gaps []Gap `json:"gaps,omitempty"`
	// Audit is what has to be counted before anything else; nil if nothing.
	Audit *Audit `json:"audit,omitempty"`
}

// Start makes the cursor of a list that was never read: all since now-lookback
// is owed.
func Start(now time.Time, lookback time.Duration) Cursor {
	return From(now.Add(-lookback))
}

// From makes the cursor of a list of which all since t is owed.
func From(t time.Time) Cursor {
	t = second(t)
	return Cursor{Head: t, Reach: t, Floor: t, Gaps: []Gap{{Updated: Span{From: t}}}}
}

// Valid reports whether the cursor can be worked with: it was started, and its
// gaps are few and not empty. A cursor read from storage is checked with it.
func (c Cursor) Valid() bool {
	if c.Head.IsZero() || c.Reach.IsZero() || c.Floor.IsZero() || len(c.Gaps) > gapsMax {
		return false
	}
	if a := c.Audit; a != nil && (a.Taken < 0 || a.Span.Empty() || a.Origin.unowable()) {
		return false
	}
	return !slices.ContainsFunc(c.Gaps, func(g Gap) bool {
		return g.Updated.unowable() || g.Created.Empty() ||
			(g.Edge != nil && (g.Edge.Settled < 0 || g.Edge.Origin.unowable()))
	})
}

// unowable spans hold nothing, or all of time.
func (s Span) unowable() bool { return s.Empty() || s.From.IsZero() }

func (s Span) equal(o Span) bool {
	return s.From.Equal(o.From) && s.To.Equal(o.To)
}

// PassFrom is where the next whole pass begins: an overlap before the last one
// did, not before the floor, and never behind the head.
func (c Cursor) PassFrom(overlap time.Duration) time.Time {
	from := c.Reach.Add(-overlap)
	if from.Before(c.Floor) {
		from = c.Floor
	}
	if from.After(c.Head) {
		from = c.Head
	}
	return second(from)
}
