package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
)

// On the steady path rows cost no memory, whatever their number: what is
// allocated is for the call and its bodies. The names of hunting streams are
// the one exception, since a Plan makes them. The bound leaves room for what
// the race detector does to pools.
func TestRowsAreEncodedWithoutAllocation(t *testing.T) {
	typed := typedRecords()
	texts, _ := huntingRecords()
	for name, c := range map[string]struct {
		job  ingest.Job
		most float64
	}{
		"maps":  {ingest.Job{Logs: typed, Plan: to(ingest.Feed{Stream: "Custom-B", Row: ingest.RowBody}), Now: now}, 0.5},
		"texts": {ingest.Job{Logs: texts, Plan: to(ingest.Feed{Stream: "Custom-H", Row: ingest.RowHunting}), Now: now}, 0.5},
		"otel":  {ingest.Job{Logs: texts, Plan: to(ingest.Feed{Stream: "Custom-L", Row: ingest.RowOTel}), Now: now}, 0.5},
		"route": {ingest.Job{Logs: texts, Now: now}, 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			enc := ingest.New(ingest.Settings{})
			got := testing.AllocsPerRun(5, func() { enc.Encode(c.job, func(b *ingest.Body) { b.Release() }) })
			require.LessOrEqual(t, got/benchRecords, c.most, "allocations per record")
		})
	}
}
