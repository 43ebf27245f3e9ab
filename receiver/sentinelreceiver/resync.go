package sentinelreceiver

import (
	"context"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// openStatuses are the words that a resync asks for, one after the other.
func openStatuses() []string { return []string{"New", "Active"} }

// resyncSome goes on with a resync that is due, until the next tick: the open
// incidents as they are now, beside cursor and seen-set, without comments.
func (w *workspace) resyncSome(ctx context.Context, tick time.Time) {
	if len(w.resync) == 0 && !w.beginResync() {
		return
	}
	for len(w.resync) > 0 && time.Now().Before(tick) && !w.requests.At(time.Now()).After(tick) {
		did, ok := w.resyncPage(ctx, w.resync[0])
		if !ok {
			return
		}
		if !did {
			w.resync = w.resync[1:]
		}
	}
}

func (w *workspace) beginResync() bool {
	now := time.Now()
	if w.config.ResyncInterval == 0 || now.Sub(w.state.Resynced) < w.config.ResyncInterval {
		return false
	}
	w.state.Resynced = now.UTC()
	seen := window.NewSeen(maxSeen, nil)
	for _, status := range openStatuses() {
		l := newList(window.NewWalk(window.Start(now, maxLookback), window.WalkSettings{}), seen)
		l.status, l.resync = status, true
		w.resync = append(w.resync, l)
	}
	return true
}

// resyncPage is page for a resync, whose position is not kept: a kill ends it.
func (w *workspace) resyncPage(ctx context.Context, l *list) (did, ok bool) {
	leg, owed := l.walk.Next()
	if !owed {
		return false, true
	}
	if w.turn(ctx) != nil {
		return false, false
	}
	p, err := w.read(ctx, l, leg)
	v := polling.Judge(ctx, err)
	switch {
	case leg.Link != "" && (v == polling.VerdictRefused || leadsElsewhere(err)):
		l.walk.Refused()
	case v == polling.VerdictGood:
		l.walk.Page(p, time.Now())
		l.failures = 0
		if !leg.Single {
			l.ladder.Succeeded()
		}
	case v == polling.VerdictHeavy:
		l.failures++
		if w.ease(l, leg) {
			return true, false
		}
	case v == polling.VerdictWait:
		l.failures++
		w.hold(ctx, err, l.failures)
	case v == polling.VerdictUnconsumed:
		w.unconsumed(err)
		return true, false
	default:
		return true, false
	}
	return true, true
}
