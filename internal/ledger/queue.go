package ledger

import (
	"cmp"
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
const AllKinds Kinds = 1<<(KindRelation+1) - 1

// Has reports whether the kind is in the set.
func (k Kinds) Has(kind Kind) bool { return k&(1<<kind) != 0 }

// Without is the set without a kind.
func (k Kinds) Without(kind Kind) Kinds { return k &^ (1 << kind) }

// lane is the entries that need something of one writer.
type lane struct {
	wake  chan struct{} // holds one word: something changed
	items map[ID]*item
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
	it := &item{link: e.Link, workspace: e.Workspace, brake: e.Brake}
	l.open[id] = it
	l.parts[part{e.Link.TenantID, e.Workspace}] = true
	for _, side := range incident.Sides() {
		it.needs[side] = e.Needs(side, l.settings.Settings)
		lane := l.lane(laneOf(side, e.Link, e.Workspace))
		if len(it.needs[side]) == 0 {
			delete(lane.items, id)
			continue
		}
		it.since[side] = now
		if had != nil && !had.since[side].IsZero() {
			it.since[side] = had.since[side]
		}
		lane.items[id] = it
		lane.poke()
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
// one of the kinds, locked until [Work.Done]: reads first, then closings, other
// edits, new incidents, comments, relations, each by severity and age. Without
// one it returns nil and when the next is due, zero for never.
func (l *Ledger) Next(of Lane, kinds Kinds) (*Work, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.settings.Now()
	var best candidate
	var later time.Time
	for id, it := range l.lane(of).items {
		if l.busy[id] || of.Side == incident.SideDefender && l.busy[it.link] {
			continue
		}
		for _, need := range it.needs[of.Side] {
			if !kinds.Has(need.Kind) {
				continue
			}
			if need.At.After(now) {
				if later.IsZero() || need.At.Before(later) {
					later = need.At
				}
				continue
			}
			if c := (candidate{id, it, need, it.since[of.Side]}); best.item == nil || c.before(best) {
				best = c
			}
		}
	}
	if best.item == nil {
		return nil, later
	}
	w := &Work{ledger: l, id: best.id, side: of.Side, kind: best.need.Kind, link: best.item.link}
	for _, lock := range w.locks() {
		l.busy[lock] = true
	}
	return w, time.Time{}
}

type candidate struct {
	id    ID
	item  *item
	need  Need
	since time.Time
}

// before orders work: by kind, severity, age, and id so that it is the same in
// every run.
func (c candidate) before(o candidate) bool {
	return cmp.Or(
		cmp.Compare(c.need.Kind, o.need.Kind),
		-cmp.Compare(c.need.Severity, o.need.Severity),
		c.since.Compare(o.since),
		cmp.Compare(c.id, o.id),
	) < 0
}

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
	e, err := newBatch(w.ledger).load(ctx, w.id)
	if err == nil && e == nil {
		err = errGone
	}
	return e, err
}

// Update changes the entry as it is now, and saves it (rule R1). After an error
// nothing was changed.
func (w *Work) Update(ctx context.Context, change func(*Entry)) error {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	batch := newBatch(w.ledger)
	e, err := batch.load(ctx, w.id)
	if err != nil {
		return err
	}
	if e == nil {
		return errGone
	}
	change(e)
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
