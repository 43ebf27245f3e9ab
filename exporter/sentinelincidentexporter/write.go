package sentinelincidentexporter

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// step reads the incident and writes what is missing, once.
func (l *lane) step(ctx context.Context, w *ledger.Work, e *ledger.Entry) {
	preview := e.Plan(own, l.ledger.Settings())
	if e.Intent == nil && l.restrains(e, preview) {
		l.restrain(ctx, w)
		return
	}
	announced := e.Intent != nil && e.Intent.Redirect
	if e.Intent == nil && preview.Redirect && !l.config.DryRun {
		if announced = l.announce(ctx, w, e); !announced {
			return
		}
	}
	if w.Kind() == ledger.KindLook {
		if !l.budgets.take(spendLook) {
			return
		}
		defer func() { l.budgets.settle(spendLook, nil) }()
	}
	reading := e.Begin(time.Now())
	from, err := l.read(ctx, w)
	if err != nil {
		l.failed(ctx, w, l.reads, err)
		return
	}
	from.announced = announced
	plan, writes := l.plan(ctx, w, from, reading)
	if !writes {
		return
	}
	answer, err := l.side.write(ctx, e.SentinelName(), from, changeOf(e, plan))
	l.budgets.settle(spendIncident, err)
	l.written(ctx, w, plan, answer, err)
}

// read reads the entry's incident.
func (l *lane) read(ctx context.Context, w *ledger.Work) (held, error) {
	if !l.budgets.take(spendRead) {
		return held{}, errBudget
	}
	from, err := l.side.read(ctx, w.Link().SentinelName())
	l.budgets.settle(spendRead, err)
	return from, err
}

// errBudget is a request that the budget did not let through after all.
var errBudget error = &azure.Error{Operation: "budget", Class: azure.ClassThrottled}

// plan takes what was read, and works out what is to be written. It reports
// whether that is to be sent now; then the intent is saved and a request taken
// from the budget.
func (l *lane) plan(ctx context.Context, w *ledger.Work, from held, reading ledger.Reading) (plan ledger.Plan, writes bool) {
	now := time.Now()
	taken := !l.config.DryRun && !l.writes.Until().After(now) && l.budgets.take(spendIncident)
	result := ""
	saved := l.update(ctx, w, func(e *ledger.Entry) {
		if from.missing {
			e.Missing(own, reading)
		} else {
			e.Read(own, from.snapshot, reading)
		}
		e.Calm(own)
		plan = e.Plan(own, l.ledger.Settings())
		e.Settle(plan, now)
		// A merge that only now is known of has its comment written first.
		ready := taken && (from.announced || !plan.Redirect)
		result = l.decide(e, plan, ready, now)
	})
	l.succeeded(l.reads)
	if writes = saved && result == resultSent; taken && !writes {
		l.budgets.release(spendIncident)
	}
	if saved && (result == resultDryRun || result == resultHeld) {
		l.telemetry.wrote(ctx, w.Link().TenantID, plan, result)
	}
	return plan, writes
}

// decide says what becomes of a plan; "" for nothing now.
func (l *lane) decide(e *ledger.Entry, plan ledger.Plan, ready bool, now time.Time) string {
	switch {
	case len(plan.Writes) == 0:
		return ""
	case l.config.DryRun:
		e.Shelve(own, plan, ledger.ResultDryRun, now)
		return resultDryRun
	case l.restrains(e, plan):
		e.Restrain(own, l.closings.At(now), now)
		return resultHeld
	case !ready:
		return "" // it is due again, once the budget opens
	}
	e.Intend(own, plan, now)
	return resultSent
}

// written takes the answer to a write.
func (l *lane) written(ctx context.Context, w *ledger.Work, plan ledger.Plan, answer incident.Snapshot, err error) {
	now := time.Now()
	var refusedBody *bodyError
	switch {
	case err == nil:
		l.succeeded(l.writes)
		if l.closings != nil && plan.Closes(own) {
			l.closings.Use(now)
		}
		l.update(ctx, w, func(e *ledger.Entry) { e.Answered(answer, now, l.ledger.Settings()) })
	case errors.As(err, &refusedBody):
		l.update(ctx, w, func(e *ledger.Entry) { e.Refused(writer.Reason(err), now) })
	default:
		l.unanswered(ctx, w, err, now)
	}
	l.telemetry.wrote(ctx, w.Link().TenantID, plan, resultOf(err))
}

// unanswered draws the consequence of a write that failed: one that is known not
// to have happened is forgotten, one that never will is parked, and one of which
// nothing is known stays intended.
func (l *lane) unanswered(ctx context.Context, w *ledger.Work, err error, now time.Time) {
	switch writer.FateOf(err) {
	case writer.FateUnsent:
		l.update(ctx, w, func(e *ledger.Entry) { e.Unsent() })
	case writer.FateRefused:
		l.update(ctx, w, func(e *ledger.Entry) { e.Refused(writer.Reason(err), now) })
		return
	case writer.FateUnknown, writer.FateDone:
	}
	l.failed(ctx, w, l.writes, err)
}

// changeOf is the PUT that a plan asks for.
func changeOf(e *ledger.Entry, plan ledger.Plan) sentinel.Change {
	link := e.Link
	change := sentinel.Change{Values: map[incident.Field]incident.Value{}, Labels: []string{link.Label()}}
	for _, w := range plan.Writes {
		change.Values[w.Field] = w.Asked
	}
	if plan.Redirect {
		change.Labels = append(change.Labels, incident.RedirectedLabel)
	}
	if plan.Create {
		defender := e.Sides[incident.SideDefender]
		change.FirstActivity, change.LastActivity = defender.Made, defender.Revision
		// Sentinel wants these, and Defender may not say.
		change.Values[incident.FieldTitle] = cmp.Or(change.Values[incident.FieldTitle], incident.Value("Defender incident "+link.IncidentID))
		change.Values[incident.FieldStatus] = cmp.Or(change.Values[incident.FieldStatus], incident.SentinelNew)
		change.Values[incident.FieldSeverity] = cmp.Or(change.Values[incident.FieldSeverity], "Informational")
	}
	return change
}
