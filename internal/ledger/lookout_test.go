package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// admit tells the ledger of an open Defender incident with alerts.
func admit(t *testing.T, l *ledger.Ledger, of incident.Link, severity incident.Value, alerts ...string) {
	t.Helper()
	require.NoError(t, l.Observe(t.Context(), ledger.News{
		Side: incident.SideDefender, Link: of, Workspace: workspace, Snapshot: snapshotOf("active", severity, time.Now()),
		AlertIDs: alerts, Began: time.Now(), Admit: true,
	}))
}

// makeTwin plays the writer that finds no twin and makes one.
func makeTwin(t *testing.T, l *ledger.Ledger) incident.Link {
	t.Helper()
	work, _ := l.Next(lane, ledger.AllKinds)
	require.NotNil(t, work)
	defer work.Done()
	require.Equal(t, ledger.KindCreate, work.Kind())
	require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
		e.Missing(incident.SideSentinel, e.Begin(time.Now()))
		e.Intend(incident.SideSentinel, e.Plan(incident.SideSentinel, l.Settings()), time.Now())
		e.Answered(*snapshotOf("New", "High", time.Now()), time.Now(), l.Settings())
	}))
	return work.Link()
}

func TestAnOpenIncidentIsLookedAtAfterATimeWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLedger(t, nil)
		admit(t, l, link("1"), "high")
		makeTwin(t, l)
		work, next := l.Next(lane, ledger.AllKinds)
		require.Nil(t, work)
		require.Zero(t, next, "nobody asked for it")

		made := time.Now()
		l.Reread(lane, time.Hour)
		_, next = l.Next(lane, ledger.AllKinds)
		require.Equal(t, made.Add(time.Hour), next)
		time.Sleep(time.Hour)
		_, next = l.Next(lane, ledger.AllKinds.Without(ledger.KindLook))
		require.Zero(t, next)
		work, _ = l.Next(lane, ledger.AllKinds)
		require.Equal(t, ledger.KindLook, work.Kind())
		require.Zero(t, l.Stats()[1].Oldest, "it is nothing that is owed")
		require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
			e.Read(incident.SideSentinel, *snapshotOf("New", "High", made), e.Begin(time.Now()))
		}))
		work.Done()
		_, next = l.Next(lane, ledger.AllKinds)
		require.Equal(t, time.Now().Add(time.Hour), next)

		time.Sleep(time.Hour)
		work, _ = l.Next(lane, ledger.AllKinds)
		require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
			e.Trouble(incident.SideSentinel, "no answer", time.Now().Add(time.Minute))
		}))
		work.Done()
		work, next = l.Next(lane, ledger.AllKinds)
		require.Nil(t, work)
		require.Equal(t, time.Now().Add(time.Minute), next, "trouble delays it too")
		l.Reread(lane, 0)
		_, next = l.Next(lane, ledger.AllKinds)
		require.Zero(t, next)
	})
}

func TestAnEditIsMoreUrgentThanALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLedger(t, nil)
		l.Reread(lane, time.Hour)
		for n := range 3 {
			admit(t, l, link(fmt.Sprint(n)), "high")
			makeTwin(t, l)
		}
		time.Sleep(2 * time.Hour)
		require.NoError(t, l.Observe(t.Context(), ledger.News{
			Side: incident.SideDefender, Link: link("2"), Workspace: workspace, Snapshot: snapshotOf("active", "low", time.Now()), Began: time.Now(),
		}))
		work, _ := l.Next(lane, ledger.AllKinds)
		require.Equal(t, ledger.KindEdit, work.Kind())
		require.Equal(t, link("2"), work.Link())
	})
}

func TestALaneHasOneWriter(t *testing.T) {
	l := openLedger(t, nil)
	release, ok := l.Claim(lane)
	require.True(t, ok)
	_, again := l.Claim(lane)
	require.False(t, again)
	_, other := l.Claim(ledger.Lane{Side: incident.SideSentinel, Name: "/another"})
	require.True(t, other)
	release()
	_, again = l.Claim(lane)
	require.True(t, again)
}

func TestAlertsThatWaitAreListedMostUrgentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLedger(t, nil)
		admit(t, l, link("1"), "low", "a1", "a2")
		admit(t, l, link("2"), "high", "b1")
		other := link("3")
		other.TenantID = "00000000-0000-4000-8000-000000000002"
		admit(t, l, other, "high", "c1")
		waiting := func(limit int) []string {
			alerts, err := l.WaitingAlerts(t.Context(), lane, link("1").TenantID, limit)
			require.NoError(t, err)
			return alerts
		}
		require.Empty(t, waiting(10), "no twin, no relation")
		for range 3 {
			makeTwin(t, l)
		}
		require.Equal(t, []string{"b1", "a1", "a2"}, waiting(10))
		require.Equal(t, []string{"b1", "a1"}, waiting(2))
		require.Equal(t, 3, l.Backlog()[0].Alerts)
		require.Equal(t, 1, l.Backlog()[1].Alerts)
	})
}

func TestANewTwinGetsAllAlertsAgain(t *testing.T) {
	now := time.Unix(0, 0)
	e := ledger.NewEntry(link("1"), workspace, now)
	e.Observe(incident.SideDefender, *snapshotOf("active", "high", now), ledger.Reading{Began: now})
	e.ObserveAlerts([]string{"a", "b", "c"})
	s := ledger.Settings{SettleTime: time.Minute}
	create := func() {
		e.Missing(incident.SideSentinel, e.Begin(now))
		e.Intend(incident.SideSentinel, e.Plan(incident.SideSentinel, s), now)
		e.Answered(*snapshotOf("New", "High", now), now, s)
	}
	create()
	e.AlertRelated("b", now)
	e.AlertRefused("c", "no", now)
	require.Equal(t, []string{"a"}, e.Alerts.Waiting)
	e.Missing(incident.SideSentinel, e.Begin(now))
	e.Observe(incident.SideDefender, *snapshotOf("resolved", "high", now.Add(1)), ledger.Reading{Began: now})
	require.False(t, e.Plan(incident.SideSentinel, s).Create)
	e.Observe(incident.SideDefender, *snapshotOf("active", "high", now.Add(2)), ledger.Reading{Began: now})
	create()
	require.ElementsMatch(t, []string{"a", "b", "c"}, e.Alerts.Waiting)
	require.Empty(t, e.Alerts.Done)
	require.Zero(t, e.Alerts.Related)
}

func TestWhatADryRunShelvedIsDoneOnceItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLedger(t, nil)
		admit(t, l, link("1"), "high")
		work, _ := l.Next(lane, ledger.AllKinds)
		require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
			e.Missing(incident.SideSentinel, e.Begin(time.Now()))
			e.Shelve(incident.SideSentinel, e.Plan(incident.SideSentinel, l.Settings()), ledger.ResultDryRun, time.Now())
		}))
		work.Done()
		work, _ = l.Next(lane, ledger.AllKinds)
		require.Nil(t, work)
		n, err := l.Unshelve(t.Context(), ledger.Lane{Side: incident.SideSentinel, Name: "/another"})
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = l.Unshelve(t.Context(), lane)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		makeTwin(t, l)
	})
}

func TestTooManyCommentsAreSaidOnce(t *testing.T) {
	now := time.Unix(0, 0)
	e := ledger.NewEntry(link("1"), workspace, now)
	first := incident.Comment{Author: "jane", Created: now, Text: "first"}
	second := incident.Comment{Author: "jane", Created: now, Text: "second"}
	e.ObserveComments(incident.SideDefender, []incident.Comment{first}, ledger.Reading{Began: now})
	e.RefuseComments(incident.SideSentinel, "full", now)
	e.AlertRelated("a", now)
	e.ObserveComments(incident.SideDefender, []incident.Comment{first, second}, ledger.Reading{Began: now})
	e.RefuseComments(incident.SideSentinel, "full", now)
	require.Len(t, e.Decisions, 2)

	e.RefuseComment(incident.SideSentinel, first, "400", now)
	require.Equal(t, []incident.Comment{second}, e.Comments.Pending[incident.SideSentinel])
	e.ObserveComments(incident.SideDefender, []incident.Comment{first, second}, ledger.Reading{Began: now})
	require.Len(t, e.Comments.Pending[incident.SideSentinel], 1, "it is not tried again")
}

func TestAForgedClaimIsToldOnceWhoeverTells(t *testing.T) {
	told := 0
	l, err := ledger.Open(context.Background(), ledger.OpenSettings{OnDecision: func(ledger.Subject, ledger.Decision) { told++ }})
	require.NoError(t, err)
	require.NoError(t, l.Refuse(t.Context(), workspace, "n", link("1"), "its name is another's"))
	require.NoError(t, l.Refuse(t.Context(), workspace, "n", link("1"), "no such link"))
	require.Equal(t, 1, told)
	require.NoError(t, l.Refuse(t.Context(), workspace, "n", link("2"), "no such link"))
	require.Equal(t, 2, told)
}

func TestNothingIsLookedAtBeforeAWriteIsSettledOrAfterAMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		l := openLedger(t, nil)
		admit(t, l, link("1"), "high")
		of := ledger.Lane{Side: incident.SideDefender, Name: makeTwin(t, l).TenantID}
		l.Reread(of, time.Minute)
		time.Sleep(time.Minute)
		work, _ := l.Next(of, ledger.AllKinds)
		require.Equal(t, ledger.KindLook, work.Kind())
		require.NoError(t, work.Update(ctx, func(e *ledger.Entry) {
			e.Intend(incident.SideDefender, ledger.Plan{}, time.Now())
		}))
		work.Done()
		work, due := l.Next(of, ledger.AllKinds)
		require.Nil(t, work)
		require.Equal(t, time.Now().Add(l.Settings().SettleTime), due, "stale reads must not settle a write")

		time.Sleep(l.Settings().SettleTime)
		work, _ = l.Next(of, ledger.AllKinds)
		require.Equal(t, ledger.KindRead, work.Kind())
		require.NoError(t, work.Update(ctx, func(e *ledger.Entry) {
			merged := *snapshotOf("redirected", "high", time.Now())
			merged.RedirectedTo = "2"
			e.Read(incident.SideDefender, merged, e.Begin(time.Now()))
		}))
		work.Done()
		time.Sleep(time.Hour)
		work, due = l.Next(of, ledger.AllKinds)
		require.Nil(t, work)
		require.True(t, due.IsZero())
	})
}

func TestAClosingThatIsTakenBackWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		l := openLedger(t, nil)
		admit(t, l, link("1"), "high")
		of := makeTwin(t, l)
		see := func(status incident.Value) {
			time.Sleep(time.Minute)
			require.NoError(t, l.Observe(ctx, ledger.News{Side: incident.SideSentinel, Link: of, Workspace: workspace, Snapshot: snapshotOf(status, "High", time.Now()), Began: time.Now()}))
		}
		held := func() (n int) {
			for _, s := range l.Stats() {
				n += s.Held
			}
			return n
		}
		see("Closed")
		work, _ := l.Next(ledger.Lane{Side: incident.SideDefender, Name: of.TenantID}, ledger.AllKinds)
		require.NoError(t, work.Update(ctx, func(e *ledger.Entry) {
			e.Restrain(incident.SideDefender, time.Now().Add(time.Hour), time.Now())
		}))
		work.Done()
		require.Equal(t, 1, held())
		see("Active")
		require.Zero(t, held())
	})
}

func TestNamesOfTenantsOutliveTheirRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := collectortest.NewDisk()
		l := openLedger(t, disk)
		l.Bind(ledger.Binding{Tenant: "contoso", Workspace: workspace})
		l.NameTenant("contoso", link("1").TenantID)
		admit(t, l, link("1"), "high")
		require.NoError(t, l.Close(t.Context()))
		l = openLedger(t, disk)
		l.Bind(ledger.Binding{Tenant: "contoso", Workspace: workspace})
		require.True(t, l.Bound(link("1").TenantID, workspace))
		require.Equal(t, link("1").TenantID, l.TenantID("contoso"))
		require.Equal(t, "contoso", l.TenantName(link("1").TenantID))
		require.NoError(t, disk.Set(t.Context(), "names", []byte("broken")))
		require.NoError(t, l.Close(t.Context()))
		l = openLedger(t, disk)
		require.Empty(t, l.TenantID("contoso"), "and it opens all the same")
	})
}

func TestAlertsThatNobodyRaisesAreGivenUp(t *testing.T) {
	for closed, want := range map[bool]time.Duration{true: 2 * 24 * time.Hour, false: 14 * 24 * time.Hour} {
		began := time.Unix(0, 0)
		now := began
		e := ledger.NewEntry(link("1"), workspace, now)
		if closed {
			e.Observe(incident.SideDefender, *snapshotOf("resolved", "high", now), ledger.Reading{Began: now})
			e.Observe(incident.SideSentinel, *snapshotOf("Closed", "High", now), ledger.Reading{Began: now})
		}
		e.ObserveAlerts([]string{"a", "b"})
		var waits []time.Duration
		for len(e.Alerts.Waiting) > 0 {
			e.AlertsLater(now)
			waits = append(waits, e.Alerts.Next.Sub(now))
			now = e.Alerts.Next
		}
		require.InDelta(t, want.Hours(), now.Sub(began).Hours(), 8)
		require.Equal(t, []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second}, waits[:5])
		require.Equal(t, 15*time.Minute, waits[8])
		require.Len(t, e.Decisions, 1)
		require.Equal(t, "2 alerts were not raised in Sentinel", e.Decisions[0].Reason)
		require.False(t, e.ObserveAlerts([]string{"a", "b"}), "they are not waited for again")
		require.True(t, e.ObserveAlerts([]string{"c"}))
		require.Zero(t, e.Alerts.Tries, "and a new one anew")
	}
}
