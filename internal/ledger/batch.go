package ledger

import (
	"context"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// batch is entries that were read at once, and are saved at once where they
// changed. The ledger is locked.
type batch struct {
	ledger  *Ledger
	entries map[ID]*loaded
	order   []ID
}

type loaded struct {
	found
	changed bool
}

// load reads entries. One that a save left astray is saved again.
func (l *Ledger) load(ctx context.Context, ids ...ID) (*batch, error) {
	all, err := l.store.fetch(ctx, ids)
	if err != nil {
		return nil, err
	}
	b := &batch{ledger: l, entries: map[ID]*loaded{}}
	for _, id := range ids {
		if f := all[id]; f.entry != nil && b.entries[id] == nil {
			b.entries[id] = &loaded{found: f}
			if f.was == placeStray {
				b.changed(id)
			}
		}
	}
	return b, nil
}

// entry is one of those that were read; nil if there is none.
func (b *batch) entry(id ID) *Entry {
	if l := b.entries[id]; l != nil {
		return l.entry
	}
	return nil
}

func (b *batch) add(id ID, e *Entry) *Entry {
	b.entries[id] = &loaded{found: found{entry: e}}
	b.changed(id)
	return e
}

func (b *batch) changed(id ID) {
	if l := b.entries[id]; !l.changed {
		l.changed = true
		b.order = append(b.order, id)
	}
}

// save stores what changed, tells of decisions and wakes the writers.
func (b *batch) save(ctx context.Context) error {
	l := b.ledger
	if err := l.lease.hold(ctx); err != nil {
		return err
	}
	if err := l.remember(ctx); err != nil {
		return err
	}
	changes := make([]change, 0, len(b.order))
	for _, id := range b.order {
		e := b.entries[id].entry
		e.close(l.settings.Now())
		e.easeBrake(l.settings.Settings)
		changes = append(changes, change{id: id, entry: e, was: b.entries[id].was, closed: e.rests(l.settings.Settings)})
	}
	if len(changes) == 0 {
		return nil
	}
	if err := l.store.save(ctx, changes); err != nil {
		return err
	}
	for _, c := range changes {
		for _, d := range c.entry.Fresh() {
			l.tell(c.id, c.entry.Link, c.entry.Workspace, d)
		}
		l.index(c.id, c.entry, c.closed)
	}
	return nil
}

// close notes since when both sides are closed.
func (e *Entry) close(now time.Time) {
	if !e.bothClosed() {
		e.ClosedAt = time.Time{}
	} else if e.ClosedAt.IsZero() {
		e.ClosedAt = now.UTC()
	}
}

func (e *Entry) bothClosed() bool {
	for _, side := range incident.Sides() {
		o := e.Sides[side]
		if !o.Gone && !incident.Closed(side, o.Values[incident.FieldStatus]) {
			return false
		}
	}
	return true
}

// rests reports whether the entry is closed and quiet.
func (e *Entry) rests(s Settings) bool { return !e.ClosedAt.IsZero() && e.Quiet(s) }
