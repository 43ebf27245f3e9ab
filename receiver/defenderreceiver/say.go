package defenderreceiver

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

// hold keeps the tenant's requests back after an error, and reports whether it
// was throttling.
func (t *tenant) hold(ctx context.Context, err error, failures int) (throttled bool) {
	wait := t.pace.WaitAfter(err, failures)
	t.pace.hold(time.Now(), wait)
	if azure.ClassOf(err) != azure.ClassThrottled {
		return false
	}
	t.telemetry.waited(ctx, wait)
	return true
}

// troubled says once why the tenant cannot be read and what to do about it.
func (t *tenant) troubled(ctx context.Context, l *list, err error) {
	t.telemetry.alive(ctx, false)
	t.health.Set(t.label, err)
	said := polling.KindOf(err)
	if said == t.trouble {
		return
	}
	t.trouble = said
	t.log.Warn("tenant cannot be read, tried again with back-off",
		zap.String("list", string(l.set)), zap.Error(err), zap.String("remedy", azure.Remedy(err)))
}

// well takes the trouble back, once all lists can be read.
func (t *tenant) well(ctx context.Context) {
	for _, l := range t.lists() {
		if l.failures > 0 {
			return
		}
	}
	t.telemetry.alive(ctx, true)
	t.health.Set(t.label, nil)
	if t.trouble != "" {
		t.log.Info("tenant is read again")
	}
	t.trouble = ""
}

// unconsumed says once that the next component refuses records. They are read
// again with the next poll, and the cursor stays where it is.
func (t *tenant) unconsumed(err error) {
	if t.refusing {
		return
	}
	t.refusing = true
	t.log.Warn("the next component refuses records; they are read again until it takes them", zap.Error(err))
}

// report sets the gauges.
func (t *tenant) report(ctx context.Context) {
	now := time.Now()
	owed := time.Duration(0)
	for _, l := range t.lists() {
		c := l.drain.Cursor()
		if n := len(c.Gaps); n > 0 {
			owed = max(owed, c.Head.Sub(c.Gaps[n-1].Updated.From))
		}
	}
	t.telemetry.window.Record(ctx, owed.Seconds(), t.telemetry.with())
	t.telemetry.lag.Record(ctx, now.Sub(t.completed).Seconds(), t.telemetry.with())
	ids := make([]string, 0, len(t.state.Quarantine))
	for _, q := range t.state.Quarantine {
		ids = append(ids, nameOf(q))
	}
	t.telemetry.holds(ids)
}

// nameOf is the id of what is quarantined, or when it was updated.
func nameOf(q state.Quarantined) string {
	if q.ID != "" {
		return q.ID
	}
	return fmt.Sprintf("%s updated between %s and %s", q.Kind, q.Between.From.Format(time.RFC3339), q.Between.To.Format(time.RFC3339))
}

// limitSeen keeps the seen-sets within their bounds. What a full set of
// incidents forgets is not read again: the overlap becomes shorter.
func (t *tenant) limitSeen() {
	t.seen[state.SetAlerts].ShrinkFirstIn()
	l := t.incidents
	forgotten := l.seen.Shrink()
	if forgotten.IsZero() {
		return
	}
	narrows := !forgotten.Before(l.drain.Cursor().PassFrom(t.config.Overlap))
	l.drain.RaiseFloor(forgotten)
	if narrows && !t.narrowed {
		t.narrowed = true
		t.log.Warn(`"seen_incidents" is too small for "overlap": the overlap is shorter until fewer incidents change`,
			zap.Int("seen_incidents", t.config.SeenIncidents), zap.Time("overlap_begins", forgotten))
	}
}
