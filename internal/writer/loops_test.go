package writer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLoopsFinishWhatIsUnderWay(t *testing.T) {
	for name, c := range map[string]struct {
		takes, ignores time.Duration // until done; after being called off
		deadline, want time.Duration
		err            bool
	}{
		"done in time":             {3 * time.Second, 0, time.Minute, 3 * time.Second, false},
		"called off":               {time.Hour, 0, time.Minute, time.Minute, false},
		"noted after a moment":     {time.Hour, 500 * time.Millisecond, time.Minute, time.Minute + 500*time.Millisecond, false},
		"deaf to being called off": {time.Hour, time.Hour, time.Minute, time.Minute + endGrace, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l Loops
				starting, cancel := context.WithCancel(t.Context())
				taking, working := l.Begin(starting)
				cancel()
				ended := false
				l.Go(func() {
					<-taking.Done()
					select {
					case <-time.After(c.takes):
					case <-working.Done():
						time.Sleep(c.ignores)
					}
					ended = true
				})
				synctest.Wait()
				ctx, done := context.WithTimeout(t.Context(), c.deadline)
				defer done()
				began := time.Now()
				err := l.End(ctx)
				require.Equal(t, c.want, time.Since(began))
				if c.err {
					require.ErrorIs(t, err, context.DeadlineExceeded)
					time.Sleep(c.ignores)
				} else {
					require.NoError(t, err)
				}
				require.True(t, ended || c.err)
			})
		})
	}
	require.NoError(t, (&Loops{}).End(t.Context()), "that never began")
}
