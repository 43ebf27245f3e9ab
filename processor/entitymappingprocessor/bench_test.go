package entitymappingprocessor

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// page is a Graph list of alerts: those of the mapping's golden directories of
// that name, n times each.
func page(b *testing.B, name string, n int) []byte {
	b.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "internal", "entity", "testdata", "mapping", name, "alert.json"))
	require.NoError(b, err)
	require.NotEmpty(b, paths)
	var alerts [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(b, err)
		for range n {
			alerts = append(alerts, text)
		}
	}
	return append(append([]byte(`{"value":[`), bytes.Join(alerts, []byte(","))...), `]}`...)
}

// decode makes records of a page, as the receiver does.
func decode(b *testing.B, text []byte) plog.Logs {
	b.Helper()
	logs := plog.NewLogs()
	resource := logs.ResourceLogs().AppendEmpty()
	origin := record.Origin{Cloud: "public", TenantID: "t-1"}
	origin.Fill(resource.Resource())
	records := resource.ScopeLogs().AppendEmpty().LogRecords()
	_, err := graph.ReadPage(bytes.NewReader(text), graph.KindAlert, func(o *graph.Object) error {
		o.AppendTo(records, origin, time.Time{})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return logs
}

// standard makes bodies of a page with encoding/json, the decoding's baseline.
func standard(b *testing.B, text []byte) {
	b.Helper()
	var doc struct{ Value []map[string]any }
	if err := json.Unmarshal(text, &doc); err != nil {
		b.Fatal(err)
	}
	for _, alert := range doc.Value {
		if err := pcommon.NewMap().FromRaw(alert); err != nil {
			b.Fatal(err)
		}
	}
}

// copyEvidence copies the evidence of every alert as it is, the least that a
// mapping to pdata which keeps the evidence can do: the mapping's baseline.
func copyEvidence(logs plog.Logs) {
	for _, rec := range logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
		if evidence, ok := rec.Body().Map().Get("evidence"); ok {
			evidence.CopyTo(pcommon.NewValueEmpty())
		}
	}
}

// BenchmarkProcess decodes a page and maps it, turn by turn with two baselines
// so that all see the same machine. decode-share is the mapping's time over the
// decoding's, standard-share over that of encoding/json and FromRaw; copy-share
// is what copying the evidence alone costs of the decoding. Each is the median
// of all turns: a page takes less than a millisecond, so most turns are
// undisturbed by neighbours.
func BenchmarkProcess(b *testing.B) {
	for _, name := range []string{"*", "endpoint", "identity", "kubernetes", "mail"} {
		b.Run(strings.ReplaceAll(name, "*", "all"), func(b *testing.B) { share(b, page(b, name, 4)) })
	}
}

func share(b *testing.B, text []byte) {
	telemetry, err := newTelemetry(componenttest.NewNopTelemetrySettings())
	require.NoError(b, err)
	m := newMapping(FormatNone, telemetry)
	alerts := decode(b, text).LogRecordCount()
	allocs := testing.AllocsPerRun(5, func() { decode(b, text) })
	allocs = testing.AllocsPerRun(5, func() { _, _ = m.process(context.Background(), decode(b, text)) }) - allocs
	var mapped, decoded, ofDecode, ofCopy, ofStandard []float64
	timed := func(do func()) float64 {
		start := time.Now()
		do()
		return float64(time.Since(start).Nanoseconds())
	}
	for b.Loop() {
		var logs plog.Logs
		decoding := timed(func() { logs = decode(b, text) })
		copying := timed(func() { copyEvidence(logs) })
		mapping := timed(func() { _, _ = m.process(context.Background(), logs) })
		standardDecoding := timed(func() { standard(b, text) })
		mapped, decoded = append(mapped, mapping), append(decoded, decoding)
		ofDecode, ofCopy, ofStandard = append(ofDecode, mapping/decoding), append(ofCopy, copying/decoding), append(ofStandard, mapping/standardDecoding)
	}
	b.ReportMetric(0, "ns/op") // of all together, so of nothing
	b.ReportMetric(median(mapped)/float64(alerts), "map-ns/alert")
	b.ReportMetric(median(decoded)/float64(alerts), "decode-ns/alert")
	b.ReportMetric(allocs/float64(alerts), "map-allocs/alert")
	b.ReportMetric(median(ofDecode), "decode-share")
	b.ReportMetric(median(ofCopy), "copy-share")
	b.ReportMetric(median(ofStandard), "standard-share")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
