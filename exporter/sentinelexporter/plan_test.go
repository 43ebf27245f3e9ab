package sentinelexporter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const planned = `
destinations:
  - rules:
      - endpoint: ` + endpoint + `
        immutable_id: ` + dcr1 + `
        streams: [Custom-DefenderAlert, Custom-DefenderOriginal, Custom-First, Custom-Audit, Custom-Any, Custom-Seven, Custom-Rest]
default_stream: Custom-Rest
streams:
  - {attribute: {key: first}, stream: Custom-First, row: original}
  - {event_name: audit, stream: Custom-Audit}
  - {attribute: {key: kind, value: "7"}, stream: Custom-Seven, row: otel}
  - {attribute: {key: kind}, stream: Custom-Any, row: body}
`

func TestPlan(t *testing.T) {
	cfg, err := load(t, planned)
	require.NoError(t, err)
	plan := newPlan(cfg)
	rest := []ingest.Feed{{Stream: "Custom-Rest", Row: ingest.RowOTel}}
	for _, c := range []struct {
		name   string
		record func(resource pcommon.Map, lr plog.LogRecord)
		want   []ingest.Feed
	}{
		{"of no kind", func(pcommon.Map, plog.LogRecord) {}, rest},
		{"by event name, as its body", func(_ pcommon.Map, lr plog.LogRecord) { lr.SetEventName("audit") }, []ingest.Feed{{Stream: "Custom-Audit", Row: ingest.RowBody}}},
		{"by an attribute's value, which may be a number", func(_ pcommon.Map, lr plog.LogRecord) { lr.Attributes().PutInt("kind", 7) }, []ingest.Feed{{Stream: "Custom-Seven", Row: ingest.RowOTel}}},
		{"by an attribute of any value", func(_ pcommon.Map, lr plog.LogRecord) { lr.Attributes().PutInt("kind", 8) }, []ingest.Feed{{Stream: "Custom-Any", Row: ingest.RowBody}}},
		{"by a resource attribute", func(resource pcommon.Map, _ plog.LogRecord) { resource.PutStr("kind", "8") }, []ingest.Feed{{Stream: "Custom-Any", Row: ingest.RowBody}}},
		{"the first match counts", func(resource pcommon.Map, lr plog.LogRecord) {
			resource.PutBool("first", true)
			lr.SetEventName("audit")
		}, []ingest.Feed{{Stream: "Custom-First", Row: ingest.RowOriginal}}},
		{"an alert", func(_ pcommon.Map, lr plog.LogRecord) { lr.SetEventName(record.EventDefenderAlert) }, []ingest.Feed{{Stream: "Custom-DefenderAlert", Row: ingest.RowAlert}, {Stream: "Custom-DefenderEntity", Row: ingest.RowEntity}}},
		{"an alert that a match takes", func(resource pcommon.Map, lr plog.LogRecord) {
			resource.PutBool("first", true)
			lr.SetEventName(record.EventDefenderAlert)
		}, []ingest.Feed{{Stream: "Custom-First", Row: ingest.RowOriginal}}},
		{"a Sentinel incident is of another pipeline", func(_ pcommon.Map, lr plog.LogRecord) { lr.SetEventName(record.EventSentinelIncident) }, rest},
		{"an alert in ASIM's schema", func(_ pcommon.Map, lr plog.LogRecord) { lr.SetEventName(record.EventASimAlert) }, []ingest.Feed{{Stream: "Microsoft-ASimAlertEventLogs", Row: ingest.RowBody}}},
		{"an OCSF event is for others", func(_ pcommon.Map, lr plog.LogRecord) { lr.SetEventName(record.EventOCSFIncident) }, nil},
		{"an OCSF event that a match takes", func(resource pcommon.Map, lr plog.LogRecord) {
			resource.PutBool("first", true)
			lr.SetEventName(record.EventOCSFDetection)
		}, []ingest.Feed{{Stream: "Custom-First", Row: ingest.RowOriginal}}},
		{"a hunting row without its table", func(_ pcommon.Map, lr plog.LogRecord) { lr.SetEventName(record.EventDefenderHunting) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			resource, lr := pcommon.NewMap(), plog.NewLogRecord()
			c.record(resource, lr)
			require.Equal(t, c.want, plan(nil, resource, lr))
			kept := []ingest.Feed{{Stream: "kept"}}
			require.Equal(t, append(kept, c.want...), plan(kept, resource, lr))
		})
	}
	cfg.DefaultStream = ""
	require.Empty(t, newPlan(cfg)(nil, pcommon.NewMap(), plog.NewLogRecord()))
}
