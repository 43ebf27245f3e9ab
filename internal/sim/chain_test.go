package sim

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
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
	now, tally := time.Now(), mapper.NewTally()
	_, err := graph.ReadPage(bytes.NewReader(page), graph.KindIncident, func(o *graph.Object) error {
		lr := o.AppendTo(records, origin, now)
		if o.Kind != graph.KindAlert {
			return nil
		}
		entities := lr.Attributes().PutEmptySlice(record.SentinelEntities)
		_, err := mapper.Map(origin, lr.Body().Map(), entities, tally)
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
	now, tally := time.Now().UTC().Format(time.RFC3339Nano), mapper.NewTally()
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
			entities := pcommon.NewSlice()
			_, err := mapper.Map(record.Origin{Cloud: "public", TenantID: tenant}, body, entities, tally)
			require.NoError(tb, err)
			text, err := json.Marshal(entities.AsRaw())
			require.NoError(tb, err)
			own, object := columns(body)
			own["Entities"] = string(text)
			row("alert", own, object)
			for _, e := range entities.AsRaw() {
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

// BenchmarkChain prints MB/s of page text for the product and, as x-stdlib, how
// many times the baseline that is; both run in turns.
func BenchmarkChain(b *testing.B) {
	page, mapper, encoder := scenarioPage(b), entity.NewMapper(), ingest.New(ingest.Settings{})
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	var own, other time.Duration
	for b.Loop() {
		start := time.Now()
		ours(b, page, mapper, encoder)
		own += time.Since(start)
		b.StopTimer()
		start = time.Now()
		standard(b, page, mapper)
		other += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(other)/float64(own), "x-stdlib")
	b.ReportMetric(float64(len(page))*float64(b.N)/1e6/other.Seconds(), "stdlib-MB/s")
}
