package ledger_test

import (
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// verb is what happens to an entry.
type verb uint8

const (
	verbObserve verb = iota // a record arrives
	verbRead                // the side's writer has read, plans, and saves its intent
	verbAnswer              // the write was answered
	verbUnsent              // it is known not to have happened
	verbKill                // the process ended
	verbNew                 // the ledger was lost
)

// question is what happens to an entry, whole: the same has the same answer.
type question struct {
	verb  verb
	side  incident.Side
	entry uint32
	seen  seen
	began uint8
	news  bool // since the read began
	stale bool // the answer shows the state before the write
	from  uint32
}

// seen is what a service shows of a state.
type seen struct {
	value, rev   uint8
	gone, merged bool
}

func (x *explorer) seen(h held) seen { return seen{x.value(h.cells), h.rev, h.gone, h.merged} }

// answered is what the shipped code made of it.
type answered struct {
	entry    uint32
	plan     uint16 // what the writer is to send; 0 = nothing
	recorded uint8  // values that a decision calls overwritten
	news     bool   // what is held changed
	conflict bool   // a decision names a winner
}

// ask puts a question to the shipped code, once.
func (x *explorer) ask(q question) answered {
	if a, had := x.answers[q]; had {
		return a
	}
	e := x.entries[q.entry].Clone()
	seq := e.Seq
	var a answered
	switch q.verb {
	case verbObserve:
		x.observe(e, q)
	case verbRead:
		a.plan = x.read(e, q)
	case verbAnswer:
		e = x.answer(e, q)
	case verbUnsent:
		if e.Intent != nil {
			e.Unsent()
		}
	case verbKill:
		e.Unanswered(defender, at(present)) // as one that is started anew takes it
		if x.without == "R3" {
			e.Intent = nil
		}
	case verbNew:
		e = ledger.NewEntry(e.Link, e.Workspace, at(present))
	}
	a.news = e.Seq > seq
	for _, d := range e.Fresh() {
		a.conflict = a.conflict || d.Conflict()
		if d.Result == ledger.ResultOverwritten && x.cells == 1 {
			side := defender
			if d.Side == sentinel.String() {
				side = sentinel
			}
			a.recorded |= 1 << x.index(side, d.Value)
		}
	}
	a.entry = x.intern(e)
	x.answers[q] = a
	return a
}

func (x *explorer) snapshot(side incident.Side, s seen) incident.Snapshot {
	var made incident.Snapshot
	made.Values[x.field] = x.spelled[side][s.value]
	if x.field != incident.FieldStatus {
		made.Values[incident.FieldStatus] = openStatus[side]
	}
	made.Revision = at(s.rev)
	if s.merged {
		made.Values[incident.FieldStatus], made.RedirectedTo = incident.DefenderRedirected, "2"
	}
	return made
}

var openStatus = [2]incident.Value{incident.DefenderActive, incident.SentinelNew}

func (x *explorer) observe(e *ledger.Entry, q question) {
	o := &e.Sides[q.side]
	before := *o
	if x.without == "R6" && o.Known && o.Revision.Equal(at(q.seen.rev)) {
		o.Revision = at(q.seen.rev - 1)
	}
	e.Observe(q.side, x.snapshot(q.side, q.seen), ledger.Reading{Began: at(q.began)})
	x.stampless(e, q.side, before)
}

// read is a writer's read, plan and intent.
func (x *explorer) read(e *ledger.Entry, q question) uint16 {
	o := &e.Sides[q.side]
	before := *o
	switch x.without {
	case "R5":
		o.Revision = at(1)
	case "R9":
		e.Created = at(1)
	}
	r := ledger.Reading{Own: true, Began: at(q.began), Seq: e.Seq}
	if q.news {
		r.Seq = 0
	}
	if q.seen.gone {
		e.Missing(q.side, r)
	} else {
		e.Read(q.side, x.snapshot(q.side, q.seen), r)
	}
	x.stampless(e, q.side, before)
	if strings.HasPrefix(x.without, "R8") {
		if x.without == "R8" {
			e.Sides[0].OwnRead, e.Sides[1].OwnRead = e.Seq, e.Seq
		}
		e.Coincided = &ledger.Coincidence{At: at(1), Seq: e.Seq}
		e.Sides[defender].ReadAt = at(present)
	}
	plan := x.favour(e, q.side)
	e.Settle(plan, at(present))
	if len(plan.Writes) == 0 {
		return 0
	}
	e.Intend(q.side, plan, at(present))
	return x.plan(plan)
}

// plan is the number of what a writer carries to the service.
func (x *explorer) plan(p ledger.Plan) uint16 {
	made := planned{side: p.Writes[0].Side, create: p.Create, redirect: p.Redirect}
	for _, w := range p.Writes {
		if w.Field != x.field {
			continue
		}
		made.rule = w.Rule
		made.asked = x.index(w.Side, w.Asked)
		if !p.Create {
			made.before = x.index(w.Side, w.Before)
		}
		if !p.Redirect {
			made.source = x.index(w.Side.Other(), w.Source)
		}
	}
	n, had := x.planned[made]
	if !had {
		n = uint16(len(x.plans))
		x.plans = append(x.plans, made)
		x.planned[made] = n
	}
	return n
}

// carries reports whether a write is about a cell.
func (x *explorer) carries(p planned, i int) bool {
	return x.cells == 1 || x.cell(p.asked, i) != x.cell(p.before, i)
}

// answer takes what the service said of a write.
func (x *explorer) answer(e *ledger.Entry, q question) *ledger.Entry {
	if x.without == "lock" {
		e.Intent = x.entries[q.from].Clone().Intent
	}
	if e.Intent == nil || e.Intent.Side != q.side {
		return e // the lock was taken away, or the incident was merged
	}
	s := x.snapshot(q.side, q.seen)
	if s.Etag = etagAfter; q.stale {
		s.Etag = etagBefore
	}
	write := e.Intent.Writes[0]
	e.Answered(s, at(present), x.settings)
	x.answeredWithout(e, q, s, write)
	return e
}

// agreed is an entry whose sides were read and agree.
func (x *explorer) agreed(first held) uint32 {
	e := ledger.NewEntry(link("1"), workspace, at(1))
	for _, side := range incident.Sides() {
		e.Observe(side, x.snapshot(side, x.seen(first)), ledger.Reading{Own: true, Began: at(first.rev)})
	}
	for _, f := range incident.Fields() {
		p := reconcile.Pair{e.Sides[0].Values[f], e.Sides[1].Values[f]}
		e.Base[f] = &p
	}
	return x.intern(e)
}
