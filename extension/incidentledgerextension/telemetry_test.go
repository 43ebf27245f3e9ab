package incidentledgerextension

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

const (
	at         = "tenant=contoso,workspace=" + workspace
	atSentinel = "side=sentinel," + at
	atDefender = "side=defender," + at
)

func TestBacklogIsShownPerTenantAndSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		l := r.start(t)
		l.NameTenant("contoso", link("1").TenantID)
		observe(t, l, link("1"), values(), time.Now())
		observe(t, l, link("2"), values(), time.Now())
		time.Sleep(90 * time.Second)
		require.Equal(t, map[string]float64{at: 2}, r.points(t, "open_entries"))
		pending := r.points(t, "pending")
		require.Equal(t, 2, int(pending["kind=create,"+atSentinel]))
		require.Contains(t, pending, "kind=status,"+atDefender)
		require.Zero(t, pending["kind=status,"+atDefender])
		require.Equal(t, map[string]float64{atSentinel: 90, atDefender: 0}, r.points(t, "oldest_pending"))

		write(t, l, same)
		write(t, l, same)
		work, _ := l.Next(ledger.Lane{Side: incident.SideSentinel, Name: workspace}, ledger.AllKinds)
		require.Nil(t, work)
		closed := values()
		closed[incident.FieldStatus] = "resolved"
		observe(t, l, link("1"), closed, time.Now())
		observe(t, l, link("2"), closed, time.Now())
		for _, change := range []func(*ledger.Entry){
			func(e *ledger.Entry) { e.Restrain(incident.SideSentinel, time.Now().Add(time.Hour), time.Now()) },
			func(e *ledger.Entry) {
				e.Shelve(incident.SideSentinel, e.Plan(incident.SideSentinel, l.Settings()), ledger.ResultDryRun, time.Now())
			},
		} {
			work, _ = l.Next(ledger.Lane{Side: incident.SideSentinel, Name: workspace}, ledger.AllKinds)
			require.NoError(t, work.Update(t.Context(), change))
			work.Done()
		}
		require.Equal(t, map[string]float64{atSentinel: 1, atDefender: 0}, r.points(t, "held_closings"))
		require.Equal(t, map[string]float64{atSentinel: 1, atDefender: 0}, r.points(t, "parked"))

		_, err := l.Approve(t.Context(), "")
		require.NoError(t, err)
		write(t, l, same)
		require.Equal(t, map[string]float64{atSentinel: 0, atDefender: 0}, r.points(t, "held_closings"))
		r.stop(t)
	})
}

func TestConflictsAreCountedByFieldAndWinner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `conflict: defender`, nil)
		conflicted(t, r.start(t))
		require.Equal(t, map[string]float64{
			"field=owner,tenant=contoso,winner=defender":  1,
			"field=status,tenant=contoso,winner=defender": 1,
			"field=title,tenant=contoso,winner=defender":  1,
		}, r.points(t, "conflicts"))
		decisions := r.points(t, "decisions")
		require.Equal(t, 1, int(decisions["field=incident,result=written,rule=create,side=sentinel,tenant=contoso"]))
		require.Equal(t, 1, int(decisions["field=status,result=written,rule=conflict,side=sentinel,tenant=contoso"]))
		require.Equal(t, 1, int(decisions["field=severity,result=written,rule=edit,side=sentinel,tenant=contoso"]))
		r.stop(t)
	})
}
