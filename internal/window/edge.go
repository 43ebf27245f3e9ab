package window

import "time"

// moveEdge narrows the window by what a page of a known order has settled, or
// finds the order out. moved is false if the window stays as it is.
func (g *reading) moveEdge(whole bool) (o outcome, moved bool) {
	switch g.order {
	case orderNone:
		return keepGap, false
	case orderUnknown:
		if whole && g.pages == 1 && g.doubted == 0 {
			// A short page is proven by asking behind it, in any order.
			return keepGap, false
		}
		if g.loose || g.newest == g.oldest || g.seconds() < evidenceMin {
			return keepGap, false
		}
		return sortedGap, true
	case orderNewestFirst:
		if !g.newest {
			return contradictedGap, true
		}
	case orderOldestFirst:
		if !g.oldest {
			return contradictedGap, true
		}
	}
	if len(g.pass) == 0 {
		return contradictedGap, true // rows without a time have no order
	}
	g.narrow()
	g.step, g.whole = stepJoined, whole
	if g.pos > depthMax {
		return divideGap, true
	}
	return keepGap, true
}

// sorted goes on from the edge that the order shows, and returns what lies
// beyond the other edge: believed empty, but owed until it was asked for.
func (g *reading) sorted() *reading {
	first := g.pass[0].Updated
	g.first = first
	beyond := newReading(g.Gap)
	beyond.origin, beyond.light = g.origin, true
	if g.newest {
		g.order = orderNewestFirst
		beyond.Updated.From = second(first)
	} else {
		g.order = orderOldestFirst
		beyond.Updated.To = secondAfter(first)
	}
	if g.pages > 1 {
		// Several pages in one order are no accident, and asking for the first
		// second again could show as many rows once more.
		beyond.Updated = beyond.Updated.without(second(first))
	}
	g.narrow()
	g.step = stepJoined
	return beyond
}

// without leaves out the second at either end.
func (s Span) without(sec time.Time) Span {
	if s.From.Equal(sec) {
		s.From = sec.Add(time.Second)
	} else {
		s.To = sec
	}
	return s
}

// narrow moves the edge to the second of the pass's last row. What stays known
// is the rows of that second: the narrowed window begins with them.
func (g *reading) narrow() {
	edge := second(g.pass[len(g.pass)-1].Updated)
	if g.order == orderNewestFirst {
		g.Updated.To = edge.Add(time.Second)
	} else {
		g.Updated.From = edge
	}
	g.known = make(map[Digest]struct{}, len(g.pass))
	kept := g.pass[:0]
	for _, r := range g.pass {
		if second(r.Updated).Equal(edge) {
			g.known[r.Key] = struct{}{}
			kept = append(kept, r)
		} else if !second(r.Updated).Equal(second(g.first)) {
			g.settled++
		}
	}
	g.pass, g.pos = kept, len(g.known)
	g.newest, g.oldest = true, true
	g.passes, g.doubted, g.stale = 0, 0, 0
}

// seconds is how many whole seconds the pass's rows, being in order, fall in.
func (g *reading) seconds() int {
	n := 0
	var last time.Time
	for _, r := range g.pass {
		if s := second(r.Updated); !s.Equal(last) {
			n, last = n+1, s
		}
	}
	return n
}
