package polling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestAnErrorLeadsToOneVerdict(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		want Verdict
	}{
		"nothing":                   {want: VerdictGood},
		"400":                       {err: &azure.Error{Status: 400, Class: azure.ClassPermanent}, want: VerdictRefused},
		"401":                       {err: &azure.Error{Status: 401, Class: azure.ClassMisconfigured}, want: VerdictStop},
		"403":                       {err: &azure.Error{Status: 403, Class: azure.ClassMisconfigured}, want: VerdictStop},
		"404":                       {err: &azure.Error{Status: 404, Class: azure.ClassPermanent}, want: VerdictGone},
		"429":                       {err: &azure.Error{Status: 429, Class: azure.ClassThrottled}, want: VerdictWait},
		"500":                       {err: &azure.Error{Status: 500}, want: VerdictHeavy},
		"503":                       {err: &azure.Error{Status: 503}, want: VerdictWait},
		"504":                       {err: &azure.Error{Status: 504}, want: VerdictHeavy},
		"a body over the bound":     {err: &azure.Error{Class: azure.ClassSplit}, want: VerdictHeavy},
		"no answer":                 {err: fmt.Errorf("list: %w", &azure.Error{Cause: io.EOF}), want: VerdictWait},
		"no page":                   {err: &UnreadableError{errors.New("read page: nested too deep")}, want: VerdictHeavy},
		"refused records":           {err: &ConsumeError{errors.New("full")}, want: VerdictUnconsumed},
		"shutdown":                  {ctx: cancelled, err: &azure.Error{Status: 500}, want: VerdictEnd},
		"shutdown while handing on": {ctx: cancelled, err: &ConsumeError{context.Canceled}, want: VerdictEnd},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ctx == nil {
				c.ctx = t.Context()
			}
			require.Equal(t, c.want, Judge(c.ctx, c.err))
		})
	}
}

func TestBackOffDoublesWithJitterUpToAMinute(t *testing.T) {
	p := NewBackoff("tenant")
	for failures, most := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: 32 * time.Second, 7: time.Minute, 1000: time.Minute,
	} {
		different := map[time.Duration]bool{}
		for range 100 {
			wait := p.Wait(failures)
			require.LessOrEqual(t, wait, most)
			require.GreaterOrEqual(t, wait, most/2)
			different[wait] = true
		}
		require.Greater(t, len(different), 50)
	}
	require.Equal(t, 5*time.Hour, p.WaitAfter(&azure.Error{RetryAfter: 5 * time.Hour}, 1), "as long as asked")
}

func TestQuarantineWaitsDoubleUpToAnHour(t *testing.T) {
	for attempts, want := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 900: time.Hour} {
		require.Equal(t, want, QuarantineWait(attempts))
	}
}

func TestLadderGoesDownByFailuresAndUpByPages(t *testing.T) {
	l := NewLadder(50, 10, 5, 3, 2, 1)
	require.False(t, l.Failed())
	require.Equal(t, 50, l.Now(), "one failure is chance")
	for _, want := range l.rungs[1:] {
		require.False(t, l.Last())
		require.False(t, l.Failed())
		require.Equal(t, want, l.Now())
	}
	require.True(t, l.Last())
	require.False(t, l.Failed())
	require.False(t, l.Failed())
	require.True(t, l.Failed(), "a single row is passed over at the third failure")
	pages := 0
	for ; l.at > 0; pages++ {
		l.Succeeded()
	}
	require.Equal(t, 2*5, pages)
	for range 10 {
		for l.at == 0 {
			l.Failed()
		}
		for l.at > 0 {
			l.at--
		}
	}
	require.Equal(t, climbMax, l.climb, "who falls again and again climbs slowly")
	for range climbMax {
		l.Succeeded()
	}
	require.Equal(t, 1, l.climb)
}
