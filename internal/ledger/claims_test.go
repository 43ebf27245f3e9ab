package ledger_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// decisions keeps what a ledger tells.
func decisions(into *[]string) func(*ledger.OpenSettings) {
	return func(s *ledger.OpenSettings) {
		s.OnDecision = func(of ledger.Subject, d ledger.Decision) {
			*into = append(*into, fmt.Sprintf("%s %s@%s %s: %s %s", d.Field, of.Link.IncidentID, of.Tenant, of.ID, d.Rule, d.Result))
		}
	}
}

func TestATenantIsBoundByIdOrByName(t *testing.T) {
	l := mustOpen(t, nil)
	l.Bind(ledger.Binding{Tenant: "contoso", Workspace: workspace}, ledger.Binding{Tenant: "id-2", Workspace: workspace})
	require.False(t, l.Bound("id-1", workspace), "nobody said what contoso is")
	require.True(t, l.Bound("id-2", workspace))
	require.False(t, l.Bound("id-2", "/another"))
	l.NameTenant("contoso", "id-1")
	l.NameTenant("", "id-3")
	require.True(t, l.Bound("id-1", workspace))
	require.False(t, l.Bound("id-3", workspace))
	require.False(t, l.Bound("contoso", "/another"))
}

func TestAClaimIsRefusedOnceForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		var told []string
		l := mustOpen(t, d, decisions(&told))
		l.NameTenant("contoso", link("1").TenantID)
		refuse := func(name string) { require.NoError(t, l.Refuse(t.Context(), workspace, name, link("1"), "forged")) }
		refuse("a")
		refuse("a")
		refuse("b")
		require.Equal(t, []string{
			"link 1@contoso " + string(ledger.NewID("a", workspace)) + ": trust refused",
			"link 1@contoso " + string(ledger.NewID("b", workspace)) + ": trust refused",
		}, told)
		require.NoError(t, l.Close(t.Context()))
		l = mustOpen(t, d, decisions(&told))
		refuse("b")
		require.Len(t, told, 2, "a restart does not repeat it")

		batches := d.batches
		refuse("b")
		require.Equal(t, batches, d.batches, "nor does it ask the storage")
	})
}

func TestRefusedClaimsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		var told []string
		l := mustOpen(t, d, decisions(&told))
		const more = 10
		for n := range ledger.RefusedMax + more {
			require.NoError(t, l.Refuse(t.Context(), workspace, fmt.Sprint(n), link("1"), "forged"))
		}
		full := len(d.values[ledger.RefusedKey])
		require.Less(t, full, ledger.RefusedMax*20)
		require.NoError(t, l.Refuse(t.Context(), workspace, fmt.Sprint(ledger.RefusedMax), link("1"), "forged"))
		require.Len(t, told, ledger.RefusedMax+more, "the younger ones are known")
		require.NoError(t, l.Refuse(t.Context(), workspace, "0", link("1"), "forged"))
		require.Len(t, told, ledger.RefusedMax+more+1, "the oldest is forgotten, and told again")
		require.Len(t, d.values[ledger.RefusedKey], full)
	})
}

// hold restrains the closing of an incident's twin.
func hold(t *testing.T, l *ledger.Ledger, s twins, ids ...string) {
	t.Helper()
	for _, id := range ids {
		require.NoError(t, l.Observe(t.Context(), news(id, "active")))
	}
	require.NoError(t, s.drain(t.Context(), l))
	time.Sleep(time.Second)
	for _, id := range ids {
		require.NoError(t, l.Observe(t.Context(), news(id, "resolved")))
	}
	for range ids {
		work, _ := l.Next(lane, ledger.AllKinds)
		require.Equal(t, ledger.KindStatus, work.Kind())
		require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
			e.Restrain(incident.SideSentinel, time.Now().Add(time.Hour), time.Now())
		}))
		work.Done()
	}
}

func TestAHeldClosingWaitsForApprovalOrItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l, s := mustOpen(t, d), twins{}
		hold(t, l, s, "1", "2", "3")
		work, next := l.Next(lane, ledger.AllKinds)
		require.Nil(t, work)
		require.Equal(t, time.Now().Add(time.Hour), next)
		require.Equal(t, 3, l.Backlog()[0].Sides[incident.SideSentinel].Held)
		require.True(t, l.Summaries("", 1)[0].Held)

		n, err := l.Approve(t.Context(), idOf("2"))
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, s.drain(t.Context(), l))
		require.Equal(t, incident.SentinelClosed, s[link("2").SentinelName()].Values[incident.FieldStatus])
		require.Equal(t, incident.SentinelNew, s[link("1").SentinelName()].Values[incident.FieldStatus])
		n, err = l.Approve(t.Context(), idOf("2"))
		require.NoError(t, err)
		require.Zero(t, n, "it is not held any more")

		require.NoError(t, l.Close(t.Context()))
		l = mustOpen(t, d)
		require.Equal(t, 2, l.Backlog()[0].Sides[incident.SideSentinel].Held, "a restart lets nothing through")
		n, err = l.Approve(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.NoError(t, s.drain(t.Context(), l))
		require.Zero(t, l.Open())

		hold(t, l, s, "4")
		time.Sleep(time.Hour)
		require.NoError(t, s.drain(t.Context(), l))
		require.Zero(t, l.Open(), "its time came")
	})
}

func TestAnIncidentIsFoundByNumberNameAndId(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l, s := mustOpen(t, d), twins{}
		other := news("7", "resolved")
		other.Link.TenantID = "00000000-0000-4000-8000-000000000002"
		require.NoError(t, l.Observe(t.Context(), news("7", "active"), other, news("8", "resolved")))
		require.NoError(t, s.drain(t.Context(), l))
		require.Equal(t, 1, l.Open())
		find := func(text string) []ledger.ID {
			ids, err := l.FindIncident(t.Context(), text)
			require.NoError(t, err)
			return ids
		}
		require.ElementsMatch(t, []ledger.ID{idOf("7"), ledger.IDOf(other.Link, workspace)}, find("7"), "open and closed ones, of every tenant")
		require.Equal(t, []ledger.ID{idOf("8")}, find("8"))
		require.Equal(t, []ledger.ID{idOf("8")}, find(link("8").SentinelName()))
		require.Empty(t, find("9"))

		require.NoError(t, l.Close(t.Context()))
		l = mustOpen(t, d)
		l.Bind(ledger.Binding{Tenant: "contoso", Workspace: workspace})
		l.NameTenant("contoso", link("8").TenantID)
		require.Equal(t, []ledger.ID{idOf("8")}, find("8"), "after a restart too")
	})
}

func TestSummariesComeInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := mustOpen(t, nil)
		for n := range 7 {
			require.NoError(t, l.Observe(t.Context(), news(fmt.Sprint(n), "active")))
		}
		var all []ledger.ID
		for after := ledger.ID(""); ; {
			page := l.Summaries(after, 3)
			if len(page) == 0 {
				break
			}
			require.LessOrEqual(t, len(page), 3)
			for _, s := range page {
				require.Equal(t, map[string][]string{"sentinel": {"create"}}, s.Pending)
				all = append(all, s.ID)
			}
			after = page[len(page)-1].ID
		}
		require.Len(t, all, 7)
		require.IsIncreasing(t, all)
	})
}
