package sentinelreceiver

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

const (
	customer = "00000000-0000-4000-8000-0000000000c0"
	hunting  = "/subscriptions/00000000-0000-4000-8000-0000000000bb/resourceGroups/hunt/providers/Microsoft.OperationalInsights/workspaces/hunting"
)

// twoWorkspaces are of two tenants and subscriptions.
func twoWorkspaces(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, emulator.Settings{Workspaces: []emulator.Workspace{
		{ResourceID: soc, TenantID: provider}, {ResourceID: hunting, TenantID: customer},
	}})
	l.config.Workspaces = []WorkspaceConfig{{ResourceID: soc}, {ResourceID: strings.ToUpper(hunting), TenantID: customer, Name: "hunters"}}
	l.put(guids(30)...)
	_, err := l.emulator.PutSentinel("hunting", "", strings.NewReader(`[{"name":"h1","properties":{"title":"h1"}},{"name":"h2","properties":{"title":"h2"}}]`))
	require.NoError(t, err)
	return l
}

func TestOneWorkspacesTroubleIsItsOwn(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"no role":   {Kind: emulator.FaultWithdrawRoles, Tenant: customer},
		"throttled": {Kind: emulator.FaultStatus, Service: "arm", Tenant: customer, Status: 429, RetryAfter: "3600"},
		"errors":    {Kind: emulator.FaultStatus, Service: "arm", Tenant: customer, Status: 500},
		"slow":      {Kind: emulator.FaultSlow, Service: "arm", Tenant: customer, Delay: emulator.Duration(time.Minute)},
		"no token":  {Kind: emulator.FaultStatus, Service: "login", Tenant: customer, Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := twoWorkspaces(t)
				l.faults(fault)
				l.start()
				time.Sleep(10 * time.Second)
				require.Len(t, l.names(), 30, "soc waits for hunting")
				time.Sleep(10 * time.Minute)
				require.NotEqual(t, componentstatus.StatusRecoverableError, l.host.Status(), "one workspace is well")
				require.LessOrEqual(t, l.logs.FilterMessageSnippet("cannot be read").Len(), 1, "said once")
				l.faults()
				time.Sleep(2 * time.Hour)
				require.Equal(t, 32, l.out.Count())
				l.out.OnlyOnce(t)
			})
		})
	}
}

func TestStatusTurnsWhenNoWorkspaceCanBeReadAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := twoWorkspaces(t)
		l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles})
		l.start()
		time.Sleep(time.Minute)
		require.Equal(t, componentstatus.StatusRecoverableError, l.host.Status())
		require.ErrorContains(t, l.host.StatusError(), "no workspace can be read, the last one: list incidents: 403")
		require.Zero(t, l.metric("workspace_up"))
		said := l.logs.FilterMessageSnippet("cannot be read").All()
		require.Len(t, said, 2)
		for _, entry := range said {
			require.Contains(t, entry.ContextMap()["remedy"], "Microsoft Sentinel")
		}
		l.faults()
		time.Sleep(5 * time.Minute)
		require.Equal(t, componentstatus.StatusOK, l.host.Status())
		require.InDelta(t, 2, l.metric("workspace_up"), 0)
	})
}

func TestAWorkspaceThatIsNotThereIsSaidWithItsRemedy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.Workspaces[0].ResourceID = strings.Replace(soc, "workspaces/soc", "workspaces/sock", 1)
		l.start()
		time.Sleep(time.Hour)
		said := l.logs.FilterMessageSnippet("cannot be read").All()
		require.Len(t, said, 1)
		require.NotEmpty(t, said[0].ContextMap()["remedy"])
		require.Less(t, l.metric("requests"), 150.0, "asked with back-off")
	})
}

func TestRetryAfterIsObeyedAtAnyLength(t *testing.T) {
	for name, retryAfter := range map[string]string{"seconds": "7200", "date": "date:7200"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(guids(10)...)
				l.faults(emulator.Fault{Kind: emulator.FaultStatus, Service: "arm", Status: 429, RetryAfter: retryAfter, Count: 1})
				l.start()
				time.Sleep(2*time.Hour - 2*time.Second)
				require.InDelta(t, 1, l.metric("requests"), 0)
				time.Sleep(time.Minute)
				require.Len(t, l.names(), 10)
				require.InDelta(t, 7200, l.metric("throttled_seconds"), 2)
			})
		})
	}
}

// A poll is not held back by those before it, and yet no minute holds more
// requests than the budget.
func TestTheBudgetHoldsWithoutSpreading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.PollInterval, l.config.RequestsPerMinute = time.Second, 30
		l.put(guid(1))
		l.start()
		time.Sleep(5 * time.Minute)
		var times []time.Time
		for _, r := range l.emulator.Requests(0) {
			if r.Service == "arm" {
				times = append(times, r.Time)
			}
		}
		require.Greater(t, len(times), 120)
		require.Equal(t, 1, l.logs.FilterMessageSnippet("too small for").Len())
		require.Less(t, times[3].Sub(times[0]), 2*time.Second, "not spread")
		for i := 30; i < len(times); i++ {
			require.Greater(t, times[i].Sub(times[i-30]), time.Minute)
		}
	})
}

// A change is there with the next poll, whatever else the poll brings, at the
// shortest interval and at the default one.
func TestAChangeComesWithTheNextPoll(t *testing.T) {
	for _, interval := range []time.Duration{time.Second, defaultPollInterval} {
		t.Run(interval.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.config.PollInterval = interval
				l.transport = &slowly{RoundTripper: l.transport, takes: 120 * time.Millisecond}
				l.put(guids(40)...)
				l.start()
				time.Sleep(time.Minute)
				largest := time.Duration(0)
				for i := range 200 {
					title := fmt.Sprint("change ", i)
					began := time.Now()
					l.edit(guid(i%40), title, []string{`"severity":"High"`, comment(title)}[i/3%2])
					time.Sleep(time.Duration(700+i*37%900) * time.Millisecond)
					largest = max(largest, func() time.Duration {
						for range 100 {
							if when := l.out.When(func(r plog.LogRecord) bool { return titleOf(r, "title") == title }); !when.IsZero() {
								return when.Sub(began)
							}
							time.Sleep(200 * time.Millisecond)
						}
						return time.Hour
					}())
				}
				t.Logf("largest lag %s", largest)
				require.Less(t, largest, interval+900*time.Millisecond)
			})
		})
	}
}

// slowly is a network on which every answer takes its time.
type slowly struct {
	http.RoundTripper
	takes time.Duration
}

func (s *slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(s.takes)
	return s.RoundTripper.RoundTrip(r)
}

func TestScopeLinkedTakesWhatHasToDoWithDefender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.Scope = scopeLinked
		link := incident.Link{Cloud: "custom", TenantID: customer, IncidentID: "4711"}
		derived := link.SentinelName()
		labelled := func(label string) string { return fmt.Sprintf(`"labels":[{"labelName":%q}]`, label) }
		l.put(derived, guid(1), guid(2))
		l.edit(derived, "linked", labelled(link.Label()), comment("on a linked one"))
		l.edit(guid(1), "forged", labelled(link.Label()))
		l.edit(guid(2), "somebody's own", comment("on a foreign one"))
		l.start()
		time.Sleep(time.Minute)
		require.Equal(t, map[string]int{derived: 1, guid(1): 1}, l.names())
		got, _ := l.comments(derived)
		require.Equal(t, []string{"on a linked one"}, got)
		require.Equal(t, 1, l.asked("/comments"), "none for incidents that are not taken")

		for _, r := range l.out.After(0) {
			id, linked := r.Attributes().Get(record.DefenderIncidentID)
			require.Equal(t, titleOf(r, "name") == derived, linked, "a label proves nothing")
			if linked {
				require.Equal(t, "4711", id.Str())
			}
		}
		l.edit(guid(2), "linked by hand", labelled(link.Label()))
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.names()[guid(2)], "what becomes linked is taken")
	})
}

func TestResyncReadsOpenIncidentsAgainAndMarksThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.ResyncInterval = time.Hour
		l.grow(90, 3*time.Minute)
		for i := range 30 {
			l.edit(guid(i), fmt.Sprint("closed ", i), `"status":"Closed","classification":"Undetermined"`)
			l.edit(guid(30+i), fmt.Sprint("active ", i), `"status":"Active"`, comment("c"))
		}
		l.start()
		time.Sleep(59 * time.Minute)
		plain := l.out.Count()
		read := l.asked("/comments")
		l.faults(emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 7})
		time.Sleep(2 * time.Minute)
		require.Equal(t, plain+60, l.out.Count())
		l.faults()
		for _, r := range l.out.After(plain) {
			mark, _ := r.Attributes().Get(record.DefenderResync)
			require.True(t, mark.Bool())
			require.NotEqual(t, "Closed", titleOf(r, "status"))
		}
		require.Equal(t, read, l.asked("/comments"), "comments are not read for it")
		time.Sleep(2 * time.Hour)
		require.Equal(t, plain+3*60, l.out.Count())
	})
}

// An incident that cannot be had holds up nobody, and comes once it can.
func TestAPoisonedIncidentIsQuarantined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.RequestsPerMinute = 0
		l.grow(60, 10*time.Hour)
		l.faults(emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{guid(20), guid(40)}})
		l.start()
		time.Sleep(5 * time.Minute)
		require.Len(t, l.names(), 58)
		for tries := 0; l.metric("quarantined") != 2; tries++ { // one may be tried again just now
			require.Less(t, tries, 12)
			time.Sleep(5 * time.Second)
		}
		require.Equal(t, 2, l.logs.FilterMessageSnippet("is quarantined").Len())
		l.edit(guid(20), "changed while it cannot be had")
		l.edit(guid(1), "somebody else's change")
		time.Sleep(5 * time.Minute)
		require.Contains(t, l.titles(), "somebody else's change")
		l.kill()
		l.start()
		time.Sleep(5 * time.Hour)
		require.Less(t, l.metric("requests", "status=500"), 2000.0, "tried again with back-off")
		l.faults()
		time.Sleep(2 * time.Hour)
		l.whole()
		require.Zero(t, l.metric("quarantined"))
		count := l.out.Count()
		time.Sleep(2 * time.Hour)
		require.Equal(t, count, l.out.Count())
	})
}

// An outage is no quarantine: after it all comes at once.
func TestAnOutageEndsAtOnce(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"answers of 500":         {Kind: emulator.FaultStatus, Service: "arm", Status: 500},
		"answers of 504":         {Kind: emulator.FaultStatus, Service: "arm", Status: 504},
		"pages of somebody else": {Kind: emulator.FaultStatus, Service: "arm", Status: 502, Body: "html"},
		"no answers":             {Kind: emulator.FaultCut, Service: "arm"},
		"answers cut short":      {Kind: emulator.FaultCut, Service: "arm", Bytes: 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(guids(20)...)
				l.start()
				time.Sleep(time.Minute)
				l.faults(fault)
				l.edit(guid(1), "during the outage")
				time.Sleep(3 * time.Hour)
				require.Less(t, l.metric("requests"), 1000.0, "an unwell service is not hammered")
				require.Equal(t, componentstatus.StatusRecoverableError, l.host.Status())
				require.Zero(t, l.metric("quarantined"))
				l.edit(guid(2), "still during the outage")
				l.faults()
				time.Sleep(90 * time.Second)
				l.whole()
				require.Equal(t, componentstatus.StatusOK, l.host.Status())
				l.out.OnlyOnce(t)
			})
		})
	}
}

// Nor are answers that cannot be read.
func TestAnswersThatCannotBeReadAreWaitedOut(t *testing.T) {
	for name, garbage := range map[string]string{
		"no JSON": `{"value":[`, "no list": `{"value":{}}`, "no objects": `{"value":[1,null]}`, "nothing": `{}`,
		"deep": `{"value":[` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				spy := &hosts{RoundTripper: l.transport, seen: map[string]int{}, rewrite: func(path, body string) string {
					if strings.HasSuffix(path, "/incidents") {
						return garbage
					}
					return body
				}}
				l.transport = spy
				l.put(guids(20)...)
				l.start()
				time.Sleep(30 * time.Minute)
				require.Zero(t, l.out.Count())
				require.Equal(t, 1, l.logs.FilterMessageSnippet("cannot be read").Len())
				l.stop()
				spy.rewrite = nil
				l.start()
				time.Sleep(time.Minute)
				l.whole()
			})
		})
	}
}

func TestAnOverflowingSeenSetNarrowsTheOverlapAndSaysSoOnce(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	now := time.Now()
	seen := window.NewSeen(minSeen, nil)
	w := &workspace{config: labConfig(), log: zap.New(core), seen: seen}
	w.incidents = newList(window.NewWalk(window.From(now.Add(-time.Minute)), window.WalkSettings{Overlap: w.config.Overlap}), seen)
	for i := range 2 * minSeen {
		seen.Add(window.NewDigest([]byte(strconv.Itoa(i))), now.Add(time.Duration(i-2*minSeen)*time.Millisecond))
		w.limitSeen()
	}
	require.LessOrEqual(t, seen.Len(), minSeen)
	require.True(t, w.incidents.walk.Cursor().Floor.After(now.Add(-time.Minute)))
	require.Equal(t, 1, logs.FilterMessageSnippet("seen_incidents").Len())
}

func TestStorageThatFailsIsWaitedForAndSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guids(20)...)
		l.disk.BreakDown(errors.New("disk full"))
		l.start()
		time.Sleep(10 * time.Minute)
		require.Zero(t, l.out.Count(), "polled without knowing where it was")
		require.Equal(t, 1, l.logs.FilterMessageSnippet("storage does not answer").Len())
		l.disk.BreakDown(nil)
		time.Sleep(2 * time.Minute)
		require.Equal(t, 20, l.out.Count())

		l.disk.BreakDown(errors.New("disk full"))
		l.edit(guid(3), "later")
		time.Sleep(10 * time.Minute)
		require.Equal(t, 21, l.out.Count(), "a cursor that cannot be saved stops nobody")
		require.Equal(t, 1, l.logs.FilterMessageSnippet("cannot be saved").Len())
		l.disk.BreakDown(nil)
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.logs.FilterMessageSnippet("saved again").Len())
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
				l.put(guids(20)...)
				l.edit(guid(1), "commented", comment("c"))
				key := "custom" + l.config.places()[0].workspace.String()
				l.start()
				time.Sleep(time.Minute)
				l.stop()
				require.NoError(t, l.disk.Set(t.Context(), key, []byte(text)))
				l.start()
				time.Sleep(time.Minute)
				said := l.logs.FilterMessageSnippet("set aside").All()
				require.Len(t, said, 1)
				require.Contains(t, said[0].ContextMap()["error"], "aside")
				require.Equal(t, 2, l.names()[guid(2)], "begun anew from the lookback")
				require.Equal(t, 2, l.asked("/comments"))
				l.stop()
				aside, err := l.disk.Get(t.Context(), key+"/aside")
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
		l.put(guids(20)...)
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
		l.put(guids(20)...)
		l.start()
		time.Sleep(time.Minute)
		before := l.disk.Written()
		time.Sleep(time.Hour)
		require.LessOrEqual(t, l.disk.Written()-before, 61)
	})
}

func TestARecordSaysWhereItIsFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := twoWorkspaces(t)
		l.start()
		time.Sleep(time.Minute)
		l.stop()
		for _, tenant := range []string{provider, customer} {
			require.Equal(t, map[string]any{
				record.CloudProvider: record.ProviderAzure, record.Cloud: "custom", record.TenantID: tenant,
			}, l.out.Resource(tenant))
		}
		byWorkspace := l.out.Times(record.EventSentinelIncident, record.CloudResourceID)
		require.Equal(t, map[string]int{
			l.config.places()[0].workspace.String(): 30, l.config.places()[1].workspace.String(): 2,
		}, byWorkspace)
		r := l.out.After(0)[0]
		require.Equal(t, titleOf(r, "lastModifiedTimeUtc"), r.Timestamp().AsTime().Format("2006-01-02T15:04:05.9999999Z"))
		require.NotEmpty(t, titleOf(r, "etag"), "all of it is there")
	})
}

// What people wrote is in records and nowhere else.
func TestLogsHoldNothingOfWhatPeopleWrote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guids(20)...)
		for i := range 20 {
			l.edit(guid(i), "secret title", comment("secret comment"), `"description":"secret description"`, `"owner":{"email":"secret@provider.test"}`)
		}
		l.faults(mischief()...)
		l.out.Decide = nil
		l.start()
		time.Sleep(30 * time.Minute)
		l.stop()
		for _, entry := range l.logs.All() {
			require.NotContains(t, fmt.Sprint(entry.Message, entry.ContextMap()), "secret")
		}
	})
}

func TestMetricsTellWhatWasDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guids(60)...)
		l.start()
		time.Sleep(40 * time.Second)
		require.InDelta(t, 60, l.metric("records", "workspace=soc"), 0)
		require.Positive(t, l.metric("duplicates", "workspace=soc"))
		require.InDelta(t, l.metric("requests", "operation=list_incidents", "status=200"), l.metric("pages"), 0)
		require.Zero(t, l.metric("window"))
		require.Zero(t, l.metric("lag"))
		require.Zero(t, l.metric("quarantined"))
	})
}
