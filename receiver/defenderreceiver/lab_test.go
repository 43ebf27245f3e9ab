package defenderreceiver

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const (
	contoso  = "00000000-0000-4000-8000-0000000000c0"
	fabrikam = "00000000-0000-4000-8000-0000000000fa"
)

var storageID = component.MustNewID("memory_storage")

// lab is a receiver in front of an emulator, without a network. It lives in a
// synctest bubble, so an hour takes milliseconds.
type lab struct {
	t         *testing.T
	emulator  *emulator.Emulator
	transport http.RoundTripper
	config    *Config
	disk      *collectortest.Disk
	out       consumed
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
	host      *collectortest.Host
	running   receiver.Logs
	// newest is what marks the newest revision of each incident and alert of
	// contoso: its title.
	newest map[string]string
}

func newLab(t *testing.T, settings emulator.Settings) *lab {
	t.Helper()
	e, err := emulator.New(settings)
	require.NoError(t, err)
	l := &lab{
		t: t, emulator: e, transport: emulator.NewTransport(e), config: labConfig(),
		newest: map[string]string{}, disk: collectortest.NewDisk(), out: consumed{collectortest.NewConsumed()}, telemetry: componenttest.NewTelemetry(),
	}
	l.host = &collectortest.Host{Extensions: map[component.ID]component.Component{storageID: l.disk}}
	t.Cleanup(func() {
		l.stop()
		require.NoError(t, l.telemetry.Shutdown(context.Background()))
	})
	return l
}

// labConfig is the default configuration, pointed at the emulator.
func labConfig() *Config {
	c := createDefaultConfig().(*Config)
	const origin = "https://emulator.test"
	c.Azure.Cloud = azure.CloudCustom
	c.Azure.Hosts = azure.Hosts{Login: origin, Graph: origin}
	c.Azure.Credential.ClientSecret = configoptional.Some(azure.ClientSecretConfig{
		ClientID: "00000000-0000-4000-8000-00000000c11e", Secret: "emulator",
	})
	c.Tenants = []azure.TenantConfig{{TenantID: contoso, Name: "contoso"}}
	c.Storage = configoptional.Some(storageID)
	c.RequestsPerMinute = 0
	return c
}

func (l *lab) start() {
	l.t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	l.logs = logs
	set := receivertest.NewNopSettings(component.MustNewType(Type))
	set.TelemetrySettings = l.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	made, err := NewFactory(WithTransport(l.transport)).CreateLogs(l.t.Context(), set, l.config, l.out)
	require.NoError(l.t, err)
	require.NoError(l.t, made.Start(l.t.Context(), l.host))
	l.running = made
}

func (l *lab) stop() {
	l.t.Helper()
	if l.running != nil {
		require.NoError(l.t, l.running.Shutdown(context.Background()))
	}
	l.running = nil
}

// kill ends the receiver as SIGKILL would: nothing is stored any more.
func (l *lab) kill() {
	l.t.Helper()
	l.disk.Freeze()
	l.stop()
	l.disk.Thaw()
}

// put stores incidents in a tenant.
func (l *lab) put(tenant string, incidents ...incident) {
	l.t.Helper()
	text, err := json.Marshal(incidents)
	require.NoError(l.t, err)
	_, err = l.emulator.Put(tenant, strings.NewReader(string(text)))
	require.NoError(l.t, err)
	for _, i := range incidents {
		l.newest[i["id"].(string)] = i["displayName"].(string)
		for _, alert := range i["alerts"].([]any) {
			alert := alert.(map[string]any)
			l.newest[alert["id"].(string)] = alert["title"].(string)
		}
	}
}

// faults replaces the plan of faults.
func (l *lab) faults(faults ...emulator.Fault) {
	l.t.Helper()
	require.NoError(l.t, l.emulator.SetFaults(emulator.Plan{Seed: 7, Faults: faults}))
}

// incident is a Graph incident with alerts.
type incident map[string]any

// newIncident makes incident number id as it was updated at a time.
func newIncident(id int, updated time.Time, alerts int) incident {
	out := incident{
		"id": fmt.Sprint(id), "displayName": fmt.Sprintf("incident %d", id), "status": "active", "severity": "high",
		"createdDateTime": "2026-01-01T00:00:00Z", "lastUpdateDateTime": updated.UTC().Format("2006-01-02T15:04:05.9999999Z"),
		"incidentWebUrl": fmt.Sprintf("https://security.example/incidents/%d", id),
	}
	list := []any{}
	for i := range alerts {
		list = append(list, map[string]any{
			"id": fmt.Sprintf("da%d-%d", id, i), "incidentId": fmt.Sprint(id), "title": fmt.Sprintf("alert %d of %s", i, out["lastUpdateDateTime"]),
			"severity": "low", "serviceSource": "microsoftDefenderForEndpoint", "status": "new",
			"createdDateTime": "2026-01-01T00:00:00Z", "lastUpdateDateTime": out["lastUpdateDateTime"], "evidence": []any{},
		})
	}
	out["alerts"] = list
	return out
}

// with sets a field, as an edit would.
func (i incident) with(field string, value any) incident {
	out := maps.Clone(i)
	out[field] = value
	return out
}

// spread makes n incidents updated over the span before now.
func spread(n, alerts int, over time.Duration) []incident {
	now := time.Now()
	out := make([]incident, n)
	for i := range out {
		out[i] = newIncident(i, now.Add(-over*time.Duration(i+1)/time.Duration(n+1)), alerts)
	}
	return out
}

// metric sums a metric's points that have all the given attributes, as
// key=value.
func (l *lab) metric(name string, attributes ...string) float64 {
	l.t.Helper()
	got, err := l.telemetry.GetMetric("otelcol_receiver_defender_" + name)
	require.NoError(l.t, err)
	sum := 0.0
	add := func(value float64, has func(key string) string) {
		for _, a := range attributes {
			key, want, _ := strings.Cut(a, "=")
			if has(key) != want {
				return
			}
		}
		sum += value
	}
	switch data := got.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			add(float64(p.Value), attributesOf(p.Attributes))
		}
	case metricdata.Sum[float64]:
		for _, p := range data.DataPoints {
			add(p.Value, attributesOf(p.Attributes))
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			add(float64(p.Value), attributesOf(p.Attributes))
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			add(p.Value, attributesOf(p.Attributes))
		}
	default:
		require.Fail(l.t, "unexpected metric", "%T", data)
	}
	return sum
}

// quarantined are the ids that the metric names.
func (l *lab) quarantined() []string {
	got, err := l.telemetry.GetMetric("otelcol_receiver_defender_quarantined")
	if err != nil {
		return nil // no point, no metric
	}
	var ids []string
	for _, p := range got.Data.(metricdata.Gauge[int64]).DataPoints {
		ids = append(ids, attributesOf(p.Attributes)("incident"))
	}
	return ids
}
