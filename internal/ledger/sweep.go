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
		l.mu.Lock()
		n := l.shelf
		l.shelf = (l.shelf + 1) % shelfCount
		_, err := l.store.sweep(ctx, n, before)
		l.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
