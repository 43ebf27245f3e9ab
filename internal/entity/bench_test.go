package entity

import (
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// BenchmarkMap maps a real-shaped endpoint alert; time and allocations include
// making the body. The metric decode-share is its time over that of making the
// body of its JSON, measured turn by turn so that both see the same machine.
func BenchmarkMap(b *testing.B) {
	text := readFile(b, "testdata", "mapping", "endpoint", "alert.json")
	var doc record.Document
	m := NewMapper()
	tally := m.NewTally()
	alert := parse(b, text).Map()
	var decode, mapping time.Duration
	entities := &Entities{}
	perAlert := testing.AllocsPerRun(100, func() { _ = m.Map(contoso(), alert, entities, tally) })
	for b.Loop() {
		start := time.Now()
		if err := doc.Parse(text); err != nil {
			b.Fatal(err)
		}
		doc.Hash()
		doc.Build(pcommon.NewValueEmpty())
		decode += time.Since(start)
		start = time.Now()
		err := m.Map(contoso(), alert, entities, tally)
		mapping += time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(mapping.Nanoseconds())/float64(b.N), "map-ns/alert")
	b.ReportMetric(perAlert, "map-allocs/alert")
	b.ReportMetric(float64(entities.Len()), "entities/alert")
	b.ReportMetric(mapping.Seconds()/decode.Seconds(), "decode-share")
}
