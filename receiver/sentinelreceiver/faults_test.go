package sentinelreceiver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
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

// mischief is much of what the service does on a bad day.
func mischief() []emulator.Fault {
	return []emulator.Fault{
		{Kind: emulator.FaultTies},
		{Kind: emulator.FaultTinyPages, Rows: 3, Rate: share(0.8)},
		{Kind: emulator.FaultLate, Delay: emulator.Duration(4 * time.Minute), Rate: share(0.1)},
		{Kind: emulator.FaultStatus, Service: "arm", Status: http.StatusInternalServerError, Rate: share(0.05)},
		{Kind: emulator.FaultStatus, Service: "arm", Status: http.StatusTooManyRequests, Rate: share(0.03)},
		{Kind: emulator.FaultStatus, Service: "arm", Status: http.StatusTooManyRequests, RetryAfter: "2", Rate: share(0.03)},
		{Kind: emulator.FaultStatus, Service: "arm", Status: http.StatusTooManyRequests, RetryAfter: "date:3", Rate: share(0.03)},
		{Kind: emulator.FaultStatus, Service: "arm", Status: http.StatusBadGateway, Body: "html", Rate: share(0.03)},
		{Kind: emulator.FaultStatus, Service: "login", Status: http.StatusServiceUnavailable, Rate: share(0.1)},
		{Kind: emulator.FaultCut, Service: "arm", Bytes: 2000, Rate: share(0.03)},
		{Kind: emulator.FaultCut, Service: "arm", Rate: share(0.02)},
		{Kind: emulator.FaultShuffle, Rate: share(0.1)},
		{Kind: emulator.FaultNextLinkLast, Rate: share(0.3)},
		{Kind: emulator.FaultForeignNextLink, Host: "evil.example", Rate: share(0.1)},
		{Kind: emulator.FaultRefuseNextLink, Rate: share(0.05)},
		{Kind: emulator.FaultStaleRead, Service: "arm", Delay: emulator.Duration(time.Minute), Rate: share(0.1)},
		{Kind: emulator.FaultExpireTokens, Delay: emulator.Duration(5 * time.Minute)},
	}
}

// life edits incidents for a while, with comments now and then, and adds some.
func (l *lab) life(n, edits int, dice *rand.Rand, between time.Duration) {
	for range edits {
		name, title := guid(dice.IntN(n)), fmt.Sprint("edit ", dice.Uint64())
		if _, there := l.newest[name]; !there {
			l.put(name)
		}
		if dice.IntN(4) == 0 {
			l.edit(name, title, comment(title))
		} else {
			l.edit(name, title)
		}
		time.Sleep(between)
	}
}

// grow makes n incidents over a span before now.
func (l *lab) grow(n int, over time.Duration) {
	for _, name := range guids(n) {
		l.put(name)
		time.Sleep(over / time.Duration(n))
	}
}

// commented requires that each comment of the emulator's arrived.
func (l *lab) commented() {
	l.t.Helper()
	for name := range l.newest {
		var want []string
		for _, w := range l.emulator.Writes(0) {
			if w.ID == name && w.Kind == emulator.WriteComment {
				_, text, _ := strings.Cut(string(w.After), `"message":"`)
				text, _, _ = strings.Cut(text, `"`)
				want = append(want, text)
			}
		}
		got, _ := l.comments(name)
		require.ElementsMatch(l.t, want, got, name)
	}
}

func TestOnABadDayNothingIsLost(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{Seed: seed, LooseARMLimits: true})
				l.config.RequestsPerMinute, l.config.CommentReads = 0, 0
				l.grow(150, 12*time.Hour)
				require.NoError(t, l.emulator.SetFaults(emulator.Plan{Seed: 7 + seed, Faults: mischief()}))
				l.start()
				l.life(200, 150, rand.New(rand.NewPCG(1, seed)), 3*time.Second)
				time.Sleep(25 * time.Minute)
				l.whole()
				for _, status := range []string{"0", "200", "429", "500", "502"} {
					require.Positive(t, l.metric("requests", "status="+status), "the day was not that bad: no %s", status)
				}
				l.faults()
				time.Sleep(30 * time.Minute)
				l.commented()
				count := l.out.Count()
				time.Sleep(time.Hour)
				require.Equal(t, count, l.out.Count(), "an idle workspace was emitted again")
			})
		})
	}
}

// Links that are left out, and an order that is not heeded, hide nothing either.
func TestAListThatKeepsToNothingHidesNothing(t *testing.T) {
	for name, faults := range map[string][]emulator.Fault{
		"no links":              {{Kind: emulator.FaultNoNextLink}, {Kind: emulator.FaultTinyPages}},
		"no links now and then": {{Kind: emulator.FaultNoNextLink, Rate: share(0.5)}, {Kind: emulator.FaultTinyPages}},
		"newest first":          {{Kind: emulator.FaultIgnoreOrderBy}, {Kind: emulator.FaultTinyPages, Rows: 5}},
		"links refused":         {{Kind: emulator.FaultRefuseNextLink}, {Kind: emulator.FaultTinyPages}},
		"links to elsewhere":    {{Kind: emulator.FaultForeignNextLink, Host: "evil.example"}, {Kind: emulator.FaultTinyPages}},
		"shuffled":              {{Kind: emulator.FaultShuffle}, {Kind: emulator.FaultTinyPages, Rows: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.config.RequestsPerMinute = 0
				l.grow(60, 12*time.Hour)
				l.faults(faults...)
				l.start()
				time.Sleep(time.Minute)
				l.whole()
				l.life(70, 40, rand.New(rand.NewPCG(2, 3)), 4*time.Second)
				time.Sleep(time.Minute)
				l.whole()
				l.out.OnlyOnce(t)
			})
		})
	}
}

// A storm: hundreds in one second, in pages of three, by links that the service
// does not escape.
func TestManyChangesInOneSecondAreReadByLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.RequestsPerMinute = 0
		l.faults(emulator.Fault{Kind: emulator.FaultTies}, emulator.Fault{Kind: emulator.FaultTinyPages})
		l.put(guids(200)...)
		l.start()
		time.Sleep(time.Minute)
		l.whole()
		l.out.OnlyOnce(t)
		linked := 0
		for _, r := range l.emulator.Requests(0) {
			if strings.Contains(r.Query, "skipToken") {
				require.Equal(t, http.StatusOK, r.Status, r.Query)
				linked++
			}
		}
		require.Greater(t, linked, 50)
	})
}

func TestANextLinkLeadsTheTokenNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		spy := &hosts{RoundTripper: l.transport, seen: map[string]int{}}
		l.transport = spy
		l.faults(emulator.Fault{Kind: emulator.FaultTies})
		l.put(guids(20)...)
		l.faults(
			emulator.Fault{Kind: emulator.FaultForeignNextLink, Host: "evil.example"},
			emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 7},
		)
		l.start()
		time.Sleep(10 * time.Minute)
		require.Zero(t, spy.count("evil.example"))
		require.Equal(t, 1, l.logs.FilterMessageSnippet("leads nowhere").Len(), "said once")
		l.edit(guid(3), "behind it")
		time.Sleep(time.Minute)
		require.Contains(t, l.titles(), "behind it", "a second that cannot be had whole holds up nothing else")
		l.faults()
		time.Sleep(time.Minute)
		l.whole()
	})
}

// titles are those of all records.
func (l *lab) titles() (all []string) {
	for _, r := range l.out.After(0) {
		all = append(all, titleOf(r, "title"))
	}
	return all
}

// A kill at any moment loses nothing; what comes again bears the same uid.
func TestAKillAtAnyMomentLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{LooseARMLimits: true})
		l.config.RequestsPerMinute, l.config.CommentReads = 0, 0
		l.grow(100, 12*time.Hour)
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
			l.life(110, 2, dice, time.Millisecond)
		}
		l.out.Decide = nil
		l.start()
		time.Sleep(20 * time.Minute)
		l.whole()
		l.faults()
		time.Sleep(30 * time.Minute)
		l.commented()
	})
}

// Five ways consuming can end, each followed by a resume from what was stored.
func TestFiveEndingsOfConsuming(t *testing.T) {
	refusal := errors.New("not now")
	for name, c := range map[string]struct {
		decide func(l *lab, cancel func(), call int) error
		// again is whether taken records may come again; rejected whether some
		// are dropped as the collector's contract demands.
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
				l.config.RequestsPerMinute = 0
				l.grow(60, 12*time.Hour)
				for i := range 10 {
					l.edit(guid(5*i), fmt.Sprint("commented ", i), comment(fmt.Sprint(i)))
				}
				l.faults(emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 20})
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
					require.Greater(t, l.out.Count(), 60, "the kill came too late to matter")
				case c.rejected:
					require.Positive(t, l.metric("rejected_records"))
					require.InDelta(t, 60, float64(l.out.Count())+l.metric("rejected_records"), 0)
					l.out.OnlyOnce(t)
				default:
					l.whole()
					l.out.OnlyOnce(t)
				}
			})
		})
	}
}
