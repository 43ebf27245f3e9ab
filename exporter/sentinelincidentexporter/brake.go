package sentinelincidentexporter

import (
	"context"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// restrains reports whether a plan has to wait because it closes an incident,
// and too many were closed of late. One that a person approved need not.
func (l *lane) restrains(e *ledger.Entry, plan ledger.Plan) bool {
	if l.closings == nil || l.config.DryRun || !plan.Closes(own) {
		return false
	}
	approved := e.Brake != nil && e.Brake.Side == own && e.Brake.Approved
	return !approved && !l.closings.Open(time.Now())
}

// restrain lets an entry wait, visible, without asking Sentinel anything.
func (l *lane) restrain(ctx context.Context, w *ledger.Work) {
	now := time.Now()
	l.update(ctx, w, func(e *ledger.Entry) { e.Restrain(own, l.closings.At(now), now) })
}
