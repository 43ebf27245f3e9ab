package ledger_test

import (
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// The search explores every order of steps of a small world: two services that
// hold one incident, people who edit it, records on their way, two writers
// split into read, write and save, a clock, and faults. The entry and the
// reconcile are the shipped ones (see oracle); only the world is made up.
//
// A world is a plain value, so that a step costs a copy and a comparison.

const (
	defender = incident.SideDefender
	sentinel = incident.SideSentinel
)

// cell is what edits are about, and the edit it stems from; 0 = the beginning.
type cell struct{ value, origin uint8 }

// held is one state of a service's incident.
type held struct {
	cells  [2]cell
	rev    uint8 // tick of the change: states may share it
	gone   bool  // Sentinel: deleted, or not made yet
	merged bool  // Defender: merged into another incident
	old    bool  // it was replaced before the ledger was lost
}

// pastMax bounds how many states of a service are remembered.
const pastMax = 10

// service is one side's incident. Its past is needed for what is stale.
type service struct {
	past  [pastMax]held // oldest first; the last of n is true
	n     uint8
	fresh uint8 // how many of the youngest no record has told of yet
}

func (s *service) now() held { return s.past[s.n-1] }

// phase of a writer.
type phase uint8

const (
	idle phase = iota
	reading
	intended
	sent
)

// writer is one side's, between two steps.
type writer struct {
	phase  phase
	began  uint8 // tick at which the read began
	since  uint8 // how many states its side passed through since
	news   bool  // the entry got news since
	moved  bool  // its side changed since it was read
	unsure bool  // W3: an edit meanwhile looks like the write, or like none
	plan   uint16
	from   uint32 // the entry it planned from, where a mutant needs it
	source [2]uint8
	read   [2]uint8 // the edits that what it read stems from
	answer held
	told   uint8 // what was answered
}

// What a service answers.
const (
	toldTaken   uint8 = iota
	toldStale         // 409: the etag, or a twin that is there, or is not
	toldNothing       // 200 without effect
)

// edit is a person's.
type edit struct {
	side   incident.Side
	cell   uint8
	value  uint8
	parent uint8 // what the editor saw
	rev    uint8
	lost   bool // in the window of W1, where it was made
}

const editsMax = 4

// budget is what may still happen.
type budget struct{ edits, faults, merges, deletions uint8 }

// world is one state of everything.
type world struct {
	entry   uint32 // by number, see oracle
	sides   [2]service
	writers [2]writer
	left    budget
	edits   [editsMax]edit // index+1 = origin
	made    uint8          // how many edits
	root    [2]uint8       // what each cell held before them
	begun   bool           // the first was made, long ago it may be
	// believed is the edit that each cell of the entry's observation stems
	// from, by side.
	believed [2][2]uint8
	// recorded are values that a decision says were overwritten.
	recorded uint8
	// old is true of a side whose observation was replaced before the ledger
	// was lost.
	old [2]bool
	// lost is what was being written, from a kill or a lost answer until that
	// side is read; 0 = nothing.
	lost [2]uint16
	// Which laws no longer hold, by the windows W2, W3, W4 and W6.
	excused    bool // an edit may be lost without a record
	disordered bool // the order of edits may be mistaken
	// hollow is true while a PATCH without effect is not found out.
	hollow bool
	// owed is true from when an edit lost a conflict until that is recorded.
	owed bool
	// closings is how often the twin was closed for a merge, finished whether
	// the answer was had.
	closings uint8
	finished bool
	// deleted is how far a deleted twin is from being made again.
	deleted deletion
}

// deletion is how far a deleted twin is from being made again.
type deletion uint8

const (
	deletedNot      deletion = iota
	deletedUnseen            // and the ledger does not know
	deletedOpen              // it does, and Defender was not closed since
	deletedClosed            // Defender was closed since
	deletedReopened          // and reopened: it is made again
)

// begin is two agreed sides.
func (x *explorer) begin(b budget) world {
	w := world{left: b}
	first := held{rev: beginning}
	for side := range w.sides {
		w.sides[side].past[0], w.sides[side].n = first, 1
	}
	w.entry = x.agreed(first)
	return w
}

// change is a new state of a service.
func (w *world) change(side incident.Side, next held) {
	s := &w.sides[side]
	if int(s.n) == pastMax {
		panic("a service changed more often than is remembered")
	}
	next.rev = present
	s.past[s.n] = next
	s.n++
	s.fresh++
	if wr := &w.writers[side]; wr.phase != idle {
		wr.moved = true
		wr.since++
	}
}

// stale reports whether a read or an answer may still show the state at an
// index: it was replaced no longer ago than answers may be stale.
func (x *explorer) stale(s *service, i int) bool {
	return i+1 < int(s.n) && present-s.past[i+1].rev < x.settle
}

// forget drops states that nothing can show any more: the state space stays
// small, and no step is lost.
func (w *world) forget(x *explorer) {
	for side := range w.sides {
		s := &w.sides[side]
		x.delivered(w, incident.Side(side))
		keep := int(s.n) - max(1, int(s.fresh))
		if wr := w.writers[side]; wr.phase == reading {
			keep = min(keep, int(s.n)-1-int(wr.since))
		}
		if w.left.faults > 0 {
			for keep > 0 && (x.stale(s, keep-1) && (side == int(defender) || w.writers[side].phase == sent) || x.mayCount(w, incident.Side(side), s.past[keep-1])) {
				keep--
			}
		}
		if keep <= 0 {
			continue
		}
		n := copy(s.past[:], s.past[keep:s.n])
		for i := n; i < int(s.n); i++ {
			s.past[i] = held{}
		}
		s.n = uint8(n)
	}
}

// delivered forgets records on their way that say what the entry knows and can
// never say anything else: whatever changes comes later than they.
func (x *explorer) delivered(w *world, side incident.Side) {
	s, i := &w.sides[side], x.info(w.entry)
	now := s.now()
	if s.fresh == 0 || !i.met || !i.known[side] || i.gone[side] || now.rev == present || i.revision[side] != now.rev ||
		i.value[side] != x.value(now.cells) || now.gone || now.merged || side == defender && i.waits {
		return
	}
	for k := s.n - s.fresh; k < s.n; k++ {
		if h := s.past[k]; h.rev == now.rev && (x.value(h.cells) != i.value[side] || h.gone != now.gone) || h.merged {
			return
		}
	}
	s.fresh = 0
}

// mayCount reports whether a record of an old state could still change the
// entry, now or after a fault more.
func (x *explorer) mayCount(w *world, side incident.Side, h held) bool {
	i := x.info(w.entry)
	return w.left.faults > 1 || !i.known[side] || h.rev >= i.revision[side]
}

// ancestor reports whether edit a is b or what b's editor saw, however far back.
func (w *world) ancestor(a, b uint8) bool {
	for b > a {
		b = w.edits[b-1].parent
	}
	return a == b
}

// common is the youngest edit that both stem from.
func (w *world) common(a, b uint8) uint8 {
	for a != b {
		if a > b {
			a = w.edits[a-1].parent
		} else {
			b = w.edits[b-1].parent
		}
	}
	return a
}

// editValue is what an edit set its cell to.
func (w *world) editValue(origin uint8, cell int) uint8 {
	if origin == 0 {
		return w.root[cell]
	}
	return w.edits[origin-1].value
}
