package defenderreceiver

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

func twoTenants(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, emulator.Settings{})
	l.config.Tenants = []azure.TenantConfig{{TenantID: contoso, Name: "contoso"}, {TenantID: fabrikam}}
	l.put(contoso, spread(60, 1, time.Hour)...)
	l.put(fabrikam, spread(60, 1, time.Hour)...)
	return l
}

func TestOneTenantsTroubleIsItsOwn(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"no consent":      {Kind: emulator.FaultWithdrawRoles, Tenant: fabrikam},
		"not provisioned": {Kind: emulator.FaultUnprovisioned, Tenant: fabrikam},
		"throttled":       {Kind: emulator.FaultStatus, Service: "graph", Tenant: fabrikam, Status: 429, RetryAfter: "3600"},
		"errors":          {Kind: emulator.FaultStatus, Service: "graph", Tenant: fabrikam, Status: 500},
		"slow":            {Kind: emulator.FaultSlow, Service: "graph", Tenant: fabrikam, Delay: emulator.Duration(time.Minute)},
		"no token":        {Kind: emulator.FaultStatus, Service: "login", Tenant: fabrikam, Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := twoTenants(t)
				l.faults(fault)
				l.start()
				time.Sleep(10 * time.Second)
				require.Len(t, l.out.incidents(), 60, "contoso waits for fabrikam")
				time.Sleep(10 * time.Minute)
				require.NotEqual(t, componentstatus.StatusRecoverableError, l.host.Status(), "one tenant is well")
				require.LessOrEqual(t, l.logs.FilterMessageSnippet("cannot be read").Len(), 1, "said once")
				l.faults()
				time.Sleep(2 * time.Hour)
				require.Equal(t, 120+120, l.out.Count())
				l.out.OnlyOnce(t)
			})
		})
	}
}

func TestStatusTurnsWhenNoTenantCanBeReadAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := twoTenants(t)
		l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles})
		l.start()
		time.Sleep(time.Minute)
		require.Equal(t, componentstatus.StatusRecoverableError, l.host.Status())
		require.Zero(t, l.metric("tenant_up"))
		said := l.logs.FilterMessageSnippet("cannot be read").All()
		require.Len(t, said, 2)
		for _, entry := range said {
			require.Contains(t, entry.ContextMap()["remedy"], "SecurityIncident.Read.All")
		}
		l.faults()
		time.Sleep(5 * time.Minute)
		require.Equal(t, componentstatus.StatusOK, l.host.Status())
		require.InDelta(t, 2, l.metric("tenant_up"), 0)
	})
}

func TestRetryAfterIsObeyedAtAnyLength(t *testing.T) {
	for name, retryAfter := range map[string]string{"seconds": "7200", "date": "date:7200"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(contoso, spread(10, 1, time.Hour)...)
				l.faults(emulator.Fault{Kind: emulator.FaultStatus, Service: "graph", Status: 429, RetryAfter: retryAfter, Count: 1})
				l.start()
				time.Sleep(2*time.Hour - 2*time.Second)
				require.InDelta(t, 1, l.metric("requests"), 0)
				time.Sleep(time.Minute)
				require.Len(t, l.out.incidents(), 10)
				require.InDelta(t, 7200, l.metric("throttled_seconds"), 2)
			})
		})
	}
}

// The emulator enforces the budget; it must never have to.
func TestTheBudgetIsSpreadEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const budget, incidents = 45, 8_000
		l := newLab(t, emulator.Settings{GraphRPM: budget})
		l.config.RequestsPerMinute = budget
		l.put(contoso, spread(incidents, 0, 20*time.Hour)...)
		began := time.Now()
		l.start()
		for len(l.out.incidents()) < incidents && time.Since(began) < time.Hour {
			time.Sleep(time.Second)
		}
		synctest.Wait()
		rate := incidents / l.out.Last().Sub(began).Minutes()
		t.Logf("backfill: %.1f incidents a minute, %.1f %% of budget x 50", rate, rate/budget/50*100)
		require.Greater(t, rate, 0.95*budget*50)
		time.Sleep(10 * time.Minute)
		require.Zero(t, l.metric("requests", "status=429"))
		l.out.OnlyOnce(t)
	})
}

// hosts notes where requests with a token went.
type hosts struct {
	http.RoundTripper
	mu   sync.Mutex
	seen map[string]bool
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.seen[r.URL.Host] = true
	h.mu.Unlock()
	return h.RoundTripper.RoundTrip(r)
}

func TestANextLinkLeadsTheTokenNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		spy := &hosts{RoundTripper: l.transport, seen: map[string]bool{}}
		l.transport = spy
		l.put(contoso, spread(200, 1, time.Hour)...)
		l.faults(
			emulator.Fault{Kind: emulator.FaultForeignNextLink, Host: "evil.example"},
			emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 7},
		)
		l.start()
		time.Sleep(time.Minute)
		l.whole()
		l.stop()
		require.Equal(t, map[string]bool{"emulator.test": true}, spy.seen)
	})
}

func TestAnOverflowingSeenSetNarrowsTheOverlapAndSaysSoOnce(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	l := &tenant{config: labConfig(), log: zap.New(core), seen: map[state.Set]*window.Seen{
		state.SetIncidents: window.NewSeen(minSeen, nil), state.SetAlerts: window.NewSeen(minSeen, nil),
	}}
	now := time.Now()
	l.incidents = l.newList(state.SetIncidents, window.From(now.Add(-time.Minute)))
	for i := range 2 * minSeen {
		name := []byte(strconv.Itoa(i))
		at := now.Add(time.Duration(i-2*minSeen) * time.Millisecond)
		l.incidents.seen.Add(window.NewDigest(name), at)
		l.seen[state.SetAlerts].Add(window.NewDigest(name), at)
		l.limitSeen()
	}
	require.LessOrEqual(t, l.incidents.seen.Len(), minSeen)
	require.LessOrEqual(t, l.seen[state.SetAlerts].Len(), minSeen)
	require.True(t, l.incidents.drain.Cursor().Floor.After(now.Add(-time.Minute)))
	require.Equal(t, 1, logs.FilterMessageSnippet("seen_incidents").Len())
}

func TestResyncReadsOpenIncidentsAgainAndMarksThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.ResyncInterval = time.Hour
		all := spread(130, 1, 10*time.Hour)
		for i := range all[:60] {
			all[i] = all[i].with("status", "resolved")
		}
		all[60] = all[60].with("status", "redirected")
		l.put(contoso, all...)
		l.start()
		time.Sleep(59 * time.Minute)
		plain := l.out.Count()
		require.Equal(t, 260, plain)
		time.Sleep(2 * time.Minute)
		require.Equal(t, plain+69, l.out.Count())
		for _, r := range l.out.After(plain) {
			mark, _ := r.Attributes().Get(record.DefenderResync)
			require.True(t, mark.Bool())
			require.Equal(t, record.EventDefenderIncident, r.EventName())
		}
		time.Sleep(2 * time.Hour)
		require.Equal(t, plain+3*69, l.out.Count())
	})
}

func TestStorageThatFailsIsWaitedForAndSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(contoso, spread(20, 1, time.Hour)...)
		l.disk.BreakDown(errors.New("disk full"))
		l.start()
		time.Sleep(10 * time.Minute)
		require.Zero(t, l.out.Count(), "polled without knowing where it was")
		require.Equal(t, 1, l.logs.FilterMessageSnippet("storage does not answer").Len())
		l.disk.BreakDown(nil)
		time.Sleep(2 * time.Minute)
		require.Equal(t, 40, l.out.Count())

		l.disk.BreakDown(errors.New("disk full"))
		l.put(contoso, newIncident(99, time.Now(), 1))
		time.Sleep(10 * time.Minute)
		require.Equal(t, 42, l.out.Count(), "a cursor that cannot be saved stops nobody")
		require.Equal(t, 1, l.logs.FilterMessageSnippet("cannot be saved").Len())
		l.disk.BreakDown(nil)
	})
}

func TestStateThatCannotBeUsedIsSetAside(t *testing.T) {
	for name, text := range map[string]string{
		"corrupt": "{",
		"newer":   `{"version":99,"state":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(contoso, spread(20, 1, time.Hour)...)
				require.NoError(t, l.disk.Set(t.Context(), "custom/"+contoso, []byte(text)))
				l.start()
				time.Sleep(time.Minute)
				l.whole()
				said := l.logs.FilterMessageSnippet("set aside").All()
				require.Len(t, said, 1)
				require.Contains(t, said[0].ContextMap()["error"], "aside")
				l.stop()
				aside, err := l.disk.Get(t.Context(), "custom/"+contoso+"/aside")
				require.NoError(t, err)
				require.Equal(t, text, string(aside))
			})
		})
	}
}

func TestWithoutStorageItIsSaidAndWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.Storage = createDefaultConfig().(*Config).Storage
		l.put(contoso, spread(20, 1, time.Hour)...)
		l.start()
		time.Sleep(time.Minute)
		l.whole()
		require.Equal(t, 1, l.logs.FilterMessageSnippet(`no "storage"`).Len())
	})
}

// An idle receiver writes its cursor once a minute at most, for the service's
// clock in it.
func TestAnIdleReceiverHardlyWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(contoso, spread(20, 1, time.Hour)...)
		l.start()
		time.Sleep(time.Minute)
		before := l.disk.Written()
		time.Sleep(time.Hour)
		require.LessOrEqual(t, l.disk.Written()-before, 61)
	})
}

func TestTheResourceSaysWhoseRecordsTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := twoTenants(t)
		l.start()
		time.Sleep(time.Minute)
		l.stop()
		require.Equal(t, map[string]any{
			record.CloudProvider: record.ProviderAzure, record.Cloud: "custom",
			record.TenantID: contoso, record.TenantName: "contoso",
		}, l.out.Resource(contoso))
		require.NotContains(t, l.out.Resource(strings.ToLower(fabrikam)), record.TenantName)
	})
}

// While a backfill of hours is under way, what happens now comes in minutes.
func TestABackfillDoesNotDelayThePresent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.RequestsPerMinute = 10
		l.put(contoso, spread(15_000, 0, 20*time.Hour)...)
		l.start()
		time.Sleep(5 * time.Minute)
		l.put(contoso, newIncident(20_000, time.Now(), 1))
		time.Sleep(time.Duration(peekEvery+2) * 6100 * time.Millisecond)
		require.Contains(t, l.out.incidents(), "20000")
		require.Less(t, l.out.Count(), 15_000, "the backfill is still under way")
		require.Greater(t, l.metric("window"), time.Hour.Seconds())
		require.Greater(t, l.metric("lag"), time.Minute.Seconds())
	})
}

func TestMetricsTellWhatWasDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(contoso, spread(60, 2, time.Hour)...)
		l.start()
		time.Sleep(10 * time.Second)
		require.InDelta(t, 60, l.metric("records", "tenant=contoso", "kind="+record.EventDefenderIncident), 0)
		require.InDelta(t, 120, l.metric("records", "tenant=contoso", "kind="+record.EventDefenderAlert), 0)
		require.Positive(t, l.metric("duplicates", "kind=incident"))
		require.InDelta(t, l.metric("requests", "operation=list_incidents", "status=200"), l.metric("pages")+1, 1)
		require.Zero(t, l.metric("window"))
		require.Zero(t, l.metric("lag"))
	})
}
