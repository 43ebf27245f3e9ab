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

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// page is what Graph answers.
type page struct {
	kind graph.Kind
	text []byte
}

// incidents is a page of the emulator's imagined tenant: ten incidents with
// their alerts.
func incidents(b *testing.B) page {
	b.Helper()
	steps, err := scenario.New("life", scenario.Settings{Seed: 1, Start: time.Unix(1_770_000_000, 0), Tenants: []string{"t-1"}})
	require.NoError(b, err)
	var list []any
	for step := range steps {
		if list = append(list, step.Incident); len(list) == 10 {
			break
		}
	}
	text, err := json.Marshal(map[string]any{"value": list})
	require.NoError(b, err)
	return page{graph.KindIncident, text}
}

// alerts is a page of alerts: those of the mapping's golden directories of that
// name, n times each.
func alerts(b *testing.B, name string, n int) page {
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
	return page{graph.KindAlert, append(append([]byte(`{"value":[`), bytes.Join(alerts, []byte(","))...), `]}`...)}
}

// decode makes records of a page, as the receiver does.
func decode(b *testing.B, p page) plog.Logs {
	b.Helper()
	logs := plog.NewLogs()
	resource := logs.ResourceLogs().AppendEmpty()
	origin := record.Origin{Cloud: "public", TenantID: "t-1"}
	origin.Fill(resource.Resource())
	records := resource.ScopeLogs().AppendEmpty().LogRecords()
	_, err := graph.ReadPage(bytes.NewReader(p.text), p.kind, func(o *graph.Object) error {
		o.AppendTo(records, origin, time.Time{})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return logs
}

// standard makes bodies of a page with encoding/json, the decoding's baseline.
func standard(b *testing.B, p page) {
	b.Helper()
	var doc struct{ Value []map[string]any }
	if err := json.Unmarshal(p.text, &doc); err != nil {
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
	b.Run("incidents", func(b *testing.B) { share(b, incidents(b)) })
	for _, name := range []string{"*", "endpoint", "identity", "kubernetes", "mail"} {
		b.Run(strings.ReplaceAll(name, "*", "all"), func(b *testing.B) { share(b, alerts(b, name, 4)) })
	}
}

func share(b *testing.B, p page) {
	telemetry, err := newTelemetry(componenttest.NewNopTelemetrySettings())
	require.NoError(b, err)
	m := newMapping(FormatNone, telemetry)
	n := 0
	for _, rec := range decode(b, p).ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
		if rec.EventName() == record.EventDefenderAlert {
			n++
		}
	}
	allocs := testing.AllocsPerRun(5, func() { decode(b, p) })
	allocs = testing.AllocsPerRun(5, func() { _, _ = m.process(context.Background(), decode(b, p)) }) - allocs
	var mapped, decoded, ofDecode, ofCopy, ofStandard []float64
	timed := func(do func()) float64 {
		start := time.Now()
		do()
		return float64(time.Since(start).Nanoseconds())
	}
	for b.Loop() {
		var logs plog.Logs
		decoding := timed(func() { logs = decode(b, p) })
		copying := timed(func() { copyEvidence(logs) })
		mapping := timed(func() { _, _ = m.process(context.Background(), logs) })
		standardDecoding := timed(func() { standard(b, p) })
		mapped, decoded = append(mapped, mapping), append(decoded, decoding)
		ofDecode, ofCopy, ofStandard = append(ofDecode, mapping/decoding), append(ofCopy, copying/decoding), append(ofStandard, mapping/standardDecoding)
	}
	b.ReportMetric(0, "ns/op") // of all together, so of nothing
	b.ReportMetric(median(mapped)/float64(n), "map-ns/alert")
	b.ReportMetric(median(decoded)/float64(n), "decode-ns/alert")
	b.ReportMetric(allocs/float64(n), "map-allocs/alert")
	b.ReportMetric(median(ofDecode), "decode-share")
	b.ReportMetric(median(ofCopy), "copy-share")
	b.ReportMetric(median(ofStandard), "standard-share")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
