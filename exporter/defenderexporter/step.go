package defenderexporter

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// order is a plan, and what becomes of it.
type order struct {
	ledger.Plan
	// send is true if it is to be sent now, and the intent is saved.
	send bool
	// counted is true if it took one closing from max_changes.
	counted bool
	// result is why it is not sent; "" for nothing to send.
	result string
}

// step reads the incident and writes what is missing, once.
func (l *lane) step(ctx context.Context, w *ledger.Work, e *ledger.Entry, p *purse) {
	if e.Intent == nil && l.mustWait(ctx, w, e) {
		return
	}
	reading := e.Begin(time.Now())
	seen, err := l.graph.get(ctx, p, e.Link.IncidentID)
	missing := errors.Is(err, errMissing)
	if err != nil && !missing {
		l.failed(ctx, w, l.reading, err)
		return
	}
	l.succeeded(ctx, l.reading)
	o := l.order(ctx, w, func(e *ledger.Entry) {
		if missing {
			l.missing(e, reading)
			return
		}
		e.Read(own, seen, reading)
		if seen.CommentsKnown {
			e.ObserveComments(own, seen.Comments, reading)
		}
	}, reading)
	if !o.send {
		return
	}
	answer, err := l.graph.patch(ctx, p, e.Link.IncidentID, o.Writes)
	l.patched(ctx, w, o, answer, err)
}

// missing takes it that Graph does not have the incident, unless it was seen
// there so lately that Graph may not be of one mind.
func (l *lane) missing(e *ledger.Entry, r ledger.Reading) {
	o := e.Sides[own]
	settled := o.ReadAt.Add(l.ledger.Settings().SettleTime)
	if o.Known && !o.Gone && r.Began.Before(settled) {
		e.Trouble(own, errMissing.Error(), settled)
		return
	}
	e.Missing(own, r)
}

// order takes what was read, works out what is missing and says what becomes of
// it.
func (l *lane) order(ctx context.Context, w *ledger.Work, take func(*ledger.Entry), r ledger.Reading) order {
	now, settings := time.Now(), l.ledger.Settings()
	var o order
	saved := l.update(ctx, w, func(e *ledger.Entry) {
		attempts := e.Pause[own].Attempts
		e.Calm(own)
		take(e)
		o.Plan = e.Plan(own, settings)
		e.Settle(o.Plan, now)
		l.decide(e, &o, now)
		if !o.send && o.result == "" && e.Pause[own].Until.IsZero() && readAgain(e, settings, r) {
			e.Pause[own].Attempts = attempts
			e.Trouble(own, "what was read is older than what is known", now.Add(l.reading.standing.Backoff(attempts+1)))
		}
	})
	if o.result != "" {
		l.telemetry.wrote(ctx, o.Plan, o.result)
	}
	if o.send && !saved {
		l.counts(o, false)
		o.send = false
	}
	return o
}

// readAgain reports whether the entry wants at once what it just had: what was
// read is older than what is known (rule R5), or lacks the comments.
func readAgain(e *ledger.Entry, s ledger.Settings, r ledger.Reading) bool {
	o := e.Sides[own]
	if e.Redirect == nil && !o.Gone && o.ReadAt.Before(r.Began) {
		return true
	}
	for _, need := range e.Needs(own, s) {
		again := need.Kind == ledger.KindRead || need.Kind == ledger.KindComment && e.PlanComments(own, s).List
		if again && !need.At.After(r.Began) {
			return true
		}
	}
	return false
}

// decide says what becomes of a plan.
func (l *lane) decide(e *ledger.Entry, o *order, now time.Time) {
	brakes := l.brakes(e, o.Plan)
	switch {
	case len(o.Writes) == 0:
		e.Pause[own].Single = false // the field at fault, if there was one, is parked
	case l.config.DryRun:
		e.Shelve(own, o.Plan, ledger.ResultDryRun, now)
		o.result = resultDryRun
	case brakes && !l.closings.Take(now, 1):
		l.restrain(e, now)
		o.result = resultHeld
	default:
		e.Intend(own, o.Plan, now)
		o.send, o.counted = true, brakes
	}
}

// patched takes the answer to a PATCH.
func (l *lane) patched(ctx context.Context, w *ledger.Work, o order, answer incident.Snapshot, err error) {
	now, fate := time.Now(), fateOf(err)
	l.counts(o, fate == writer.FateDone || fate == writer.FateUnknown)
	l.telemetry.wrote(ctx, o.Plan, resultOf(fate, o.Plan, answer))
	switch fate {
	case writer.FateDone:
		l.succeeded(ctx, l.writing)
		l.update(ctx, w, func(e *ledger.Entry) { e.Answered(answer, now, l.ledger.Settings()) })
		return
	case writer.FateRefused:
		l.update(ctx, w, func(e *ledger.Entry) { e.Refused(writer.Reason(err), now) })
		return
	case writer.FateUnsent:
		l.update(ctx, w, func(e *ledger.Entry) { e.Unsent() })
	case writer.FateUnknown: // what was intended stays so, until it is looked for
		l.update(ctx, w, func(e *ledger.Entry) { e.Unanswered(own, now) })
	}
	l.failed(ctx, w, l.writing, err)
}

// fateOf is what is known of a write: a body that cannot be sent never will be.
func fateOf(err error) writer.Fate {
	var body *bodyError
	if errors.As(err, &body) {
		return writer.FateRefused
	}
	return writer.FateOf(err)
}
