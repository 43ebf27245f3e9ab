package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// day sweeps for a day, which is once around all shelves.
func day(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	for until := time.Now().Add(24 * time.Hour); time.Now().Before(until); {
		require.NoError(t, l.Sweep(t.Context()))
		time.Sleep(ledger.SweepEvery())
	}
}

func TestWhatWasClosedLongAgoIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDisk(), twins{}
		l := mustOpen(t, d, func(s *ledger.OpenSettings) { s.Retention = 72 * time.Hour })
		require.NoError(t, l.Observe(t.Context(), news("1", "resolved"), news("2", "active")))
		require.NoError(t, s.drain(t.Context(), l))
		time.Sleep(47 * time.Hour)
		require.NoError(t, l.Observe(t.Context(), news("3", "resolved")))
		require.NoError(t, s.drain(t.Context(), l))
		knows := func(id string) bool {
			e, err := l.Find(t.Context(), idOf(id))
			require.NoError(t, err)
			return e != nil
		}
		day(t, l)
		require.True(t, knows("1"), "it is 71 hours old")
		day(t, l)
		require.False(t, knows("1"))
		require.True(t, knows("2"), "what is open is never forgotten")
		require.True(t, knows("3"))
		require.NotContains(t, d.values, ledger.ShelfKey(idOf("1")), "nor is its shelf")
		day(t, l)
		day(t, l)
		require.False(t, knows("3"))
		require.True(t, knows("2"))
	})
}

// TestAReopenedIncidentKnowsWhatItKnew: it is compared with what both sides had
// agreed on, so that only what changed is carried.
func TestAReopenedIncidentKnowsWhatItKnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDisk(), twins{}
		l := mustOpen(t, d)
		long := incident.Value("a title that is long enough for its text not to be kept")
		first := news("1", "resolved")
		first.Snapshot.Values[incident.FieldTitle] = long
		first.AlertIDs = []string{"alert-1"}
		require.NoError(t, l.Observe(t.Context(), first))
		require.NoError(t, s.drain(t.Context(), l))
		work, _ := l.Next(lane, ledger.AllKinds)
		require.Nil(t, work)
		e, err := l.Find(t.Context(), idOf("1"))
		require.NoError(t, err)
		decided := len(e.Decisions)
		require.NoError(t, l.Close(t.Context()))

		time.Sleep(time.Hour)
		l = mustOpen(t, d)
		again := news("1", "active")
		again.Snapshot.Values[incident.FieldTitle] = long
		require.NoError(t, l.Observe(t.Context(), again))
		require.Equal(t, 1, l.Open())
		e, err = l.Find(t.Context(), idOf("1"))
		require.NoError(t, err)
		require.Equal(t, long, e.Sides[0].Values[incident.FieldTitle], "the text came back")
		require.Len(t, e.Decisions, decided)
		work, _ = l.Next(lane, ledger.AllKinds)
		plan := e.Plan(incident.SideSentinel, l.Settings())
		require.Len(t, plan.Writes, 1, "only the status changed")
		require.Equal(t, incident.FieldStatus, plan.Writes[0].Field)
		work.Done()
		require.NoError(t, s.drain(t.Context(), l))
		require.Equal(t, incident.SentinelNew, s[link("1").SentinelName()].Values[incident.FieldStatus])
	})
}
