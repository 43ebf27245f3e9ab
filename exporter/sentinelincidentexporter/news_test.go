package sentinelincidentexporter

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// consume gives the exporter records.
func (l *lab) consume(ld plog.Logs) {
	l.Helper()
	require.NoError(l, l.running.ConsumeLogs(context.Background(), ld))
}

// only keeps the records of one event.
func only(ld plog.Logs, event string) plog.Logs {
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().RemoveIf(func(r plog.LogRecord) bool { return r.EventName() != event })
	return ld
}

// one is a single record of contoso.
func one(event string) (plog.Logs, plog.LogRecord) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	(record.Origin{Cloud: "custom", TenantID: contoso, TenantName: "contoso"}).Fill(rl.Resource())
	r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName(event)
	return ld, r
}

func TestRecordsThatAreNotForUsAreCountedAndPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		hunting, _ := one(record.EventDefenderHunting)
		l.consume(hunting)
		l.consume(plog.NewLogs())
		l.put("1", "")
		l.consume(l.records(contoso, "somebody", "1"))
		stranger := l.records(contoso, "contoso", "1")
		stranger.ResourceLogs().At(0).Resource().Attributes().PutStr(record.TenantID, "not a tenant")
		l.consume(stranger)
		bare := plog.NewLogs()
		r := bare.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		r.SetEventName(record.EventDefenderIncident)
		l.consume(bare)
		time.Sleep(time.Hour)
		require.Empty(t, l.twins(soc))
		require.EqualValues(t, 3, l.metric("records", "result=unknown_tenant"))
		require.EqualValues(t, 1, l.metric("records", "result=other_kind"))
	})
}

func TestBrokenRecordsAreCountedAndPassedOver(t *testing.T) {
	for name, change := range map[string]func(r plog.LogRecord){
		"no body":              func(r plog.LogRecord) { pcommon.NewValueEmpty().CopyTo(r.Body()) },
		"a number":             func(r plog.LogRecord) { r.Body().SetInt(7) },
		"text that is no JSON": func(r plog.LogRecord) { r.Body().SetStr("{") },
		"no status":            func(r plog.LogRecord) { r.Body().Map().Remove("status") },
		"an owner of another type": func(r plog.LogRecord) {
			r.Body().Map().PutEmptyMap("assignedTo").PutStr("x", "y")
		},
		"no id":        func(r plog.LogRecord) { r.Attributes().Remove(record.DefenderIncidentID) },
		"a hostile id": func(r plog.LogRecord) { r.Attributes().PutStr(record.DefenderIncidentID, "1@other|") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, onEmulator)
				l.put("1", "")
				ld := l.records(contoso, "contoso", "1")
				change(ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0))
				l.consume(ld)
				time.Sleep(time.Minute)
				require.Empty(t, l.twins(soc))
				require.EqualValues(t, 1, l.metric("records", "result=unreadable", "tenant=contoso"))
			})
		})
	}
}

func TestABodyMayBeText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.put("1", "")
		ld := l.records(contoso, "contoso", "1")
		body := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Body()
		body.SetStr(body.AsString())
		l.consume(ld)
		synctest.Wait()
		l.twin("1")
	})
}

// TestTwoTenantsOfOneNameNeverShareAWorkspace lets a second tenant come with the
// name of the first.
func TestTwoTenantsOfOneNameNeverShareAWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.control("PUT", "/control/defender/incidents?tenant="+fabrikam,
			`{"id":"2","displayName":"fabrikam's","status":"active","severity":"low","createdDateTime":"`+stamp()+`","lastUpdateDateTime":"`+stamp()+`","alerts":[]}`)
		l.consume(l.records(fabrikam, "contoso", "2"))
		time.Sleep(time.Hour)
		require.Len(t, l.twins(soc), 1)
		require.EqualValues(t, 1, l.metric("records", "result=unknown_tenant"))
	})
}

func TestTheFilterIsAskedAtAdmissionOnly(t *testing.T) {
	for _, c := range []struct{ name, filter, out, in, outAgain string }{
		{"severity", "min_severity: medium", `{"severity":"low"}`, `{"severity":"medium"}`, `{"severity":"informational"}`},
		{"tags", "tags: [VIP, other]", `{"customTags":["x"]}`, `{"customTags":["x","vip"]}`, `{"customTags":[]}`},
		{"both", "min_severity: high\n  tags: [vip]", `{"severity":"low","customTags":["vip"]}`, `{"severity":"high"}`, `{"severity":"low","customTags":[]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, onEmulator+"filter:\n  "+c.filter+"\n")
				l.open("1", c.out)
				time.Sleep(time.Hour)
				require.Empty(t, l.twins(soc))
				require.EqualValues(t, 1, l.metric("records", "result=filtered"))
				l.edit("1", c.in)
				synctest.Wait()
				l.twin("1")
				l.edit("1", c.outAgain)
				l.edit("1", `{"displayName":"still in step"}`)
				synctest.Wait()
				require.Equal(t, "still in step", l.twin("1").Properties.Title)
			})
		})
	}
}

// TestAnIncidentIsAdmittedByItsAlertsSource gives the alert before, with and
// after the incident.
func TestAnIncidentIsAdmittedByItsAlertsSource(t *testing.T) {
	const filter = "filter: {service_sources: [MicrosoftDefenderForEndpoint]}\n"
	alerts := func(l *lab) plog.Logs { return only(l.records(contoso, "contoso", "1"), record.EventDefenderAlert) }
	incidents := func(l *lab) plog.Logs { return only(l.records(contoso, "contoso", "1"), record.EventDefenderIncident) }
	for name, deliver := range map[string]func(l *lab){
		"alert first":    func(l *lab) { l.consume(alerts(l)); l.consume(incidents(l)) },
		"incident first": func(l *lab) { l.consume(incidents(l)); l.consume(alerts(l)) },
		"together":       func(l *lab) { l.deliver("1") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, onEmulator+filter)
				l.put("1", "", "a1")
				deliver(l)
				synctest.Wait()
				l.twin("1")
				require.Equal(t, []string{"a1"}, l.entry("1").Alerts.Waiting)
			})
		})
	}
	t.Run("another source", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, onEmulator+"filter: {service_sources: [microsoftDefenderForIdentity]}\n")
			l.open("1", "", "a1")
			time.Sleep(time.Hour)
			require.Empty(t, l.twins(soc))
		})
	})
}

// TestAnAlertThatCameBeforeItsIncidentIsRelated has records of `alerts: list`: no
// incident names its alerts.
func TestAnAlertThatCameBeforeItsIncidentIsRelated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.put("1", "", "a1", "a2")
		l.consume(only(l.records(contoso, "contoso", "1"), record.EventDefenderAlert))
		ld := only(l.records(contoso, "contoso", "1"), record.EventDefenderIncident)
		ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().Remove(record.DefenderAlertIDs)
		l.consume(ld)
		synctest.Wait()
		require.Equal(t, []string{"a1", "a2"}, l.entry("1").Alerts.Waiting)
	})
}

func TestTheLobbyHasRoomForSoMany(t *testing.T) {
	lobby := newLobby()
	for n := range lobbyMax + 10 {
		lobby.alert(link(fmt.Sprint(n)), "a", "s")
	}
	require.Len(t, lobby.seats, lobbyMax)
	require.Empty(t, lobby.known(link("9")).alerts, "the oldest goes")
	require.Equal(t, []string{"a"}, lobby.known(link("10")).alerts)
	for n := range 500 {
		lobby.alert(link("10"), fmt.Sprint(n), fmt.Sprint(n))
	}
	require.Len(t, lobby.known(link("10")).alerts, lobbyAlertsMax)
	require.Len(t, lobby.known(link("10")).sources, lobbyAlertsMax)
	lobby.leave([]incident.Link{link("10")})
	require.Empty(t, lobby.known(link("10")).alerts)
}

// TestARefusedBatchComesAgain breaks the ledger's storage.
func TestARefusedBatchComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.put("1", "", "a1")
		l.disk.BreakDown(fmt.Errorf("disk full"))
		require.ErrorContains(t, l.running.ConsumeLogs(t.Context(), l.records(contoso, "contoso", "1")), "observe incidents: ")
		require.ErrorContains(t, l.host.StatusError(), "the ledger incident_ledger cannot save, so nothing is written; look after the storage that it names")
		l.disk.BreakDown(nil)
		l.deliver("1")
		time.Sleep(10 * time.Minute)
		l.twin("1")
		require.NoError(t, l.host.StatusError())
	})
}

// TestAResyncHeals loses a record, and repeats all of them marked.
func TestAResyncHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		time.Sleep(time.Second)
		l.control("POST", "/control/defender/incidents/1", `{"severity":"low"}`)
		ld := l.records(contoso, "contoso", "1")
		ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutBool(record.DefenderResync, true)
		l.consume(ld)
		synctest.Wait()
		require.Equal(t, "Low", l.twin("1").Properties.Severity)
	})
}

// TestOpenIncidentsAreReadAgain lets a person edit the twin while no receiver
// tells of it.
func TestOpenIncidentsAreReadAgain(t *testing.T) {
	for interval, want := range map[time.Duration]incident.Value{6 * time.Hour: "Active", 0: "New"} {
		t.Run(interval.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newStoppedLab(t, emulator.Settings{}, onEmulator)
				l.config.ResyncInterval = interval
				l.start()
				defer l.stop()
				l.open("1", "")
				time.Sleep(time.Minute)
				l.control("POST", "/control/sentinel/incidents/"+link("1").SentinelName(), `{"status":"Active"}`)
				time.Sleep(7 * time.Hour)
				require.Equal(t, want, l.entry("1").Sides[own].Values[incident.FieldStatus])
			})
		})
	}
}

// TestATenantWhoseLinkIsGoneIsNotWritten restarts with other links.
func TestATenantWhoseLinkIsGoneIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newStoppedLab(t, emulator.Settings{}, onEmulator)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Operation: "put_sentinel"})
		l.start()
		l.open("1", "")
		time.Sleep(time.Minute)
		l.stop()
		l.faults()
		l.config.Links[0].Tenant = fabrikam
		l.start()
		time.Sleep(24 * time.Hour)
		require.Empty(t, l.twins(soc))
		l.stop()
		l.config.Links[0].Tenant = "contoso"
		l.start()
		defer l.stop()
		time.Sleep(2 * time.Hour)
		l.twin("1")
	})
}
