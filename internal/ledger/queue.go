package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Lane is the work of one writer: a Defender tenant, or a workspace.
type Lane struct {
	Side incident.Side
	// Name is the tenant's id, or the workspace's ARM id in lower case.
	Name string
}

// Kinds is a set of kinds of work.
type Kinds uint16

// AllKinds is every kind.
const AllKinds Kinds = 1<<(KindLook+1) - 1

// Has reports whether the kind is in the set.
func (k Kinds) Has(kind Kind) bool { return k&(1<<kind) != 0 }

// Without is the set without a kind.
func (k Kinds) Without(kind Kind) Kinds { return k &^ (1 << kind) }

// lane is the entries that need something of one writer.
type lane struct {
	wake  chan struct{} // holds one word: something changed
	items map[ID]*item
	looks time.Duration // how often each is read without need; 0 = never
}

// item is what the queue knows of an open entry.
type item struct {
	link      incident.Link
	workspace string
	needs     [2][]Need
	since     [2]time.Time // since when the side is needed
	parked    [2]int
	severity  int
	brake     *Brake
	looks     [2]look
	waiting   int     // alerts
	shelved   [2]bool // something was not written because of a dry run
}

// laneOf is the lane of a side of an entry.
func laneOf(side incident.Side, link incident.Link, workspace string) Lane {
	if side == incident.SideDefender {
		return Lane{side, link.TenantID}
	}
	return Lane{side, workspace}
}

func (l *Ledger) lane(of Lane) *lane {
	found := l.lanes[of]
	if found == nil {
		found = &lane{wake: make(chan struct{}, 1), items: map[ID]*item{}}
		l.lanes[of] = found
	}
	return found
}

// index brings the queue up to date with an entry. The ledger is locked.
func (l *Ledger) index(id ID, e *Entry, rests bool) {
	had := l.open[id]
	if rests {
		l.unindex(id, e.Link, e.Workspace)
		return
	}
	now := l.settings.Now()
	it := &item{link: e.Link, workspace: e.Workspace, brake: e.Brake, severity: e.severity(), waiting: len(e.Alerts.Waiting)}
	l.open[id] = it
	l.parts[part{e.Link.TenantID, e.Workspace}] = true
	for _, side := range incident.Sides() {
		it.needs[side], it.looks[side], it.shelved[side] = e.Needs(side, l.settings.Settings), e.look(side), e.shelved(side)
		if len(it.needs[side]) > 0 {
			it.since[side] = now
			if had != nil && !had.since[side].IsZero() {
				it.since[side] = had.since[side]
			}
		}
		l.lane(laneOf(side, e.Link, e.Workspace)).enter(id, it, side)
	}
	for _, p := range e.Parks {
		it.parked[p.Side]++
	}
}

func (l *Ledger) unindex(id ID, link incident.Link, workspace string) {
	delete(l.open, id)
	for _, side := range incident.Sides() {
		delete(l.lane(laneOf(side, link, workspace)).items, id)
	}
}

// enter keeps an item as long as the side's writer may have something to do.
func (w *lane) enter(id ID, it *item, side incident.Side) {
	if len(it.needs[side]) == 0 && (w.looks == 0 || it.looks[side].never) {
		delete(w.items, id)
		return
	}
	w.items[id] = it
	w.poke()
}

func (w *lane) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Wake has a word in it when a lane's work may have changed.
func (l *Ledger) Wake(of Lane) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lane(of).wake
}

// Next hands out the most urgent entry of a lane that is due and needs work of
// one of the kinds, locked until [Work.Done]: closings first, then reads, other
// edits, new incidents, comments, relations, each by severity and age. Without
// one it returns nil and when the next is due, zero for never.
func (l *Ledger) Next(of Lane, kinds Kinds) (*Work, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.lane(of)
	c := choice{now: l.settings.Now(), kinds: kinds}
	for id, it := range lane.items {
		if l.busy[id] || of.Side == incident.SideDefender && l.busy[it.link] {
			continue
		}
		for _, need := range it.needs[of.Side] {
			c.offer(candidate{id, it, need, it.since[of.Side]})
		}
		if look := it.looks[of.Side]; lane.looks > 0 && !look.never {
			c.offer(candidate{id, it, look.need(lane.looks, it.severity), it.since[of.Side]})
		}
	}
	if c.best.item == nil {
		return nil, c.later
	}
	w := &Work{ledger: l, id: c.best.id, side: of.Side, kind: c.best.need.Kind, link: c.best.item.link}
	for _, lock := range w.locks() {
		l.busy[lock] = true
	}
	return w, time.Time{}
}

// choice finds the most urgent of what is due, or when something will be.
type choice struct {
	now   time.Time
	kinds Kinds
	best  candidate
	later time.Time
}

func (c *choice) offer(of candidate) {
	switch {
	case !c.kinds.Has(of.need.Kind):
	case of.need.At.After(c.now):
		c.later = earliest(c.later, of.need.At)
	case c.best.item == nil || of.before(c.best):
		c.best = of
	}
}

type candidate struct {
	id    ID
	item  *item
	need  Need
	since time.Time
}

func (c candidate) before(o candidate) bool { return c.compare(o) < 0 }

// Work is an entry in the hands of one writer.
type Work struct {
	ledger *Ledger
	id     ID
	side   incident.Side
	kind   Kind
	link   incident.Link
}

// ID names the entry.
func (w *Work) ID() ID { return w.id }

// Kind is the most urgent thing to do.
func (w *Work) Kind() Kind { return w.kind }

// Link is the Defender incident.
func (w *Work) Link() incident.Link { return w.link }

func (w *Work) locks() []any {
	if w.side == incident.SideDefender {
		return []any{w.id, w.link}
	}
	return []any{w.id}
}

// Entry is the entry as it is now, a copy.
func (w *Work) Entry(ctx context.Context) (*Entry, error) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	batch, err := w.load(ctx)
	if err != nil {
		return nil, err
	}
	return batch.entry(w.id), nil
}

// load reads the entry; there is one on success.
func (w *Work) load(ctx context.Context) (*batch, error) {
	batch, err := w.ledger.load(ctx, w.id)
	if err == nil && batch.entry(w.id) == nil {
		err = errGone
	}
	return batch, err
}

// Update changes the entry as it is now, and saves it (rule R1). After an error
// nothing was changed.
func (w *Work) Update(ctx context.Context, change func(*Entry)) error {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	batch, err := w.load(ctx)
	if err != nil {
		return err
	}
	change(batch.entry(w.id))
	batch.changed(w.id)
	return batch.save(ctx)
}

// Done gives the entry back.
func (w *Work) Done() {
	l := w.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lock := range w.locks() {
		delete(l.busy, lock)
	}
	if it := l.open[w.id]; it != nil {
		for _, side := range incident.Sides() {
			if slices.ContainsFunc(it.needs[side], func(Need) bool { return true }) {
				l.lane(laneOf(side, it.link, it.workspace)).poke()
			}
		}
	}
	if w.side == incident.SideDefender {
		l.lane(laneOf(w.side, w.link, "")).poke()
	}
}
