package window

import (
	"slices"
	"time"
)

// order is what the pages of a gap have shown of how the service sorts.
type order uint8

const (
	orderUnknown order = iota
	orderNewestFirst
	orderOldestFirst
	// orderNone: by something else than last-update time, or by nothing.
	orderNone
)

// step is what the outstanding request of a gap is for.
type step uint8

const (
	// stepFirst reads the window from its start.
	stepFirst step = iota
	// stepJoined goes on with one row of overlap.
	stepJoined
	// stepClosing goes on without overlap: nothing should be left.
	stepClosing
)

// outcome is what a page did to its gap.
type outcome uint8

const (
	keepGap outcome = iota
	doneGap
	// sortedGap: the order has become known; the gap goes on from one edge,
	// what lies beyond the other edge is a gap of its own.
	sortedGap
	// contradictedGap: the order believed in is not the service's.
	contradictedGap
	divideGap
)

// reading is a gap being read.
//
// Invariant: the service's answer to the gap's window begins with the pos rows
// already taken, the last of which are known, provided that the list has not
// changed; a page asked for with overlap shows whether it has.
type reading struct {
	Gap
	order  order
	origin Span
	// first is the row that a moving edge started from, settled how many rows
	// it passed since in other seconds.
	first   time.Time
	settled int
	// light gaps are settled by a short page that brings nothing new, because
	// a whole pass reads their rows again.
	light bool

	step  step
	pos   int
	known map[Digest]struct{}
	// whole: the last page was short and announced no other.
	whole bool
	// loose: a joint of this pass did not hold. shown is the fingerprint of
	// the loose pass before, zero if there was none.
	loose bool
	shown Digest
	// doubted counts closings that found rows, stale those that found known
	// ones only; passes counts passes begun again.
	doubted, stale, passes int
	// hopped: the next page is known not to join, because the row between
	// cannot be read.
	hopped bool
	// pass holds this pass's rows within the window, pages how many brought
	// them; newest and oldest say which orders they still allow, second by
	// second, which is all that moving an edge needs.
	pass           []Row
	pages          int
	newest, oldest bool
}

func newReading(g Gap) *reading {
	r := &reading{Gap: g, origin: g.Updated, newest: true, oldest: true}
	if e := g.Edge; e != nil {
		r.order, r.first, r.settled, r.origin = orderNewestFirst, e.First, e.Settled, e.Origin
		if e.Oldest {
			r.order = orderOldestFirst
		}
	}
	r.Edge = nil
	return r
}

// kept is the gap as the cursor keeps it.
func (g *reading) kept() Gap {
	gap := g.Gap
	if g.edge() {
		gap.Edge = &Edge{Oldest: g.order == orderOldestFirst, First: g.first.UTC(), Settled: g.settled, Origin: g.origin}
	}
	return gap
}

// skip is how many rows the next request leaves out.
func (g *reading) skip() int {
	if g.step == stepJoined {
		return g.pos - 1
	}
	return g.pos
}

// again begins the pass from the start of the window.
func (g *reading) again() outcome {
	g.step, g.pos, g.known, g.whole = stepFirst, 0, nil, false
	g.loose, g.stale, g.hopped = false, 0, false
	g.pass, g.pages, g.newest, g.oldest = nil, 0, true, true
	g.passes++
	if g.edge() && g.passes > edgePassesMax {
		return contradictedGap
	}
	return keepGap
}

// end closes the pass: it is a proof if all its joints held, or if it showed the
// same rows as the pass before.
func (g *reading) end() outcome {
	if !g.loose {
		return doneGap
	}
	shown := g.fingerprint()
	if shown == g.shown {
		return doneGap
	}
	o := g.again()
	g.shown = shown
	return o
}

// fingerprint stands for the set of rows that the pass showed.
func (g *reading) fingerprint() (sum Digest) {
	for k := range digests(g.pass) {
		for i := range sum {
			sum[i] ^= k[i]
		}
	}
	sum[0] ^= 1 // no rows is an answer too, and differs from no pass
	return sum
}

// take moves the reading by one page.
func (g *reading) take(p Page) outcome {
	if len(p.Rows) == 0 {
		return g.takeEmpty(p)
	}
	if g.foreign(p.Rows) {
		return g.again()
	}
	keys := digests(p.Rows)
	joined := g.hopped || shares(keys, g.known)
	g.hopped = false
	news := slices.ContainsFunc(p.Rows, func(r Row) bool { return r.New })
	whole := !p.More && len(p.Rows) < p.Top

	switch {
	case g.step == stepJoined && !joined:
		// The list moved under the reader: rows went up past the joint.
		return g.again()
	case g.step == stepClosing && !joined && p.Top == 1 && g.edge():
		// A page of one has no room for an overlap: asked for only where a
		// page of more cannot be had.
	case g.step == stepClosing && !joined:
		if o, resolved := g.doubt(); resolved {
			return o
		}
	case g.light && whole && !news:
		return doneGap
	}
	reached := g.skip() + len(keys)
	if subset(keys, g.known) {
		return g.takeKnown(reached, whole)
	}
	g.stale = 0
	g.observe(p.Rows)
	if !g.newest && !g.oldest && g.order != orderNone {
		g.pos, g.known = reached, keys
		g.goOn(whole, news)
		return contradictedGap
	}
	if o, moved := g.moveEdge(whole); moved {
		return o
	}
	g.pos, g.known = reached, keys
	return g.goOn(whole, news)
}

// takeEmpty: nothing behind the last row ends the pass. An empty page that
// announces more is one whose rows were all withheld. An empty page where the
// overlap should have been shows that rows have left the window.
func (g *reading) takeEmpty(p Page) outcome {
	switch {
	case p.More:
		g.pos, g.step, g.loose = g.skip()+max(p.Top, 1), stepClosing, true
		if g.pos > depthMax {
			return divideGap
		}
		return keepGap
	case g.step == stepJoined:
		return g.again()
	default:
		return g.end()
	}
}

// takeKnown: only the overlap came back. Either this is the end, or the page
// has no room for more, or rows came in above. Asking behind it tells; where
// that shows the same rows time after time, the service does not heed the skip.
func (g *reading) takeKnown(reached int, whole bool) outcome {
	if g.step == stepClosing {
		g.stale++
		if g.stale > staleMax {
			g.loose = true
			return g.end()
		}
	}
	g.pos, g.step, g.whole = max(g.pos, reached), stepClosing, whole
	return keepGap
}

// doubt handles rows behind what looked like the end: the page before was cut
// short, or has no room for an overlap. resolved is false if the page is to be
// taken as it is, on a joint that does not hold.
func (g *reading) doubt() (o outcome, resolved bool) {
	g.doubted++
	switch {
	case g.edge() && g.doubted > 2:
		return contradictedGap, true
	case g.edge():
		g.step = stepJoined
		return keepGap, true
	case g.doubted == 1 && g.pages == 1 && len(g.pass) > 1:
		// The first page was cut short. Read it again, not believing its end.
		return g.again(), true
	}
	g.loose = true
	return keepGap, false
}

// edge reports whether the gap is read by moving one of its edges.
func (g *reading) edge() bool {
	return g.order == orderNewestFirst || g.order == orderOldestFirst
}

// goOn chooses the request behind a page that was taken.
func (g *reading) goOn(whole, news bool) outcome {
	g.whole = whole
	g.step = stepJoined
	if g.pages > 1 && g.pos > depthMax {
		return divideGap
	}
	// A short page without news is most likely all there is; one with news
	// comes from a list in motion, where the overlap has to hold as well.
	if g.loose || (whole && !news && g.doubted == 0) {
		g.step = stepClosing
	}
	return keepGap
}

// foreign reports a page none of whose rows was asked for: the service did not
// heed the filter.
func (g *reading) foreign(rows []Row) bool {
	dated := false
	for _, r := range rows {
		if g.Updated.Contains(r.Updated) {
			return false
		}
		dated = dated || !r.Updated.IsZero()
	}
	return dated
}

// observe notes the rows of a page and the order they came in. The overlap
// repeats rows of the page before, which say nothing new.
func (g *reading) observe(rows []Row) {
	g.pages++
	for _, r := range rows {
		if _, repeated := g.known[r.Key]; repeated || r.Updated.IsZero() || !g.Updated.Contains(r.Updated) {
			continue
		}
		if n := len(g.pass); n > 0 {
			last := second(g.pass[n-1].Updated)
			g.newest = g.newest && !second(r.Updated).After(last)
			g.oldest = g.oldest && !second(r.Updated).Before(last)
		}
		g.pass = append(g.pass, r)
	}
}

func digests(rows []Row) map[Digest]struct{} {
	keys := make(map[Digest]struct{}, len(rows))
	for _, r := range rows {
		keys[r.Key] = struct{}{}
	}
	return keys
}

func shares(a, b map[Digest]struct{}) bool {
	for k := range a {
		if _, ok := b[k]; ok {
			return true
		}
	}
	return false
}

func subset(a, b map[Digest]struct{}) bool {
	for k := range a {
		if _, ok := b[k]; !ok {
			return false
		}
	}
	return true
}
