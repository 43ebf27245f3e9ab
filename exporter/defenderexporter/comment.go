package defenderexporter

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// comment copies the entry's next comment. It is known that it is not there yet:
// reading the incident brings its comments along.
func (l *lane) comment(ctx context.Context, w *ledger.Work, e *ledger.Entry, p *purse) {
	next := e.PlanComments(own, l.ledger.Settings()).Next
	if next == nil {
		return
	}
	if l.config.DryRun {
		l.update(ctx, w, func(e *ledger.Entry) { e.RefuseComments(own, string(ledger.ResultDryRun), time.Now()) })
		l.telemetry.did(ctx, whatComment, resultDryRun)
		return
	}
	c := *next
	began := time.Now()
	if !l.update(ctx, w, func(e *ledger.Entry) { e.Post(own, c, began) }) {
		return
	}
	list, err := l.graph.comment(ctx, p, e.Link.IncidentID, c.ToDefender())
	l.posted(ctx, w, c, list, err, ledger.Reading{Own: true, Began: began, Seq: e.Seq})
}

// posted takes the answer to a comment. One that was answered and cannot be read
// is there.
func (l *lane) posted(ctx context.Context, w *ledger.Work, c incident.Comment, list []incident.Comment, err error, r ledger.Reading) {
	now, fate := time.Now(), fateOf(err)
	var unread *unusable
	if errors.As(err, &unread) {
		fate = writer.FateDone
	}
	l.telemetry.did(ctx, whatComment, fate.String())
	switch fate {
	case writer.FateDone:
		l.succeeded(ctx, l.writing)
		l.telemetry.copied(ctx)
		l.update(ctx, w, func(e *ledger.Entry) {
			e.Posted(own, c, now)
			if unread == nil {
				e.ObserveComments(own, list, r)
			}
		})
		return
	case writer.FateRefused:
		l.update(ctx, w, func(e *ledger.Entry) { e.RefuseComment(own, c, writer.Reason(err), now) })
		return
	case writer.FateUnsent:
		l.update(ctx, w, func(e *ledger.Entry) {
			e.NotPosted()
			e.Sides[own].Wanted = e.Sides[own].Wanted || isMissing(err)
		})
	case writer.FateUnknown: // it is looked for, and then posted or not (R11)
		l.update(ctx, w, func(e *ledger.Entry) { e.Unanswered(own, now) })
	}
	l.failed(ctx, w, l.writing, err)
}
