package window

import "time"

// probeAhead is how far behind now no row is expected.
const probeAhead = 24 * time.Hour

// probe looks for the second of a row that the service cannot show. Asked from
// fails on it fails; asked from works on it does not, or works is the end of
// the stretch.
type probe struct {
	fails, works time.Time
	// beyond is asked from first: where nothing can be, a service that is well
	// answers. sane says that it did.
	beyond time.Time
	sane   bool
	// step is how far the next question leads, doubled each time; zero once
	// works is known to work, when the span between is halved. So the nearest
	// row that cannot be had is found, if there are several.
	step time.Duration
}

// ask is the moment to ask from.
func (p *probe) ask() time.Time {
	switch t := p.fails.Add(p.step); {
	case !p.sane:
		return p.beyond
	case p.step == 0:
		return second(p.fails.Add(p.works.Sub(p.fails) / 2))
	case t.Before(p.works):
		return t
	}
	return p.works
}

// answer takes the answer to ask, and reports whether the row is found.
func (p *probe) answer(ok bool) (found bool) {
	t := p.ask()
	switch {
	case !p.sane:
		p.sane, p.step = true, time.Second
	case ok:
		p.works, p.step = t, 0
	case t.Equal(p.works):
		return true // at its end or behind: the stretch has nothing before it
	default:
		p.fails, p.step = t, 2*p.step
	}
	return p.works.Sub(p.fails) <= time.Second
}

// heavy begins or goes on to look for the row that cannot be had: the oldest, or
// the one behind those that the pass has shown.
func (g *stretch) heavy(now time.Time) stretchOutcome {
	if g.probe != nil {
		return g.probed(false)
	}
	beyond := secondAfter(now).Add(probeAhead)
	fails, works := g.From, g.To
	if last := second(g.last); last.After(fails) {
		fails = last
	}
	if !beyond.After(fails) {
		beyond = fails.Add(probeAhead)
	}
	if !works.After(fails) {
		works = beyond
	}
	g.restart()
	g.probe = &probe{fails: fails, works: works, beyond: beyond}
	return stretchGoesOn
}

func (g *stretch) probed(ok bool) stretchOutcome {
	if !g.probe.sane && !ok {
		g.probe = nil
		return stretchUnwell
	}
	if g.probe.answer(ok) {
		return stretchHopped
	}
	return stretchGoesOn
}

// passedOver is the span to try again: all that is not surely read, unless the
// row is dated ahead, where the present must not be among it.
func (g *stretch) passedOver() Span {
	span := Span{From: g.sure, To: g.probe.works}
	if present := g.probe.beyond.Add(-probeAhead); span.To.After(present) && g.probe.fails.After(span.From) {
		span.From = g.probe.fails
	}
	return span
}
