package defenderreceiver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func share(rate float64) *float64 { return &rate }

// mischief is much of what the services do on a bad day.
func mischief() []emulator.Fault {
	return []emulator.Fault{
		{Kind: emulator.FaultTies},
		{Kind: emulator.FaultTinyPages, Rows: 3, Rate: share(0.8)},
		{Kind: emulator.FaultLate, Delay: emulator.Duration(4 * time.Minute), Rate: share(0.1)},
		{Kind: emulator.FaultStatus, Service: "graph", Status: http.StatusInternalServerError, Rate: share(0.05)},
		{Kind: emulator.FaultStatus, Service: "graph", Status: http.StatusTooManyRequests, Rate: share(0.05)},
		{Kind: emulator.FaultStatus, Service: "graph", Status: http.StatusTooManyRequests, RetryAfter: "2", Rate: share(0.05)},
		{Kind: emulator.FaultCut, Service: "graph", Bytes: 2000, Rate: share(0.03)},
		{Kind: emulator.FaultShuffle, Rate: share(0.1)},
		{Kind: emulator.FaultPartial, Rate: share(0.05)},
		{Kind: emulator.FaultNoNextLink, Rate: share(0.1)},
		{Kind: emulator.FaultForeignNextLink, Host: "evil.example", Rate: share(0.1)},
		{Kind: emulator.FaultRefuseNextLink, Rate: share(0.02)},
		{Kind: emulator.FaultSkipLimit, Rows: 100},
		{Kind: emulator.FaultExpireTokens, Delay: emulator.Duration(5 * time.Minute)},
	}
}

// life edits incidents for a while and adds some.
func (l *lab) life(n, edits int, dice *rand.Rand, between time.Duration) {
	for range edits {
		id := dice.IntN(n)
		l.put(contoso, newIncident(id, time.Now(), 1+id%3).with("displayName", fmt.Sprint("edit ", dice.Uint64())))
		time.Sleep(between)
	}
}

// whole requires that the newest state of each object arrived.
func (l *lab) whole() {
	l.t.Helper()
	var missing []string
	for id, want := range l.newest {
		if !l.out.has(id, want) {
			missing = append(missing, id)
		}
	}
	require.Empty(l.t, missing)
}

func TestOnABadDayNothingIsLost(t *testing.T) {
	for _, alerts := range []string{alertsExpand, alertsList} {
		t.Run(alerts, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.config.Alerts = alerts
				l.put(contoso, spread(150, 2, 12*time.Hour)...)
				l.faults(mischief()...)
				l.start()
				l.life(200, 150, rand.New(rand.NewPCG(1, 2)), 3*time.Second)
				time.Sleep(20 * time.Minute)
				l.whole()
				for _, status := range []string{"200", "400", "429", "500"} {
					require.Positive(t, l.metric("requests", "status="+status), "the day was not that bad: no %s", status)
				}
				l.faults()
				time.Sleep(5 * time.Minute)
				count := l.out.Count()
				time.Sleep(time.Hour)
				require.Equal(t, count, l.out.Count(), "an idle tenant was emitted again")
			})
		})
	}
}

// A kill at any moment loses nothing; what comes again bears the same uid, of
// which the consumer counts the times.
func TestAKillAtAnyMomentLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(contoso, spread(300, 2, 12*time.Hour)...)
		l.faults(mischief()...)
		dice := rand.New(rand.NewPCG(3, 4))
		fate := rand.New(rand.NewPCG(5, 6)) // the consumer's, on another goroutine
		killing := make(chan struct{}, 1)
		l.out.Decide = func(context.Context, plog.Logs) error {
			if fate.IntN(6) == 0 {
				select {
				case killing <- struct{}{}:
				default:
				}
				l.disk.Freeze() // the batch is taken, the cursor no longer saved
			}
			return nil
		}
		for range 50 {
			l.start()
			select {
			case <-killing:
			case <-time.After(time.Duration(dice.Int64N(int64(20 * time.Second)))):
			}
			l.kill()
			l.life(320, 1, dice, time.Millisecond)
		}
		l.out.Decide = nil
		l.start()
		time.Sleep(20 * time.Minute)
		l.whole()
	})
}

// Five ways consuming can end, each followed by a resume from what was stored.
func TestFiveEndingsOfConsuming(t *testing.T) {
	refusal := errors.New("not now")
	for name, c := range map[string]struct {
		decide func(l *lab, cancel func(), call int) error
		// again is whether taken records may come again; rejected how many
		// calls are dropped as the collector's contract demands.
		again, rejected bool
	}{
		"taken, killed before the save": {decide: func(l *lab, _ func(), call int) error {
			if call == 2 {
				l.disk.Freeze()
			}
			return nil
		}, again: true},
		"refused": {decide: func(_ *lab, _ func(), call int) error {
			if call >= 2 {
				return refusal
			}
			return nil
		}},
		"refused for good": {decide: func(_ *lab, _ func(), call int) error {
			if call == 2 {
				return consumererror.NewPermanent(refusal)
			}
			return nil
		}, rejected: true},
		"every second batch refused": {decide: func(_ *lab, _ func(), call int) error {
			if call%2 == 0 {
				return refusal
			}
			return nil
		}},
		"shut down while consuming": {decide: func(_ *lab, cancel func(), call int) error {
			if call == 2 {
				cancel()
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(contoso, spread(130, 6, 12*time.Hour)...)
				call, ended := 0, make(chan struct{})
				l.out.Decide = func(context.Context, plog.Logs) error {
					call++
					return c.decide(l, sync.OnceFunc(func() { close(ended) }), call)
				}
				l.start()
				select {
				case <-ended:
				case <-time.After(40 * time.Second):
				}
				if c.again {
					l.kill()
				} else {
					l.stop()
				}
				require.GreaterOrEqual(t, call, 2)
				l.out.Decide = nil
				l.start()
				time.Sleep(time.Minute)
				switch {
				case c.again:
					l.whole()
					require.Greater(t, l.out.Count(), 130*7, "the kill came too late to matter")
				case c.rejected:
					require.Positive(t, l.metric("rejected_records"))
					require.InDelta(t, 130*7, float64(l.out.Count())+l.metric("rejected_records"), 0)
					l.out.OnlyOnce(t)
				default:
					l.whole()
					l.out.OnlyOnce(t)
				}
			})
		})
	}
}
