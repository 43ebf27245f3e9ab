package ingest_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func TestTimeGenerated(t *testing.T) {
	const margin = 5 * time.Minute
	text := now.Format(time.RFC3339Nano)
	for name, c := range map[string]struct {
		at, observed time.Duration
		want         string
	}{
		"a time of an hour ago is kept":                 {-time.Hour, 0, now.Add(-time.Hour).Format(time.RFC3339Nano)},
		"a time of nanoseconds is kept":                 {-1, 0, now.Add(-1).Format(time.RFC3339Nano)},
		"two days less the margin ago is kept":          {-48*time.Hour + margin, 0, now.Add(-48*time.Hour + margin).Format(time.RFC3339Nano)},
		"beyond that it is the time of writing":         {-48*time.Hour + margin - 1, 0, text},
		"a day less the margin ahead is kept":           {24*time.Hour - margin, 0, now.Add(24*time.Hour - margin).Format(time.RFC3339Nano)},
		"further ahead it is the time of writing":       {24*time.Hour - margin + 1, 0, text},
		"without a time it is that of the observation":  {math.MinInt64, -time.Minute, now.Add(-time.Minute).Format(time.RFC3339Nano)},
		"without any it is the time of writing":         {math.MinInt64, math.MinInt64, text},
		"an old one is not replaced by the observation": {-72 * time.Hour, -time.Minute, text},
	} {
		t.Run(name, func(t *testing.T) {
			ld, records := logs()
			lr := add(t, records, record.EventDefenderIncident, `{}`)
			lr.SetTimestamp(0)
			if c.at != math.MinInt64 {
				lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(c.at)))
			}
			if c.observed != math.MinInt64 {
				lr.SetObservedTimestamp(pcommon.NewTimestampFromTime(now.Add(c.observed)))
			}
			bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
			require.Equal(t, c.want, one(t, bodies, schema.StreamIncident)[schema.TimeGenerated])
		})
	}
}

func TestABodyRowsOwnTimeIsKeptWhenAzureWouldHonourIt(t *testing.T) {
	for own, want := range map[string]string{
		`"2026-11-22T22:00:00+01:00"`: "2026-11-22T21:00:00Z",
		`"2026-11-20T22:00:00Z"`:      "2026-11-23T20:00:00Z",
		`"yesterday"`:                 "2026-11-23T20:00:00Z",
		`7`:                           "2026-11-23T20:00:00Z",
		`null`:                        "2026-11-23T20:00:00Z",
	} {
		ld, records := logs()
		add(t, records, "other", `{"TimeGenerated":`+own+`}`)
		add(t, records, "other", "").Body().SetStr(`{"TimeGenerated":` + own + `}`)
		bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: to(ingest.Feed{Stream: "Custom-B", Row: ingest.RowBody})})
		for _, row := range rowsOf(bodies, "Custom-B") {
			require.Equal(t, want, row[schema.TimeGenerated], own)
		}
	}
}

func TestABodyForAnAuxiliaryTableSpansLessThanHalfAnHour(t *testing.T) {
	const stream = "Custom-Auxiliary"
	ld, records := logs()
	for i := range 200 {
		lr := add(t, records, "other", fmt.Sprintf(`{"N":%d}`, i))
		// Back and forth over eight hours, and one below the epoch's multiple.
		lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Duration(i*37%480)*time.Minute - 123456789)))
	}
	plan := to(ingest.Feed{Stream: stream, Row: ingest.RowBody}, ingest.Feed{Stream: "Custom-Plain", Row: ingest.RowBody})
	bodies, _ := encode(t, ingest.New(ingest.Settings{Auxiliary: []string{stream}}), ingest.Job{Logs: ld, Plan: plan})
	require.Len(t, rowsOf(bodies, stream), 200)
	auxiliary := 0
	for _, b := range bodies {
		if b.stream != stream {
			continue
		}
		auxiliary++
		first, last := now.Add(time.Hour), time.Time{}
		for _, row := range b.rows {
			text := row[schema.TimeGenerated].(string)
			at, err := time.Parse(time.RFC3339Nano, text)
			require.NoError(t, err)
			require.LessOrEqual(t, len(text), len("2026-11-23T21:00:00.123456Z"))
			require.NotZero(t, at.Nanosecond())
			if at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
		require.Less(t, last.Sub(first), 30*time.Minute)
	}
	require.LessOrEqual(t, auxiliary, 17)
	require.Len(t, bodies, auxiliary+1, "other tables have no such rule")
}

func TestHowManyBodiesAreBuiltAtOnceIsBounded(t *testing.T) {
	ld, records := logs()
	for round := range 2 {
		for i := range 100 {
			lr := add(t, records, record.EventDefenderHunting, fmt.Sprintf(`{"N":%d}`, round))
			lr.Attributes().PutStr(record.DefenderTable, fmt.Sprintf("Table%d", i))
		}
	}
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Len(t, bodies, 200, "each stream's first body was closed to make room")
	require.Len(t, result.Streams, 100)
	require.Zero(t, result.Splits)
}
