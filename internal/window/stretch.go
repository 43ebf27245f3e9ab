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
	// stretchStuck: the rows of the first second cannot be had whole now.
	stretchStuck
	// stretchHopped: the span up to probe.works is passed over.
	stretchHopped
)

// stretch is a gap being read from its older end.
//
// Invariant: every row last updated before From and visible when the answer was
// given that moved From there was in an answer.
type stretch struct {
	Span
	// link continues the pass, "" asks anew.
	link string
	// pages of the pass under way, last the time of its latest row, shown its
	// rows and which of them are of the second From.
	pages int
	last  time.Time
	shown map[Digest]bool
	// unsorted: rows came out of order since From was reached.
	unsorted bool
	// before is what the pass before showed; nil if there was none.
	before map[Digest]bool
	// passes counts passes begun again.
	passes int
	probe  *probe
}

func newStretch(s Span) *stretch { return &stretch{Span: s} }

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
	switch edge := second(g.last); {
	case g.unsorted:
		return g.endUnsorted(p)
	case edge.After(g.From) && first:
		// A page asked anew shows the oldest rows without a hole.
		return g.moveTo(edge)
	case edge.After(g.From) || p.Link == "" && !first:
		// A page behind a link: what lies between may have moved.
		return g.endTied()
	case p.Link != "":
		return g.follow(p.Link)
	case news:
		return g.again()
	case len(g.shown) > 1:
		// As many rows as a page may hold, perhaps, and no word of more.
		return g.moveTo(g.From.Add(time.Second))
	}
	return stretchDone
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
		g.unsorted = g.unsorted || at.Before(second(g.last))
		if r.Updated.After(g.last) {
			g.last = r.Updated
		}
		g.shown[r.Key] = at.Equal(g.From)
	}
	return news
}

// moveTo goes on from t, behind which all was read.
func (g *stretch) moveTo(t time.Time) stretchOutcome {
	g.From, g.passes, g.before, g.probe = t, 0, nil, nil
	g.unsorted = false
	g.restart()
	if g.Empty() {
		return stretchDone
	}
	return stretchGoesOn
}

func (g *stretch) restart() {
	g.link, g.pages, g.last, g.shown = "", 0, time.Time{}, nil
}

// again asks anew from where the stretch stands.
func (g *stretch) again() stretchOutcome {
	g.passes++
	g.restart()
	return stretchGoesOn
}

// endTied ends a pass over a second that holds more rows than a page.
func (g *stretch) endTied() stretchOutcome {
	maps.DeleteFunc(g.shown, func(_ Digest, tied bool) bool { return !tied })
	if maps.Equal(g.shown, g.before) {
		return g.moveTo(g.From.Add(time.Second))
	}
	g.before = g.shown
	return g.again()
}

// endUnsorted ends a pass over rows out of order, at the last of its pages.
func (g *stretch) endUnsorted(p LegPage) stretchOutcome {
	switch edge := second(g.last); {
	case p.Link != "":
		return g.follow(p.Link)
	case !maps.Equal(g.shown, g.before):
		g.before = g.shown
		return g.again()
	case edge.After(g.From):
		return g.moveTo(edge)
	}
	return g.moveTo(g.From.Add(time.Second))
}

// unlinked ends a pass whose link leads nowhere.
func (g *stretch) unlinked() stretchOutcome {
	g.restart()
	if !g.unsorted {
		return stretchStuck
	}
	g.passes = passesMax
	return stretchGoesOn
}

func (g *stretch) follow(link string) stretchOutcome {
	if g.pages >= linksMax || link == g.link {
		return g.unlinked()
	}
	g.link = link
	return stretchGoesOn
}
