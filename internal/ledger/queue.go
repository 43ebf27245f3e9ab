package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Kinds is a set of kinds of work.
type Kinds uint16

// AllKinds is every kind.
const AllKinds Kinds = 1<<(KindLook+1) - 1

// Has reports whether the kind is in the set.
func (k Kinds) Has(kind Kind) bool { return k&(1<<kind) != 0 }

// Without is the set without a kind.
func (k Kinds) Without(kind Kind) Kinds { return k &^ (1 << kind) }

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

func (l *Ledger) lane(of Lane) *lane {
	found := l.lanes[of]
	if found == nil {
		found = newLane()
		l.lanes[of] = found
	}
	return found
}

// index brings the queue up to date with an entry. The ledger is locked.
func (l *Ledger) index(id ID, e *Entry, rests bool) {
	had := l.open[id]
	l.parts[part{e.Link.TenantID, e.Workspace}] = true
	if rests {
		l.unindex(id, e.Link, e.Workspace)
		return
	}
	now := l.settings.Now()
	it := &item{link: e.Link, workspace: e.Workspace, brake: e.Brake, severity: e.severity(), waiting: len(e.Alerts.Waiting)}
	l.open[id] = it
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
		l.lane(laneOf(side, link, workspace)).leave(id)
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
	best, later := l.lane(of).next(kinds, l.settings.Now(), func(c candidate) bool {
		return !l.busy[c.id] && (of.Side == incident.SideSentinel || !l.busy[c.item.link])
	})
	if best == nil {
		return nil, later
	}
	w := &Work{ledger: l, id: best.id, side: of.Side, kind: best.need.Kind, link: best.item.link}
	for _, lock := range w.locks() {
		l.busy[lock] = true
	}
	return w, time.Time{}
}

// candidate is one need of an open entry.
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
