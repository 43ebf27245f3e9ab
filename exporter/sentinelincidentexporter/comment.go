package sentinelincidentexporter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// fullOfComments is why no more comments are copied, said once.
var fullOfComments = fmt.Sprintf("the incident has %d comments, which is the most it can have", ledger.SentinelCommentsMax)

// comment does the next thing about an entry's comments.
func (l *lane) comment(ctx context.Context, w *ledger.Work, e *ledger.Entry) {
	plan := e.PlanComments(own, l.ledger.Settings())
	switch {
	case plan.List:
		l.listComments(ctx, w, e)
	case plan.Next == nil:
	case l.config.DryRun:
		l.refuseComments(ctx, w, string(ledger.ResultDryRun))
	case e.Comments.Sentinel >= ledger.SentinelCommentsMax:
		l.refuseComments(ctx, w, fullOfComments)
	default:
		l.copyComment(ctx, w, e, *plan.Next)
	}
}

func (l *lane) refuseComments(ctx context.Context, w *ledger.Work, reason string) {
	l.update(ctx, w, func(e *ledger.Entry) { e.RefuseComments(own, reason, time.Now()) })
	l.telemetry.did(ctx, w.Link().TenantID, whatComment, resultRefused)
}

// copyComment writes one comment under its derived name: if that was done
// before, and nobody heard of it, it is the same comment still.
func (l *lane) copyComment(ctx context.Context, w *ledger.Work, e *ledger.Entry, c incident.Comment) {
	if !l.budgets.take(spendComment) {
		return
	}
	err := l.side.comment(ctx, e.SentinelName(), incident.CopyName(e.SentinelName(), c), c.ToSentinel())
	l.budgets.settle(spendComment, err)
	l.telemetry.did(ctx, w.Link().TenantID, whatComment, resultOf(err))
	switch {
	case err == nil:
		l.succeeded(l.writes)
		l.update(ctx, w, func(e *ledger.Entry) { e.Posted(own, c, time.Now()) })
		l.telemetry.copied(ctx, w.Link().TenantID)
	case isMissing(err):
		l.look(ctx, w, e, l.distrusts)
	case refuses(err):
		l.listRefused(ctx, w, e, c, writer.Reason(err))
	default:
		l.failed(ctx, w, l.writes, err)
	}
}

// listRefused finds out why a comment was refused: there are too many, or it
// will never be taken.
func (l *lane) listRefused(ctx context.Context, w *ledger.Work, e *ledger.Entry, c incident.Comment, reason string) {
	if !l.listComments(ctx, w, e) {
		return
	}
	l.update(ctx, w, func(e *ledger.Entry) {
		if e.Comments.Sentinel >= ledger.SentinelCommentsMax {
			e.RefuseComments(own, fullOfComments, time.Now())
			return
		}
		e.RefuseComment(own, c, reason, time.Now())
	})
}

// listComments reads the comments that the incident has.
func (l *lane) listComments(ctx context.Context, w *ledger.Work, e *ledger.Entry) bool {
	reading := e.Begin(time.Now())
	if !l.budgets.take(spendCommentRead) {
		return false // the gate is closed until it opens
	}
	list, err := l.side.comments(ctx, e.SentinelName())
	l.budgets.settle(spendCommentRead, err)
	switch {
	case err == nil:
		l.succeeded(l.reads)
		return l.update(ctx, w, func(e *ledger.Entry) { e.ObserveComments(own, list, reading) })
	case isMissing(err):
		l.look(ctx, w, e, l.distrusts)
	default:
		l.failed(ctx, w, l.reads, err)
	}
	return false
}

// look reads the incident after a sign that it is gone, so that the ledger
// knows; otherwise says what becomes of an entry whose incident is there.
func (l *lane) look(ctx context.Context, w *ledger.Work, e *ledger.Entry, otherwise func(*ledger.Entry)) {
	reading := e.Begin(time.Now())
	from, err := l.read(ctx, w)
	if errors.Is(err, errBudget) { // the sign would come again at once
		l.pause(ctx, w, "the incident may be gone, and is read no faster than the budget allows", l.budgets.opens(spendRead, time.Now()))
		return
	}
	if err != nil {
		l.failed(ctx, w, l.reads, err)
		return
	}
	l.update(ctx, w, func(e *ledger.Entry) {
		if from.missing {
			e.Missing(own, reading)
			return
		}
		e.Read(own, from.snapshot, reading)
		otherwise(e)
	})
}

// distrusts lets an entry wait whose incident is there while its comments are
// not found.
func (l *lane) distrusts(e *ledger.Entry) {
	e.Trouble(own, "the incident is there, and its comments are not found", time.Now().Add(l.reads.Backoff(e.Pause[own].Attempts+1)))
}

// isMissing reports a 404 that speaks of an incident, not of its workspace.
func isMissing(err error) bool {
	var e *azure.Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && e.Reason == ""
}

// refuses reports an answer that will be the same next time.
func refuses(err error) bool {
	var body *bodyError
	class := azure.ClassOf(err)
	return errors.As(err, &body) || class == azure.ClassPermanent || class == azure.ClassSplit
}
