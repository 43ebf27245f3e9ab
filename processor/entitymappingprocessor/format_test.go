package entitymappingprocessor

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const incident = `{"id":"42","displayName":"Multi-stage incident","status":"active","severity":"high","lastUpdateDateTime":"2026-10-11T12:13:14Z"}`

// both is an alert and its incident, as the receiver makes them.
func both(t *testing.T) plog.Logs {
	t.Helper()
	logs := logsOf(t, record.EventDefenderAlert, endpoint, record.EventDefenderIncident, incident)
	records := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	for i := range records.Len() {
		attributes := records.At(i).Attributes()
		attributes.PutStr(record.UIDKey, "11111111-1111-5111-8111-11111111111"+string(rune('0'+i)))
		attributes.PutStr(record.DefenderIncidentID, "42")
		records.At(i).SetTimestamp(1_760_000_000_000_000_000)
		records.At(i).SetObservedTimestamp(1_770_000_000_000_000_000)
		records.At(i).SetSeverityNumber(17)
		records.At(i).SetSeverityText("high")
	}
	records.At(0).Attributes().PutStr(record.DefenderAlertID, "da1")
	records.At(1).Attributes().PutEmptySlice(record.DefenderAlertIDs).AppendEmpty().SetStr("da1")
	return logs
}

func raw(t *testing.T, m pcommon.Value) map[string]any {
	t.Helper()
	require.Equal(t, pcommon.ValueTypeMap, m.Type())
	return m.Map().AsRaw()
}

func TestASIMAddsARecordForEachAlert(t *testing.T) {
	r := newRig(t, FormatASIM)
	records := r.pass(t, both(t))
	require.Equal(t, 3, records.Len())
	assert.Equal(t, record.EventDefenderAlert, records.At(0).EventName())
	assert.Len(t, entitiesOf(t, records.At(0).Attributes()), 6)
	assert.Equal(t, record.EventDefenderIncident, records.At(1).EventName())
	added := records.At(2)
	assert.Equal(t, record.EventASimAlert, added.EventName())
	body := raw(t, added.Body())
	for column, want := range map[string]any{
		"EventUid": "da1", "EventType": "Alert", "DvcHostname": "pc-7", "Username": "jane@contoso.com", "ProcessId": "42",
		"EventStartTime": "2025-10-09T08:53:20Z", "EventVendor": "Microsoft",
	} {
		assert.Equal(t, want, body[column], column)
	}
	assert.Equal(t, map[string]any{
		record.UIDKey: uidOf(added), record.DefenderIncidentID: "42", record.DefenderAlertID: "da1",
	}, added.Attributes().AsRaw())
	assert.Len(t, uidOf(added), 36)
	assert.NotEqual(t, uidOf(records.At(0)), uidOf(added))
	assert.Equal(t, records.At(0).Timestamp(), added.Timestamp())
	assert.Equal(t, records.At(0).ObservedTimestamp(), added.ObservedTimestamp())
	assert.Equal(t, plog.SeverityNumberError, added.SeverityNumber())
	assert.Equal(t, "high", added.SeverityText())
	assert.Equal(t, map[string]int64{"": 1}, r.counted(t, "added_records"))
}

func TestOCSFAddsAFindingForEachAlertAndIncident(t *testing.T) {
	r := newRig(t, FormatOCSF)
	records := r.pass(t, both(t))
	require.Equal(t, 4, records.Len())
	detection, finding := records.At(2), records.At(3)
	assert.Equal(t, record.EventOCSFDetection, detection.EventName())
	assert.Equal(t, record.EventOCSFIncident, finding.EventName())
	assert.Equal(t, int64(2004), raw(t, detection.Body())["class_uid"])
	assert.Len(t, raw(t, detection.Body())["evidences"], 6)
	assert.Equal(t, uidOf(detection), raw(t, detection.Body())["metadata"].(map[string]any)["uid"])
	assert.Equal(t, int64(2005), raw(t, finding.Body())["class_uid"])
	assert.Equal(t, []any{map[string]any{"uid": "da1"}}, raw(t, finding.Body())["finding_info_list"])
	assert.Equal(t, int64(1_760_000_000_000), raw(t, detection.Body())["time"], "the record's, since the alert has none")
	assert.Equal(t, map[string]int64{"": 2}, r.counted(t, "added_records"))
}

func TestTheSameRevisionIsConvertedToTheSame(t *testing.T) {
	for _, format := range []Format{FormatASIM, FormatOCSF} {
		r := newRig(t, format)
		first, again := plog.NewLogRecordSlice(), plog.NewLogRecordSlice()
		r.pass(t, both(t)).CopyTo(first)
		r.pass(t, both(t)).CopyTo(again)
		assert.Equal(t, first, again)
	}
}

func TestOtherRecordsAreNotConverted(t *testing.T) {
	for _, format := range []Format{FormatNone, FormatASIM, FormatOCSF} {
		logs := logsOf(t, record.EventDefenderHunting, endpoint, record.EventSentinelIncident, incident, "", endpoint,
			record.EventDefenderAlert, `"text"`, record.EventDefenderAlert, endpoint, record.EventDefenderIncident, incident,
			record.EventASimAlert, `{}`, record.EventOCSFDetection, `{}`)
		records := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
		for _, i := range []int{4, 5} {
			records.At(i).Attributes().PutBool(record.DefenderResync, true)
		}
		assert.Equal(t, 8, newRig(t, format).pass(t, logs).Len(), format)
	}
}

func TestMalformedAlertIsConvertedWithWhatItHas(t *testing.T) {
	for format, want := range map[Format]string{FormatASIM: "EventUid", FormatOCSF: "class_uid"} {
		records := newRig(t, format).pass(t, logsOf(t, record.EventDefenderAlert, `{"id":"da1","evidence":{}}`))
		require.Equal(t, 2, records.Len())
		assert.Contains(t, raw(t, records.At(1).Body()), want)
		assert.Empty(t, uidOf(records.At(1)))
	}
}

func TestEachScopeHasItsOwn(t *testing.T) {
	logs := both(t)
	logs.ResourceLogs().At(0).ScopeLogs().At(0).CopyTo(logs.ResourceLogs().At(0).ScopeLogs().AppendEmpty())
	r := newRig(t, FormatOCSF)
	r.pass(t, logs)
	for _, scope := range r.sink.AllLogs()[0].ResourceLogs().At(0).ScopeLogs().All() {
		assert.Equal(t, 4, scope.LogRecords().Len())
	}
}

// The entities of one alert must not get into the next one's event.
func TestAnAlertWithoutEvidenceHasNoEntitiesOfAnother(t *testing.T) {
	records := newRig(t, FormatASIM).pass(t, logsOf(t, record.EventDefenderAlert, endpoint, record.EventDefenderAlert, `{"id":"da2"}`))
	body := raw(t, records.At(3).Body())
	assert.Equal(t, "da2", body["EventUid"])
	for column := range body {
		assert.False(t, strings.HasPrefix(column, "Dvc") || column == "AdditionalEntities" || column == "Username", column)
	}
}
