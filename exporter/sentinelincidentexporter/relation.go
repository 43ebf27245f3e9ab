package sentinelincidentexporter

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

const (
	// relationsPerTurn is how many alerts of one incident are related before
	// more urgent work has its turn.
	relationsPerTurn = 8
	// alertsFresh is how long the answer to a query about alerts counts.
	alertsFresh = time.Minute
	// absentFresh is the same where an alert was not there: less than the ledger
	// waits before it looks again.
	absentFresh = 3 * time.Second
)

// alertBatch is the answer to one query about the alerts of many incidents, so
// that a storm asks few.
type alertBatch struct {
	tenantID string
	at       time.Time
	asked    map[string]bool
	found    map[string]string // Sentinel's id by Defender's
	hold     time.Time         // no query before
	failures int
}

// covers reports whether the answer tells of all these alerts.
func (b *alertBatch) covers(tenantID string, alerts []string, now time.Time) bool {
	age := now.Sub(b.at)
	return b.tenantID == tenantID && age < alertsFresh &&
		!slices.ContainsFunc(alerts, func(id string) bool { return !b.asked[id] || b.found[id] == "" && age >= absentFresh })
}

// relate relates those of an entry's alerts that exist in Sentinel by now.
func (l *lane) relate(ctx context.Context, w *ledger.Work, e *ledger.Entry) {
	tenantID := e.Link.TenantID
	if !l.alerts.covers(tenantID, e.Alerts.Waiting, time.Now()) && !l.ask(ctx, e) {
		return
	}
	var turn relations
	for _, id := range e.Alerts.Waiting {
		alert, there := l.alerts.found[id]
		switch {
		case !there:
			turn.absent = true
			continue
		case turn.full():
			turn.more = true
		case !l.relateOne(ctx, e, &turn, id, alert):
			turn.more = true
		default:
			continue
		}
		break
	}
	now := time.Now()
	l.update(ctx, w, func(e *ledger.Entry) {
		turn.apply(e, now)
		if turn.later || turn.absent && !turn.more {
			e.AlertsLater(now)
		}
	})
	l.telemetry.related(ctx, tenantID, len(turn.related))
	if turn.gone {
		l.look(ctx, w, e, func(e *ledger.Entry) { e.AlertsLater(time.Now()) })
	}
	if turn.err != nil {
		l.relationFailed(ctx, turn.err)
	}
}

// relations is what came of one turn.
type relations struct {
	related []string
	refused []refusal
	absent  bool  // an alert does not exist yet
	more    bool  // some are left that could be related
	later   bool  // something was not as expected: look again later
	gone    bool  // the incident may be deleted
	err     error // trouble that is nobody's fault
}

type refusal struct{ alert, reason string }

func (r *relations) full() bool { return len(r.related)+len(r.refused) >= relationsPerTurn }

func (r *relations) apply(e *ledger.Entry, now time.Time) {
	for _, id := range r.related {
		e.AlertRelated(id, now)
	}
	for _, no := range r.refused {
		e.AlertRefused(no.alert, no.reason, now)
	}
}

// relateOne relates one alert. It returns false if the turn must end.
func (l *lane) relateOne(ctx context.Context, e *ledger.Entry, turn *relations, id, alert string) bool {
	if !l.budgets.take(spendRelation) {
		return false
	}
	err := l.side.relate(ctx, e.SentinelName(), incident.RelationName(e.SentinelName(), alert), alert)
	l.budgets.settle(spendRelation, err)
	l.telemetry.did(ctx, e.Link.TenantID, whatRelation, resultOf(err))
	switch class := azure.ClassOf(err); {
	case err == nil:
		l.succeeded(l.writes)
		turn.related = append(turn.related, id)
		return true
	case isMissing(err):
		turn.gone = true
	case refuses(err), class == azure.ClassConflictETag:
		return l.whyNot(ctx, e, turn, refusal{id, writer.Reason(err)}, alert)
	case class == azure.ClassThrottled:
	default:
		turn.err, turn.later = err, true
	}
	return false
}

// whyNot finds out what a refusal means: the alert is related already, under
// whatever name, or never can be.
func (l *lane) whyNot(ctx context.Context, e *ledger.Entry, turn *relations, no refusal, alert string) bool {
	if !l.budgets.take(spendRelationRead) {
		turn.later = true
		return false
	}
	all, err := l.side.relations(ctx, e.SentinelName())
	l.budgets.settle(spendRelationRead, err)
	switch {
	case isMissing(err):
		turn.gone = true
		return false
	case err != nil:
		turn.err, turn.later = err, true
		return false
	case slices.ContainsFunc(all, func(r sentinel.Relation) bool { return r.AlertID == alert }):
		turn.related = append(turn.related, no.alert)
	case len(all) >= ledger.AlertsMax:
		turn.refused = append(turn.refused, refusal{no.alert, "the incident has as many alerts as it can have"})
	default:
		turn.refused = append(turn.refused, no)
	}
	return true
}

// ask asks for the alerts of this entry and of as many others of its tenant as
// one query takes.
func (l *lane) ask(ctx context.Context, e *ledger.Entry) bool {
	ids := slices.Clone(e.Alerts.Waiting)
	more, err := l.ledger.WaitingAlerts(ctx, l.lane(), e.Link.TenantID, sentinel.AlertsQueryMax)
	if err != nil {
		l.unsaved(ctx, err)
		return false
	}
	for _, id := range more {
		if len(ids) >= sentinel.AlertsQueryMax {
			break
		}
		ids = append(ids, id)
	}
	found, err := l.side.alerts(ctx, e.Link.TenantID, ids)
	if err != nil {
		l.queryFailed(ctx, err)
		return false
	}
	l.health.Well(l.name, topicAlerts)
	batch := alertBatch{tenantID: e.Link.TenantID, at: time.Now(), asked: map[string]bool{}, found: map[string]string{}}
	for _, id := range ids {
		batch.asked[id] = true
	}
	for _, a := range found {
		had := batch.found[a.AlertID]
		if a.TenantID == batch.tenantID && batch.asked[a.AlertID] && (had == "" || a.SystemAlertID < had) {
			batch.found[a.AlertID] = a.SystemAlertID
		}
	}
	l.alerts = batch
	return true
}

// queryFailed puts off all looking for alerts; nothing else waits for it.
func (l *lane) queryFailed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.alerts.failures++
	l.alerts.hold = time.Now().Add(max(azure.RetryAfterOf(err), l.writes.Backoff(l.alerts.failures)))
	if remedy := azure.Remedy(err); remedy != "" {
		l.health.Failed(l.name, topicAlerts, "alerts of workspace "+l.workspace.Name+" are not related with their incidents. "+remedy, err)
	}
}

// relationFailed draws the consequence for the workspace of a relation that did
// not succeed; its alerts are looked for again later.
func (l *lane) relationFailed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	var e *azure.Error
	denied := errors.As(err, &e) && e.Status == http.StatusForbidden
	l.alerts.failures++
	l.alerts.hold = time.Now().Add(l.writes.Backoff(l.alerts.failures))
	if denied {
		l.health.Failed(l.name, topicAlerts, sentenceFor(l.workspace, err), err)
	}
}
