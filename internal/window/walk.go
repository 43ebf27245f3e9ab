package window

import (
	"cmp"
	"slices"
	"time"
)

const (
	// pagesFree are the pages of a pass that cost nothing.
	pagesFree = 4
	// passWaitMax is the most that a long pass puts the next one off.
	passWaitMax = 2 * time.Minute
)

// muteFor is how long a service is not believed that once left a link out.
const muteFor = time.Hour

// WalkSettings of a Walk.
type WalkSettings struct {
	// Overlap is read again on purpose before the last pass's head.
	Overlap time.Duration
	// Every is how long after a pass over the overlap the next one begins. What
	// is newer than the head is asked for with every poll.
	Every time.Duration
	// PerPage is how much longer that is for each page but a few that it took,
	// so that a storm in the overlap leaves room for the present.
	PerPage time.Duration
}

// Leg is one request of a Walk: the rows last updated in the second From or
// later, the oldest first.
type Leg struct {
	From time.Time
	// Link continues an earlier answer, by its own nextLink; "" asks anew.
	Link string
	// Single asks for one row, to find one that cannot be had.
	Single bool
}

// LegPage is the answer to a Leg, in the order received.
type LegPage struct {
	Rows []Row
	// Link is where the service says it goes on; "" for nowhere. Its absence
	// proves nothing.
	Link string
	// Served is the service's clock as it answered; zero if it did not say.
	Served time.Time
}

// Walk works a cursor off at a service that can be asked for what changed since
// a moment, the oldest first, and that links its pages by a token of its own. A
// token may count rows, so that a list that moves shifts under it; therefore a
// Walk asks anew from the second of the last row wherever it can, and every page
// but the first shows rows of the one before. Links are followed only where one
// second holds more rows than a page, or where the rows do not come in order,
// and are believed when two passes in a row have shown the same.
//
// What it cannot see: rows of one second beyond a page that names no link.
//
// It is not safe for concurrent use.
type Walk struct {
	settings WalkSettings
	cursor   Cursor
	gaps     []*stretch // newest first
	// pass is the last gap opened over the overlap, passed when; begun says
	// that it waits for its first answer.
	pass   *stretch
	passed time.Time
	begun  bool
	hopped []Span
	// avoided are spans that Poll leaves out.
	avoided []Span
	// pages were taken since a pass was due last, beside the first of a poll.
	pages int
	// tied is the second that was read by links last.
	tied time.Time
	// mute is until when the absence of a link is given no credit, since it
	// was found wrong.
	mute time.Time
}

// NewWalk continues at a cursor, which must be Valid.
func NewWalk(c Cursor, s WalkSettings) *Walk {
	// A cursor just started begins its first pass.
	w := &Walk{settings: s, cursor: c, begun: c.Head.Equal(c.Floor)}
	for _, g := range c.Gaps {
		w.add(g.Updated)
	}
	return w
}

// Cursor is the present position: what to save once all pages given so far have
// been consumed.
func (w *Walk) Cursor() Cursor {
	c := w.cursor
	c.Audit, c.Gaps = nil, make([]Gap, 0, len(w.gaps))
	for _, g := range w.gaps {
		c.Gaps = append(c.Gaps, Gap{Updated: Span{From: g.sure, To: g.To}})
	}
	return c
}

// Poll asks for what is newer than the head and, when it is due, for the overlap
// before it. What is owed of earlier times is set back behind the present.
func (w *Walk) Poll(now time.Time) {
	for _, g := range w.gaps {
		g.passes = 0
	}
	w.divide(second(now.Add(-w.settings.Overlap)))
	head, due := second(w.cursor.Head), now.Sub(w.passed).Abs() >= w.passEvery()
	w.pages--
	if len(w.gaps) == 0 || !w.gaps[0].To.IsZero() {
		from := head
		if len(w.gaps) > 0 && w.gaps[0].To.After(from) {
			from = w.gaps[0].To // before it all is owed, behind it nothing was yet
		}
		if !due && from.Equal(w.tied) {
			from = from.Add(time.Second) // it takes many pages, and is over
		}
		g := w.add(Span{From: w.behind(from)})
		g.check = due || now.Before(w.mute)
	}
	if !due || slices.Contains(w.gaps, w.pass) {
		return
	}
	w.passed, w.pages = now, -1
	from := w.cursor.PassFrom(w.settings.Overlap)
	if !from.Before(head) {
		return
	}
	w.begun = true
	w.pass = nil
	for _, s := range w.without(Span{From: from, To: head}) {
		w.pass = w.add(s)
	}
}

// passEvery is how long after the last pass the next is due.
func (w *Walk) passEvery() time.Duration {
	return w.settings.Every + min(passWaitMax, w.settings.PerPage*time.Duration(max(0, w.pages-pagesFree)))
}

// Next is the request to make now; false if nothing is owed, or if all that is
// owed has to wait for the next Poll.
func (w *Walk) Next() (Leg, bool) {
	g := w.current()
	if g == nil {
		return Leg{}, false
	}
	return g.leg(), true
}

// Page takes the answer to the last Leg, all of whose rows were consumed.
func (w *Walk) Page(p LegPage, now time.Time) {
	if !p.Served.IsZero() {
		now = p.Served // the clock that the rows are dated by
	}
	w.reach(p.Served)
	w.pages++
	for _, r := range p.Rows {
		if r.Updated.After(w.cursor.Head) && !r.Updated.After(now.Add(aheadMax)) {
			w.cursor.Head = r.Updated.UTC()
		}
	}
	if g := w.current(); g != nil {
		w.settle(g, g.take(p))
		if g.mute {
			w.mute = now.Add(muteFor)
		}
	}
}

// reach notes the service's clock at the begin of a pass, by the minute so that
// an idle cursor changes seldom; without a clock, the head.
func (w *Walk) reach(served time.Time) {
	if !w.begun {
		return
	}
	w.begun = false
	r := w.cursor.Head
	if !served.IsZero() {
		r = served.UTC().Add(-clockLag).Truncate(time.Minute)
	}
	if r.After(w.cursor.Reach) {
		w.cursor.Reach = r
	}
}

// Refused tells that the service refuses the link of the last Leg, or that it
// must not be followed. What lies behind it stays owed; the rest goes on.
func (w *Walk) Refused() {
	if g := w.current(); g != nil {
		w.settle(g, g.unlinked())
	}
}

// RaiseFloor tells that revisions up to t are no longer remembered, so that the
// overlap must not reach them again.
func (w *Walk) RaiseFloor(t time.Time) {
	if f := secondAfter(t); f.After(w.cursor.Floor) {
		w.cursor.Floor = f
	}
}

// Owe opens a span to be read again, beside all that is owed already.
func (w *Walk) Owe(s Span) {
	if !s.Empty() && !s.From.IsZero() {
		w.add(s)
	}
}

// Heavy tells that the service cannot show even the first row of the last Leg.
// Where it is, is found by asking for later ones. unwell says that the service
// cannot show anything: wait, and then ask as before.
func (w *Walk) Heavy(now time.Time) (unwell bool) {
	g := w.current()
	if g == nil {
		return false
	}
	o := g.heavy(now)
	w.settle(g, o)
	return o == stretchUnwell
}

// Hopped returns the spans that were passed over since the last call because of
// a row that cannot be had. Each holds nothing else that was not read, unless
// the service was unwell by chance; read it again with Owe.
func (w *Walk) Hopped() []Span {
	spans := w.hopped
	w.hopped = nil
	return spans
}

func (w *Walk) current() *stretch {
	for _, g := range w.gaps {
		if g.passes < passesMax {
			return g
		}
	}
	return nil
}

func (w *Walk) settle(g *stretch, o stretchOutcome) {
	switch o {
	case stretchGoesOn, stretchUnwell:
	case stretchDone:
		w.remove(g)
	case stretchTied:
		w.tied = g.From
		w.settle(g, g.moveTo(g.From.Add(time.Second)))
	case stretchStuck:
		// One second stays owed until the next poll; what is behind it does not.
		rest := Span{From: g.From.Add(time.Second), To: g.To}
		g.To, g.passes = rest.From, passesMax
		w.Owe(rest)
	case stretchHopped:
		w.hopped = append(w.hopped, g.passedOver())
		g.moveTo(g.probe.works)
	}
	if g.Empty() {
		w.remove(g)
	}
}

func (w *Walk) remove(g *stretch) {
	w.gaps = slices.DeleteFunc(w.gaps, func(o *stretch) bool { return o == g })
}

func (w *Walk) add(s Span) *stretch {
	g := newStretch(s)
	w.gaps = append(w.gaps, g)
	slices.SortStableFunc(w.gaps, func(a, b *stretch) int {
		return cmp.Or(cmp.Compare(rank(b.To), rank(a.To)), b.From.Compare(a.From))
	})
	if n := len(w.gaps); n > gapsMax {
		last, before := w.gaps[n-1], w.gaps[n-2]
		from := last.From
		if before.From.Before(from) {
			from = before.From
		}
		w.gaps = append(w.gaps[:n-2], newStretch(Span{From: from, To: before.To}))
	}
	return g
}
