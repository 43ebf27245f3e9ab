package entitymappingprocessor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const endpoint = `{"id":"da1","evidence":[
	{"@odata.type":"#microsoft.graph.security.deviceEvidence","mdeDeviceId":"d1","hostName":"pc-7","dnsDomain":"contoso.com","lastIpAddress":"10.1.2.3"},
	{"@odata.type":"#microsoft.graph.security.ipEvidence","ipAddress":"203.0.113.9","roles":["suspicious","commandAndControl"]},
	{"@odata.type":"#microsoft.graph.security.processEvidence","mdeDeviceId":"d1","processId":42,"processCreationDateTime":"2026-10-11T12:13:14.5Z",
	 "processCommandLine":"cmd /c del ***","parentProcessId":7,"parentProcessCreationDateTime":"2026-10-11T12:00:00Z",
	 "imageFile":{"fileName":"cmd.exe","filePath":"C:\\Windows"},
	 "userAccount":{"accountName":"jdoe","userPrincipalName":"jane@contoso.com","azureAdUserId":"u-0000001","userSid":"S-1-5-21-1-2-3-4","displayName":"Jane Doe"}}]}`

// logsOf is one resource of a tenant with records of these events and bodies.
func logsOf(t testing.TB, eventsAndBodies ...string) plog.Logs {
	t.Helper()
	logs := plog.NewLogs()
	resource := logs.ResourceLogs().AppendEmpty()
	record.Origin{Cloud: "public", TenantID: "t-1"}.Fill(resource.Resource())
	records := resource.ScopeLogs().AppendEmpty().LogRecords()
	for i := 0; i < len(eventsAndBodies); i += 2 {
		rec := records.AppendEmpty()
		rec.SetEventName(eventsAndBodies[i])
		var doc record.Document
		require.NoError(t, doc.Parse([]byte(eventsAndBodies[i+1])))
		doc.Build(rec.Body())
	}
	return logs
}

// rig is a started processor, what it passed on and what it counted.
type rig struct {
	processor processor.Logs
	sink      *consumertest.LogsSink
	telemetry *componenttest.Telemetry
}

// newRig is a processor of a format, none when none is given.
func newRig(t *testing.T, format ...Format) *rig {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if len(format) > 0 {
		cfg.Format = format[0]
	}
	r := &rig{sink: &consumertest.LogsSink{}, telemetry: componenttest.NewTelemetry()}
	set := processortest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	p, err := NewFactory().CreateLogs(context.Background(), set, cfg, r.sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	r.processor = p
	t.Cleanup(func() {
		assert.NoError(t, p.Shutdown(context.Background()))
		assert.NoError(t, r.telemetry.Shutdown(context.Background()))
	})
	return r
}

// pass sends logs through and answers the records that came out last.
func (r *rig) pass(t *testing.T, logs plog.Logs) plog.LogRecordSlice {
	t.Helper()
	require.NoError(t, r.processor.ConsumeLogs(context.Background(), logs))
	all := r.sink.AllLogs()
	return all[len(all)-1].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
}

// entitiesOf are the entities among a record's attributes.
func entitiesOf(t *testing.T, attributes pcommon.Map) []map[string]any {
	t.Helper()
	v, ok := attributes.Get(record.SentinelEntities)
	require.True(t, ok)
	var out []map[string]any
	require.NoError(t, json.Unmarshal([]byte(v.Str()), &out))
	return out
}

// counted is a counter's sum for each value of its attribute, "" without one.
func (r *rig) counted(t *testing.T, name string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	m, err := r.telemetry.GetMetric("otelcol_processor_entity_mapping_" + name)
	if err != nil {
		return out
	}
	for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
		label := ""
		for _, attr := range point.Attributes.ToSlice() {
			label = attr.Value.AsString()
		}
		out[label] += point.Value
	}
	return out
}

func TestAlertGetsEntitiesAndAttributes(t *testing.T) {
	r := newRig(t)
	rec := r.pass(t, logsOf(t, record.EventDefenderAlert, endpoint)).At(0)
	attributes := rec.Attributes().AsRaw()
	entities := entitiesOf(t, rec.Attributes())
	assert.Len(t, entities, 6)
	assert.Equal(t, "1", entities[0]["$id"])
	assert.NotEmpty(t, entities[0]["EntityKey"])
	delete(attributes, record.SentinelEntities)
	assert.Equal(t, map[string]any{
		"host.name": "pc-7", "host.id": "d1", "host.ip": []any{"10.1.2.3"},
		"user.name": "jane", "user.id": "u-0000001", "user.full_name": "Jane Doe",
		"process.pid": int64(42), "process.parent_pid": int64(7), "process.command_line": "cmd /c del ***",
		"process.creation.time": "2026-10-11T12:13:14.5Z", "process.executable.name": "cmd.exe", "process.executable.path": `C:\Windows\cmd.exe`,
		"destination.address": "203.0.113.9",
	}, attributes)
	assert.Equal(t, map[string]int64{"host": 1, "ip": 1, "process": 2, "file": 1, "account": 1}, r.counted(t, "entities"))
}

func TestAttributesOfOtherThings(t *testing.T) {
	evidence := func(items ...string) string { return `{"evidence":[` + strings.Join(items, ",") + `]}` }
	for name, tt := range map[string]struct {
		alert string
		want  map[string]any
	}{
		"file": {
			evidence(`{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":"a","filePath":"/opt/b","fileSize":12}}`),
			map[string]any{"file.name": "a", "file.directory": "/opt/b", "file.path": "/opt/b/a", "file.size": int64(12)},
		},
		"source address": {
			evidence(`{"@odata.type":"#x.ipEvidence","ipAddress":"203.0.113.9","roles":["source"]}`), map[string]any{"source.address": "203.0.113.9"},
		},
		"address without a part to play": {evidence(`{"@odata.type":"#x.ipEvidence","ipAddress":"203.0.113.9","roles":["contextual"]}`), map[string]any{}},
		"two addresses": {
			evidence(`{"@odata.type":"#x.ipEvidence","ipAddress":"203.0.113.9","roles":["source"]}`, `{"@odata.type":"#x.ipEvidence","ipAddress":"203.0.113.8","roles":["source"]}`),
			map[string]any{},
		},
		"URL":     {evidence(`{"@odata.type":"#x.urlEvidence","url":"https://x.example"}`), map[string]any{"url.full": "https://x.example"}},
		"mailbox": {evidence(`{"@odata.type":"#x.mailboxEvidence","primaryAddress":"a@b.example"}`), map[string]any{"user.email": "a@b.example"}},
		"container of a pod": {
			evidence(`{"@odata.type":"#x.containerEvidence","containerId":"c1","name":"c","pod":{"@odata.type":"#x.kubernetesPodEvidence","name":"p"}}`),
			map[string]any{"container.id": "c1", "container.name": "c", "k8s.pod.name": "p"},
		},
		"masked user": {
			evidence(`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"***","userSid":"S-1-5-21-1-2-3-4"}}`),
			map[string]any{"user.id": "S-1-5-21-1-2-3-4"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := newRig(t).pass(t, logsOf(t, record.EventDefenderAlert, tt.alert)).At(0).Attributes().AsRaw()
			require.Contains(t, got, record.SentinelEntities)
			delete(got, record.SentinelEntities)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestAttributesThatAreThereStay(t *testing.T) {
	logs := logsOf(t, record.EventDefenderAlert, endpoint)
	logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutStr("host.name", "mine")
	got, _ := newRig(t).pass(t, logs).At(0).Attributes().Get("host.name")
	assert.Equal(t, "mine", got.Str())
}

func TestOtherRecordsPassUntouched(t *testing.T) {
	logs := logsOf(t, record.EventDefenderIncident, endpoint, record.EventDefenderHunting, endpoint, record.EventSentinelIncident, endpoint, "", endpoint)
	want := plog.NewLogs()
	logs.CopyTo(want)
	r := newRig(t)
	r.pass(t, logs)
	assert.Equal(t, want, r.sink.AllLogs()[0])
	assert.Empty(t, r.counted(t, "malformed_alerts"))
}

func TestBodyIsNeverChanged(t *testing.T) {
	logs := logsOf(t, record.EventDefenderAlert, endpoint)
	before := record.AppendJSON(nil, logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Body())
	rec := newRig(t).pass(t, logs).At(0)
	assert.Equal(t, string(before), string(record.AppendJSON(nil, rec.Body())))
}

func TestMalformedAlertIsCountedAndPassedOn(t *testing.T) {
	r := newRig(t)
	records := r.pass(t, logsOf(t,
		record.EventDefenderAlert, `"{\"evidence\":[]}"`, record.EventDefenderAlert, `{"evidence":{}}`,
		record.EventDefenderAlert, `{"evidence":[5,{"@odata.type":"#x.urlEvidence","url":"u"}]}`, record.EventDefenderAlert, endpoint))
	require.Equal(t, 4, records.Len())
	assert.Zero(t, records.At(0).Attributes().Len())
	assert.Zero(t, records.At(1).Attributes().Len())
	assert.Contains(t, records.At(2).Attributes().AsRaw(), record.SentinelEntities)
	assert.Contains(t, records.At(3).Attributes().AsRaw(), record.SentinelEntities)
	assert.Equal(t, map[string]int64{"": 3}, r.counted(t, "malformed_alerts"))
}

func TestOverflowIsMarkedAndCounted(t *testing.T) {
	evidence := make([]string, 510)
	for i := range evidence {
		evidence[i] = fmt.Sprintf(`{"@odata.type":"#x.futureEvidence","n":%d}`, i)
	}
	r := newRig(t)
	attributes := r.pass(t, logsOf(t, record.EventDefenderAlert, `{"evidence":[`+strings.Join(evidence, ",")+`]}`)).At(0).Attributes()
	assert.Len(t, entitiesOf(t, attributes), 500)
	assert.Equal(t, int64(10), attributes.AsRaw()[record.SentinelEntitiesDropped])
	assert.Equal(t, map[string]int64{"": 1}, r.counted(t, "overflowed_alerts"))
	assert.Equal(t, map[string]int64{"": 10}, r.counted(t, "dropped_entities"))
	assert.Equal(t, map[string]int64{"other": 510}, r.counted(t, "generic_evidence"))
	assert.Equal(t, map[string]int64{"other": 500}, r.counted(t, "entities"))
}

// The array of an alert is what Sentinel takes with one; the rest is beside it.
func TestEntitiesOver64KBAreBesideTheAlerts(t *testing.T) {
	evidence := make([]string, 300)
	for i := range evidence {
		evidence[i] = fmt.Sprintf(`{"@odata.type":"#x.urlEvidence","url":"https://x.example/%d/%s"}`, i, strings.Repeat("ü", 200))
	}
	r := newRig(t)
	attributes := r.pass(t, logsOf(t, record.EventDefenderAlert, `{"evidence":[`+strings.Join(evidence, ",")+`]}`)).At(0).Attributes()
	text, _ := attributes.Get(record.SentinelEntities)
	assert.LessOrEqual(t, len(text.Str()), 64*1024)
	assert.Greater(t, len(text.Str()), 59_000)
	more, ok := attributes.Get(record.SentinelEntitiesMore)
	require.True(t, ok)
	var rest []map[string]any
	require.NoError(t, json.Unmarshal([]byte(more.Str()), &rest))
	assert.Len(t, append(rest, entitiesOf(t, attributes)...), 300)
	assert.NotContains(t, attributes.AsRaw(), record.SentinelEntitiesDropped)
	assert.Equal(t, map[string]int64{"": 1}, r.counted(t, "overflowed_alerts"))
}

func TestMappingAgainChangesNothing(t *testing.T) {
	r := newRig(t)
	once := plog.NewLogs()
	logs := logsOf(t, record.EventDefenderAlert, endpoint, record.EventDefenderAlert, `{"id":"2"}`)
	stale := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(1).Attributes()
	stale.PutStr(record.SentinelEntities, "of another revision")
	stale.PutStr(record.SentinelEntitiesMore, "[]")
	stale.PutInt(record.SentinelEntitiesDropped, 1)
	r.pass(t, logs)
	r.sink.AllLogs()[0].CopyTo(once)
	twice := r.pass(t, r.sink.AllLogs()[0])
	want, got := once.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords(), twice
	for i := range 2 {
		assert.Equal(t, want.At(i).Attributes().AsRaw(), got.At(i).Attributes().AsRaw())
	}
	assert.Zero(t, got.At(1).Attributes().Len())
}

func TestNoKeysWithoutAnOrigin(t *testing.T) {
	logs := logsOf(t, record.EventDefenderAlert, endpoint)
	logs.ResourceLogs().At(0).Resource().Attributes().Remove(record.TenantID)
	entities, _ := newRig(t).pass(t, logs).At(0).Attributes().Get(record.SentinelEntities)
	assert.NotEmpty(t, entities.Str())
	assert.NotContains(t, entities.Str(), "EntityKey")
}

func TestBatchesInParallel(t *testing.T) {
	r := newRig(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				assert.NoError(t, r.processor.ConsumeLogs(context.Background(), logsOf(t, record.EventDefenderAlert, endpoint)))
			}
		})
	}
	wg.Wait()
	want := attributesOf(r.sink.AllLogs()[0])
	for _, logs := range r.sink.AllLogs() {
		require.True(t, want.Equal(attributesOf(logs)))
	}
	assert.Equal(t, int64(160), r.counted(t, "entities")["host"])
}

func attributesOf(logs plog.Logs) pcommon.Map {
	return logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes()
}
