package sentinelexporter

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/plogtest"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// marked is what filelog makes of a line: the text as body, and our attribute.
func marked(line []byte) plog.Logs {
	ld := plog.NewLogs()
	lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	lr.Attributes().PutStr("log.file.name", "dead-letter-20261123T120000Z-000.ndjson")
	lr.Attributes().PutStr(record.SentinelDeadLetter, "line")
	lr.Body().SetStr(strings.TrimSuffix(string(line), "\n"))
	return ld
}

func TestLetterHead(t *testing.T) {
	line, err := letterLine(logsOf(tenantA), reasonTooLarge, noon)
	require.NoError(t, err)
	var head struct {
		Time, Reason string
		ResourceLogs []any
	}
	require.NoError(t, json.Unmarshal(line, &head))
	require.Equal(t, "2026-11-23T12:00:00Z", head.Time)
	require.Equal(t, "too_large", head.Reason)
	require.Len(t, head.ResourceLogs, 1)
}

// TestLetterKeepsEveryValue is the law of the dead letter: what went in comes
// out, bit for bit, and a line is one line.
func TestLetterKeepsEveryValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := drawRecord(t)
		for r := range records(one) {
			require.Equal(t, bits(t, one), bits(t, alone(r)))
		}
		line, err := letterLine(one, reasonRefused, noon)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(line), "\n"))
		require.True(t, strings.HasSuffix(string(line), "\n"))
		out, unreadable := openLetters(marked(line))
		require.Zero(t, unreadable.LogRecordCount())
		require.Equal(t, bits(t, one), bits(t, out))
	})
}

// bits is the protobuf form, which keeps NaN and the sign of zero apart.
func bits(t require.TestingT, ld plog.Logs) []byte {
	b, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	return b
}

func drawRecord(t *rapid.T) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	drawMap(t, rl.Resource().Attributes(), 1)
	rl.SetSchemaUrl(rapid.String().Draw(t, "resource schema"))
	sl := rl.ScopeLogs().AppendEmpty()
	sl.SetSchemaUrl(rapid.String().Draw(t, "scope schema"))
	sl.Scope().SetName(rapid.String().Draw(t, "scope"))
	sl.Scope().SetVersion(rapid.String().Draw(t, "version"))
	drawMap(t, sl.Scope().Attributes(), 1)
	lr := sl.LogRecords().AppendEmpty()
	lr.SetEventName(rapid.String().Draw(t, "event name"))
	lr.SetTimestamp(pcommon.Timestamp(rapid.Uint64().Draw(t, "time")))
	lr.SetObservedTimestamp(pcommon.Timestamp(rapid.Uint64().Draw(t, "observed")))
	lr.SetSeverityNumber(plog.SeverityNumber(rapid.Int32Range(0, 24).Draw(t, "severity")))
	lr.SetSeverityText(rapid.String().Draw(t, "severity text"))
	lr.SetFlags(plog.LogRecordFlags(rapid.Uint32().Draw(t, "flags")))
	lr.SetDroppedAttributesCount(rapid.Uint32().Draw(t, "dropped"))
	drawMap(t, lr.Attributes(), 2)
	drawValue(t, lr.Body(), 3)
	return ld
}

func drawMap(t *rapid.T, m pcommon.Map, depth int) {
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		drawValue(t, m.PutEmpty(rapid.String().Draw(t, "key")), depth-1)
	}
}

func drawValue(t *rapid.T, v pcommon.Value, depth int) {
	kinds := 6
	if depth > 0 {
		kinds = 8
	}
	switch rapid.IntRange(1, kinds).Draw(t, "kind") {
	case 1: // null
	case 2:
		v.SetStr(string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))) // not always UTF-8
	case 3:
		v.SetInt(rapid.OneOf(rapid.Int64(), rapid.Just[int64](1<<53+1)).Draw(t, "int"))
	case 4:
		v.SetDouble(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.Inf(1), math.Copysign(0, -1), 5e-324})).Draw(t, "double"))
	case 5:
		v.SetEmptyBytes().FromRaw(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case 6:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case 7:
		drawMap(t, v.SetEmptyMap(), depth)
	case 8:
		s := v.SetEmptySlice()
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			drawValue(t, s.AppendEmpty(), depth-1)
		}
	}
}

func TestOpenLettersLeavesOtherRecords(t *testing.T) {
	plain := logsOf(tenantA, tenantB)
	out, unreadable := openLetters(plain)
	require.Equal(t, plain, out, "without a letter nothing is copied")
	require.Zero(t, unreadable.LogRecordCount())

	line, err := letterLine(logsOf(tenantC), reasonRefused, noon)
	require.NoError(t, err)
	mixed := logsOf(tenantA)
	marked(line).ResourceLogs().MoveAndAppendTo(mixed.ResourceLogs())
	logsOf(tenantB).ResourceLogs().MoveAndAppendTo(mixed.ResourceLogs())
	mixed.MarkReadOnly()
	out, unreadable = openLetters(mixed)
	require.Zero(t, unreadable.LogRecordCount())
	require.NoError(t, plogtest.CompareLogs(logsOf(tenantA, tenantC, tenantB), out))
}

func TestTooDeep(t *testing.T) {
	full := strings.Repeat("[{", letterDepthMax/2)
	require.False(t, tooDeep(full+strings.Repeat("}]", letterDepthMax)+full), "closing brackets count back")
	require.True(t, tooDeep(full+"["))
	require.False(t, tooDeep(full+`"[\"[[[\\"`), "brackets in a string are text")
	require.True(t, tooDeep(full+`"\\"[`))
}

func TestUnreadableLines(t *testing.T) {
	for name, body := range map[string]string{
		"torn":            `{"time":"2026-11-23T12:00:00Z","reason":"refused","resourceLogs":[{"scopeLogs":[`,
		"empty":           ``,
		"no record in it": `{"resourceLogs":[]}`,
		"not an object":   `[1,2]`,
		"nested too deep": `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + strings.Repeat(`{"arrayValue":{"values":[`, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			ld := marked([]byte(body))
			out, unreadable := openLetters(ld)
			require.Zero(t, out.LogRecordCount())
			require.NoError(t, plogtest.CompareLogs(ld, unreadable), "the line is kept as it is")
		})
	}
	ld := marked(nil)
	for r := range records(ld) {
		r.record.Body().SetInt(1)
	}
	_, unreadable := openLetters(ld)
	require.Equal(t, 1, unreadable.LogRecordCount(), "a body that is no text")
}

func FuzzOpenLetter(f *testing.F) {
	f.Add(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}`)
	f.Add(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"arrayValue":{"values":[{}]}}}]}]}]}`)
	f.Add(`{"resourceLogs":[null]}`)
	f.Fuzz(func(t *testing.T, body string) {
		out, unreadable := openLetters(marked([]byte(body)))
		require.Positive(t, out.LogRecordCount()+unreadable.LogRecordCount(), "no line vanishes")
	})
}

func TestEveryReasonSaysWhatToDo(t *testing.T) {
	for _, r := range []reason{
		reasonNoDestination, reasonTooLarge, reasonMisconfigured, reasonRefused, reasonUnreadable, reasonFull, reasonUnwritable,
		"stream_not_listed", "no_stream", "value_over_body_limit", "not_an_object",
	} {
		require.NotEqual(t, string(r), r.meaning())
	}
}
