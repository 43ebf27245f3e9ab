package ledger_test

import (
	"errors"
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

func (x *explorer) latest() bool {
	return x.settings.Policy[x.field].Conflict == reconcile.ConflictLatest
}

// maySend is the laws of what a writer may intend at all.
func (x *explorer) maySend(w *world, p planned) error {
	switch {
	case w.finished && p.side == sentinel:
		return errors.New("the twin of a merged incident is written after it was closed")
	case p.create && w.deleted != deletedNot && w.deleted != deletedReopened:
		return errors.New("a deleted twin is made again")
	case p.rule == reconcile.RuleFirst && w.old[p.side.Other()] && p.source != x.value(w.sides[p.side.Other()].now().cells):
		return errors.New("what was true before the ledger was lost is written")
	case !p.create && !p.redirect && p.before == p.asked:
		return errors.New("what is there already is written")
	}
	return nil
}

// overwrite is a service after a write, and the law it broke.
func (x *explorer) overwrite(w *world, side incident.Side, p planned, now held) (next held, err error) {
	next, wr := now, w.writers[side]
	next.gone = false
	stored := x.store(side, p.asked)
	if p.create {
		w.deleted = deletedNot
	}
	for i := range x.cells {
		asked, before := x.cell(stored, i), x.cell(p.before, i)
		over := now.cells[i]
		switch {
		case p.create || p.redirect:
			next.cells[i] = cell{asked, wr.source[i]}
			continue
		case !x.carries(p, i):
			// A set is replaced whole: an edit of another tag in the window
			// of W1 goes.
			if asked != over.value {
				next.cells[i] = cell{asked, w.editBefore(over.origin)}
			}
		default:
			next.cells[i] = cell{asked, wr.source[i]}
		}
		if asked == over.value {
			continue
		}
		if lawErr := x.mayOverwrite(w, p, i, over, before); lawErr != nil && err == nil {
			err = lawErr
		}
	}
	return next, err
}

func (w *world) editBefore(origin uint8) uint8 {
	if origin == 0 {
		return 0
	}
	return w.edits[origin-1].parent
}

// mayOverwrite is the law that no edit is lost without a record, the windows W1
// to W4 and W6 apart.
func (x *explorer) mayOverwrite(w *world, p planned, i int, over cell, before uint8) error {
	source := w.writers[p.side].source[i]
	switch {
	case w.excused:
		return nil
	case over.origin == source && over.value == w.editValue(source, i):
		return errors.New("an edit is overwritten by what a service made of it")
	case w.ancestor(over.origin, source):
		return nil // its editor saw it
	case over.value != before || w.writers[p.side].read[i] != over.origin:
		return x.unseen(w, p.side, over.origin) // or made anew since the read, and the same
	case over.origin > 0 && w.edits[over.origin-1].lost:
		return nil // its echo goes the same way
	}
	if w.recorded&(1<<over.value) != 0 && x.cells == 1 {
		return nil
	}
	conflict := p.rule == reconcile.RuleConflict || p.rule == reconcile.RuleFirst
	switch {
	case w.ancestor(source, over.origin):
		return errors.New("an edit is overwritten by what its editor saw")
	case w.editValue(w.common(over.origin, source), i) == over.value:
		return nil // W2: a return to the base is no edit
	case !conflict:
		return errors.New("an edit is lost without a record")
	}
	w.owed = true
	return x.inOrder(w, over.origin, source)
}

// unseen is the law of W1: what a write destroys without its writer having seen
// it was written on Defender's side, and no longer before the read than reads
// are stale.
func (x *explorer) unseen(w *world, side incident.Side, origin uint8) error {
	now := w.sides[side].now()
	if side == sentinel {
		return errors.New("an edit is overwritten unseen, in spite of its etag")
	}
	if now.rev+x.settle <= w.writers[side].began {
		return errors.New("an edit is overwritten unseen, and it was made long before the read")
	}
	if origin > 0 {
		w.edits[origin-1].lost = true
	}
	return nil
}

// inOrder is the law of `latest`: the later edit stands, of equals Defender's.
func (x *explorer) inOrder(w *world, over, source uint8) error {
	if !x.ordered() || source == 0 || w.disordered || w.lost[0] > 0 || w.lost[1] > 0 {
		return nil
	}
	o, s := w.edits[over-1], w.edits[source-1]
	if o.rev > s.rev || o.rev == s.rev && o.side == defender && s.side == sentinel {
		return fmt.Errorf("an edit on %s is overwritten by an older one on %s", o.side, s.side)
	}
	return nil
}
