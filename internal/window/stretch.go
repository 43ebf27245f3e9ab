package window

import (
	"maps"
	"time"
)

// linksMax bounds the pages of one pass that are reached by links.
const linksMax = 2000

// stretchOutcome is what an answer did to its stretch.
type stretchOutcome uint8

const (
	stretchGoesOn stretchOutcome = iota
	stretchDone
	// stretchTied: the first second was read whole, by links.
	stretchTied
	// stretchStuck: the rows of the first second cannot be had whole now.
	stretchStuck
	// stretchHopped: the span up to probe.works is passed over.
	stretchHopped
	// stretchUnwell: the service cannot even show nothing.
	stretchUnwell
)

// stretch is a gap being read from its older end.
//
// Invariant: every row last updated before sure and visible when the answer was
// given that moved it there was in an answer. From runs ahead of it where a page
// announced another: that one has yet to prove that it holds later rows.
type stretch struct {
	Span
	sure time.Time
	// edge are the rows of the page before, of which the last are of From;
	// nil unless it announced more.
	edge map[Digest]bool
	// link continues the pass, "" asks anew.
	link string
	// pages of the pass under way, lead the second of the latest row of its
	// first one, last the time of its latest row, shown its rows and which of
	// them are of the second From; rising says that they are of two seconds.
	pages      int
	lead, last time.Time
	shown      map[Digest]bool
	rising     bool
	// news says that the pass under way has shown new rows.
	news bool
	// unsorted: rows came out of order since sure was reached.
	unsorted bool
	// before is what the pass before showed, all what all of them did; nil if
	// there was none.
	before, all map[Digest]bool
	// passes counts passes begun again.
	passes int
	probe  *probe
	// check asks behind the last second before all counts as read. checking is
	// when the answer was served that this is to check, mute that it has shown
	// rows which were there by then, and which no link announced.
	check    bool
	checking time.Time
	mute     bool
}

func newStretch(s Span) *stretch { return &stretch{Span: s, sure: s.From, check: true} }

func (g *stretch) leg() Leg {
	if g.probe != nil {
		return Leg{From: g.probe.ask(), Single: true}
	}
	return Leg{From: g.From, Link: g.link}
}

// take moves the stretch by one page.
func (g *stretch) take(p LegPage) stretchOutcome {
	if g.probe != nil {
		return g.probed(true)
	}
	first := g.pages == 0
	g.pages++
	news := g.observe(p.Rows)
	g.news = g.news || news
	for _, r := range p.Rows {
		g.mute = g.mute || r.New && r.Updated.Before(g.checking)
	}
	g.checking = time.Time{}
	if g.edge != nil {
		if o, waits := g.prove(p.Link); waits {
			return o
		}
	}
	if first {
		g.lead = second(g.last)
	}
	switch {
	case g.unsorted:
		return g.endUnsorted(p)
	case g.lead.After(g.From) && p.Link == "" && !g.check:
		return stretchDone // the next poll asks on from there
	case g.lead.After(g.From) && (g.rising || p.Link == ""):
		// A page asked anew shows the oldest rows without a hole.
		return g.moveOn(p.Link != "")
	case g.lead.After(g.From):
		return g.follow(p.Link)
	case second(g.last).After(g.From) || p.Link == "" && !first:
		// A page behind a link: what lies between may have moved.
		return g.endTied()
	case p.Link != "":
		return g.follow(p.Link)
	case news:
		return g.again()
	case len(g.shown) > 1 || len(g.shown) > 0 && g.check:
		// As many rows as a page may hold, perhaps, and no word of more.
		g.checking = p.Served
		return g.moveTo(g.From.Add(time.Second))
	}
	return stretchDone
}

// prove looks for the rows that the page before announced: some of its last ones
// again, and others behind them. waits is false once they are there.
func (g *stretch) prove(link string) (o stretchOutcome, waits bool) {
	joined, more := false, false
	for key := range g.shown {
		joined, more = joined || g.edge[key], more || !g.edge[key]
	}
	switch {
	case g.unsorted:
	case joined && more:
		g.sure, g.edge, g.passes = g.From, nil, 0
		return stretchGoesOn, false
	case link != "":
		return g.follow(link), true
	default:
		// Nothing behind them, so that page was not of the oldest rows; or
		// they are gone, which is chance.
		g.unsorted = !more || g.passes >= edgePassesMax
	}
	g.From, g.edge = g.sure, nil
	return g.again(), true
}

// moveOn goes on from the second of the last rows of the pass's first page. Where
// more was announced, that is yet to be proven.
func (g *stretch) moveOn(announced bool) stretchOutcome {
	t := g.lead
	if !announced || !g.To.IsZero() && !t.Before(g.To) {
		return g.moveTo(t)
	}
	edge := map[Digest]bool{}
	for key := range g.shown {
		edge[key] = true
	}
	g.From, g.before, g.all, g.edge = t, nil, nil, edge
	g.restart()
	return stretchGoesOn
}

// observe notes the rows of a page and reports whether one was new.
func (g *stretch) observe(rows []Row) (news bool) {
	if g.shown == nil {
		g.shown = map[Digest]bool{}
	}
	for _, r := range rows {
		news = news || r.New
		at := second(r.Updated)
		if r.Updated.IsZero() || at.Before(g.From) {
			continue // not asked for: it tells nothing of the order
		}
		last := second(g.last)
		g.unsorted = g.unsorted || at.Before(last)
		g.rising = g.rising || at.After(last) && !g.last.IsZero()
		if r.Updated.After(g.last) {
			g.last = r.Updated
		}
		g.shown[r.Key] = at.Equal(g.From)
	}
	return news
}

// moveTo goes on from t, behind which all was read.
func (g *stretch) moveTo(t time.Time) stretchOutcome {
	g.From, g.sure, g.passes = t, t, 0
	g.before, g.all, g.probe, g.edge, g.unsorted = nil, nil, nil, nil, false
	g.restart()
	if g.Empty() {
		return stretchDone
	}
	return stretchGoesOn
}

func (g *stretch) restart() {
	g.link, g.pages, g.shown, g.rising, g.news = "", 0, nil, false, false
	g.lead, g.last = time.Time{}, time.Time{}
}

// again asks anew from where the stretch stands.
func (g *stretch) again() stretchOutcome {
	g.passes++
	g.restart()
	return stretchGoesOn
}

// endTied ends a pass over a second that holds more rows than a page.
func (g *stretch) endTied() stretchOutcome {
	if !g.news && !g.check && second(g.last).Equal(g.From) {
		return stretchDone // as at the last poll, and the next one asks again
	}
	maps.DeleteFunc(g.shown, func(_ Digest, tied bool) bool { return !tied })
	if g.agrees() {
		return stretchTied
	}
	return g.again()
}

// agreeAfter is how many passes may differ, by rows that come and go. After that
// one is enough that shows nothing new: the service may have no order at all.
const agreeAfter = 5

// agrees reports whether the pass has shown what the one before did, and
// remembers what it has shown.
func (g *stretch) agrees() bool {
	same := g.before != nil && maps.Equal(g.shown, g.before)
	known := len(g.all)
	if g.all == nil {
		g.all = map[Digest]bool{}
	}
	maps.Copy(g.all, g.shown)
	g.before = g.shown
	return same || g.passes >= agreeAfter && len(g.all) == known
}

// endUnsorted ends a pass over rows out of order, at the last of its pages.
func (g *stretch) endUnsorted(p LegPage) stretchOutcome {
	switch last := second(g.last); {
	case p.Link != "":
		return g.follow(p.Link)
	case !g.agrees():
		return g.again()
	case last.After(g.From):
		return g.moveTo(last)
	}
	return g.moveTo(g.From.Add(time.Second))
}

// unlinked ends a pass whose link leads nowhere. What only the link could prove
// of an order that nothing speaks against is believed.
func (g *stretch) unlinked() stretchOutcome {
	switch {
	case g.unsorted:
		g.restart()
		g.From, g.edge, g.passes = g.sure, nil, passesMax
		return stretchGoesOn
	case g.lead.After(g.From):
		return g.moveTo(g.lead)
	case g.edge != nil:
		g.sure, g.edge = g.From, nil
	}
	g.restart()
	return stretchStuck
}

func (g *stretch) follow(link string) stretchOutcome {
	if g.pages >= linksMax || link == g.link {
		return g.unlinked()
	}
	g.link = link
	return stretchGoesOn
}
