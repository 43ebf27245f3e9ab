package defenderreceiver

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

func TestAPageThatCannotBeHadIsAskedForInPieces(t *testing.T) {
	for name, c := range map[string]struct {
		fault emulator.Fault
		// incidentLost: no request shows it while the fault lasts; apart: its
		// alerts are read from alerts_v2.
		incidentLost bool
		quarantined  int
		apart        bool
	}{
		"pages with the incident and its alerts": {
			fault: emulator.Fault{Kind: emulator.FaultPoison, Operation: "list_incidents", IDs: []string{"77"}, ExpandOnly: true},
		},
		"the incident with its alerts, by whichever request": {
			fault: emulator.Fault{Kind: emulator.FaultExpandFails, Rows: 150}, quarantined: 1, apart: true,
		},
		"the incident in any form": {
			fault: emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{"77"}}, quarantined: 1, incidentLost: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				all := spread(160, 1, 12*time.Hour)
				all[77] = newIncident(77, time.Now().Add(-6*time.Hour), 200).with("createdDateTime", time.Now().Add(-7*time.Hour).UTC().Format(time.RFC3339))
				l.put(contoso, all...)
				l.faults(c.fault)
				l.start()
				time.Sleep(5 * time.Minute)
				want := 160
				if c.incidentLost {
					want--
				}
				require.Len(t, l.out.incidents(), want, "the other incidents wait for none")
				require.Len(t, l.quarantined(), c.quarantined)
				if c.apart {
					require.Equal(t, []string{"77"}, l.quarantined())
					require.NotZero(t, l.logs.FilterField(zap.String("id", "77")).Len(), "named in the log")
				}
				require.Equal(t, c.apart, l.metric("requests", "operation=list_alerts") > 0)
				if !c.incidentLost {
					l.whole()
				}
				l.put(contoso, newIncident(500, time.Now(), 1))
				time.Sleep(time.Minute)
				require.Contains(t, l.out.incidents(), "500", "the present goes on")

				l.stop()
				l.faults()
				l.start()
				time.Sleep(2 * time.Hour)
				l.whole()
				l.out.OnlyOnce(t)
				require.Empty(t, l.quarantined(), "a restart keeps what is to be tried again")
			})
		})
	}
}

func TestAnAlertThatCannotBeListedCostsItselfOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.Alerts = alertsList
		l.put(contoso, spread(100, 3, 12*time.Hour)...)
		l.faults(emulator.Fault{Kind: emulator.FaultPoison, Operation: "list_alerts", IDs: []string{"da50-1"}})
		l.start()
		time.Sleep(10 * time.Minute)
		require.Len(t, l.out.alerts(), 299)
		require.Len(t, l.quarantined(), 1)
		l.faults()
		time.Sleep(2 * time.Hour)
		l.whole()
		l.out.OnlyOnce(t)
	})
}

// A service that is unwell for a while is no reason to lose or to repeat.
func TestAnOutageHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(contoso, spread(100, 1, 12*time.Hour)...)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Service: "graph", Status: 500})
		l.start()
		time.Sleep(30 * time.Minute)
		require.Zero(t, l.out.Count())
		require.Less(t, l.metric("requests"), 120.0, "an unwell service is not hammered")
		l.faults()
		time.Sleep(30 * time.Minute)
		l.whole()
		l.out.OnlyOnce(t)
		require.Empty(t, l.quarantined())
	})
}

func TestQuarantineForgetsTheOldestWhenFull(t *testing.T) {
	tenant := &tenant{log: zap.NewNop(), probing: map[state.Set]int{}}
	for i := range state.QuarantineMax + 10 {
		tenant.quarantine(state.Quarantined{Kind: state.SetIncidents, ID: strconv.Itoa(i)}, nil)
	}
	require.Len(t, tenant.state.Quarantine, state.QuarantineMax)
	require.Equal(t, "10", tenant.state.Quarantine[0].ID)
}

func TestAnIncidentThatNeverComesWholeHoldsUpNobody(t *testing.T) {
	for name, broken := range map[string]emulator.Fault{
		"breaks off":  {Kind: emulator.FaultCut, Operation: "get_incident", Bytes: 100},
		"unavailable": {Kind: emulator.FaultStatus, Operation: "get_incident", Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				created := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
				l.put(contoso, newIncident(1, time.Now().Add(-time.Minute), 5).with("createdDateTime", created))
				l.faults(emulator.Fault{Kind: emulator.FaultExpandFails, Operation: "list_incidents", Rows: 2}, broken)
				l.start()
				time.Sleep(5 * time.Minute)
				require.Equal(t, []string{"1"}, l.quarantined())
				l.put(contoso, newIncident(2, time.Now(), 1))
				time.Sleep(10 * time.Minute)
				require.Len(t, l.out.incidents(), 2)
				l.whole() // the alerts were read apart
				l.faults()
				time.Sleep(2 * time.Hour)
				require.Empty(t, l.quarantined())
			})
		})
	}
}
