package budget_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
)

func TestWorkersTogetherKeepToTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit, per := rapid.IntRange(2, 10).Draw(t, "limit"), time.Minute
		s, now := budget.NewShared(limit, per), time.Unix(0, 0)
		var sent []time.Time
		taken := 0
		for range 80 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "gap")))
			switch n := rapid.IntRange(1, 2).Draw(t, "n"); {
			case rapid.Bool().Draw(t, "take"):
				at := s.At(now, n)
				if s.Take(now, n) {
					require.False(t, at.After(now))
					taken += n
				} else if !at.IsZero() {
					require.True(t, at.After(now))
				} else {
					require.Positive(t, taken, "it waits for requests under way")
				}
			case taken > 0 && rapid.Bool().Draw(t, "use"):
				s.Used(now)
				sent = append(sent, now)
				taken--
			case taken > 0:
				s.Give(1)
				taken--
			}
		}
		for i := limit; i < len(sent); i++ {
			require.Greater(t, sent[i].Sub(sent[i-limit]), per)
		}
	})
}

func TestASharedBudgetSaysWhenItOpens(t *testing.T) {
	s, now := budget.NewShared(3, time.Minute), time.Unix(0, 0)
	require.True(t, s.Take(now, 3))
	require.Zero(t, s.Left(now))
	require.True(t, s.At(now, 1).IsZero(), "what is under way is not counted yet")
	s.Used(now)
	now = now.Add(10 * time.Second)
	s.Used(now)
	s.Give(1)
	require.Equal(t, 1, s.Left(now))
	require.Equal(t, time.Unix(61, 0), s.At(now, 2))
	require.Equal(t, time.Unix(71, 0), s.At(now, 3))
	s.Hold(now.Add(time.Hour))
	require.False(t, s.Take(now, 1))
	require.Equal(t, now.Add(time.Hour), s.At(now, 1))

	free := budget.NewShared(0, time.Minute)
	require.True(t, free.Take(now, 1000))
	require.Equal(t, -1, free.Left(now))
}
