package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func otelRow(t require.TestingT, fill func(resource pcommon.Map, lr plog.LogRecord)) (map[string]any, ingest.Result) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	fill(rl.Resource().Attributes(), rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty())
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: withDefault})
	row := one(t, bodies, schema.StreamOTelLogs)
	requireDeclared(t, row, schema.OTelLogs())
	return row, result
}

func TestAnOTelRowHasEveryPartOfTheRecord(t *testing.T) {
	table := schema.OTelLogs()
	ld, lr, want := filled(t, table, "my.event")
	resource := ld.ResourceLogs().At(0).Resource().Attributes()
	lr.Attributes().Remove(record.UIDKey)
	lr.SetTimestamp(pcommon.NewTimestampFromTime(now))
	lr.SetSeverityNumber(plog.SeverityNumberError)
	lr.SetSeverityText("ERR")
	lr.SetDroppedAttributesCount(4)
	lr.SetTraceID(pcommon.TraceID{0xab, 15: 1})
	lr.SetSpanID(pcommon.SpanID{0xcd, 7: 2})
	lr.Body().SetStr("hello")
	lr.Attributes().PutInt("n", 7)
	lr.Attributes().PutEmptyBytes("b").FromRaw([]byte("12"))
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: withDefault})
	row := one(t, bodies, schema.StreamOTelLogs)

	want[schema.TimeGenerated] = `"2026-11-23T21:00:00Z"`
	want[schema.OTelSeverityNumber] = `17`
	want[schema.OTelSeverityText] = `"ERR"`
	want[schema.OTelDroppedAttributes] = `4`
	want[schema.OTelTraceID] = `"ab000000000000000000000000000001"`
	want[schema.OTelSpanID] = `"cd00000000000002"`
	want[schema.OTelScopeName] = `"scope"`
	want[schema.OTelScopeVersion] = `"v1.2.3"`
	want[schema.OTelBody] = `"hello"`
	attributes := pcommon.NewMap()
	attributes.PutStr(schema.OTelEventName, "my.event")
	lr.Attributes().Range(func(key string, v pcommon.Value) bool {
		v.CopyTo(attributes.PutEmpty(key))
		return true
	})
	want[schema.OTelAttributes] = string(record.ModeForeign.AppendMap(nil, attributes))
	want[schema.OTelResourceAttributes] = string(record.ModeForeign.AppendMap(nil, resource))
	require.Contains(t, want[schema.OTelAttributes], `"b":"MTI="`, "bytes of others are base64, not a number")
	requireColumns(t, row, want)
	for _, c := range table.Columns {
		require.Contains(t, row, c.Name, "the test fills every column")
	}
}

func TestAnOTelRowLeavesOutWhatIsNotThere(t *testing.T) {
	row, _ := otelRow(t, func(pcommon.Map, plog.LogRecord) {})
	require.Equal(t, map[string]any{schema.TimeGenerated: "2026-11-23T21:00:00Z"}, row)
}

func TestAnOTelRowKeepsTheRecordsOwnEventName(t *testing.T) {
	row, _ := otelRow(t, func(_ pcommon.Map, lr plog.LogRecord) {
		lr.SetEventName("field")
		lr.Attributes().PutStr(schema.OTelEventName, "attribute")
	})
	requireColumns(t, row, map[string]string{schema.OTelAttributes: `{"event.name":"attribute"}`})
}

func TestAnOTelRowTakesAnyBody(t *testing.T) {
	for want, set := range map[string]func(pcommon.Value){
		`{"a":[1,null]}`: func(v pcommon.Value) { tree(t, `{"a":[1,null]}`).CopyTo(v) },
		`[1]`:            func(v pcommon.Value) { v.SetEmptySlice().AppendEmpty().SetInt(1) },
		`true`:           func(v pcommon.Value) { v.SetBool(true) },
		`{"text": 1}`:    func(v pcommon.Value) { v.SetStr(`{"text": 1}`) },
		``:               func(v pcommon.Value) { v.SetStr("") },
	} {
		row, _ := otelRow(t, func(_ pcommon.Map, lr plog.LogRecord) { set(lr.Body()) })
		require.Equal(t, want, row[schema.OTelBody])
	}
}

func TestLongAttributesOfAnOTelRowKeepTheLeadingOnes(t *testing.T) {
	row, result := otelRow(t, func(resource pcommon.Map, lr plog.LogRecord) {
		resource.PutStr("r", "1")
		lr.Attributes().PutStr("first", "1")
		lr.Attributes().PutStr("long", strings.Repeat("x", 70_000))
		lr.Attributes().PutStr("last", "1")
		lr.Body().SetStr(strings.Repeat("b", 70_000))
	})
	requireColumns(t, row, map[string]string{
		schema.OTelAttributes: `{"first":"1"}`, schema.OTelResourceAttributes: `{"r":"1"}`,
		schema.OTelBody: `"` + strings.Repeat("b", ingest.ValueBytesMax) + `"`,
	})
	require.Equal(t, 2, result.Shortened)
}
