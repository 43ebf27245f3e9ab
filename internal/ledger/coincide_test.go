package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// bothClosed is an entry whose two people closed the incident at 10 and 20
// seconds; that both did was found at 30.
func bothClosed(t *testing.T) (*ledger.Entry, func(int) time.Time) {
	t.Helper()
	start := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	e := ledger.NewEntry(link("1"), workspace, start.Add(-time.Hour))
	e.Read(incident.SideDefender, *snapshotOf("active", "high", start), e.Begin(start))
	e.Read(incident.SideSentinel, *snapshotOf("New", "High", start), e.Begin(start))
	e.Settle(e.Plan(incident.SideSentinel, afterDeletion), start)
	e.Observe(incident.SideSentinel, *snapshotOf("Closed", "High", second(10)), ledger.Reading{Began: second(30)})
	e.Observe(incident.SideDefender, *snapshotOf("resolved", "high", second(20)), ledger.Reading{Began: second(30)})
	e.Read(incident.SideSentinel, *snapshotOf("Closed", "High", second(10)), e.Begin(second(30)))
	e.Settle(e.Plan(incident.SideSentinel, afterDeletion), second(30))
	require.NotNil(t, e.Coincided)
	return e, second
}

// writes are what a plan wants to write of the status, by side.
func statusWrites(e *ledger.Entry) (asked [2]incident.Value) {
	for _, side := range incident.Sides() {
		for _, w := range e.Plan(side, afterDeletion).Writes {
			if w.Field == incident.FieldStatus {
				asked[side] = w.Asked
			}
		}
	}
	return asked
}

// Both sides were closed, and Sentinel's is reopened before they are believed to
// agree: that is an edit, even if the incident was open before.
func TestAnEditOfACoincidenceIsAnEdit(t *testing.T) {
	e, second := bothClosed(t)
	e.Observe(incident.SideSentinel, *snapshotOf("New", "High", second(60)), ledger.Reading{Began: second(61)})
	require.Equal(t, [2]incident.Value{"active", ""}, statusWrites(e))
}

// The read that showed Defender's closed may have been stale: where it is open
// again, Sentinel's edit stands.
func TestACoincidenceThatAStaleReadMayFeignIsNone(t *testing.T) {
	e, second := bothClosed(t)
	e.Observe(incident.SideDefender, *snapshotOf("active", "high", second(60)), ledger.Reading{Began: second(61)})
	require.Equal(t, [2]incident.Value{"resolved", ""}, statusWrites(e))
	require.Equal(t, &reconcile.Pair{"active", "New"}, e.Base[incident.FieldStatus])
}
