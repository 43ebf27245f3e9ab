package defenderreceiver

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// load takes up where the tenant was left, waiting for a storage that does not
// answer. false if ctx ended first.
func (t *tenant) load(ctx context.Context) bool {
	for failures := 1; ; failures++ {
		found, err := t.store.Load(ctx)
		if err == nil {
			t.restore(found)
			return true
		}
		if failures == 1 {
			t.log.Warn("storage does not answer, tried again with back-off; nothing is polled until it does", zap.Error(err))
		}
		if !polling.Pause(ctx, t.pace.Wait(failures)) {
			return false
		}
	}
}

func (t *tenant) restore(found state.Loaded) {
	now := time.Now()
	if found.SetAside != nil {
		t.log.Warn("stored state set aside; collection resumes from the lookback",
			zap.Error(found.SetAside), zap.Duration("initial_lookback", t.config.InitialLookback))
	}
	if found.Forgotten > 0 {
		t.log.Warn("part of the seen-set is unreadable; some records will come again under the same uid",
			zap.Int("chunks", found.Forgotten))
	}
	t.state = found.Position
	if !found.Found {
		t.state.Incidents = window.Start(now, t.config.InitialLookback)
		t.state.Resynced = now.UTC()
	}
	t.seen = map[state.Set]*window.Seen{
		state.SetIncidents: window.NewSeen(t.config.SeenIncidents, found.Chunks[state.SetIncidents]),
		state.SetAlerts:    window.NewSeen(t.config.SeenAlerts, found.Chunks[state.SetAlerts]),
	}
	t.probing = map[state.Set]int{}
	t.incidents = t.newList(state.SetIncidents, t.state.Incidents)
	t.restoreAlerts(now)
}

// restoreAlerts opens the alerts' own list if it is wanted: by configuration,
// or because some incident could not be read with its alerts.
func (t *tenant) restoreAlerts(now time.Time) {
	apart := t.config.Alerts == alertsExpand && t.state.Apart
	if t.config.Alerts != alertsList && !apart {
		t.state.Alerts, t.state.Apart = nil, false
		return
	}
	if t.state.Alerts == nil {
		c := window.Start(now, t.config.InitialLookback)
		t.state.Alerts = &c
	}
	t.state.Apart = apart
	t.alerts = t.newList(state.SetAlerts, *t.state.Alerts)
}

// readAlertsApart opens the alerts' own list from an incident's creation on.
func (t *tenant) readAlertsApart(created time.Time) {
	if t.config.Alerts != alertsExpand {
		return
	}
	if created.IsZero() {
		created = time.Now().Add(-t.config.InitialLookback)
	}
	from := created.Add(-t.config.Overlap)
	if t.alerts != nil {
		t.alerts.drain.Extend(from)
		return
	}
	t.log.Info("alerts are read from alerts_v2 as well, since an incident does not come with all of its own",
		zap.Time("from", from))
	t.state.Apart = true
	t.alerts = t.newList(state.SetAlerts, window.From(from))
}

func (t *tenant) newList(set state.Set, c window.Cursor) *list {
	l := &list{
		set: set, kind: graph.KindIncident, operation: operationIncidents,
		drain:  window.NewDrain(c, window.Settings{Overlap: t.config.Overlap}),
		ladder: ladderFor(t.config.Alerts), seen: t.seen[set],
	}
	if set == state.SetAlerts {
		l.kind, l.operation, l.ladder = graph.KindAlert, operationAlerts, alertsLadder()
	}
	return l
}

// lastSaveMax bounds the save at shutdown.
const lastSaveMax = 5 * time.Second

// saveLast keeps what was handed on since the last save when the loop ends.
func (t *tenant) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSaveMax)
	defer cancel()
	t.save(ctx)
}

// save keeps where the tenant stands. Without success it goes on: what is lost
// by a crash until it succeeds is read again.
func (t *tenant) save(ctx context.Context) {
	t.state.Incidents = t.incidents.drain.Cursor()
	t.state.Alerts = nil
	if t.alerts != nil {
		c := t.alerts.drain.Cursor()
		t.state.Alerts = &c
	}
	err := t.store.Save(ctx, t.state, t.seen)
	switch {
	case err != nil && !t.saving && ctx.Err() == nil:
		t.saving = true
		t.log.Warn("state cannot be saved; a restart would read again what was read since", zap.Error(err))
	case err == nil && t.saving:
		t.saving = false
		t.log.Info("state is saved again")
	}
}
