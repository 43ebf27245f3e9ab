package sentinelincidentexporter

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// pending counts a workspace's pending writes that draw from a budget.
func (l *lane) pending(kind spend) int {
	for _, s := range l.ledger.Stats() {
		switch {
		case s.Lane != l.lane():
		case kind == spendIncident:
			return s.Pending[ledger.KindStatus] + s.Pending[ledger.KindEdit] + s.Pending[ledger.KindCreate]
		case kind == spendComment:
			return s.Pending[ledger.KindComment]
		}
	}
	return 0
}

// sayRemaining says once that more waits than can be written at once, and once
// that it is over.
func (l *lane) sayRemaining(now time.Time) {
	if open := !l.budgets.opens(spendIncident, now).After(now); open == !l.backlog || now.Before(l.counted.Add(time.Minute)) {
		return
	}
	l.counted = now
	pending := l.pending(spendIncident)
	remaining := l.budgets.duration(spendIncident, pending, now)
	switch {
	case !l.backlog && remaining > 0:
		l.backlog = true
		l.log.Info("more incidents changed than can be written at once; they are written as fast as Sentinel allows, the most urgent first",
			zap.Duration("remaining", remaining.Round(time.Second)))
	case l.backlog && pending == 0:
		l.backlog = false
		l.log.Info("all incidents that changed are written")
	}
}

// remainingTimes is, for each subscription, how long its pending writes take at
// the pace of its budgets.
func remainingTimes(lanes []*lane, now time.Time) map[*subscription]time.Duration {
	times := map[*subscription]time.Duration{}
	for _, kind := range []spend{spendIncident, spendComment} {
		pending := map[*subscription]int{}
		for _, l := range lanes {
			pending[l.budgets] += l.pending(kind)
		}
		for s, n := range pending {
			times[s] = max(times[s], s.duration(kind, n, now))
		}
	}
	return times
}

// report tells of alerts that wait, and of who else brings incidents.
func (l *lane) report(waiting, state func(n int64, attrs ...attribute.KeyValue)) {
	for _, link := range l.links {
		tenant := link.tenant
		if id := l.routes.id(tenant); id != "" {
			tenant = l.telemetry.tenant(id)
		}
		state(1, attribute.String(attrTenant, tenant), attribute.String(attrState, l.existing.state(link.tenant)))
	}
	for _, b := range l.ledger.Backlog() {
		if b.Workspace == l.name {
			waiting(int64(b.Alerts), attribute.String(attrTenant, b.Tenant))
		}
	}
}
