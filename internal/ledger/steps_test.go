package ledger_test

import (
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// step is one thing that may happen next.
type step struct {
	name  string
	world *world
	err   error // a law was broken
}

// postMax is how many records are on their way at most.
const postMax = 2

// steps lists all that may happen next, what differs in names or has no
// consequence left out: the first edit is to b, and time passes only while
// something depends on it.
func (r rules) steps(w *world) []step {
	var all []step
	add := func(name string, next *world, err error) {
		if next != nil {
			all = append(all, step{name, next, err})
		}
	}
	r.people(w, add)
	for _, side := range incident.Sides() {
		r.records(w, side, add)
		r.writer(w, side, add)
	}
	if w.budget.ticks > 0 && (w.budget.edits > 0 || len(w.entry.Holds) > 0 || w.entry.Intent != nil || w.misled) {
		next := w.clone()
		next.budget.ticks--
		next.tick++
		add("tick", next, nil)
	}
	if w.budget.faults > 0 {
		next := w.clone()
		next.budget.faults--
		next.entry = ledger.NewEntry(w.entry.Link, w.entry.Workspace, at(w.tick))
		next.polled, next.writers, next.post = [2]int{}, [2]writer{}, nil
		next.misled = true
		add("ledger lost", next, nil)
	}
	return all
}

type adder func(name string, next *world, err error)

// people edit, and unrelated things happen.
func (r rules) people(w *world, add adder) {
	for _, side := range incident.Sides() {
		now := w.sides[side].now()
		for i := range r.cells() {
			for _, value := range r.alphabet(i) {
				if w.budget.edits == 0 || value == now.cells[i].value || !r.tags && len(w.edits) == 0 && value == "c" {
					continue
				}
				next := w.clone()
				next.budget.edits--
				next.edits = append(next.edits, edit{side, value, now.cells[i].origin, w.tick})
				cells := now.cells
				cells[i] = cell{value, len(next.edits)}
				next.change(side, cells)
				add(fmt.Sprintf("%s edited to %q", side, r.value(next.sides[side].now())), next, nil)
			}
		}
		if w.budget.unrelated > 0 {
			next := w.clone()
			next.budget.unrelated--
			next.change(side, now.cells)
			next.misled = true
			add(fmt.Sprintf("%s unrelated revision", side), next, nil)
		}
	}
}

// records are emitted and delivered.
func (r rules) records(w *world, side incident.Side, add adder) {
	now := w.sides[side].now()
	if now.serial != w.polled[side] && len(w.post) < postMax {
		next := w.clone()
		next.polled[side] = now.serial
		next.post = append(next.post, letter{side, now, w.tick})
		add(fmt.Sprintf("%s polled %q", side, r.value(now)), next, nil)
		if w.budget.faults > 0 && (len(w.entry.Holds) > 0 || w.misled) { // else it is only late
			for _, old := range w.older(side) {
				next := w.clone()
				next.budget.faults--
				next.post = append(next.post, letter{side, old, w.tick})
				add(fmt.Sprintf("%s polled stale %q", side, r.value(old)), next, nil)
			}
		}
	}
	for i, l := range w.post {
		if l.side != side {
			continue
		}
		first := true
		for _, before := range w.post[:i] {
			first = first && before.side != side
		}
		name := fmt.Sprintf("%s record %q@%d", side, r.value(l.state), l.state.rev)
		if first || w.budget.faults > 0 {
			next := w.clone()
			next.post = append(next.post[:i], next.post[i+1:]...)
			if !first {
				next.budget.faults--
				name += " out of order"
			}
			r.observe(next, l)
			add(name+" delivered", next, nil)
		}
		if w.budget.faults == 0 {
			continue
		}
		next := w.clone()
		next.budget.faults--
		r.observe(next, l)
		add(name+" delivered, and to come again", next, nil)
		next = w.clone()
		next.budget.faults--
		next.post = append(next.post[:i], next.post[i+1:]...)
		add(name+" lost", next, nil)
	}
}

func (r rules) observe(w *world, l letter) {
	o := &w.entry.Sides[l.side]
	before := *o
	if r.without == "R6" && o.Known && o.Revision.Equal(at(l.state.rev)) {
		o.Revision = at(l.state.rev - 1)
	}
	w.entry.Observe(l.side, r.snapshot(l.state), ledger.Reading{Began: at(l.began)})
	r.mutateObserved(o, before)
}

// mutateObserved takes away R2: a stamp outlives its value.
func (r rules) mutateObserved(o *ledger.Observation, before ledger.Observation) {
	if r.without == "R2" && before.Known {
		o.Stamps = before.Stamps
		if f := r.field(); before.Values[f] != o.Values[f] && before.Stamps[f].Before(at(1)) {
			o.Stamps[f] = o.Revision // the first edit has its time
		}
	}
}

// writer takes its next step.
func (r rules) writer(w *world, side incident.Side, add adder) {
	switch wr := w.writers[side]; wr.phase {
	case idle:
		if !r.mayWork(w, side) {
			return
		}
		add(r.work(w, side, w.sides[side].now(), "read"))
		if w.budget.faults > 0 && side == defender { // Sentinel reads what was written
			for _, old := range w.older(side) {
				next := w.clone()
				next.budget.faults--
				add(r.work(next, side, old, "read stale"))
			}
		}
	case intended:
		add(r.send(w, side, true))
		if w.budget.faults == 0 {
			return
		}
		killed := w.clone()
		killed.budget.faults--
		r.kill(killed)
		add(fmt.Sprintf("killed before %s write", side), killed, nil)
		if side == defender {
			next := w.clone()
			next.budget.faults--
			next.misled = true
			add(r.send(next, side, false))
		}
	case sent:
		next := w.clone()
		r.save(next, side, wr.answer)
		add(fmt.Sprintf("%s write answered %q", side, r.value(wr.answer)), next, nil)
		if w.budget.faults == 0 {
			return
		}
		for _, old := range w.older(side) {
			if side == sentinel {
				break
			}
			next := w.clone()
			next.budget.faults--
			r.save(next, side, old)
			add(fmt.Sprintf("%s write answered stale %q", side, r.value(old)), next, nil)
		}
		killed := w.clone()
		killed.budget.faults--
		r.kill(killed)
		add(fmt.Sprintf("%s answer lost", side), killed, nil)
	}
}

// kill ends both writers; what was not saved is gone.
func (r rules) kill(w *world) {
	for side := range w.writers {
		if w.writers[side].phase != idle {
			w.lost[side] = true
		}
	}
	w.writers = [2]writer{}
	w.post = nil
	w.polled = [2]int{} // cursors overlap: what was on its way comes again
	if r.without == "R3" {
		w.entry.Intent = nil
	}
}

// mayWork reports whether the side's writer may begin: the lock is free, and
// something is due.
func (r rules) mayWork(w *world, side incident.Side) bool {
	if r.without != "lock" && w.writers[side.Other()].phase != idle {
		return false
	}
	for _, need := range w.entry.Needs(side, r.settings) {
		if need.Kind <= ledger.KindCreate && !need.At.After(at(w.tick)) {
			return true
		}
	}
	return false
}

// work is a writer's read, plan and intent.
func (r rules) work(before *world, side incident.Side, read held, how string) (string, *world, error) {
	w := before.clone()
	e := w.entry
	o := &e.Sides[side]
	was := *o
	if r.without == "R5" {
		o.Revision = at(-1000)
	}
	if r.without == "R9" {
		e.Created = at(-1000)
	}
	e.Read(side, r.snapshot(read), e.Begin(at(w.tick)))
	r.mutateObserved(o, was)
	if r.without == "R8" {
		e.Sides[0].OwnRead, e.Sides[1].OwnRead = e.Seq, e.Seq
	}
	plan := e.Plan(side, r.settings)
	e.Settle(plan, at(w.tick))
	name := fmt.Sprintf("%s writer %s %q", side, how, r.value(read))
	if plan.Create {
		return "", nil, nil // this world's twin exists
	}
	if len(plan.Writes) == 0 {
		return name, w, nil
	}
	e.Intend(side, plan, at(w.tick))
	wr := writer{phase: intended, plan: plan, read: read, origins: r.origins(w, plan.Writes[0])}
	if r.without == "R1" {
		wr.entry = e.Clone()
	}
	w.writers[side] = wr
	return fmt.Sprintf("%s and plans %q (%s)", name, plan.Writes[0].Asked, plan.Writes[0].Rule), w, nil
}

// origins are the edits that the source's cells stem from, as the entry saw
// them.
func (r rules) origins(w *world, write reconcile.Write) [2]int {
	from := write.Side.Other()
	stamp := w.entry.Sides[from].Stamps[r.field()]
	past := w.sides[from].past
	found := past[0]
	for _, h := range past {
		if r.value(h) == write.Source && !at(h.rev).After(w.entry.Sides[from].Revision) && (found.serial == 1 || !at(h.rev).Before(stamp)) {
			found = h
		}
	}
	return [2]int{found.cells[0].origin, found.cells[1].origin}
}

// send lets the service take the write, or refuse it for its etag.
func (r rules) send(before *world, side incident.Side, effect bool) (string, *world, error) {
	w := before.clone()
	wr := &w.writers[side]
	write := wr.plan.Writes[0]
	now := w.sides[side].now()
	name := fmt.Sprintf("%s write %q", side, write.Asked)
	wr.phase = sent
	if side == sentinel && now.serial != wr.read.serial {
		wr.refused = true
		wr.answer = now
		return name + " refused: stale etag", w, nil
	}
	w.asked++
	if !effect {
		wr.answer = now
		return name + " answered 200 without effect", w, nil
	}
	cells, err := r.written(w, side, now)
	w.change(side, cells)
	wr.answer = w.sides[side].now()
	return name, w, err
}

// save takes the answer.
func (r rules) save(w *world, side incident.Side, answer held) {
	wr := w.writers[side]
	w.writers[side] = writer{}
	e := w.entry
	if wr.entry != nil {
		*e = *wr.entry.Clone() // R1 taken away: what came meanwhile is forgotten
	}
	if e.Intent == nil || e.Intent.Side != side {
		return // the lock was taken away
	}
	if wr.refused {
		e.Unsent()
		return
	}
	e.Answered(r.snapshot(answer), at(w.tick), r.settings)
	if r.without == "R4" {
		e.Holds = nil
		if side == defender {
			e.Observe(side, r.snapshot(answer), ledger.Reading{Own: true, Began: at(w.tick), Seq: e.Seq})
		}
	}
}
