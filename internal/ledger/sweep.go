package ledger

import (
	"context"
	"time"
)

// sweepEvery is how often some shelves are looked through, so that all of them
// are once a day.
const (
	sweepEvery    = time.Minute
	sweepsPerLook = shelfCount / (24 * 60)
)

// SweepEvery is how often Sweep is to be called.
func SweepEvery() time.Duration { return sweepEvery }

// Sweep forgets closed entries past their retention on the next few shelves.
func (l *Ledger) Sweep(ctx context.Context) error {
	if l.settings.Retention == 0 {
		return nil
	}
	before := l.settings.Now().Add(-l.settings.Retention)
	for range sweepsPerLook + 1 {
		if err := l.sweepNext(ctx, before); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) sweepNext(ctx context.Context, before time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.lease.hold(ctx); err != nil {
		return err
	}
	err := l.store.sweep(ctx, l.shelf, before)
	if err == nil {
		l.shelf = (l.shelf + 1) % shelfCount
	}
	return err
}
