package ledger_test

import (
	"fmt"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// written is the cells after a write, and the law it broke.
func (r rules) written(w *world, side incident.Side, now held) (cells [2]cell, err error) {
	wr := w.writers[side]
	write := wr.plan.Writes[0]
	cells = now.cells
	for i := range r.cells() {
		asked, before := r.cellOf(write.Asked, i), r.cellOf(write.Before, i)
		carried := !r.tags || asked != before
		if !carried {
			// A set is replaced whole: an edit of another tag in the window
			// of W1 goes.
			if asked != now.cells[i].value {
				cells[i] = cell{asked, w.editBefore(now.cells[i], asked)}
			}
			continue
		}
		if asked != now.cells[i].value {
			if lawErr := r.mayOverwrite(w, write, i, now.cells[i], wr.origins[i]); lawErr != nil {
				err = fmt.Errorf("%s write %q over %q: %w", side, asked, now.cells[i].value, lawErr)
			}
		}
		cells[i] = cell{asked, wr.origins[i]}
	}
	return cells, err
}

func (w *world) editBefore(c cell, _ incident.Value) int {
	if c.origin == 0 {
		return 0
	}
	return w.edits[c.origin-1].parent
}

// mayOverwrite is the law that no edit is lost without a record, the windows W1
// to W4 and W6 apart.
func (r rules) mayOverwrite(w *world, write reconcile.Write, i int, over cell, source int) error {
	if over.value != r.cellOf(write.Before, i) {
		return nil // W1: edited since it was read
	}
	for _, d := range w.entry.Decisions {
		if d.Result == ledger.ResultOverwritten && r.cellOf(d.Value, i) == over.value {
			return nil // recorded when the intent was resolved
		}
	}
	conflict := write.Rule == reconcile.RuleConflict || write.Rule == reconcile.RuleFirst
	switch {
	case w.ancestor(over.origin, source):
		return nil
	case w.lost[write.Side]:
		return nil // W3
	case w.ancestor(source, over.origin):
		if w.misled {
			return nil // W2, W4, W6
		}
		return fmt.Errorf("an edit is overwritten by what its editor saw")
	case r.editValue(w, w.common(over.origin, source), i) == over.value:
		return nil // W2: a return to the base is no edit
	case !conflict && !w.misled:
		return fmt.Errorf("an edit is lost without a record")
	case conflict && !w.misled:
		return r.ordered(w, over.origin, source)
	}
	return nil
}

// ordered is the law of `latest`: the later edit stands, of equals Defender's.
func (r rules) ordered(w *world, over, source int) error {
	if r.settings.Policy[r.field()].Conflict != reconcile.ConflictLatest || source == 0 || w.lost[0] || w.lost[1] {
		return nil
	}
	o, s := w.edits[over-1], w.edits[source-1]
	if o.rev > s.rev || o.rev == s.rev && o.side == defender && s.side == sentinel {
		return fmt.Errorf("an edit at %d on %s is overwritten by one at %d on %s", o.rev, o.side, s.rev, s.side)
	}
	return nil
}

// roundsMax is how many polls the sides have to agree after edits stopped.
const roundsMax = 14

// closeIfDue closes a state in which nothing moves by itself, or a write has
// just ended: every other state passes through such a one.
func (r rules) closeIfDue(w *world, last string) ([]string, error) {
	_, moves := r.advance(w)
	if moves && !strings.Contains(last, "answered") {
		return nil, nil
	}
	return r.close(w)
}

// close plays on without edits and faults, and checks that both sides agree and
// that all is quiet then.
func (r rules) close(w *world) (trace []string, err error) {
	w = w.clone()
	w.budget = budget{}
	w.polled = [2]int{} // a resync
	asked, quiet := w.asked, 0
	for range roundsMax {
		for range 60 {
			next, moved := r.advance(w)
			if !moved {
				break
			}
			trace = append(trace, next.name)
			if w = next.world; next.err != nil {
				return trace, next.err
			}
		}
		if w.asked == asked {
			quiet++
		} else {
			quiet = 0
		}
		asked = w.asked
		if quiet > settleTicks && w.entry.Quiet(r.settings) {
			break
		}
		w.tick++
		trace = append(trace, "tick")
	}
	d, s := w.sides[defender].now(), w.sides[sentinel].now()
	switch {
	case r.value(d) != r.value(s):
		return trace, fmt.Errorf("the sides never agree: %q and %q", r.value(d), r.value(s))
	case quiet < settleTicks+1:
		return trace, fmt.Errorf("it never gets quiet")
	case !w.entry.Quiet(r.settings):
		return trace, fmt.Errorf("there is work for ever")
	}
	return trace, nil
}

// advance takes the first step there is: records first, then writers.
func (r rules) advance(w *world) (step, bool) {
	var found step
	add := func(name string, next *world, err error) {
		if next != nil && found.world == nil {
			found = step{name, next, err}
		}
	}
	for _, side := range incident.Sides() {
		r.records(w, side, add)
	}
	for _, side := range incident.Sides() {
		r.writer(w, side, add)
	}
	return found, found.world != nil
}
