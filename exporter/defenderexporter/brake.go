package defenderexporter

import (
	"context"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// brakes reports whether a plan is subject to max_changes: it closes an incident,
// and nobody has approved that.
func (l *lane) brakes(e *ledger.Entry, plan ledger.Plan) bool {
	approved := e.Brake != nil && e.Brake.Side == own && e.Brake.Approved
	return l.closings != nil && !l.config.DryRun && plan.Closes(own) && !approved
}

// mustWait lets an entry wait, visible, without asking Graph anything, if it is
// to be closed and too many were closed of late.
func (l *lane) mustWait(ctx context.Context, w *ledger.Work, e *ledger.Entry) bool {
	now := time.Now()
	plan := e.Plan(own, l.ledger.Settings())
	if !l.brakes(e, plan) || l.closings.Left(now) > 0 {
		return false
	}
	l.telemetry.wrote(ctx, plan, resultHeld)
	l.update(ctx, w, func(e *ledger.Entry) { l.restrain(e, now) })
	return true
}

// restrain lets an entry wait for approval, or until fewer were closed of late.
func (l *lane) restrain(e *ledger.Entry, now time.Time) {
	until := l.closings.At(now, 1)
	if until.IsZero() {
		until = now.Add(time.Second) // those under way are counted by then
	}
	e.Restrain(own, until, now)
}

// counts ends what an order took from max_changes: a closing that may have
// happened counts.
func (l *lane) counts(o order, happened bool) {
	switch {
	case !o.counted:
	case happened:
		l.closings.Used(time.Now())
	default:
		l.closings.Give(1)
	}
}
