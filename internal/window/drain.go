package window

import (
	"cmp"
	"slices"
	"time"
)

const (
	// depthMax is how far a window is skipped into before it is divided: past
	// some depth the service stops handing out pages or answers 400.
	depthMax = 500
	// passesMax is after how many broken passes a gap waits for the next poll.
	passesMax = 20
	// edgePassesMax is after how many broken passes a moving edge is given up
	// for passes over the whole window.
	edgePassesMax = 5
	// evidenceMin is how many seconds in one order make it believed: by chance
	// it happens to one list in 8! = 40,320.
	evidenceMin = 8
	// clockLag is how far lastUpdateDateTime may be behind the service's own
	// Date; a minute has been seen.
	clockLag = 2 * time.Minute
	// staleMax is how often in a row only known rows may be shown behind the
	// last one.
	staleMax = 5
	// aheadMax is how far in the future a row may move the head. A row dated
	// beyond is emitted, but must not blind the receiver to the present.
	aheadMax = 10 * time.Minute
)

// Drain works a cursor off. It is not safe for concurrent use.
type Drain struct {
	settings Settings
	cursor   Cursor
	gaps     []*reading
	// hopped are the spans in which rows were passed over; see Hopped.
	hopped []Span
	// begun is set between the begin of a whole pass and its first answer.
	begun bool
	// unsorted is set once a page contradicted the order of those before.
	unsorted bool
}

// NewDrain continues at a cursor, which must be Valid.
func NewDrain(c Cursor, s Settings) *Drain {
	d := &Drain{settings: s, cursor: c}
	for _, g := range c.Gaps {
		d.add(newReading(g))
	}
	// A cursor just started begins its first pass.
	d.begun = c.Head.Equal(c.Floor)
	return d
}

// Cursor is the present position: what to save once all pages given so far
// have been consumed.
func (d *Drain) Cursor() Cursor {
	c := d.cursor
	c.Gaps = make([]Gap, 0, len(d.gaps))
	for _, g := range d.gaps {
		c.Gaps = append(c.Gaps, g.kept())
	}
	return c
}

// Poll opens a whole pass: from an overlap before the last pass's head, without
// an upper end. While an earlier pass is still open it takes a Peek instead.
func (d *Drain) Poll() {
	for _, g := range d.gaps {
		g.passes = 0
	}
	if len(d.gaps) > 0 {
		d.Peek()
		return
	}
	d.add(newReading(Gap{Updated: Span{From: d.cursor.PassFrom(d.settings.Overlap)}}))
	d.begun = true
	if d.cursor.Head.After(d.cursor.Reach) {
		d.cursor.Reach = d.cursor.Head
	}
}

// Peek asks for what is newer than the head before going on with older gaps,
// so that a long backfill does not delay the present.
func (d *Drain) Peek() {
	if len(d.gaps) > 0 && d.gaps[0].Updated.To.IsZero() {
		return
	}
	g := newReading(Gap{Updated: Span{From: second(d.cursor.Head)}})
	g.light = true
	d.add(g)
}

// RaiseFloor tells that revisions up to t are no longer remembered, so that
// the overlap must not reach them again.
func (d *Drain) RaiseFloor(t time.Time) {
	if f := secondAfter(t); f.After(d.cursor.Floor) {
		d.cursor.Floor = f
	}
}

// Next is the request to make now; false if nothing is owed, or if all that is
// owed has to wait for the next Poll.
func (d *Drain) Next() (Ask, bool) {
	if a := d.cursor.Audit; a != nil {
		return Ask{Gap: Gap{Updated: a.Span}, Count: true}, true
	}
	g := d.current()
	if g == nil {
		return Ask{}, false
	}
	return Ask{Gap: g.Gap, Skip: g.skip()}, true
}

// Backlog reports whether anything bounded above is owed, that is, whether the
// present waits behind the past.
func (d *Drain) Backlog() bool {
	return len(d.gaps) > 0 && !d.gaps[len(d.gaps)-1].Updated.To.IsZero()
}

// Page takes the answer to the last Ask, all of whose rows were consumed.
// Beyond now plus ten minutes no row moves the head.
func (d *Drain) Page(p Page, now time.Time) {
	d.reach(p.Served, now)
	for _, r := range p.Rows {
		if r.Updated.After(d.cursor.Head) && !r.Updated.After(now.Add(aheadMax)) {
			d.cursor.Head = r.Updated.UTC()
		}
	}
	if d.cursor.Audit != nil {
		d.answerAudit(p)
		return
	}
	g := d.current()
	if g == nil {
		return
	}
	if d.unsorted {
		g.order = orderNone
	}
	if g.hopped {
		d.hopped = append(d.hopped, g.passedOver(p.Rows))
	}
	d.apply(g, g.take(p))
}

// reach notes the service's clock at the begin of a pass, by the minute so that
// an idle cursor changes seldom. All that the pass reads is read later.
func (d *Drain) reach(served, now time.Time) {
	if !d.begun || served.IsZero() || served.After(now.Add(aheadMax)) {
		return
	}
	d.begun = false
	if r := served.UTC().Add(-clockLag).Truncate(time.Minute); r.After(d.cursor.Reach) {
		d.cursor.Reach = r
	}
}

// Refused tells that the service refuses to skip that far, or to count: the gap
// is divided, the count done without.
func (d *Drain) Refused() {
	g := d.current()
	switch {
	case d.cursor.Audit != nil:
		d.cursor.Audit = nil
	case g == nil:
	case g.step == stepClosing && g.whole && g.pages == 1 && g.doubted == 0:
		// The service called its one page whole and refuses to look behind it.
		d.apply(g, doneGap)
	default:
		d.apply(g, divideGap)
	}
}

// Owe opens a span to be read again, beside all that is owed already.
func (d *Drain) Owe(s Span) {
	if !s.Empty() && !s.From.IsZero() {
		d.add(newReading(Gap{Updated: s}))
	}
}

// Extend reaches back behind the floor: all since from is owed.
func (d *Drain) Extend(from time.Time) {
	from = second(from)
	if !from.Before(d.cursor.Floor) {
		return
	}
	d.Owe(Span{From: from, To: d.cursor.Floor})
	d.cursor.Floor = from
}

func (d *Drain) current() *reading {
	for _, g := range d.gaps {
		if g.passes < passesMax {
			return g
		}
	}
	return nil
}

func (d *Drain) apply(g *reading, o outcome) {
	switch o {
	case keepGap:
	case doneGap:
		d.cursor.Audit = g.audit()
		d.remove(g)
	case sortedGap:
		if beyond := g.sorted(); !beyond.Updated.Empty() {
			d.add(beyond)
		}
	case contradictedGap:
		if !g.Updated.equal(g.origin) {
			d.disbelieve(g.origin)
			break
		}
		g.order = orderNone // nothing was settled on the belief yet
		d.disbelieve()
	case divideGap:
		d.remove(g)
		for _, part := range g.divide() {
			d.add(part)
		}
	}
	if g.Updated.Empty() {
		d.remove(g)
	}
	d.order()
}

// disbelieve owes again all that was settled on the belief in an order, beside
// the given spans, and believes in none from now on.
func (d *Drain) disbelieve(spans ...Span) {
	for _, g := range d.gaps {
		if g.edge() {
			spans = append(spans, g.origin)
		}
	}
	if a := d.cursor.Audit; a != nil {
		spans, d.cursor.Audit = append(spans, a.Origin), nil
	}
	d.unsorted = true
	for i, s := range spans {
		if slices.ContainsFunc(spans[:i], s.equal) {
			continue
		}
		d.gaps = slices.DeleteFunc(d.gaps, func(g *reading) bool { return g.origin.equal(s) })
		d.add(newReading(Gap{Updated: s}))
	}
}

func (d *Drain) remove(g *reading) {
	d.gaps = slices.DeleteFunc(d.gaps, func(o *reading) bool { return o == g })
}

func (d *Drain) add(g *reading) {
	if d.unsorted {
		g.order = orderNone
	}
	d.gaps = append(d.gaps, g)
	d.order()
	if n := len(d.gaps); n > gapsMax {
		last, before := d.gaps[n-1], d.gaps[n-2]
		d.gaps = append(d.gaps[:n-2], newReading(Gap{Updated: Span{From: last.Updated.From, To: before.Updated.To}}))
	}
}

// order puts the newest gap first.
func (d *Drain) order() {
	slices.SortStableFunc(d.gaps, func(a, b *reading) int {
		return cmp.Or(
			cmp.Compare(rank(b.Updated.To), rank(a.Updated.To)),
			b.Updated.From.Compare(a.Updated.From),
			cmp.Compare(rank(b.Created.To), rank(a.Created.To)),
		)
	})
}

// rank orders upper ends, the open one above all.
func rank(to time.Time) int64 {
	if to.IsZero() {
		return 1<<63 - 1
	}
	return to.Unix()
}
