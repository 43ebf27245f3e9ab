package ledger_test

import (
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// step is one thing that may happen next.
type step struct {
	world world
	name  string // only while a trace is told
	err   error  // a law was broken
}

// add keeps a step. Names cost more than steps: they are made on demand.
func (x *explorer) add(w world, err error, format string, args ...any) {
	s := step{world: x.canonical(w), err: err}
	if x.naming {
		s.name = fmt.Sprintf(format, args...)
	}
	x.steps = append(x.steps, s)
}

// next lists all that may happen next. What comes by itself stands first:
// records, then writers, then time. What people and mischief do follows.
func (x *explorer) next(w *world) []step {
	x.steps = x.steps[:0]
	for _, side := range incident.Sides() {
		x.records(w, side)
	}
	for _, side := range incident.Sides() {
		x.writer(w, side)
	}
	x.moves = len(x.steps) > 0
	if later := x.later(w); later != *w {
		x.add(later, nil, "a tick passes")
	}
	x.people(w)
	if w.left.faults > 0 {
		x.mischief(w)
	}
	return x.steps
}

// ago tells how old a record is, where it is.
func (x *explorer) ago(rev, began uint8) string {
	if !x.naming || rev == present && began == present {
		return ""
	}
	return fmt.Sprintf(", changed %d ticks ago, polled %d ago", present-rev, present-began)
}

// canonical is the one of all worlds with the same future.
func (x *explorer) canonical(w world) world {
	w.forget(x)
	x.root(&w)
	return x.pass(w, 0)
}

// later is a tick later.
func (x *explorer) later(w *world) world { return x.canonical(x.pass(*w, 1)) }

// told is a state of a side in words.
func (x *explorer) told(side incident.Side, h held) string {
	switch {
	case !x.naming:
		return ""
	case h.gone:
		return "nothing"
	case h.merged:
		return "merged"
	}
	return x.says(side, x.value(h.cells))
}

// people edit. What differs in names alone is left out: the first edit of a
// scalar is to its second value, the first of tags is to the first.
func (x *explorer) people(w *world) {
	for _, side := range incident.Sides() {
		now := w.sides[side].now()
		if now.gone || now.merged {
			continue
		}
		for i := range x.cells {
			for value := range x.levels {
				if w.left.edits == 0 || value == now.cells[i].value || !w.begun && x.renames() && (value > 1 || i > 0) {
					continue
				}
				next := *w
				x.edit(&next, side, i, value)
				x.add(next, nil, "%s: a person sets %s", side, x.told(side, next.sides[side].now()))
			}
		}
	}
	x.remove(w)
}

// renames reports whether values may be exchanged without a difference.
func (x *explorer) renames() bool { return x.stored == nil && x.field != incident.FieldStatus }

// edit is a person's, of one cell.
func (x *explorer) edit(w *world, side incident.Side, cellAt int, value uint8) {
	w.left.edits--
	w.begun = true
	next := w.sides[side].now()
	e := edit{side: side, cell: uint8(cellAt), value: value, parent: next.cells[cellAt].origin}
	if x.ordered() {
		e.rev = present
	}
	w.edits[w.made] = e
	w.made++
	next.cells[cellAt] = cell{value, w.made}
	wr := &w.writers[side]
	if looksWritten := x.looksWritten(w, side, cellAt, value); looksWritten {
		wr.unsure = wr.unsure || wr.phase > reading
		w.excused = w.excused || w.lost[side] > 0
	}
	w.change(side, next)
	w.unmask(side)
	if asked := x.info(w.entry).written; side == defender && asked.is && asked.before == x.value(next.cells) && asked.rev == present {
		w.excused = true // W4: nothing tells it from no effect
	}
}

// ordered reports whether the time of an edit matters to any law.
func (x *explorer) ordered() bool { return x.latest() && x.cells == 1 }

// looksWritten reports whether an edit restores what was before the write that
// is under way, or equals what it asks (W3).
func (x *explorer) looksWritten(w *world, side incident.Side, cellAt int, value uint8) bool {
	plan := max(w.lost[side], w.writers[side].plan)
	if plan == 0 {
		return false
	}
	p := x.plans[plan]
	before, asked := x.cell(p.before, cellAt), x.cell(x.store(side, p.asked), cellAt)
	return (x.cells == 1 || before != asked) && (value == before || value == asked)
}

// records arrive: of any state since the last one that arrived, and begun at any
// time while it was true. So a record's way takes as long as it likes, and its
// having been sent is no step of its own.
func (x *explorer) records(w *world, side incident.Side) {
	s := w.sides[side]
	for i := s.n - s.fresh; i < s.n; i++ {
		last := uint8(present)
		if i+1 < s.n {
			last = s.past[i+1].rev
		}
		for _, began := range x.moments(w, side, s.past[i].rev, last) {
			next := *w
			next.sides[side].fresh = s.n - 1 - i
			x.record(&next, side, s.past[i], began)
			x.add(next, nil, "%s: record of %s arrives%s", side, x.told(side, s.past[i]), x.ago(s.past[i].rev, began))
		}
	}
}

// moments are the first and the last of a span, as far as any rule asks: all
// that is asked of when a poll began is whether it came after a moment.
func (x *explorer) moments(w *world, side incident.Side, first, last uint8) []uint8 {
	i := x.info(w.entry)
	if first == last || i.met && (!i.waits || side == sentinel) {
		return []uint8{last}
	}
	return []uint8{first, last}
}

func (x *explorer) record(w *world, side incident.Side, h held, began uint8) {
	if h.gone {
		return // a list shows what is there
	}
	x.believe(w, side, h, x.ask(question{verb: verbObserve, side: side, entry: w.entry, seen: x.seen(h), began: began}))
}

// believe takes what the entry made of a state that was seen.
func (x *explorer) believe(w *world, side incident.Side, h held, a answered) {
	before, after := *x.info(w.entry), *x.info(a.entry)
	if before.base != after.base && after.base == before.value {
		x.coincide(w) // and one of them leaves it
	}
	taken := !before.known[side] || before.gone[side] || h.rev >= before.revision[side]
	if taken && after.value[side] == x.value(h.cells) {
		same := before.known[side] && before.value[side] == after.value[side]
		w.old[side] = h.old && (w.old[side] || !same) // an old state of the same time takes nothing back
	}
	for i := range w.believed[side] {
		if !taken || h.gone || x.cell(after.value[side], i) != h.cells[i].value {
			continue
		}
		if o := h.cells[i].origin; h.rev > before.revision[side] || before.value != after.value || o > w.believed[side][i] {
			w.believed[side][i] = o // of two alike at the same time it is the later
		}
	}
	x.became(w, a)
	if before.base != after.base && after.base == after.value {
		x.coincide(w)
	}
}

// became is the entry from now on.
func (x *explorer) became(w *world, a answered) {
	w.entry = a.entry
	w.recorded |= a.recorded
	w.owed = w.owed && !a.conflict && !w.excused
	x.noticed(w)
	for side := range w.writers {
		if wr := &w.writers[side]; wr.phase == reading && a.news {
			wr.news = true
		}
	}
	if !x.info(w.entry).holds && w.writers[defender].phase <= reading {
		w.hollow = false
	}
}

// unmask: a PATCH without effect is taken for a person's revert if another
// revision follows it (W4).
func (w *world) unmask(side incident.Side) {
	if side == defender && w.hollow {
		w.excused = true
	}
}
