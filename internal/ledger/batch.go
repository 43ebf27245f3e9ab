package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// batch gathers changed entries, to be saved at once. The ledger is locked.
type batch struct {
	ledger  *Ledger
	entries map[ID]*loaded
	order   []ID
}

type loaded struct {
	entry   *Entry
	was     place
	changed bool
}

func newBatch(l *Ledger) *batch { return &batch{ledger: l, entries: map[ID]*loaded{}} }

// load reads an entry, once; nil if there is none or none that can be used.
func (b *batch) load(ctx context.Context, id ID) (*Entry, error) {
	if had := b.entries[id]; had != nil {
		return had.entry, nil
	}
	e, was, err := b.ledger.store.load(ctx, id)
	if errors.Is(err, ErrUnusable) {
		b.ledger.unusable(err)
		return nil, nil //nolint:nilnil // it was set aside: there is none any more
	}
	if err != nil || e == nil {
		return nil, err
	}
	b.entries[id] = &loaded{entry: e, was: was}
	return e, nil
}

func (b *batch) add(id ID, e *Entry) *Entry {
	b.entries[id] = &loaded{entry: e}
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
	if l.closed || l.lease.lost() {
		return ErrClosed
	}
	changes := make([]change, 0, len(b.order))
	for _, id := range b.order {
		e := b.entries[id].entry
		e.close(l.settings.Now())
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
