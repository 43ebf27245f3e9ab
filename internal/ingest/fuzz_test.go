package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// FuzzText puts any text through every kind of row. The helpers demand JSON,
// limits and true counts; here it is that nothing is lost.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"Title":1,"TimeGenerated":"2026-11-23T20:00:00Z"}`, `[1,2]`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":1e999,"a":-0}`,
		` {"\u0041":[{"b":null}]} `, `{"a":1}x`, `"text"`, `null`, "{\"a\\\"\n\":1}",
	} {
		f.Add(seed, uint16(0))
		f.Add(seed, uint16(1024))
	}
	enc := ingest.New(ingest.Settings{})
	feeds := []ingest.Feed{
		{Stream: "Custom-H", Row: ingest.RowHunting},
		{Stream: "Custom-B", Row: ingest.RowBody},
		{Stream: "Custom-O", Row: ingest.RowOriginal},
		{Stream: "Custom-I", Row: ingest.RowIncident},
		{Stream: "Custom-A", Row: ingest.RowAlert},
		{Stream: "Custom-L", Row: ingest.RowOTel},
	}
	f.Fuzz(func(t *testing.T, text string, limit uint16) {
		ld, records := logs()
		add(t, records, record.EventDefenderHunting, "").Body().SetStr(text)
		add(t, records, "foreign", "").Attributes().PutStr("text", text)
		bodies, result := encode(t, enc, ingest.Job{Logs: ld, Plan: to(feeds...), BodyBytesMax: int(limit)})
		rows := 0
		for _, b := range bodies {
			rows += len(b.rows)
			if limit >= 1024 {
				require.LessOrEqual(t, len(b.raw), int(limit))
			}
		}
		require.Equal(t, 2*len(feeds), rows-result.Parts+len(result.Unsendable))
	})
}
