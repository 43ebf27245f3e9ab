package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// testPage is one input of every benchmark here.
type testPage struct {
	name string
	kind Kind
	text string
}

// pages are made anew from the same seeds.
func pages() []testPage {
	var out []testPage
	for _, size := range []int{2, 20, 200} {
		g := newGenerator(1)
		out = append(out, testPage{fmt.Sprintf("alerts_%dKB", size), KindAlert, g.pageOf(max(4, 1000/size), func(int) { g.alert(size<<10, "29") })})
	}
	expanded, plain := newGenerator(2), newGenerator(3)
	return append(out,
		testPage{"incidents_50x10", KindIncident, expanded.pageOf(50, func(i int) { expanded.incident(strconv.Itoa(i), 10, 5<<10) })},
		testPage{"incidents_50_plain", KindIncident, plain.pageOf(50, func(i int) { plain.incident(strconv.Itoa(i), -1, 0) })})
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

// turnsOf is how often each side runs before it is the other's turn, so that
// most of a side's garbage is collected in its own turn.
const turnsOf = 8

// compare runs ours and standard in turns on the same input and reports, as
// x-stdlib, how many times faster ours was. It takes the fastest turn of each:
// neighbours on the machine can only slow a turn down.
func compare(b *testing.B, bytes int, ours, standard func()) {
	turn := func(run func(), fastest time.Duration) time.Duration {
		runtime.GC()
		start := time.Now()
		for range turnsOf {
			run()
		}
		return min(time.Since(start), fastest)
	}
	first, second := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for b.Loop() {
		first, second = turn(ours, first), turn(standard, second)
	}
	rate := func(d time.Duration) float64 { return float64(bytes) * turnsOf / 1e6 / d.Seconds() }
	b.ReportMetric(0, "ns/op") // of both together, so of nothing
	b.ReportMetric(rate(first), "MB/s")
	b.ReportMetric(rate(second), "stdlib-MB/s")
	b.ReportMetric(float64(second)/float64(first), "x-stdlib")
	b.ReportMetric(testing.AllocsPerRun(1, ours), "allocs/page")
}

// BenchmarkPage is a page to records, hash and uid included, against
// encoding/json and FromRaw.
func BenchmarkPage(b *testing.B) {
	for _, p := range pages() {
		b.Run(p.name, func(b *testing.B) {
			compare(b, len(p.text), func() { decode(b, p.kind, p.text) }, func() { decodeStandard(b, p.text) })
		})
	}
}

// BenchmarkScan is an idle overlap poll: every object summarised, none built.
func BenchmarkScan(b *testing.B) {
	for _, p := range pages() {
		b.Run(p.name, func(b *testing.B) {
			b.SetBytes(int64(len(p.text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadPage(strings.NewReader(p.text), p.kind, func(*Object) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecode is BenchmarkPage without the baseline, for profiles.
func BenchmarkDecode(b *testing.B) {
	for _, p := range pages() {
		b.Run(p.name, func(b *testing.B) {
			b.SetBytes(int64(len(p.text)))
			b.ReportAllocs()
			for b.Loop() {
				decode(b, p.kind, p.text)
			}
		})
	}
}

// BenchmarkEncode writes the bodies of a page as JSON, against AsRaw and
// encoding/json.
func BenchmarkEncode(b *testing.B) {
	for _, p := range pages() {
		records := decode(b, p.kind, p.text).ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
		b.Run(p.name, func(b *testing.B) {
			buf := make([]byte, 0, 2*len(p.text))
			compare(b, len(p.text), func() {
				buf = buf[:0]
				for i := range records.Len() {
					buf = record.AppendJSON(buf, records.At(i).Body())
				}
			}, func() {
				for i := range records.Len() {
					if _, err := json.Marshal(records.At(i).Body().AsRaw()); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
