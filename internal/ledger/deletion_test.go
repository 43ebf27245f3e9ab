package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

var afterDeletion = ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute}

// deletedTwin is an entry whose twin a person deleted, noticed after a minute.
func deletedTwin(t *testing.T) (*ledger.Entry, func(int) time.Time) {
	t.Helper()
	start := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	e := ledger.NewEntry(link("1"), workspace, start.Add(-time.Hour))
	e.Read(incident.SideDefender, *snapshotOf("active", "high", start), e.Begin(start))
	e.Read(incident.SideSentinel, *snapshotOf("New", "High", start), e.Begin(start))
	e.Settle(e.Plan(incident.SideSentinel, afterDeletion), start)
	e.Missing(incident.SideSentinel, e.Begin(minute(1)))
	require.True(t, e.Quiet(afterDeletion), "it stays deleted")
	return e, minute
}

func TestALateRecordDoesNotRaiseADeletedTwin(t *testing.T) {
	e, minute := deletedTwin(t)
	late := *snapshotOf("Active", "High", minute(0).Add(time.Second))
	require.False(t, e.Observe(incident.SideSentinel, late, ledger.Reading{Began: minute(0).Add(2 * time.Second)}))
	require.True(t, e.Quiet(afterDeletion), "an edit that was deleted with its incident is not carried")

	e.Observe(incident.SideSentinel, late, ledger.Reading{Began: minute(2)})
	require.Len(t, e.Needs(incident.SideSentinel, afterDeletion), 1, "a list that shows it later is looked into")
	e.Missing(incident.SideSentinel, e.Begin(minute(3)))
	require.True(t, e.Quiet(afterDeletion))
}

func TestADeletedTwinIsMadeAgainWhenDefenderClosedAndReopened(t *testing.T) {
	e, minute := deletedTwin(t)
	for i, status := range []incident.Value{"inProgress", "resolved", "active"} {
		require.True(t, e.Quiet(afterDeletion))
		e.Observe(incident.SideDefender, *snapshotOf(status, "high", minute(2+i)), ledger.Reading{Began: minute(2 + i)})
	}
	require.True(t, e.Plan(incident.SideSentinel, afterDeletion).Create)
}

func TestADeletionThatIsNoticedAfterTheReopeningMakesTheTwinAgain(t *testing.T) {
	start := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	e := ledger.NewEntry(link("1"), workspace, start.Add(-time.Hour))
	e.Read(incident.SideDefender, *snapshotOf("resolved", "high", start), e.Begin(start))
	e.Read(incident.SideSentinel, *snapshotOf("Closed", "High", start), e.Begin(start))
	e.Settle(e.Plan(incident.SideSentinel, afterDeletion), start)
	later := start.Add(time.Hour)
	e.Observe(incident.SideDefender, *snapshotOf("active", "high", later), ledger.Reading{Began: later})
	e.Missing(incident.SideSentinel, e.Begin(later))
	require.True(t, e.Plan(incident.SideSentinel, afterDeletion).Create)
}
