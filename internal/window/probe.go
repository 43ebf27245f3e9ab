package window

import "time"

// probeAhead is how far behind now a row that cannot be had is looked for.
const probeAhead = 24 * time.Hour

// probe looks for the second of the oldest row of a stretch, which the service
// cannot show: asked from fails on it fails, asked from works on it does not.
type probe struct{ fails, works time.Time }

// ask is the moment between.
func (p *probe) ask() time.Time {
	return second(p.fails.Add(p.works.Sub(p.fails) / 2))
}

func (p *probe) found() bool { return p.works.Sub(p.fails) <= time.Second }

// heavy begins or goes on to look for the row that cannot be had: the oldest, or
// the one behind those that the pass has shown.
func (g *stretch) heavy(now time.Time) stretchOutcome {
	if g.probe != nil {
		return g.probed(false)
	}
	fails, works := g.From, g.To
	if last := second(g.last); last.After(fails) {
		fails = last
	}
	if !works.After(fails) {
		works = secondAfter(now)
		if !works.After(fails) {
			works = fails
		}
		works = works.Add(probeAhead)
	}
	g.restart()
	g.probe = &probe{fails: fails, works: works}
	if g.probe.found() {
		return stretchHopped
	}
	return stretchGoesOn
}

func (g *stretch) probed(works bool) stretchOutcome {
	if works {
		g.probe.works = g.probe.ask()
	} else {
		g.probe.fails = g.probe.ask()
	}
	if g.probe.found() {
		return stretchHopped
	}
	return stretchGoesOn
}
