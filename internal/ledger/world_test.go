package ledger_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// The search explores every order of steps of a small world: two services that
// hold one incident, people who edit it, records on their way, two writers
// split into read, write and save, a clock, and faults. The entry and the
// reconcile are the shipped ones; only the world is made up.

const (
	defender = incident.SideDefender
	sentinel = incident.SideSentinel
)

// settleTicks is how stale answers and reads may be.
const settleTicks = 2

func at(tick int) time.Time { return time.Unix(1_800_000_000+int64(tick), 0).UTC() }

// cell is what edits are about: a field, or one tag of two.
type cell struct {
	value  incident.Value
	origin int // the edit it stems from; 0 = the beginning
}

// held is one state of a service's incident.
type held struct {
	cells  [2]cell // the second of tags only
	rev    int     // time of the change: states may share it
	serial int     // order of the change
}

// service is one side's incident; its past is needed for stale reads.
type service struct {
	past []held // oldest first; the last one is true
}

func (s *service) now() held { return s.past[len(s.past)-1] }

// letter is a record on its way.
type letter struct {
	side  incident.Side
	state held
	began int
}

// phase of a writer.
type phase uint8

const (
	idle phase = iota
	intended
	sent
)

// writer is one side's, between two steps.
type writer struct {
	phase   phase
	plan    ledger.Plan
	read    held   // the state it was planned from
	origins [2]int // of the source's cells
	answer  held
	refused bool          // a stale etag
	entry   *ledger.Entry // what it planned from, for a mutant
}

// edit is a person's.
type edit struct {
	side   incident.Side
	value  incident.Value
	parent int // what the editor saw
	rev    int
}

// budget is what may still happen.
type budget struct{ edits, faults, ticks, unrelated int }

// world is one state of everything.
type world struct {
	tick    int
	sides   [2]service
	entry   *ledger.Entry
	post    []letter
	polled  [2]int // serial of the last state a poll emitted
	writers [2]writer
	edits   []edit // index+1 = origin
	serial  int
	budget  budget
	asked   int     // writes sent
	lost    [2]bool // an answer of the side was lost, or its writer killed
	misled  bool    // unrelated revisions, no-effect answers or a lost ledger: W2, W4 and W6 excuse order
}

func (w *world) clone() *world {
	c := *w
	for i := range c.sides {
		c.sides[i].past = slices.Clone(w.sides[i].past)
	}
	c.entry = w.entry.Clone()
	c.post = slices.Clone(w.post)
	c.edits = slices.Clone(w.edits)
	return &c
}

// rules is what the world is played by.
type rules struct {
	tags     bool // the field is a set of two tags, else one of three owners
	settings ledger.Settings
	without  string // the rule that was taken away
}

func newRules(tags bool, conflict reconcile.Conflict) rules {
	policy := reconcile.DefaultPolicy()
	for f := range policy {
		policy[f].Conflict = conflict
	}
	return rules{tags: tags, settings: ledger.Settings{Policy: policy, SettleTime: settleTicks * time.Second}}
}

func (r rules) field() incident.Field {
	if r.tags {
		return incident.FieldTags
	}
	return incident.FieldOwner
}

// value is the field's value of a state.
func (r rules) value(h held) incident.Value {
	if !r.tags {
		return h.cells[0].value
	}
	return incident.Tags([]string{string(h.cells[0].value), string(h.cells[1].value)})
}

// alphabet is what a cell may be set to.
func (r rules) alphabet(cell int) []incident.Value {
	if !r.tags {
		return []incident.Value{"a", "b", "c"}
	}
	return []incident.Value{"", []incident.Value{"x", "y"}[cell]}
}

// cells is how many cells the field has.
func (r rules) cells() int {
	if r.tags {
		return 2
	}
	return 1
}

// cellOf is what a value says of a cell.
func (r rules) cellOf(value incident.Value, cell int) incident.Value {
	if !r.tags {
		return value
	}
	if tag := r.alphabet(cell)[1]; incident.NewTagSet(value).Has(string(tag)) {
		return tag
	}
	return ""
}

func (r rules) snapshot(h held) incident.Snapshot {
	var s incident.Snapshot
	s.Values[r.field()] = r.value(h)
	s.Revision = at(h.rev)
	s.Etag = fmt.Sprint(h.serial)
	return s
}

// begin is two agreed sides.
func (r rules) begin(b budget) *world {
	w := &world{tick: 1, serial: 1, budget: b}
	first := held{serial: 1}
	first.cells[0].value = r.alphabet(0)[0]
	for side := range w.sides {
		w.sides[side].past = []held{first}
		w.polled[side] = 1
	}
	w.entry = ledger.NewEntry(incident.Link{Cloud: "c", TenantID: "t", IncidentID: "1"}, "w", at(-100))
	for _, side := range incident.Sides() {
		w.entry.Observe(side, r.snapshot(first), ledger.Reading{Own: true, Began: at(-50)})
	}
	for _, f := range incident.Fields() {
		p := reconcile.Pair{w.entry.Sides[0].Values[f], w.entry.Sides[1].Values[f]}
		w.entry.Base[f] = &p
	}
	return w
}

// change is a new state of a service.
func (w *world) change(side incident.Side, cells [2]cell) {
	w.serial++
	w.sides[side].past = append(w.sides[side].past, held{cells, w.tick, w.serial})
}

// older is the states that a stale read or answer may show: those replaced no
// longer ago than answers may be stale.
func (w *world) older(side incident.Side) []held {
	past := w.sides[side].past
	var stale []held
	for i := len(past) - 2; i >= 0 && w.tick-past[i+1].rev < settleTicks; i-- {
		stale = append(stale, past[i])
	}
	return stale
}

// ancestor reports whether edit a is b or what b's editor saw, however far back.
func (w *world) ancestor(a, b int) bool {
	for b > a {
		b = w.edits[b-1].parent
	}
	return a == b
}

// common is the youngest edit that both stem from.
func (w *world) common(a, b int) int {
	for a != b {
		if a > b {
			a = w.edits[a-1].parent
		} else {
			b = w.edits[b-1].parent
		}
	}
	return a
}

func (r rules) editValue(w *world, origin, cell int) incident.Value {
	if origin == 0 {
		return r.alphabet(cell)[0]
	}
	return w.edits[origin-1].value
}
