package budget_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
)

func TestNoSpanHoldsMoreThanTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit, per := rapid.IntRange(1, 10).Draw(t, "limit"), time.Minute
		b, now := budget.New(limit, per), time.Unix(0, 0)
		var sent []time.Time
		for range 60 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "gap")))
			if !b.Open(now) {
				require.Zero(t, b.Left(now))
				now = b.At(now)
			}
			require.Positive(t, b.Left(now))
			b.Use(now)
			sent = append(sent, now)
		}
		for i := limit; i < len(sent); i++ {
			require.Greater(t, sent[i].Sub(sent[i-limit]), per)
		}
	})
}

func TestAFullBudgetIsUsedAtOnceAndFreesInTime(t *testing.T) {
	b, now := budget.New(3, time.Minute), time.Unix(0, 0)
	for range 3 {
		require.True(t, b.Open(now))
		b.Use(now)
	}
	require.False(t, b.Open(now))
	require.Equal(t, now.Add(61*time.Second), b.At(now))
	require.Equal(t, 3, b.Left(now.Add(61*time.Second)))
}

func TestARetryAfterHoldsEvenWithoutALimit(t *testing.T) {
	b, now := budget.New(0, time.Minute), time.Unix(0, 0)
	b.Hold(now.Add(time.Hour))
	require.False(t, b.Open(now))
	require.True(t, b.Open(now.Add(time.Hour)))
	require.Equal(t, -1, b.Left(now))
}
