package ledger_test

import (
	"errors"
	"fmt"
)

// ticksMax is within how many ticks after the last edit and fault the sides
// agree, and no writer has anything to do for ever after.
const ticksMax = 14

// unfinished marks a state that is being played to its end.
const unfinished = 255

// fate is a state on the way to the end, before or after the resync.
type fate struct {
	key      [16]byte
	resynced bool
}

// close plays a world on without edits and faults, and checks that it ends in
// peace, after a resync at the latest. How a state ends is remembered.
func (x *explorer) close(start *world) error {
	w, resynced := *start, false
	w.left = budget{}
	w = x.canonical(w)
	type visit struct {
		fate
		ticks uint8
	}
	var way []visit
	ticks := uint8(0)
	for {
		at := fate{x.key(&w), resynced}
		known, had := x.fates[at]
		if known == unfinished {
			return errors.New("it goes on for ever")
		}
		if had {
			ticks = known
			break
		}
		next, tick := x.byItself(&w)
		if next.err != nil {
			return next.err
		}
		if rests := tick == 1 && next.world == w; rests && resynced {
			if err := x.peace(&w); err != nil {
				return err
			}
			x.fates[at] = 0
			break
		} else if rests {
			next, tick, resynced = step{world: x.resync(w)}, 0, true
		}
		x.fates[at] = unfinished
		way = append(way, visit{at, tick})
		w = next.world
	}
	for i := len(way) - 1; i >= 0; i-- {
		if ticks += way[i].ticks; ticks > ticksMax {
			return fmt.Errorf("it takes more than %d ticks until all is quiet", ticksMax)
		}
		x.fates[way[i].fate] = ticks
	}
	return nil
}

// resync polls both sides anew.
func (x *explorer) resync(w world) world {
	for side := range w.sides {
		w.sides[side].fresh = max(1, w.sides[side].fresh)
	}
	return w
}

// end is the way to the end of a world, and the world there.
func (x *explorer) end(w world) ([]string, world) {
	var names []string
	for resynced := false; ; {
		next, tick := x.byItself(&w)
		switch rests := tick == 1 && next.world == w; {
		case rests && resynced || len(names) > 60:
			return names, w
		case rests:
			next, resynced = step{world: x.resync(w), name: "both sides are polled anew"}, true
		}
		names = append(names, next.name)
		if w = next.world; next.err != nil {
			return names, w
		}
	}
}

// byItself is the first thing that happens without people and mischief; the
// passing of a tick if nothing else does.
func (x *explorer) byItself(w *world) (step, uint8) {
	x.steps = x.steps[:0]
	for _, side := range []func(*world){x.recordsOfBoth, x.writersOfBoth} {
		if side(w); len(x.steps) > 0 {
			return x.steps[0], 0
		}
	}
	return step{world: x.later(w), name: "a tick passes"}, 1
}

func (x *explorer) recordsOfBoth(w *world) { x.records(w, defender); x.records(w, sentinel) }
func (x *explorer) writersOfBoth(w *world) { x.writer(w, defender); x.writer(w, sentinel) }

// peace is the laws of the end: both sides agree, nobody has anything to do, and
// telling of the present again changes nothing.
func (x *explorer) peace(w *world) error {
	i := x.info(w.entry)
	d, s := w.sides[defender].now(), w.sides[sentinel].now()
	switch {
	case w.owed:
		return errors.New("an edit lost, and no decision says so")
	case !i.quiet:
		return errors.New("there is work for ever")
	case i.parked && !d.merged:
		return errors.New("a write is parked")
	case d.merged && !s.gone && (!i.redirects || w.closings == 0):
		return errors.New("the twin of a merged incident was not closed")
	case d.merged:
	case s.gone && (w.deleted == deletedNot || w.deleted == deletedReopened):
		return errors.New("there is no twin")
	case !s.gone && !x.same(x.value(d.cells), x.value(s.cells)):
		return fmt.Errorf("the sides never agree: %s and %s", x.says(defender, x.value(d.cells)), x.says(sentinel, x.value(s.cells)))
	}
	for side := range w.sides {
		again := *w
		x.record(&again, sides[side], w.sides[side].now(), present)
		if again.entry != w.entry {
			return fmt.Errorf("a record of %s that says nothing new changes the entry", sides[side])
		}
	}
	return nil
}
