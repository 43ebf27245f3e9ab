package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func TestRoute(t *testing.T) {
	for name, c := range map[string]struct {
		event, table string
		want         []ingest.Feed
	}{
		"an incident feeds its table": {record.EventDefenderIncident, "", []ingest.Feed{{Stream: schema.StreamIncident, Row: ingest.RowIncident}}},
		"an alert feeds its table and that of its entities": {record.EventDefenderAlert, "", []ingest.Feed{
			{Stream: schema.StreamAlert, Row: ingest.RowAlert}, {Stream: schema.StreamEntity, Row: ingest.RowEntity},
		}},
		"a hunting row feeds the table that it names": {record.EventDefenderHunting, "AlertInfo", []ingest.Feed{{Stream: "Custom-DefenderAlertInfo", Row: ingest.RowHunting}}},
		"a hunting row without a table feeds nothing": {record.EventDefenderHunting, "", nil},
		"a hunting row may not name a table of ours":  {record.EventDefenderHunting, "Alert", nil},
		"a hunting row may not name a path":           {record.EventDefenderHunting, "../x", nil},
		"a hunting row may not name a table too long": {record.EventDefenderHunting, strings.Repeat("a", 51), nil},
		"a Sentinel incident feeds nothing by itself": {record.EventSentinelIncident, "", nil},
		"a record of another pipeline feeds nothing":  {"", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			lr := plog.NewLogRecord()
			lr.SetEventName(c.event)
			if c.table != "" {
				lr.Attributes().PutStr(record.DefenderTable, c.table)
			}
			require.Equal(t, c.want, ingest.Route(nil, lr))
			before := []ingest.Feed{{Stream: "Custom-X"}}
			require.Equal(t, append(before[:1:1], c.want...), ingest.Route(before, lr), "what was there stays")
		})
	}
}

func TestParseRow(t *testing.T) {
	for word, want := range map[string]ingest.RowKind{"original": ingest.RowOriginal, "body": ingest.RowBody, "otel": ingest.RowOTel} {
		got, ok := ingest.ParseRow(word)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := ingest.ParseRow("alert")
	require.False(t, ok)
}

func TestRecordsForOthersAreCountedUnlessThePlanHasAStream(t *testing.T) {
	ld, records := logs()
	add(t, records, record.EventOCSFDetection, `{"class_uid":2004}`)
	add(t, records, record.EventOCSFIncident, `{"class_uid":2005}`)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, bodies)
	require.Empty(t, result.Unsendable)
	require.Equal(t, 2, result.ForOthers)

	bodies, result = encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: to(ingest.Feed{Stream: "Custom-OCSF", Row: ingest.RowBody})})
	require.Zero(t, result.ForOthers)
	require.Len(t, rowsOf(bodies, "Custom-OCSF"), 2)
}

func TestRecordsOfAResyncAreDroppedAndCounted(t *testing.T) {
	ld, records := logs()
	add(t, records, record.EventDefenderIncident, `{"id":"1"}`).Attributes().PutBool(record.DefenderResync, true)
	add(t, records, record.EventDefenderIncident, `{"id":"2"}`).Attributes().PutBool(record.DefenderResync, false)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Equal(t, "2", one(t, bodies, schema.StreamIncident)["IncidentId"])
	require.Equal(t, 1, result.Resync)
	require.Equal(t, 2, result.Records)
}

func TestARecordWithoutAStreamIsUnsendable(t *testing.T) {
	ld, records := logs()
	add(t, records, "other", "")
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, bodies)
	require.Equal(t, []ingest.Unsendable{{Record: 0, Reason: ingest.ReasonNoStream}}, result.Unsendable)
}

func TestARowForAStreamThatIsNotListedIsUnsendable(t *testing.T) {
	ld, lr := alertWithEntities(t, `[{"$id":"2","Type":"ip"}]`)
	tree(t, alertDocument(1, 200)).CopyTo(lr.Body())
	bodies, result := encode(t, ingest.New(ingest.Settings{Streams: []string{schema.StreamAlert}}), ingest.Job{Logs: ld})
	require.Len(t, bodies, 1)
	one(t, bodies, schema.StreamAlert)
	require.Equal(t, []ingest.Unsendable{
		{Record: 0, Stream: schema.StreamEntity, Reason: ingest.ReasonStreamNotListed},
		{Record: 0, Stream: schema.StreamOriginal, Reason: ingest.ReasonStreamNotListed},
	}, result.Unsendable)
}

func TestARecordWhoseFeedsMakeNoRowIsCounted(t *testing.T) {
	ld, _ := alertWithEntities(t, `[{"$ref":"2"}]`)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{
		Logs: ld, Plan: to(ingest.Feed{Stream: schema.StreamEntity, Row: ingest.RowEntity}),
	})
	require.Empty(t, bodies)
	require.Equal(t, 1, result.Rowless)
}

func TestARecordMayFeedManyStreams(t *testing.T) {
	ld, records := logs()
	add(t, records, record.EventDefenderIncident, `{"id":"1","big":"`+strings.Repeat("b", 70_000)+`"}`)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: to(
		ingest.Feed{Stream: schema.StreamIncident, Row: ingest.RowIncident},
		ingest.Feed{Stream: "Custom-Whole", Row: ingest.RowOriginal},
		ingest.Feed{Stream: "Custom-Members", Row: ingest.RowBody},
	)})
	require.Empty(t, result.Unsendable)
	require.Equal(t, 2, result.Parts, "parts are written once for all rows that refer to them")
	requireColumns(t, one(t, bodies, "Custom-Whole"), map[string]string{
		schema.OriginalParts: "2", schema.RecordUID: `"` + uid + `"`, "SourceCloud": `"public"`, schema.TimeGenerated: `"2026-11-23T20:00:00Z"`,
	})
	requireColumns(t, one(t, bodies, "Custom-Members"), map[string]string{schema.ShortenedColumns: `["big"]`})
}

func TestNothingMakesNothing(t *testing.T) {
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: plog.NewLogs()})
	require.Empty(t, bodies)
	require.Equal(t, ingest.Result{}, result)
}

// The encoder is shared by the queue's consumers.
func TestEncodersAreSafeForConcurrentUse(t *testing.T) {
	ld, _ := alertRecords(20, 10)
	ld.MarkReadOnly()
	enc := ingest.New(ingest.Settings{})
	want, _ := encode(t, enc, ingest.Job{Logs: ld})
	done := make(chan []*ingest.Body)
	for range 4 {
		go func() {
			var got []*ingest.Body
			for range 5 {
				for _, b := range got {
					b.Release()
				}
				got = nil
				enc.Encode(ingest.Job{Logs: ld, Now: now}, func(b *ingest.Body) { got = append(got, b) })
			}
			done <- got
		}()
	}
	for range 4 {
		got := <-done
		require.Len(t, got, len(want))
		for i, b := range got {
			require.Equal(t, string(want[i].raw), string(inflate(t, b).raw))
		}
	}
}
