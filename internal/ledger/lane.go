package ledger

import (
	"container/heap"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Lane is the work of one writer: a Defender tenant, or a workspace.
type Lane struct {
	Side incident.Side
	// Name is the tenant's id, or the workspace's ARM id in lower case.
	Name string
}

// laneOf is the lane of a side of an entry.
func laneOf(side incident.Side, link incident.Link, workspace string) Lane {
	if side == incident.SideDefender {
		return Lane{side, link.TenantID}
	}
	return Lane{side, workspace}
}

// kindCount is how many kinds of work there are.
const kindCount = KindLook + 1

// lane is what one writer has to do, so kept that the most urgent is at hand: a
// storm is ten thousand entries, handed out some times each.
type lane struct {
	wake  chan struct{} // holds one word: something changed
	looks time.Duration // how often each is read without need; 0 = never
	slots map[ID][]*slot
	// due is what may be done now, the most urgent first, later what was not
	// when it was last looked at, the soonest first.
	due, later [kindCount]pile
}

func newLane() *lane {
	w := &lane{wake: make(chan struct{}, 1), slots: map[ID][]*slot{}}
	for kind := range w.later {
		w.due[kind].before = candidate.before
		w.later[kind].before = func(a, b candidate) bool { return a.need.At.Before(b.need.At) }
	}
	return w
}

// slot is one need of an entry, in a pile.
type slot struct {
	candidate
	pile *pile
	at   int
}

// pile is a heap of slots that know where they are.
type pile struct {
	slots  []*slot
	before func(a, b candidate) bool
}

func (p *pile) Len() int           { return len(p.slots) }
func (p *pile) Less(i, j int) bool { return p.before(p.slots[i].candidate, p.slots[j].candidate) }

func (p *pile) Swap(i, j int) {
	p.slots[i], p.slots[j] = p.slots[j], p.slots[i]
	p.slots[i].at, p.slots[j].at = i, j
}

func (p *pile) Push(x any) {
	s := x.(*slot)
	s.pile, s.at = p, len(p.slots)
	p.slots = append(p.slots, s)
}

func (p *pile) Pop() any {
	last := len(p.slots) - 1
	s := p.slots[last]
	p.slots[last] = nil
	p.slots = p.slots[:last]
	s.pile = nil
	return s
}

// first is the first that is free; nil if none is. Few are not: those in the
// hands of writers.
func (p *pile) first(free func(candidate) bool) *slot {
	var aside []*slot
	defer func() {
		for _, s := range aside {
			heap.Push(p, s)
		}
	}()
	for len(p.slots) > 0 {
		if s := p.slots[0]; free(s.candidate) {
			return s
		}
		aside = append(aside, heap.Pop(p).(*slot))
	}
	return nil
}

// enter keeps what the side's writer has to do for an entry, in the place of
// what it had.
func (w *lane) enter(id ID, it *item, side incident.Side) {
	w.leave(id)
	for _, need := range it.needs[side] {
		w.add(candidate{id, it, need, it.since[side]})
	}
	if look := it.looks[side]; w.looks > 0 && !look.never {
		w.add(candidate{id, it, look.need(w.looks, it.severity), it.since[side]})
	}
	if len(w.slots[id]) > 0 {
		w.poke()
	}
}

func (w *lane) add(c candidate) {
	s := &slot{candidate: c}
	w.slots[c.id] = append(w.slots[c.id], s)
	heap.Push(&w.later[c.need.Kind], s)
}

// leave forgets an entry.
func (w *lane) leave(id ID) {
	for _, s := range w.slots[id] {
		heap.Remove(s.pile, s.at)
	}
	delete(w.slots, id)
}

// ripen moves what has become due.
func (w *lane) ripen(kind Kind, now time.Time) {
	later := &w.later[kind]
	for len(later.slots) > 0 && !later.slots[0].need.At.After(now) {
		heap.Push(&w.due[kind], heap.Pop(later))
	}
}

// next is the most urgent that is due, free and of one of the kinds. Without one
// it is nil, and when something will be due; zero for never.
func (w *lane) next(kinds Kinds, now time.Time, free func(candidate) bool) (*candidate, time.Time) {
	var soonest time.Time
	for kind := range Kind(kindCount) {
		if !kinds.Has(kind) {
			continue
		}
		w.ripen(kind, now)
		if s := w.due[kind].first(free); s != nil {
			return &s.candidate, time.Time{}
		}
		if s := w.later[kind].first(free); s != nil {
			soonest = earliest(soonest, s.need.At)
		}
	}
	return nil, soonest
}

func (w *lane) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
