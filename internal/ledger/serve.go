package ledger

import (
	"context"
	"time"
)

// Gate says which kinds of work may be begun now, and when that changes; zero
// for when something else happens.
type Gate func(now time.Time) (Kinds, time.Time)

// Serve hands a lane's work to do, one entry at a time, until ctx ends: the most
// urgent of what the gate lets through. do must not call [Work.Done]. A work
// that is still due right after do is handed out again, so do pauses an entry
// after trouble ([Entry.Trouble]).
func (l *Ledger) Serve(ctx context.Context, of Lane, gate Gate, do func(context.Context, *Work)) {
	wake := l.Wake(of)
	for ctx.Err() == nil {
		kinds, opens := gate(l.settings.Now())
		work, due := l.Next(of, kinds)
		if work != nil {
			do(ctx, work)
			work.Done()
			continue
		}
		l.await(ctx, wake, earliest(due, opens))
	}
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// await waits for a word, a time unless it is zero, or the end of ctx.
func (l *Ledger) await(ctx context.Context, wake <-chan struct{}, until time.Time) {
	var expired <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(max(0, until.Sub(l.settings.Now())))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-ctx.Done():
	case <-wake:
	case <-expired:
	}
}
