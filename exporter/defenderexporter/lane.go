package defenderexporter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

const own = incident.SideDefender

const (
	// workersPerTenant is how many incidents of a tenant are worked on at once,
	// so that a storm waits for the budget and not for round trips.
	workersPerTenant = 4
	// unboundPause is after how long it is asked again whether an incident's
	// tenant lives in its workspace: the configuration says so, at the start.
	unboundPause = bindGrace
	// unboundPauseMax is the same once nobody said so for a while.
	unboundPauseMax = time.Hour
)

// way is one kind of thing a lane does, and how it fares. An application may be
// allowed to read and not to write.
type way struct {
	topic    string
	standing *writer.Standing
}

// lane is the writer of one tenant's incidents. All of it is safe for concurrent
// use: workers share it.
type lane struct {
	id, label string
	config    *Config
	ledger    *ledger.Ledger
	graph     graphClient
	budget    *budget.Shared
	closings  *budget.Shared // nil = no brake
	// reading and writing at Graph, saving in the ledger, and learning which
	// tenant lives where fare each by itself.
	reading, writing, saving, linking way
	started                           time.Time

	health    *writer.Health
	telemetry tenantTelemetry
	log       *zap.Logger
}

func (l *lane) lane() ledger.Lane { return ledger.Lane{Side: own, Name: l.id} }

// prepare has open incidents read again in time, and does what a dry run before
// this start has only planned.
func (l *lane) prepare(ctx context.Context) {
	l.ledger.Reread(l.lane(), l.config.ResyncInterval)
	if l.config.DryRun {
		return
	}
	n, err := l.ledger.Unshelve(ctx, l.lane())
	if err != nil {
		l.unsaved(ctx, err)
	}
	if n > 0 {
		l.log.Info("what the dry run has planned is written now", zap.Int("incidents", n))
	}
}

// run is one worker: it takes work until taking ends, and finishes what it has
// unless working ends.
func (l *lane) run(taking, working context.Context) {
	l.ledger.Serve(taking, l.lane(), l.gate, func(_ context.Context, w *ledger.Work) { l.do(working, w) })
}

// gate lets work through while the tenant is not waiting and its budget has
// enough for a read and a write. A resync is let through while half of it is
// free, so that it is never in an edit's way.
func (l *lane) gate(now time.Time) (ledger.Kinds, time.Time) {
	if until := l.until(); until.After(now) {
		return 0, until
	}
	if at := l.budget.At(now, requestsPerWork); at.IsZero() || at.After(now) {
		return 0, at
	}
	free := max(requestsPerWork, l.config.RequestsPerMinute/2)
	if at := l.budget.At(now, free); at.IsZero() || at.After(now) {
		return ledger.AllKinds.Without(ledger.KindLook), at
	}
	return ledger.AllKinds, time.Time{}
}

// until is until when the whole tenant waits.
func (l *lane) until() time.Time {
	var until time.Time
	for _, by := range []way{l.reading, l.writing, l.saving, l.linking} {
		if at := by.standing.Until(); at.After(until) {
			until = at
		}
	}
	return until
}

// do does the most urgent thing for one entry.
func (l *lane) do(ctx context.Context, w *ledger.Work) {
	p := &purse{budget: l.budget, telemetry: l.telemetry}
	if !p.fill() {
		return // another worker was quicker: the gate is closed now
	}
	defer p.empty()
	e, err := w.Entry(ctx)
	if err != nil {
		l.unsaved(ctx, err)
		return
	}
	if !l.ledger.Bound(e.Link.TenantID, e.Workspace) {
		l.unbound(ctx, w)
		return
	}
	if w.Kind() == ledger.KindComment && !e.PlanComments(own, l.ledger.Settings()).List {
		l.comment(ctx, w, e, p)
		return
	}
	l.step(ctx, w, e, p)
}

// unbound lets an entry wait whose tenant does not live in its workspace, as far
// as anybody has said. Right after the start all wait: nobody may have said it
// yet.
func (l *lane) unbound(ctx context.Context, w *ledger.Work) {
	if time.Since(l.started) < bindGrace {
		l.linking.standing.Broken(time.Now())
		return
	}
	l.update(ctx, w, func(e *ledger.Entry) {
		wait := min(unboundPauseMax, unboundPause<<min(e.Pause[own].Attempts, 9))
		e.Trouble(own, "the configuration does not link the tenant with the workspace", time.Now().Add(wait))
	})
}

// update changes the entry, and reports whether that was saved.
func (l *lane) update(ctx context.Context, w *ledger.Work, change func(*ledger.Entry)) bool {
	if err := w.Update(ctx, change); err != nil {
		l.unsaved(ctx, err)
		return false
	}
	l.saving.standing.Succeeded()
	l.health.Well(l.label, l.saving.topic)
	return true
}

// unsaved lets the whole tenant wait: what cannot be saved must not be written.
func (l *lane) unsaved(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.saving.standing.Broken(time.Now())
	l.health.Failed(l.label, l.saving.topic, writer.LedgerSentence(l.config.Ledger, err), err)
}

// failed draws the consequence of a request that did not succeed: the whole
// tenant waits, or the entry, or both.
func (l *lane) failed(ctx context.Context, w *ledger.Work, by way, err error) {
	if ctx.Err() != nil {
		return // we are shut down; what was intended is looked for at the next start
	}
	now := time.Now()
	class := azure.ClassOf(err)
	failures := 0
	if answered := new(unusable); !errors.As(err, &answered) { // else the entry's own
		failures = by.standing.Failed(err, now)
	}
	if class == azure.ClassThrottled {
		until := by.standing.Until()
		l.telemetry.waited(ctx, until.Sub(now))
		l.budget.Hold(until)
		return
	}
	l.update(ctx, w, func(e *ledger.Entry) {
		e.Trouble(own, writer.Reason(err), now.Add(by.standing.Backoff(e.Pause[own].Attempts+1)))
	})
	if class == azure.ClassMisconfigured || failures >= failuresTold {
		l.health.Failed(l.label, by.topic, l.sentence(err), err)
	}
	l.telemetry.up(ctx, !l.reading.standing.Failing() && !l.writing.standing.Failing())
}

// failuresTold is after how many failures in a row a tenant is in trouble, and
// not only unlucky.
const failuresTold = 3

// missingRole is the remedy for every 403 that does not say more: what another
// role would allow is not enough.
const missingRole = "Grant the application the role SecurityIncident.ReadWrite.All on Microsoft Graph in this tenant, and have an administrator consent."

// sentence says why a tenant's incidents are not written and what to do; "" when
// nobody has to act.
func (l *lane) sentence(err error) string {
	remedy := azure.Remedy(err)
	var e *azure.Error
	if errors.As(err, &e) && e.Status == http.StatusForbidden && (e.Reason == "" || e.Reason == azure.ReasonMissingRoles) {
		remedy = missingRole
	}
	if remedy == "" {
		return ""
	}
	return fmt.Sprintf("incidents of tenant %s are not written to Defender, and wait. %s", l.label, remedy)
}

// succeeded ends the tenant's trouble with one kind of request.
func (l *lane) succeeded(ctx context.Context, by way) {
	by.standing.Succeeded()
	l.health.Well(l.label, by.topic)
	l.telemetry.up(ctx, !l.reading.standing.Failing() && !l.writing.standing.Failing())
}
