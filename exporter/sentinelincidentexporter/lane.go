package sentinelincidentexporter

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

const own = incident.SideSentinel

const (
	// waitHopeless is the wait after what will hardly heal by itself.
	waitHopeless = time.Hour
	// waitForName is how often it is asked which id a tenant's name stands for.
	waitForName = 10 * time.Second
)

// lane is the writer of one workspace. What has no lock belongs to the
// goroutine in run.
type lane struct {
	name      string // the workspace's ARM id in lower case
	workspace sentinel.Workspace
	cloud     string
	links     []laneLink
	routes    *routes
	config    *Config
	ledger    *ledger.Ledger
	side      side
	budgets   *subscription
	closings  *budget.Budget // nil = no brake
	existing  *existing
	health    *writer.Health
	telemetry laneTelemetry
	log       *zap.Logger
	// reads, writes and saves fare each by itself: whoever may read need not be
	// allowed to write.
	reads, writes reach
	saves         *writer.Standing

	alerts  alertBatch
	backlog bool // more waits than a span takes, which was said
	counted time.Time
}

func (l *lane) lane() ledger.Lane { return ledger.Lane{Side: own, Name: l.name} }

// admits reports whether new incidents of a tenant are taken on.
func (l *lane) admits(tenantID string) bool { return !l.existing.verdict(tenantID).forbids() }

// run takes on work until taking ends, and does it under working. Nothing is
// written before it is known who else brings incidents into the workspace.
func (l *lane) run(taking, working context.Context) {
	if !l.existing.first(taking) {
		return
	}
	if !l.config.DryRun {
		l.unshelve(working)
	}
	l.ledger.Reread(l.lane(), l.config.ResyncInterval)
	var watching sync.WaitGroup
	watching.Go(func() { l.existing.watch(taking) })
	l.ledger.Serve(taking, l.lane(), l.gate, func(_ context.Context, w *ledger.Work) { l.do(working, w) })
	watching.Wait()
}

// unshelve lets what a dry run has only planned be done.
func (l *lane) unshelve(ctx context.Context) {
	n, err := l.ledger.Unshelve(ctx, l.lane())
	if err != nil {
		l.unsaved(ctx, err)
	}
	if n > 0 {
		l.log.Info("what a dry run had planned is written now", zap.Int("incidents", n))
	}
}

// gate opens the kinds of work whose budgets are open.
func (l *lane) gate(now time.Time) (ledger.Kinds, time.Time) {
	if until := l.saves.Until(); until.After(now) {
		return 0, until
	}
	g := gate{kinds: ledger.AllKinds, now: now}
	g.until(l.reads.Until(), ledger.KindStatus, ledger.KindRead, ledger.KindEdit, ledger.KindCreate, ledger.KindLook)
	g.until(l.budgets.opens(spendRead, now), ledger.KindStatus, ledger.KindRead, ledger.KindEdit, ledger.KindCreate, ledger.KindLook)
	g.until(l.budgets.opens(spendLook, now), ledger.KindLook)
	if l.config.DryRun {
		g.kinds = g.kinds.Without(ledger.KindRelation)
		return g.kinds, g.opens
	}
	l.sayRemaining(now)
	g.until(l.writes.Until(), ledger.KindStatus, ledger.KindEdit, ledger.KindCreate, ledger.KindComment, ledger.KindRelation)
	g.until(l.budgets.opens(spendIncident, now), ledger.KindStatus, ledger.KindEdit, ledger.KindCreate)
	g.until(l.budgets.opens(spendComment, now), ledger.KindComment)
	g.until(l.budgets.opens(spendCommentRead, now), ledger.KindComment) // the next one may need a list
	g.until(l.budgets.opens(spendRelation, now), ledger.KindRelation)
	g.until(l.alerts.hold, ledger.KindRelation)
	return g.kinds, g.opens
}

// gate is which kinds are open, and when the next one opens.
type gate struct {
	kinds      ledger.Kinds
	now, opens time.Time
}

// until closes kinds until a time, if that is not over.
func (g *gate) until(at time.Time, kinds ...ledger.Kind) {
	if !at.After(g.now) {
		return
	}
	for _, k := range kinds {
		g.kinds = g.kinds.Without(k)
	}
	if g.opens.IsZero() || at.Before(g.opens) {
		g.opens = at
	}
}

// do does the most urgent thing for one entry.
func (l *lane) do(ctx context.Context, w *ledger.Work) {
	e, err := w.Entry(ctx)
	if err != nil {
		l.unsaved(ctx, err)
		return
	}
	if reason, until := l.forbidden(e.Link.TenantID); reason != "" {
		l.pause(ctx, w, reason, until)
		return
	}
	switch w.Kind() {
	case ledger.KindComment:
		l.comment(ctx, w, e)
	case ledger.KindRelation:
		l.relate(ctx, w, e)
	case ledger.KindStatus, ledger.KindRead, ledger.KindEdit, ledger.KindCreate, ledger.KindLook:
		l.step(ctx, w, e)
	}
}

// forbidden is why nothing may be written of a tenant, and until when; "" if it
// may. An entry may be older than the links: then its tenant has none any more,
// or one by a name that no record came with since the start.
func (l *lane) forbidden(tenantID string) (reason string, until time.Time) {
	if l.link(tenantID) == (laneLink{}) {
		wait := waitHopeless
		if l.routes.unsettled(l.links) {
			wait = waitForName
		}
		return "no link binds this tenant to the workspace", time.Now().Add(wait)
	}
	if v := l.existing.verdict(tenantID); v.forbids() {
		return v.reason(), l.existing.next()
	}
	return "", time.Time{}
}

// update changes the entry, and reports whether that was saved.
func (l *lane) update(ctx context.Context, w *ledger.Work, change func(*ledger.Entry)) bool {
	if err := w.Update(ctx, change); err != nil {
		l.unsaved(ctx, err)
		return false
	}
	l.saves.Succeeded()
	l.health.Well(l.name, topicLedger)
	return true
}

// pause lets the entry wait after trouble.
func (l *lane) pause(ctx context.Context, w *ledger.Work, reason string, until time.Time) {
	l.update(ctx, w, func(e *ledger.Entry) { e.Trouble(own, reason, until) })
}

// unsaved lets the whole workspace wait: what cannot be saved must not be
// written.
func (l *lane) unsaved(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.saves.Broken(time.Now())
	l.health.Failed(l.name, topicLedger, writer.LedgerSentence(l.config.Ledger, err), err)
}

// reach is one kind of requests to a workspace, and how it fares.
type reach struct {
	*writer.Standing
	topic string
}

// failed draws the consequence of a request that did not succeed: all of its kind
// wait, or the entry, or, throttled, only the budget.
func (l *lane) failed(ctx context.Context, w *ledger.Work, of reach, err error) {
	if ctx.Err() != nil {
		return // we are shut down; what was intended is looked for at the next start
	}
	now := time.Now()
	switch azure.ClassOf(err) {
	case azure.ClassThrottled:
		return // the budget has it
	case azure.ClassMisconfigured:
	case azure.ClassPermanent, azure.ClassSplit:
		l.pause(ctx, w, writer.Reason(err), now.Add(waitHopeless))
	case azure.ClassRetryable, azure.ClassConflictETag:
		l.update(ctx, w, func(e *ledger.Entry) {
			e.Trouble(own, writer.Reason(err), now.Add(of.Backoff(e.Pause[own].Attempts+1)))
		})
	}
	if of.Failed(err, now); of.Until().After(now) {
		l.health.Failed(l.name, of.topic, sentenceFor(l.workspace, err), err)
	}
}

// succeeded ends the trouble of a kind of requests.
func (l *lane) succeeded(of reach) {
	of.Succeeded()
	l.health.Well(l.name, of.topic)
}
