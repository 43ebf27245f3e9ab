package ledger_test

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// explorer runs one search. It asks the shipped code what an entry becomes, and
// remembers the answer: entries are kept once, by number, and asked once. What
// the rules do not look at is taken out of an entry first, so that entries
// which have the same future are the same.
type explorer struct {
	words
	settings ledger.Settings
	settle   uint8  // ticks of settle_time: how stale reads and answers may be
	without  string // the rule that was taken away; "" for none
	split    bool   // a read and its answer are two steps
	kinds    ledger.Kind

	entries []*ledger.Entry
	infos   []info
	numbers map[string]uint32
	answers map[question]answered
	plans   []planned
	planned map[planned]uint16
	fates   map[fate]uint8 // see closing
	naming  bool
	steps   []step
	moves   bool // something happens by itself before time passes
	buffer  []byte
}

// info is what the search looks at of an entry.
type info struct {
	known     [2]bool
	gone      [2]bool
	value     [2]uint8
	revision  [2]uint8
	due       [2]bool // the side's writer has something to do
	quiet     bool
	holds     bool
	waits     bool // somebody asks when a poll of Defender began
	met       bool // the sides agreed once
	base      [2]uint8
	times     [3]uint64 // ticks that occur in each group
	intent    bool
	intended  incident.Side
	plan      uint16 // of the intent
	parked    bool
	written   written // what Defender was asked and has not confirmed
	redirect  bool
	redirects bool // and the twin was closed for it
}

// planned is the part of a plan that a writer carries to the service.
type planned struct {
	side                  incident.Side
	before, asked, source uint8
	rule                  reconcile.Rule
	create, redirect      bool
}

func newExplorer(a words, conflict reconcile.Conflict, settle uint8) *explorer {
	policy := reconcile.DefaultPolicy()
	for f := range policy {
		policy[f].Conflict = conflict
	}
	return &explorer{
		words: a, settings: ledger.Settings{Policy: policy, SettleTime: time.Duration(settle) * time.Second}, settle: settle, kinds: ledger.KindCreate,
		entries: []*ledger.Entry{nil}, infos: make([]info, 1), numbers: map[string]uint32{}, answers: map[question]answered{},
		plans: make([]planned, 1), planned: map[planned]uint16{}, fates: map[fate]uint8{},
	}
}

// intern is the number of an entry; it is the explorer's from now on.
func (x *explorer) intern(e *ledger.Entry) uint32 {
	x.tidy(e)
	x.buffer = x.spell(x.buffer[:0], e)
	if n, had := x.numbers[string(x.buffer)]; had {
		return n
	}
	n := uint32(len(x.entries))
	x.numbers[string(x.buffer)] = n
	x.entries = append(x.entries, e)
	x.infos = append(x.infos, x.inform(e))
	return n
}

func (x *explorer) info(entry uint32) *info { return &x.infos[entry] }

func (x *explorer) inform(e *ledger.Entry) info {
	i := info{quiet: e.Quiet(x.settings), holds: len(e.Holds) > 0, met: met(e), parked: len(e.Parks) > 0, redirect: e.Redirect != nil}
	i.waits = i.holds || e.Coincided != nil
	i.redirects = i.redirect && e.Redirect.Done
	for side := range e.Sides {
		o := e.Sides[side]
		i.known[side], i.gone[side], i.revision[side] = o.Known, o.Gone, tickOf(o.Revision)
		if value := o.Values[x.field]; o.Known && value != incident.DefenderRedirected {
			i.value[side] = x.index(incident.Side(side), value)
		}
		i.due[side] = slices.ContainsFunc(e.Needs(incident.Side(side), x.settings), func(n ledger.Need) bool {
			return n.Kind <= x.kinds && !n.At.After(at(present))
		})
	}
	if p := e.Base[x.field]; p != nil {
		i.base = [2]uint8{x.index(defender, p[0]), x.index(sentinel, p[1])}
	}
	if e.Intent != nil {
		i.intent, i.intended = true, e.Intent.Side
		i.plan = x.plan(ledger.Plan{Create: e.Intent.Create, Redirect: e.Intent.Redirect, Writes: e.Intent.Writes})
	}
	i.written = x.written(e)
	times(e, func(g group, t *time.Time) {
		if tick := tickOf(*t); tick > 0 && tick <= present {
			i.times[g] |= 1 << tick
		}
	})
	return i
}

// written is a PATCH that is held, or whose answer is not known.
type written struct {
	is     bool
	before uint8
	rev    uint8
}

func (x *explorer) written(e *ledger.Entry) written {
	if in := e.Intent; in != nil && in.Side == defender {
		return written{true, x.index(defender, in.Writes[0].Before), tickOf(in.Revision)}
	}
	for _, h := range e.Holds {
		return written{true, x.index(defender, h.Write.Before), tickOf(h.Revision)}
	}
	return written{}
}

// What etags tell apart is whether a PUT is answered with the state before it.
const etagBefore, etagAfter = "before", "after"

func met(e *ledger.Entry) bool {
	return slices.ContainsFunc(e.Base[:], func(p *reconcile.Pair) bool { return p != nil })
}

// tidy takes out what has no future: what was decided, what only exporters
// read, when something was parked; stamps unless the latest wins; how the reads
// are numbered, but for whether they came after the news; and when the sides
// were read, but for whether that was late enough (rule R9).
func (x *explorer) tidy(e *ledger.Entry) {
	e.Fresh()
	e.Decisions = nil
	e.Comments, e.Alerts = ledger.Comments{}, ledger.Alerts{}
	f := x.field
	if e.Coincided != nil && e.Coincided.Seq < max(e.Sides[0].Since[f], e.Sides[1].Since[f]) {
		e.Coincided = nil // found anew with the next read
	}
	since := max(e.Sides[0].Since[f], e.Sides[1].Since[f])
	settled := e.Created.Add(x.settings.SettleTime)
	for side := range e.Sides {
		o := &e.Sides[side]
		o.Etag, o.URL = "", ""
		stamp := o.Stamps[f]
		o.Stamps, o.Since = [incident.FieldCount]time.Time{}, [incident.FieldCount]uint64{}
		if x.ordered() {
			o.Stamps[f] = stamp
		}
		o.Since[f] = 1
		o.OwnRead = min(1, o.OwnRead/max(1, since))
		switch {
		case e.Coincided != nil && side == int(defender):
			if due := e.Coincided.At.Add(x.settings.SettleTime); o.ReadAt.Before(due) {
				o.ReadAt = time.Time{}
			} else {
				o.ReadAt = due
			}
		case met(e) || e.Redirect != nil:
			o.ReadAt = time.Time{}
		case !o.ReadAt.Before(settled):
			o.ReadAt = settled
		case !o.ReadAt.IsZero():
			o.ReadAt = e.Created
		}
	}
	e.Seq = 1
	if e.Coincided != nil {
		e.Coincided.Seq = 1
	}
	if met(e) || e.Redirect != nil {
		e.Created = at(1)
	}
	for i := range e.Parks {
		e.Parks[i].At = time.Time{}
	}
	if e.Intent != nil && e.Intent.Side == sentinel {
		e.Intent.At, e.Intent.Etag = time.Time{}, etagBefore
	}
	if e.Redirect != nil {
		e.Redirect.At = time.Time{}
	}
	if e.Deleted != nil {
		e.Deleted.At = time.Time{}
	}
}

// spell writes an entry down, all that tidy leaves.
func (x *explorer) spell(b []byte, e *ledger.Entry) []byte {
	f := x.field
	b = append(b, tickOf(e.Created))
	for _, o := range e.Sides {
		b = append(b, flags(o.Known, o.Gone, o.Wanted, o.OwnRead > 0), tickOf(o.Revision), tickOf(o.Stamps[f]), tickOf(o.ReadAt))
		b = text(b, o.Values[f])
	}
	b = spellPair(b, e.Base[f])
	b = append(b, e.NoEffects[f], flags(met(e), e.Intent != nil, e.Redirect != nil, e.Deleted != nil))
	if in := e.Intent; in != nil {
		b = append(b, byte(in.Side), tickOf(in.At), tickOf(in.Revision), flags(in.Create, in.Redirect))
		for _, w := range in.Writes {
			b = spellWrite(b, w)
		}
	}
	if e.Coincided != nil {
		b = append(b, 'c', tickOf(e.Coincided.At))
	}
	for _, h := range e.Holds {
		b = append(b, 'h', tickOf(h.Answered), tickOf(h.Revision), flags(h.Contrary))
		b = spellWrite(b, h.Write)
	}
	for _, p := range e.Parks {
		b = append(append(b, 'p', byte(p.Side)), p.What...)
	}
	if e.Redirect != nil {
		b = append(b, flags(e.Redirect.Done))
		b = append(b, e.Redirect.Into...)
	}
	if e.Deleted != nil {
		b = append(b, flags(e.Deleted.Closed))
	}
	return b
}

func flags(all ...bool) byte {
	var b byte
	for i, is := range all {
		if is {
			b |= 1 << i
		}
	}
	return b
}

func text(b []byte, v incident.Value) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func spellPair(b []byte, p *reconcile.Pair) []byte {
	if p == nil {
		return append(b, 0)
	}
	return text(text(append(b, 1), p[0]), p[1])
}

func spellWrite(b []byte, w reconcile.Write) []byte {
	b = append(b, 'w', byte(w.Side), byte(w.Field), byte(w.Winner))
	b = text(text(text(text(b, incident.Value(w.Rule)), w.Before), w.Asked), w.Source)
	return spellPair(b, w.Base)
}
