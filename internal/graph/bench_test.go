package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// pages are the seeded inputs of every benchmark here.
func pages() map[string]string {
	out := make(map[string]string)
	for _, size := range []int{2, 20, 200} {
		g := newGenerator(1)
		out[fmt.Sprintf("alerts_%dKB", size)] = g.pageOf(max(4, 1000/size), func(int) { g.alert(size<<10, "29") })
	}
	g := newGenerator(2)
	out["incidents_50x10"] = g.pageOf(50, func(i int) { g.incident(fmt.Sprint(i), 10, 5<<10) })
	g = newGenerator(3)
	out["incidents_50_plain"] = g.pageOf(50, func(i int) { g.incident(fmt.Sprint(i), -1, 0) })
	return out
}

func kindOf(name string) Kind {
	if strings.HasPrefix(name, "incidents") {
		return KindIncident
	}
	return KindAlert
}

// decode is the product: page to records, hash and uid included.
func decode(tb testing.TB, kind Kind, page string) plog.Logs {
	logs := plog.NewLogs()
	records := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	origin := record.Origin{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000001"}
	observed := time.Unix(1_770_000_000, 0)
	_, err := ReadPage(strings.NewReader(page), kind, func(o *Object) error {
		o.AppendTo(records, origin, observed)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return logs
}

// decodeStandard is the baseline: the standard library's decoder and pdata's
// own conversion, without hash, uid or streaming.
func decodeStandard(tb testing.TB, page string) plog.Logs {
	logs := plog.NewLogs()
	records := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	var list struct {
		Value []map[string]any `json:"value"`
	}
	if err := json.NewDecoder(strings.NewReader(page)).Decode(&list); err != nil {
		tb.Fatal(err)
	}
	for _, object := range list.Value {
		if err := records.AppendEmpty().Body().SetEmptyMap().FromRaw(object); err != nil {
			tb.Fatal(err)
		}
	}
	return logs
}

// BenchmarkPage prints, for each page, MB/s of the product and, as x-stdlib,
// how many times the baseline that is; both run in turns on the same page.
func BenchmarkPage(b *testing.B) {
	for name, page := range pages() {
		kind := kindOf(name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			var ours, standard time.Duration
			for b.Loop() {
				start := time.Now()
				decode(b, kind, page)
				ours += time.Since(start)
				b.StopTimer()
				start = time.Now()
				decodeStandard(b, page)
				standard += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(float64(standard)/float64(ours), "x-stdlib")
			b.ReportMetric(float64(len(page))*float64(b.N)/1e6/standard.Seconds(), "stdlib-MB/s")
		})
	}
}

// BenchmarkScan is an idle overlap poll: every object summarised, none built.
func BenchmarkScan(b *testing.B) {
	for name, page := range pages() {
		kind := kindOf(name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadPage(strings.NewReader(page), kind, func(*Object) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode writes the bodies of a page as JSON, with AsRaw and
// encoding/json as the baseline.
func BenchmarkEncode(b *testing.B) {
	for name, page := range pages() {
		records := decode(b, kindOf(name), page).ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			buf := make([]byte, 0, 2*len(page))
			var ours, standard time.Duration
			for b.Loop() {
				start := time.Now()
				buf = buf[:0]
				for i := range records.Len() {
					buf = record.AppendJSON(buf, records.At(i).Body())
				}
				ours += time.Since(start)
				b.StopTimer()
				start = time.Now()
				for i := range records.Len() {
					marshal(b, records.At(i).Body())
				}
				standard += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(float64(standard)/float64(ours), "x-stdlib")
		})
	}
}

func marshal(tb testing.TB, v pcommon.Value) {
	if _, err := json.Marshal(v.AsRaw()); err != nil {
		tb.Fatal(err)
	}
}
