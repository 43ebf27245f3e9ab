package defenderexporter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func TestAnExporterThatWasNeverStartedEnds(t *testing.T) {
	made, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(component.MustNewType(Type)), labConfig())
	require.NoError(t, err)
	require.False(t, made.Capabilities().MutatesData)
	require.NoError(t, made.Shutdown(t.Context()))
}

func TestStartNamesWhatIsWrongWithTheLedger(t *testing.T) {
	for name, c := range map[string]struct {
		extensions map[component.ID]component.Component
		want       string
	}{
		"absent":          {nil, `"ledger" names extension "incident_ledger", which is not in service::extensions`},
		"of another type": {map[component.ID]component.Component{ledgerID: &disk{}}, `"ledger" must name an incident_ledger extension, got "incident_ledger"`},
		"not started":     {map[component.ID]component.Component{ledgerID: &keeper{}}, `which is not started`},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(component.MustNewType(Type)), labConfig())
			require.NoError(t, err)
			require.ErrorContains(t, made.Start(t.Context(), &collectortest.Host{Extensions: c.extensions}), c.want)
			require.NoError(t, made.Shutdown(t.Context()))
		})
	}
}

func TestTwoExportersDoNotWriteOneTenant(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		second, err := NewFactory(WithTransport(l.wire)).CreateLogs(t.Context(), exportertest.NewNopSettings(component.MustNewType(Type)), l.config)
		require.NoError(t, err)
		require.ErrorContains(t, second.Start(t.Context(), l.host), `"tenants" names tenant contoso, which another defender exporter of this ledger writes`)
		require.NoError(t, second.Shutdown(t.Context()))
		l.stop()
		l.start() // the lane is free again
	})
}

func TestStartDoesNotFailForWhatMayHeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.wire.cut(true)
		l.disk.BreakDown(nil)
		l.start()
		l.wire.cut(false)
		twin := l.pair("1", nil)
		l.wire.cut(true)
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Hour)
		l.wire.cut(false)
		l.run(10 * time.Minute)
		twin.agrees()
	})
}

// TestHostileRecordsChangeNothing gives records that lack something, or have it
// of another type.
func TestHostileRecordsChangeNothing(t *testing.T) {
	for name, spoil := range map[string]func(plog.LogRecord){
		"no name":                func(r plog.LogRecord) { r.Attributes().Remove(record.SentinelIncidentName) },
		"a name that is a map":   func(r plog.LogRecord) { r.Attributes().PutEmptyMap(record.SentinelIncidentName) },
		"a name without end":     func(r plog.LogRecord) { r.Attributes().PutStr(record.SentinelIncidentName, strings.Repeat("x", 1<<20)) },
		"no workspace":           func(r plog.LogRecord) { r.Attributes().Remove(record.CloudResourceID) },
		"another resource":       func(r plog.LogRecord) { r.Attributes().PutStr(record.CloudResourceID, "/subscriptions/x") },
		"no body":                func(r plog.LogRecord) { r.Body().SetStr("") },
		"a body that is text":    func(r plog.LogRecord) { r.Body().SetStr("closed, please") },
		"a body that is a list":  func(r plog.LogRecord) { r.Body().SetEmptySlice() },
		"properties that are 1":  func(r plog.LogRecord) { r.Body().Map().PutInt("properties", 1) },
		"no status":              func(r plog.LogRecord) { properties(r).Map().Remove("status") },
		"a status that is a map": func(r plog.LogRecord) { properties(r).Map().PutEmptyMap("status") },
		"an owner that is text":  func(r plog.LogRecord) { properties(r).Map().PutStr("owner", "jane") },
		"no time of change":      func(r plog.LogRecord) { properties(r).Map().Remove("lastModifiedTimeUtc") },
		"labels of numbers":      func(r plog.LogRecord) { properties(r).Map().PutEmptySlice("labels").AppendEmpty().SetInt(1) },
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", nil)
				before := l.entry("1")
				ld := twin.edit(incident.FieldStatus, "Closed").record()
				spoil(ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0))
				l.consume(ld)
				l.run(time.Minute)
				require.Equal(t, before, l.entry("1"))
				require.Equal(t, 1, l.metric("records", "result=unreadable"))
				twin.deliver()
				l.run(time.Second)
				twin.agrees()
			})
		})
	}
}

func properties(r plog.LogRecord) pcommon.Value {
	v, _ := r.Body().Map().Get("properties")
	return v
}

func TestRecordsOfOtherKindsAreLeftAlone(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		ld := twin.edit(incident.FieldStatus, "Closed").record()
		ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).SetEventName(record.EventDefenderIncident)
		l.consume(ld)
		l.run(time.Minute)
		require.Empty(t, l.writes())
		require.Equal(t, 1, l.metric("records", "result=other_kind"))
		l.consume(plog.NewLogs())
	})
}

func TestABodyOfTextIsReadLikeAMap(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		ld := twin.edit(incident.FieldStatus, "Closed").comment("noted").record()
		body := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Body()
		body.SetStr(string(record.AppendJSON(nil, body)))
		l.consume(ld)
		l.run(time.Minute)
		twin.agrees()
		require.Equal(t, 1, l.said("1", "noted"))
	})
}

func TestARecordOfAWrongClockIsNoYoungerThanNow(t *testing.T) {
	now := time.Now()
	r := plog.NewLogRecord()
	require.True(t, began(r, now).IsZero())
	r.SetObservedTimestamp(pcommon.NewTimestampFromTime(now.Add(time.Hour)))
	require.Equal(t, now, began(r, now))
	r.SetObservedTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Hour)))
	require.True(t, began(r, now).Equal(now.Add(-time.Hour)))
}

func TestABatchIsTakenWholeOrNotAtAll(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		first, second := l.pair("1", nil), l.pair("2", nil)
		all := first.edit(incident.FieldStatus, "Active").record()
		second.edit(incident.FieldStatus, "Active").record().ResourceLogs().MoveAndAppendTo(all.ResourceLogs())
		l.disk.BreakDown(errors.New("no space"))
		require.Error(t, l.running.ConsumeLogs(t.Context(), all))
		l.disk.BreakDown(nil)
		l.run(time.Minute)
		require.Empty(t, l.writes())
		l.consume(all)
		l.run(time.Minute)
		first.agrees()
		second.agrees()
	})
}

// TestNothingPersonalIsLogged searches logs, status and decisions' reasons for
// what people wrote.
func TestNothingPersonalIsLogged(t *testing.T) {
	for name, fault := range mishaps() {
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", map[string]any{"displayName": "secret title", "description": "secret story"})
				l.faults(fault)
				twin.edit(incident.FieldOwner, "secret@provider.test").edit(incident.FieldTags, "secret tag").comment("secret words").deliver()
				l.run(10 * time.Minute)
				var said []string
				for _, e := range l.logs.All() {
					said = append(said, e.Message)
					for _, f := range e.Context {
						said = append(said, f.String, f.Key)
						if err, ok := f.Interface.(error); ok {
							said = append(said, err.Error())
						}
					}
				}
				sentence := l.sentence()
				said = append(said, sentence, l.entry("1").Pause[own].Reason)
				for _, d := range l.told() {
					said = append(said, d.Reason)
				}
				require.False(t, slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "secret") }), said)
			})
		})
	}
}

func TestInstrumentsHaveTheirUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.RequestsPerMinute = 45
		l.config.Tenants = append(l.config.Tenants, azure.TenantConfig{TenantID: fabrikam})
		l.start()
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "30", Service: "graph", Count: 1})
		twin.edit(incident.FieldStatus, "Active").edit(incident.FieldOwner, "jane@provider.test").comment("noted").deliver()
		l.run(time.Minute)
		for name, unit := range map[string]string{
			"records": "{record}", "writes": "{write}", "copied_comments": "{comment}", "requests": "{request}",
			"throttled_seconds": "s", "tenant_up": "1", "budget_left": "{request}", "remaining_time": "s",
		} {
			m, err := l.telemetry.GetMetric("otelcol_exporter_defender_" + name)
			require.NoError(t, err, name)
			require.Equal(t, unit, m.Unit, name)
			require.NotEmpty(t, m.Description, name)
		}
		require.Equal(t, 1, l.metric("writes", "tenant=contoso", "field=status", "result=written"))
		require.Equal(t, 1, l.metric("writes", "tenant=contoso", "field=owner", "result=written"))
		require.Equal(t, 1, l.metric("writes", "tenant=contoso", "field=comment", "result=written"))
		require.Equal(t, 1, l.metric("copied_comments", "tenant=contoso"))
		require.Equal(t, 1, l.metric("requests", "operation=patch_incident", "status=200"))
		require.Equal(t, 1, l.metric("requests", "operation=get_incident", "status=429"))
		require.Zero(t, l.metric("remaining_time"))
		require.Equal(t, 45-4, l.metric("budget_left", "tenant=contoso"))
		require.Equal(t, 45, l.metric("budget_left", "tenant="+fabrikam))
	})
}

func TestTheRemainingTimeIsThatOfThePendingAtTheBudgetsPace(t *testing.T) {
	var s ledger.SideStats
	require.Zero(t, remainingTime(s, 45, 45))
	s.Pending[ledger.KindStatus], s.Pending[ledger.KindEdit], s.Pending[ledger.KindComment] = 10, 10, 5
	require.Zero(t, remainingTime(s, 45, 45))
	require.Equal(t, time.Minute, remainingTime(s, 44, 45))
	require.Equal(t, 23*time.Minute, remainingTime(s, 0, 2))
}
