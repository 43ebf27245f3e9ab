package defenderreceiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
)

func TestAnErrorLeadsToOneVerdict(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, noPage := graph.ReadPage(strings.NewReader(`{"value":[`+strings.Repeat("[", 1000)), graph.KindIncident, func(*graph.Object) error { return nil })
	_, torn := graph.ReadPage(io.MultiReader(strings.NewReader(`{"value":[{"id":`)), graph.KindIncident, func(*graph.Object) error { return nil })
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		want verdict
	}{
		"nothing":                   {want: verdictGood},
		"400":                       {err: &azure.Error{Status: 400, Class: azure.ClassPermanent}, want: verdictRefused},
		"401":                       {err: &azure.Error{Status: 401, Class: azure.ClassMisconfigured}, want: verdictStop},
		"403":                       {err: &azure.Error{Status: 403, Class: azure.ClassMisconfigured}, want: verdictStop},
		"404":                       {err: &azure.Error{Status: 404, Class: azure.ClassPermanent}, want: verdictGone},
		"429":                       {err: &azure.Error{Status: 429, Class: azure.ClassThrottled}, want: verdictWait},
		"500":                       {err: &azure.Error{Status: 500}, want: verdictHeavy},
		"503":                       {err: &azure.Error{Status: 503}, want: verdictWait},
		"504":                       {err: &azure.Error{Status: 504}, want: verdictHeavy},
		"a body over the bound":     {err: &azure.Error{Class: azure.ClassSplit}, want: verdictHeavy},
		"no answer":                 {err: fmt.Errorf("list: %w", &azure.Error{Cause: io.EOF}), want: verdictWait},
		"a page cut short":          {err: torn, want: verdictWait},
		"no page":                   {err: noPage, want: verdictHeavy},
		"refused records":           {err: &consumeError{errors.New("full")}, want: verdictUnconsumed},
		"shutdown":                  {ctx: cancelled, err: &azure.Error{Status: 500}, want: verdictEnd},
		"shutdown while handing on": {ctx: cancelled, err: &consumeError{context.Canceled}, want: verdictEnd},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ctx == nil {
				c.ctx = t.Context()
			}
			require.Equal(t, c.want, judge(c.ctx, c.err))
		})
	}
}

// Law: however requests come, no minute holds more of them than the budget.
func TestNoMinuteHoldsMoreThanTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(1, 600).Draw(t, "budget")
		p := newPace(budget, rand.New(rand.NewPCG(1, 1)))
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
	p := newPace(0, rand.New(rand.NewPCG(1, 1)))
	now := time.Unix(0, 0)
	require.Zero(t, p.turn(now))
	require.Zero(t, p.turn(now))
	p.hold(now, time.Hour)
	require.Equal(t, time.Hour, p.turn(now))
	p.hold(now, time.Minute)
	require.Equal(t, time.Hour, p.turn(now), "a shorter wait does not shorten a longer one")
}

func TestBackOffDoublesWithJitterUpToAMinute(t *testing.T) {
	p := newPace(0, rand.New(rand.NewPCG(1, 1)))
	for failures, most := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: 32 * time.Second, 7: time.Minute, 1000: time.Minute,
	} {
		different := map[time.Duration]bool{}
		for range 100 {
			wait := p.backoff(failures)
			require.LessOrEqual(t, wait, most)
			require.GreaterOrEqual(t, wait, most/2)
			different[wait] = true
		}
		require.Greater(t, len(different), 50)
	}
	require.Equal(t, 5*time.Hour, p.waitFor(&azure.Error{RetryAfter: 5 * time.Hour}, 1), "as long as asked")
}

func TestQuarantineWaitsDoubleUpToAnHour(t *testing.T) {
	for attempts, want := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 900: time.Hour} {
		require.Equal(t, want, quarantineWait(attempts))
	}
}
