package sim

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// scenarioPage is one page of fifty realistic incidents with their alerts.
func scenarioPage(tb testing.TB) []byte {
	tb.Helper()
	steps, err := scenario.New("backfill", scenario.Settings{Seed: 1, Start: time.Now(), Tenants: []string{tenant}, Incidents: 50})
	require.NoError(tb, err)
	newest := map[any]any{}
	for step := range steps {
		newest[step.Incident["id"]] = step.Incident
	}
	var value []any
	for _, incident := range newest {
		value = append(value, incident)
	}
	page, err := json.Marshal(map[string]any{"value": value})
	require.NoError(tb, err)
	return page
}

// ours is the product's chain: page, records, entities, rows, gzip.
func ours(tb testing.TB, page []byte, mapper *entity.Mapper, encoder *ingest.Encoder) (wire int) {
	logs := plog.NewLogs()
	resource := logs.ResourceLogs().AppendEmpty()
	origin := record.Origin{Cloud: "public", TenantID: tenant}
	origin.Fill(resource.Resource())
	records := resource.ScopeLogs().AppendEmpty().LogRecords()
	now, tally, entities := time.Now(), mapper.NewTally(), &entity.Entities{}
	_, err := graph.ReadPage(bytes.NewReader(page), graph.KindIncident, func(o *graph.Object) error {
		lr := o.AppendTo(records, origin, now)
		if o.Kind != graph.KindAlert {
			return nil
		}
		err := mapper.Map(origin, lr.Body().Map(), entities, tally)
		lr.Attributes().PutStr(record.SentinelEntities, string(entities.JSON()))
		return err
	})
	require.NoError(tb, err)
	result := encoder.Encode(ingest.Job{Logs: logs, Now: now}, func(b *ingest.Body) {
		wire += len(b.Gzip)
		b.Release()
	})
	require.Empty(tb, result.Unsendable)
	return wire
}

// standard is the same chain of the standard library's parts and pdata's own
// conversions; the mapping of entities, which no library has, is the product's.
func standard(tb testing.TB, page []byte, mapper *entity.Mapper) (wire int) {
	var list struct {
		Value []map[string]any `json:"value"`
	}
	require.NoError(tb, json.Unmarshal(page, &list))
	rows := map[string][]any{}
	now, tally, entities := time.Now().UTC().Format(time.RFC3339Nano), mapper.NewTally(), &entity.Entities{}
	row := func(stream string, own map[string]any, object map[string]any) {
		own["TimeGenerated"], own["SourceTenantId"], own["Original"] = now, tenant, object
		rows[stream] = append(rows[stream], own)
	}
	columns := func(body pcommon.Map) (own, object map[string]any) {
		own, object = map[string]any{}, body.AsRaw()
		for name, value := range object {
			if name != "evidence" {
				own[name] = value
			}
		}
		return own, object
	}
	for _, incident := range list.Value {
		alerts, _ := incident["alerts"].([]any)
		delete(incident, "alerts")
		body := pcommon.NewMap()
		require.NoError(tb, body.FromRaw(incident))
		own, object := columns(body)
		row("incident", own, object)
		for _, alert := range alerts {
			require.NoError(tb, body.FromRaw(alert.(map[string]any)))
			require.NoError(tb, mapper.Map(record.Origin{Cloud: "public", TenantID: tenant}, body, entities, tally))
			own, object := columns(body)
			own["Entities"] = string(entities.JSON())
			row("alert", own, object)
			var list []any
			require.NoError(tb, json.Unmarshal(entities.JSON(), &list))
			for _, e := range list {
				rows["entity"] = append(rows["entity"], map[string]any{"TimeGenerated": now, "SourceTenantId": tenant, "Entity": e})
			}
		}
	}
	for _, table := range rows {
		text, err := json.Marshal(table)
		require.NoError(tb, err)
		var out bytes.Buffer
		zip := gzip.NewWriter(&out)
		_, err = zip.Write(text)
		require.NoError(tb, err)
		require.NoError(tb, zip.Close())
		wire += out.Len()
	}
	return wire
}

// chainTurn is how often a chain runs before it is the other's turn, so that
// most of its garbage is collected in its own turn and its pools stay warm, as
// they do in a collector.
const chainTurn = 8

// turn runs a chain and answers how long one run took, or fastest if that was
// less: neighbours on the machine can only slow a turn down.
func turn(run func(), fastest time.Duration) time.Duration {
	runtime.GC()
	start := time.Now()
	for range chainTurn {
		run()
	}
	return min(time.Since(start)/chainTurn, fastest)
}

// BenchmarkChain prints MB/s of page text for the product and for the baseline
// and, as x-stdlib, how many times faster the product is; both run in turns on
// the same page.
func BenchmarkChain(b *testing.B) {
	page, mapper, encoder := scenarioPage(b), entity.NewMapper(), ingest.New(ingest.Settings{})
	own, other := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for b.Loop() {
		own = turn(func() { ours(b, page, mapper, encoder) }, own)
		other = turn(func() { standard(b, page, mapper) }, other)
	}
	rate := func(d time.Duration) float64 { return float64(len(page)) / 1e6 / d.Seconds() }
	b.ReportMetric(0, "ns/op") // of both together, so of nothing
	b.ReportMetric(rate(own), "MB/s")
	b.ReportMetric(rate(other), "stdlib-MB/s")
	b.ReportMetric(float64(other)/float64(own), "x-stdlib")
	b.ReportMetric(testing.AllocsPerRun(1, func() { ours(b, page, mapper, encoder) }), "allocs/page")
}

// BenchmarkChainAlone is BenchmarkChain without the baseline, for profiles.
func BenchmarkChainAlone(b *testing.B) {
	page, mapper, encoder := scenarioPage(b), entity.NewMapper(), ingest.New(ingest.Settings{})
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		ours(b, page, mapper, encoder)
	}
}
