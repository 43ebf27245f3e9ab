package sentinelincidentexporter

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// pendingOf counts a workspace's pending writes by the budget they draw from.
func (l *lane) pendingOf(s ledger.LaneStats) [spendCount]int {
	var n [spendCount]int
	n[spendIncident] = s.Pending[ledger.KindStatus] + s.Pending[ledger.KindEdit] + s.Pending[ledger.KindCreate]
	n[spendComment] = s.Pending[ledger.KindComment]
	return n
}

// remainingTimes is, for each subscription, how long its pending writes take at
// the pace of its budgets: of each the whole spans that it fills.
func remainingTimes(lanes []*lane, now time.Time) map[*subscription]time.Duration {
	pending := map[*subscription]*[spendCount]int{}
	for _, l := range lanes {
		if pending[l.budgets] == nil {
			pending[l.budgets] = &[spendCount]int{}
		}
		for _, s := range l.ledger.Stats() {
			if s.Lane != l.lane() {
				continue
			}
			for kind, n := range l.pendingOf(s) {
				pending[l.budgets][kind] += n
			}
		}
	}
	times := map[*subscription]time.Duration{}
	for s, counts := range pending {
		times[s] = 0
		for kind, n := range counts {
			times[s] = max(times[s], s.duration(spend(kind), n, now))
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
