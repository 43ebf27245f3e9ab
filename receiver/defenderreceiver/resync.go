package defenderreceiver

import (
	"context"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// resyncSome goes on with a resync that is due, until the next tick: the open
// incidents as they are now, without alerts, beside cursor and seen-set.
func (t *tenant) resyncSome(ctx context.Context, tick time.Time) {
	if t.resync == nil && !t.beginResync() {
		return
	}
	for {
		did, ok := t.resyncPage(ctx)
		if ok && !did {
			t.resync = nil
		}
		if !ok || !did || !time.Now().Before(tick) {
			return
		}
	}
}

func (t *tenant) beginResync() bool {
	now := time.Now()
	if t.config.ResyncInterval == 0 || now.Sub(t.state.Resynced) < t.config.ResyncInterval {
		return false
	}
	t.state.Resynced = now.UTC()
	t.resync = &list{
		set: state.SetIncidents, kind: graph.KindIncident, operation: operationIncidents, resync: true,
		drain:  window.NewDrain(window.Start(now, maxLookback), window.Settings{}),
		ladder: ladderFor(alertsNone), seen: window.NewSeen(maxSeen, nil),
	}
	return true
}

// resyncPage is page for a resync, whose position is not kept: a kill ends it.
func (t *tenant) resyncPage(ctx context.Context) (did, ok bool) {
	l := t.resync
	ask, owed := l.drain.Next()
	if !owed {
		return false, true
	}
	if t.turn(ctx) != nil {
		return false, false
	}
	p, err := t.read(ctx, l, ask)
	switch polling.Judge(ctx, err) {
	case polling.VerdictGood:
		l.drain.Page(p, time.Now())
		l.ladder.Succeeded()
		l.failures = 0
	case polling.VerdictHeavy:
		if l.ladder.Failed() {
			l.drain.Hop()
		}
	case polling.VerdictRefused:
		l.drain.Refused()
	case polling.VerdictWait:
		l.failures++
		t.hold(ctx, err, l.failures)
	case polling.VerdictUnconsumed:
		t.unconsumed(err)
		return true, false
	case polling.VerdictGone, polling.VerdictStop, polling.VerdictEnd:
		return true, false
	}
	return true, true
}
