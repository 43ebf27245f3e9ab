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
	return !slices.ContainsFunc(c.Gaps, func(g Gap) bool {
		return g.Updated.Empty() || g.Created.Empty() || g.Updated.From.IsZero()
	})
}

// Equal reports whether both cursors stand at the same position.
func (c Cursor) Equal(o Cursor) bool {
	return c.Head.Equal(o.Head) && c.Reach.Equal(o.Reach) && c.Floor.Equal(o.Floor) &&
		slices.EqualFunc(c.Gaps, o.Gaps, func(a, b Gap) bool {
			return a.Updated.equal(b.Updated) && a.Created.equal(b.Created)
		})
}

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
