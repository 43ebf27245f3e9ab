package ledger_test

import (
	"math/bits"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// Time is told from the present, which always has the same number: what lies
// back is moved further back when time passes. The rules compare times and add
// settle_time to some of them, nothing else. So a gap longer than settle_time is
// as good as one that is a tick longer; a gap that nothing waits out is as good
// as one tick; and times that are never compared need no order. Worlds that
// differ in nothing else are the same: time may pass at will, and there are
// finitely many worlds all the same.
const (
	present   = 62
	beginning = 40
	epoch     = 1_800_000_000
)

func at(tick uint8) time.Time { return time.Unix(epoch+int64(tick), 0).UTC() }

// never is the tick of the zero time.
const never = 255

func tickOf(t time.Time) uint8 {
	if t.IsZero() {
		return never
	}
	return uint8(t.Unix() - epoch)
}

// group is times that are compared with one another: each side's revisions, and
// our own.
type group uint8

const ours group = 2

func groupOf(side incident.Side) group { return group(side) }

// clock is the ticks that occur in each group, and where each goes.
type clock struct {
	in    [3]group // which group a group was joined to
	gap   [3]uint8 // the longest gap that is kept
	marks [3]uint64
	to    [3][present + 1]uint8
	idle  bool // nothing moves
}

// joined says which groups are compared in a world, and which gaps somebody
// waits out.
func (x *explorer) joined(w *world) clock {
	c := clock{in: [3]group{0, 1, ours}, gap: [3]uint8{1, 1, 1}}
	if x.ordered() {
		c.in[sentinel] = groupOf(defender) // stamps
	}
	i := x.info(w.entry)
	waits := !i.met || i.waits || i.intent && i.intended == defender || w.writers[0].phase == reading || w.writers[1].phase == reading
	if w.left.faults > 0 && w.writers[sentinel].phase == sent && !x.ordered() {
		c.gap[sentinel] = x.settle + 1
	}
	if waits || w.left.faults > 0 && w.sides[defender].n > 1 {
		c.in[ours] = groupOf(defender)
		c.gap[defender] = x.settle + 1
	}
	if !i.met {
		c.in[sentinel] = groupOf(defender)
	}
	return c
}

func (c *clock) mark(g group, t uint8) {
	if t > 0 && t <= present {
		c.marks[c.in[g]] |= 1 << t
	}
}

func (c *clock) move(g group, t uint8) uint8 {
	if t > 0 && t <= present {
		return c.to[c.in[g]][t]
	}
	return t
}

// set works out where each tick goes after some have passed.
func (c *clock) set(passed uint8) {
	c.idle = true
	for g, marks := range c.marks {
		last, to := present+passed, uint8(present)
		for marks != 0 {
			t := uint8(bits.Len64(marks) - 1)
			marks &^= 1 << t
			to -= min(last-t, c.gap[g])
			last = t
			c.to[g][t] = to
			c.idle = c.idle && t == to
		}
	}
}

// moves reports whether a time of an entry moves.
func (c *clock) moves(i *info) bool {
	for g, marks := range i.times {
		for ; marks != 0; marks &= marks - 1 {
			if t := uint8(bits.TrailingZeros64(marks)); c.move(group(g), t) != t {
				return true
			}
		}
	}
	return false
}

// pass lets ticks pass, and brings all times into their canonical place.
func (x *explorer) pass(w world, ticks uint8) world {
	c := x.joined(&w)
	w.times(func(g group, t *uint8) { c.mark(g, *t) })
	for g, marks := range x.info(w.entry).times {
		c.marks[c.in[g]] |= marks
	}
	if c.set(ticks); c.idle {
		return w
	}
	w.times(func(g group, t *uint8) { *t = c.move(g, *t) })
	if !c.moves(x.info(w.entry)) {
		return w
	}
	next := x.entries[w.entry].Clone()
	times(next, func(g group, t *time.Time) {
		if !t.IsZero() {
			*t = at(c.move(g, tickOf(*t)))
		}
	})
	for i := range next.Holds {
		next.Holds[i].Due = next.Holds[i].Answered.Add(x.settings.SettleTime)
	}
	w.entry = x.intern(next)
	return w
}

// times visits every tick of a world; 0 is none.
func (w *world) times(visit func(group, *uint8)) {
	for side := range w.sides {
		g := group(side)
		for i := range w.sides[side].n {
			visit(g, &w.sides[side].past[i].rev)
		}
		visit(ours, &w.writers[side].began)
		visit(g, &w.writers[side].answer.rev)
	}
	for i := range w.made {
		visit(groupOf(defender), &w.edits[i].rev)
	}
}

// times visits every time of an entry that a rule compares; Due follows
// Answered.
func times(e *ledger.Entry, visit func(group, *time.Time)) {
	visit(ours, &e.Created)
	for side := range e.Sides {
		o, g := &e.Sides[side], group(side)
		visit(g, &o.Revision)
		visit(ours, &o.ReadAt)
		for f := range o.Stamps {
			visit(g, &o.Stamps[f])
		}
	}
	if e.Intent != nil {
		visit(ours, &e.Intent.At)
		visit(groupOf(e.Intent.Side), &e.Intent.Revision)
	}
	if e.Coincided != nil {
		visit(ours, &e.Coincided.At)
	}
	for i := range e.Holds {
		visit(ours, &e.Holds[i].Answered)
		visit(groupOf(defender), &e.Holds[i].Revision)
	}
}
