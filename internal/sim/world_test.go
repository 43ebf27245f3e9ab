package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/processor/entitymappingprocessor"
	"github.com/seed-9ff5f8f0/defender-sentinel/receiver/defenderreceiver"
)

const (
	origin = "https://emulator.test"
	dcr    = "dcr-00000000000000000000000000000001"
	tenant = emulator.DefaultTenant
)

// world is an emulator, a disk, and whichever collector lives at the moment.
// It is made for a synctest bubble: its clock is the bubble's.
type world struct {
	t        *testing.T
	emulator *emulator.Emulator
	disk     *disk
	settings map[string]any // of the receiver, over the defaults of receiverConfig
	living   *life
}

func newWorld(t *testing.T, settings emulator.Settings, receiver map[string]any) *world {
	t.Helper()
	e, err := emulator.New(settings)
	require.NoError(t, err)
	return &world{t: t, emulator: e, disk: newDisk(), settings: receiver}
}

// life is one run of the collector's pipeline.
type life struct {
	mounted  *mountedDisk
	cable    *cable
	receiver receiver.Logs
	mapping  processor.Logs
	exporter exporter.Logs
}

// cable is the network of one life; a cut one fails every request.
type cable struct {
	under http.RoundTripper
	cut   atomic.Bool
	plain bool // asks for no compressed answers, which cost more than all else about them
}

func (c *cable) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.cut.Load() {
		return nil, fmt.Errorf("%s: the process is dead", req.URL.Host)
	}
	if c.plain {
		req.Header.Del("Accept-Encoding")
	}
	resp, err := c.under.RoundTrip(req)
	if c.cut.Load() { // the answer arrives at nobody
		if err == nil {
			resp.Body.Close()
		}
		return nil, fmt.Errorf("%s: the process is dead", req.URL.Host)
	}
	return resp, err
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

func azureSettings() map[string]any {
	return map[string]any{
		"cloud":      "custom",
		"hosts":      map[string]any{"login": origin, "graph": origin, "arm": origin, "ingestion": origin, "log_analytics": origin},
		"credential": map[string]any{"client_secret": map[string]any{"client_id": "00000000-0000-4000-8000-00000000c11e", "secret": emulator.Secret}},
	}
}

func (w *world) receiverConfig() map[string]any {
	c := azureSettings()
	c["tenants"] = []any{map[string]any{"tenant_id": tenant, "name": "contoso"}}
	c["poll_interval"] = "15s"
	c["requests_per_minute"] = 0
	c["storage"] = "file_storage"
	for k, v := range w.settings {
		c[k] = v
	}
	return c
}

// exporterConfig is that of config/quickstart.yaml.
func exporterConfig() map[string]any {
	c := azureSettings()
	c["tenant_id"] = tenant
	c["destinations"] = []any{map[string]any{"rules": []any{map[string]any{
		"endpoint": origin, "immutable_id": dcr,
		"streams": []any{"Custom-DefenderIncident", "Custom-DefenderAlert", "Custom-DefenderEntity", "Custom-DefenderOriginal", "Microsoft-OTelLogs"},
	}}}}
	c["sending_queue"] = map[string]any{
		"storage": "file_storage", "num_consumers": 2, "sizer": "items", "queue_size": 1000, "block_on_overflow": true,
		"batch": map[string]any{"flush_timeout": "200ms", "min_size": 500_000, "sizer": "bytes"},
	}
	c["retry_on_failure"] = map[string]any{"initial_interval": "1s", "max_interval": "30s", "max_elapsed_time": "0s"}
	return c
}

func load(t *testing.T, config component.Config, settings map[string]any) component.Config {
	t.Helper()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(config))
	if v, ok := config.(interface{ Validate() error }); ok {
		require.NoError(t, v.Validate())
	}
	return config
}

// start brings the collector to life on what the disk holds.
func (w *world) start() {
	w.t.Helper()
	ctx := context.Background()
	l := &life{mounted: w.disk.mount(), cable: &cable{under: emulator.NewTransport(w.emulator)}}
	extensions := host{component.MustNewID("file_storage"): l.mounted}
	telemetry := componenttest.NewNopTelemetrySettings()
	telemetry.Logger = zap.NewNop()

	ef := sentinelexporter.NewFactory(sentinelexporter.WithTransport(l.cable))
	es := exportertest.NewNopSettings(ef.Type())
	es.ID, es.TelemetrySettings = component.NewID(ef.Type()), telemetry
	exp, err := ef.CreateLogs(ctx, es, load(w.t, ef.CreateDefaultConfig(), exporterConfig()))
	require.NoError(w.t, err)

	pf := entitymappingprocessor.NewFactory()
	ps := processortest.NewNopSettings(pf.Type())
	ps.ID, ps.TelemetrySettings = component.NewID(pf.Type()), telemetry
	mapping, err := pf.CreateLogs(ctx, ps, pf.CreateDefaultConfig(), exp)
	require.NoError(w.t, err)

	rf := defenderreceiver.NewFactory(defenderreceiver.WithTransport(l.cable))
	rs := receivertest.NewNopSettings(rf.Type())
	rs.ID, rs.TelemetrySettings = component.NewID(rf.Type()), telemetry
	rec, err := rf.CreateLogs(ctx, rs, load(w.t, rf.CreateDefaultConfig(), w.receiverConfig()), consumer.Logs(mapping))
	require.NoError(w.t, err)

	for _, c := range []component.Component{exp, mapping, rec} {
		require.NoError(w.t, c.Start(ctx, extensions))
	}
	l.receiver, l.mapping, l.exporter = rec, mapping, exp
	w.living = l
}

// stop ends the collector as Ctrl-C does.
func (w *world) stop() {
	w.t.Helper()
	require.NoError(w.t, w.end(w.living))
	w.living = nil
}

// kill freezes storage and network at this instant and throws the rest away.
func (w *world) kill() {
	w.t.Helper()
	w.living.mounted.freeze()
	w.living.cable.cut.Store(true)
	_ = w.end(w.living) // what a dead process would still say
	w.living = nil
}

func (w *world) end(l *life) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, c := range []component.Component{l.receiver, l.mapping, l.exporter} {
		if err := c.Shutdown(ctx); err != nil {
			return err
		}
	}
	return nil
}

// put stores documents as the control interface does.
func (w *world) put(document any) {
	w.t.Helper()
	body, err := json.Marshal(document)
	require.NoError(w.t, err)
	w.control(http.MethodPut, "/control/defender/incidents", body)
}

func (w *world) control(method, path string, body []byte) []byte {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.emulator.Control().ServeHTTP(rec, httptest.NewRequest(method, path, bytes.NewReader(body)))
	require.Equal(w.t, 2, rec.Code/100, "%s %s: %s", method, path, rec.Body)
	return rec.Body.Bytes()
}

// rows returns the accepted rows of a stream, in the order of acceptance.
func (w *world) rows(stream string) []map[string]any {
	w.t.Helper()
	dec := json.NewDecoder(bytes.NewReader(w.control(http.MethodGet, "/control/rows?stream="+stream, nil)))
	dec.UseNumber()
	var rows []map[string]any
	for dec.More() {
		var row map[string]any
		require.NoError(w.t, dec.Decode(&row))
		rows = append(rows, row)
	}
	return rows
}
