package ledger_test

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"

// mischief is every fault that does not befall a writer at work: those stand
// with the writers' steps.
func (x *explorer) mischief(before *world) {
	w := *before
	w.left.faults--
	for _, side := range incident.Sides() {
		x.badPost(&w, side)
		x.unrelated(&w, side)
	}
	x.ledgerLost(&w)
}

// badPost: records are lost, repeated, out of order, and stale when they were
// polled.
func (x *explorer) badPost(w *world, side incident.Side) {
	s := w.sides[side]
	if s.fresh > 0 {
		next := *w
		next.sides[side].fresh = 0
		x.add(next, nil, "%s: records are lost", side)
	}
	for i := range s.n {
		last := uint8(present)
		if i+1 < s.n {
			// A list may be stale, too.
			last = min(s.past[i+1].rev+x.settle-1, present)
		}
		if i+1 == s.n && s.fresh > 0 {
			continue // no fault
		}
		for _, began := range x.moments(w, side, s.past[i].rev, last) {
			next := *w
			x.record(&next, side, s.past[i], began)
			x.add(next, nil, "%s: a late, repeated or stale record of %s arrives%s", side, x.told(side, s.past[i]), x.ago(s.past[i].rev, began))
		}
	}
}

// unrelated: something else of the incident changes. Its time is taken for that
// of an edit nobody saw yet (W2).
func (x *explorer) unrelated(w *world, side incident.Side) {
	now := w.sides[side].now()
	if now.gone {
		return
	}
	next := *w
	next.disordered = x.ordered()
	next.change(side, now)
	next.unmask(side)
	x.add(next, nil, "%s: a revision of something else", side)
}

// ledgerLost: what was believed is gone, what is on its way is not. From then on
// only agreement is promised (W6).
func (x *explorer) ledgerLost(w *world) {
	next := *w
	x.became(&next, x.ask(question{verb: verbNew, entry: w.entry}))
	next.writers, next.believed, next.lost = [2]writer{}, [2][2]uint8{}, [2]uint16{}
	next.excused, next.disordered, next.hollow, next.finished, next.owed, next.deleted = true, x.ordered(), false, false, false, deletedNot
	for side := range next.sides {
		s := &next.sides[side]
		s.fresh = s.n
		for i := range s.n - 1 {
			s.past[i].old = true
		}
	}
	x.add(next, nil, "the ledger is lost")
}

// remove: a person deletes the incident in Sentinel, or Defender merges it into
// another.
func (x *explorer) remove(w *world) {
	if now := w.sides[sentinel].now(); w.left.deletions > 0 && !now.gone {
		next := *w
		next.left.deletions--
		next.deleted = deletedUnseen
		now.gone = true
		next.change(sentinel, now)
		x.add(next, nil, "sentinel: a person deletes the incident")
	}
	if now := w.sides[defender].now(); w.left.merges > 0 && !now.merged {
		next := *w
		next.left.merges--
		now.merged = true
		next.change(defender, now)
		x.add(next, nil, "defender: the incident is merged into another")
	}
}

// noticed follows what the ledger knows of a deleted twin. No time says when it
// was deleted: where Defender's incident was closed when both last agreed and is
// open when that is noticed, it counts as reopened since.
func (x *explorer) noticed(w *world) {
	i := x.info(w.entry)
	shut := i.value[defender] == closed
	switch {
	case w.deleted == deletedUnseen && i.gone[sentinel]:
		switch {
		case shut:
			w.deleted = deletedClosed
		case i.met && i.base[defender] == closed:
			w.deleted = deletedReopened
		default:
			w.deleted = deletedOpen
		}
	case w.deleted == deletedOpen && shut:
		w.deleted = deletedClosed
	case w.deleted == deletedClosed && !shut:
		w.deleted = deletedReopened
	}
}
