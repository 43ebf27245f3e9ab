package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

const workspace = "/subscriptions/s/resourcegroups/g/providers/microsoft.operationalinsights/workspaces/w"

func link(id string) incident.Link {
	return incident.Link{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000001", IncidentID: id}
}

func snapshotOf(status, severity incident.Value, revision time.Time) *incident.Snapshot {
	var s incident.Snapshot
	s.Values[incident.FieldStatus], s.Values[incident.FieldSeverity] = status, severity
	s.Values[incident.FieldTitle] = "an incident"
	s.Revision = revision
	return &s
}

func openLedger(t *testing.T, client storage.Client) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(context.Background(), ledger.OpenSettings{
		Client:   client,
		Settings: ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute},
	})
	require.NoError(t, err)
	return l
}

var lane = ledger.Lane{Side: incident.SideSentinel, Name: workspace}

func TestAnIncidentGoesFromNewsToARestingTwin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		l := openLedger(t, nil)
		now := time.Now()
		require.NoError(t, l.Observe(ctx, ledger.News{
			Side: incident.SideDefender, Link: link("1"), Workspace: workspace, Snapshot: snapshotOf("resolved", "high", now), Began: now, Admit: true,
		}))
		work, _ := l.Next(lane, ledger.AllKinds)
		require.NotNil(t, work)
		again, _ := l.Next(lane, ledger.AllKinds)
		require.Nil(t, again, "one writer at a time")
		var plan ledger.Plan
		require.NoError(t, work.Update(ctx, func(e *ledger.Entry) {
			e.Missing(incident.SideSentinel, e.Begin(now))
			plan = e.Plan(incident.SideSentinel, l.Settings())
			e.Intend(incident.SideSentinel, plan, now)
		}))
		require.True(t, plan.Create)
		require.NoError(t, work.Update(ctx, func(e *ledger.Entry) {
			e.Answered(*snapshotOf("Closed", "High", now), now, l.Settings())
		}))
		work.Done()
		require.Zero(t, l.Open(), "closed on both sides and quiet")
		e, err := l.Find(ctx, ledger.IDOf(link("1"), workspace))
		require.NoError(t, err)
		require.Equal(t, incident.SentinelClosed, e.Sides[incident.SideSentinel].Values[incident.FieldStatus])
		later := now.Add(time.Hour)
		require.NoError(t, l.Observe(ctx, ledger.News{
			Side: incident.SideDefender, Link: link("1"), Workspace: workspace, Snapshot: snapshotOf("active", "high", later), Began: later,
		}))
		require.Equal(t, 1, l.Open(), "it was reopened")
		work, _ = l.Next(lane, ledger.AllKinds)
		require.Equal(t, ledger.KindStatus, work.Kind())
	})
}
