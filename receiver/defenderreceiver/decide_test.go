package defenderreceiver

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
)

func TestAPageThatIsNoneIsHeavyAndOneCutShortIsNot(t *testing.T) {
	none := func(*graph.Object) error { return nil }
	_, noPage := graph.ReadPage(strings.NewReader(`{"value":[`+strings.Repeat("[", 1000)), graph.KindIncident, none)
	_, torn := graph.ReadPage(io.MultiReader(strings.NewReader(`{"value":[{"id":`)), graph.KindIncident, none)
	require.Equal(t, polling.VerdictHeavy, polling.Judge(t.Context(), unreadable(noPage)))
	require.Equal(t, polling.VerdictWait, polling.Judge(t.Context(), unreadable(torn)))
	require.NoError(t, unreadable(nil))
}

// Law: however requests come, no minute holds more of them than the budget.
func TestNoMinuteHoldsMoreThanTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(1, 600).Draw(t, "budget")
		p := newPace(budget, polling.NewBackoff("tenant"))
		now := time.Unix(0, 0)
		var sent []time.Time
		for range 3 * budget {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "idle")) * time.Millisecond)
			now = now.Add(p.turn(now))
			sent = append(sent, now)
			if n := len(sent); n > budget {
				require.Greater(t, now.Sub(sent[n-1-budget]), time.Minute)
			}
		}
	})
}

func TestWithoutABudgetNothingWaits(t *testing.T) {
	p := newPace(0, polling.NewBackoff("tenant"))
	now := time.Unix(0, 0)
	require.Zero(t, p.turn(now))
	require.Zero(t, p.turn(now))
	p.hold(now, time.Hour)
	require.Equal(t, time.Hour, p.turn(now))
	p.hold(now, time.Minute)
	require.Equal(t, time.Hour, p.turn(now), "a shorter wait does not shorten a longer one")
}
