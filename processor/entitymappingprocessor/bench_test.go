package entitymappingprocessor

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
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
// so that all see the same machine, and takes the fastest turn of each, since
// neighbours can only slow one down. decode-share is the mapping's time over
// the decoding's, standard-share over that of encoding/json and FromRaw;
// copy-share is what copying the evidence alone costs of the decoding.
func BenchmarkProcess(b *testing.B) {
	for _, name := range []string{"*", "endpoint", "identity", "kubernetes", "mail"} {
		b.Run(strings.ReplaceAll(name, "*", "all"), func(b *testing.B) { share(b, page(b, name, 10)) })
	}
}

func share(b *testing.B, text []byte) {
	telemetry, err := newTelemetry(componenttest.NewNopTelemetrySettings())
	require.NoError(b, err)
	m := newMapping(FormatNone, telemetry)
	alerts := decode(b, text).LogRecordCount()
	allocs := testing.AllocsPerRun(5, func() { decode(b, text) })
	allocs = testing.AllocsPerRun(5, func() { _, _ = m.process(context.Background(), decode(b, text)) }) - allocs
	decoding, mapping, copying, standardDecoding := time.Hour, time.Hour, time.Hour, time.Hour
	timed := func(fastest *time.Duration, do func()) {
		start := time.Now()
		do()
		*fastest = min(*fastest, time.Since(start))
	}
	for b.Loop() {
		var logs plog.Logs
		timed(&decoding, func() { logs = decode(b, text) })
		timed(&copying, func() { copyEvidence(logs) })
		timed(&mapping, func() { _, _ = m.process(context.Background(), logs) })
		timed(&standardDecoding, func() { standard(b, text) })
	}
	b.ReportMetric(0, "ns/op") // of all together, so of nothing
	b.ReportMetric(float64(mapping.Nanoseconds())/float64(alerts), "map-ns/alert")
	b.ReportMetric(float64(decoding.Nanoseconds())/float64(alerts), "decode-ns/alert")
	b.ReportMetric(allocs/float64(alerts), "map-allocs/alert")
	b.ReportMetric(mapping.Seconds()/decoding.Seconds(), "decode-share")
	b.ReportMetric(copying.Seconds()/decoding.Seconds(), "copy-share")
	b.ReportMetric(mapping.Seconds()/standardDecoding.Seconds(), "standard-share")
}
