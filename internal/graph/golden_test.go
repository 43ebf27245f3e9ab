package graph

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/plogtest"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGoldenDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			logs := plog.NewLogs()
			resource := logs.ResourceLogs().AppendEmpty()
			origin.Fill(resource.Resource())
			records := resource.ScopeLogs().AppendEmpty().LogRecords()
			_, err = ReadPage(bytes.NewReader(text), KindIncident, func(o *Object) error {
				o.AppendTo(records, origin, observed)
				return nil
			})
			require.NoError(t, err)
			requireBodies(t, text, records)
			want := strings.TrimSuffix(file, ".json") + ".want.yaml"
			if *update {
				require.NoError(t, golden.WriteLogsToFile(want, logs))
			}
			expected, err := golden.ReadLogs(want)
			require.NoError(t, err)
			require.NoError(t, plogtest.CompareLogs(expected, logs))
		})
	}
}

// requireBodies holds every body against the document by another decoder:
// nothing is lost, renamed or reordered among alerts and incidents.
func requireBodies(t *testing.T, text []byte, records plog.LogRecordSlice) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var page struct{ Value []map[string]any }
	require.NoError(t, decoder.Decode(&page))
	var want []map[string]any
	for _, incident := range page.Value {
		if alerts, ok := incident["alerts"].([]any); ok {
			for _, alert := range alerts {
				want = append(want, alert.(map[string]any))
			}
		}
		for name := range incident {
			if name == "alerts" || strings.HasPrefix(name, "alerts@odata.") {
				delete(incident, name)
			}
		}
		want = append(want, incident)
	}
	require.Equal(t, len(want), records.Len())
	for i := range want {
		decoder := json.NewDecoder(bytes.NewReader(record.AppendJSON(nil, records.At(i).Body())))
		decoder.UseNumber()
		var got map[string]any
		require.NoError(t, decoder.Decode(&got))
		require.Equal(t, want[i], got)
	}
}

// TestUnknownNamesAreKept: fields, enum members and evidence that no page of
// documentation names.
func TestUnknownNamesAreKept(t *testing.T) {
	const text = `{"value":[{"id":"9007199254740993","status":"pausedByMartians","newField":{"deep":[1.10,1E3,-0,12345678901234567890]},
		"alerts":[{"id":"xx1","severity":"cosmic","serviceSource":"microsoftDefenderForToasters","lastUpdateDateTime":"2026-01-02T03:04:05.6789012Z",
		"evidence":[{"@odata.type":"#microsoft.graph.security.toasterEvidence","slots":4,"crumbs":null,"heat":{}}]}]}]}`
	records := plog.NewLogRecordSlice()
	_, err := ReadPage(strings.NewReader(text), KindIncident, func(o *Object) error {
		o.AppendTo(records, origin, observed)
		return nil
	})
	require.NoError(t, err)
	requireBodies(t, []byte(text), records)
	alert := records.At(0)
	require.Equal(t, "cosmic", alert.SeverityText())
	require.Equal(t, plog.SeverityNumberUnspecified, alert.SeverityNumber())
	require.Equal(t, record.EventDefenderAlert, alert.EventName())
	attributes := alert.Attributes().AsRaw()
	require.Equal(t, record.UID("public", origin.TenantID, record.EventDefenderAlert, "xx1", hashOf(t, text, "xx1")), attributes[record.UIDKey])
	delete(attributes, record.UIDKey)
	require.Equal(t, map[string]any{
		record.DefenderAlertID: "xx1", record.DefenderIncidentID: "9007199254740993", record.DefenderServiceSource: "microsoftDefenderForToasters",
	}, attributes)
}

func hashOf(t *testing.T, text, id string) (hash record.Hash) {
	_, err := ReadPage(strings.NewReader(text), KindIncident, func(o *Object) error {
		if o.ID == id {
			hash = o.Hash
		}
		return nil
	})
	require.NoError(t, err)
	require.NotZero(t, hash)
	return hash
}

func TestALargeAlertComesOutWhole(t *testing.T) {
	g := newGenerator(7)
	page := g.pageOf(1, func(int) { g.incident("29", 1, 3<<20) })
	records := decode(t, KindIncident, page).ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	requireBodies(t, []byte(page), records)
	evidence, _ := records.At(0).Body().Map().Get("evidence")
	require.Greater(t, evidence.Slice().Len(), 400)
}
