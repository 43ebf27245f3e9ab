package window

import (
	"slices"
	"time"
)

// createdReach bounds the search among creation times, where a single second of
// updates has to be divided: the services keep 180 days, so that an incident
// older than a year cannot be updated any more.
const createdReach = 400 * 24 * time.Hour

// divide splits a window that is too deep to be skipped through into two: by
// update time, or where that is a single second, by creation time. A window
// that cannot be divided comes back whole and waits for the next poll.
func (g *reading) divide() []*reading {
	if g.Updated.single() {
		return g.divideCreated()
	}
	mid := g.middle()
	low, high := g.Gap, g.Gap
	low.Updated.To, high.Updated.From = mid, mid
	return g.parts(high, low)
}

func (g *reading) parts(gaps ...Gap) []*reading {
	out := make([]*reading, 0, len(gaps))
	for _, gap := range gaps {
		part := newReading(gap)
		part.origin = g.origin
		out = append(out, part)
	}
	return out
}

// middle is a whole second strictly inside the window: the median of the rows
// met, since a service of no order shows a fair sample first; else the second
// at the edge, else the arithmetic middle.
func (g *reading) middle() time.Time {
	inside := func(t time.Time) bool {
		return t.After(g.Updated.From) && (g.Updated.To.IsZero() || t.Before(g.Updated.To))
	}
	times := make([]time.Time, 0, len(g.pass))
	for _, r := range g.pass {
		times = append(times, second(r.Updated))
	}
	slices.SortFunc(times, time.Time.Compare)
	if len(times) > 0 {
		for _, t := range []time.Time{times[len(times)/2], secondAfter(times[len(times)/2])} {
			if inside(t) {
				return t
			}
		}
	}
	if g.Updated.To.IsZero() {
		return g.Updated.From.Add(time.Second)
	}
	return second(g.Updated.From.Add(g.Updated.To.Sub(g.Updated.From) / 2))
}

// divideCreated halves the span of creation times.
func (g *reading) divideCreated() []*reading {
	if g.Created.single() {
		g.again()
		g.passes = passesMax
		return []*reading{g}
	}
	low, high := g.Created.From, g.Created.To
	if low.IsZero() {
		low = g.Updated.From.Add(-createdReach)
	}
	if high.IsZero() {
		high = g.Updated.To
	}
	mid := second(low.Add(high.Sub(low) / 2))
	if !mid.After(low) {
		mid = low.Add(time.Second)
	}
	before, since := g.Gap, g.Gap
	before.Created.To, since.Created.From = mid, mid
	return g.parts(since, before)
}
