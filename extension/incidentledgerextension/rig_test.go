package incidentledgerextension

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"go.yaml.in/yaml/v3"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

const workspace = "/subscriptions/s/resourcegroups/g/providers/microsoft.operationalinsights/workspaces/w"

func link(id string) incident.Link {
	return incident.Link{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000001", IncidentID: id}
}

// load reads YAML over the defaults, as the collector does, and validates it.
func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	var raw map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &raw))
	cfg := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(raw).Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

var storageID = component.MustNewID("memory_storage")

// rig is an extension with a host, a log and metrics.
type rig struct {
	*ledgerExtension
	host      *collectortest.Host
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
}

func newRig(t *testing.T, config string, extensions map[component.ID]component.Component) *rig {
	t.Helper()
	cfg, err := load(t, config)
	require.NoError(t, err)
	core, logs := observer.New(zapcore.DebugLevel)
	r := &rig{host: &collectortest.Host{Extensions: extensions}, logs: logs, telemetry: componenttest.NewTelemetry()}
	t.Cleanup(func() { require.NoError(t, r.telemetry.Shutdown(context.Background())) })
	set := extensiontest.NewNopSettings(component.MustNewType(Type))
	set.ID = component.MustNewID(Type)
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	x, err := NewFactory().Create(t.Context(), set, cfg)
	require.NoError(t, err)
	r.ledgerExtension = x.(*ledgerExtension)
	t.Cleanup(func() { require.NoError(t, r.Shutdown(context.Background())) }) // where a test ended early
	return r
}

func (r *rig) start(t *testing.T) *ledger.Ledger {
	t.Helper()
	require.NoError(t, r.Start(t.Context(), r.host))
	return r.Ledger()
}

func (r *rig) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, r.Shutdown(t.Context()))
}

// points are a metric's points, by their attributes as text.
func (r *rig) points(t *testing.T, name string) map[string]float64 {
	t.Helper()
	m, err := r.telemetry.GetMetric("otelcol_extension_incident_ledger_" + name)
	require.NoError(t, err)
	points := map[string]float64{}
	key := func(s attribute.Set) string { return s.Encoded(attribute.DefaultEncoder()) }
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			points[key(p.Attributes)] = float64(p.Value)
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			points[key(p.Attributes)] = float64(p.Value)
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			points[key(p.Attributes)] = p.Value
		}
	}
	return points
}

// observe tells the ledger of an incident in Defender.
func observe(t *testing.T, l *ledger.Ledger, of incident.Link, values incident.Values, at time.Time) {
	t.Helper()
	require.NoError(t, l.Observe(t.Context(), ledger.News{
		Side: incident.SideDefender, Link: of, Workspace: workspace, Began: at, Admit: true,
		Snapshot: &incident.Snapshot{Values: values, Revision: at},
	}))
}

// values are those of an incident in which every word is its own.
func values() incident.Values {
	return incident.Values{"active", "truePositive/malware", "jane@contoso.com", "high", "red\x1ftier1", "Ransomware on host-7", "Somebody encrypted the files of host-7."}
}

// write plays the writer of Sentinel: it makes or changes what the plan says.
func write(t *testing.T, l *ledger.Ledger, answer func(incident.Values) incident.Values) {
	t.Helper()
	work, _ := l.Next(ledger.Lane{Side: incident.SideSentinel, Name: workspace}, ledger.AllKinds)
	require.NotNil(t, work)
	defer work.Done()
	now := time.Now()
	require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
		held := e.Sides[incident.SideSentinel].Values
		if work.Kind() == ledger.KindCreate {
			e.Missing(incident.SideSentinel, e.Begin(now))
		} else {
			e.Read(incident.SideSentinel, incident.Snapshot{Values: answer(held), Revision: now}, e.Begin(now))
		}
		plan := e.Plan(incident.SideSentinel, l.Settings())
		e.Intend(incident.SideSentinel, plan, now)
		for _, w := range plan.Writes {
			held[w.Field] = w.Asked
		}
		e.Answered(incident.Snapshot{Values: held, Revision: now}, now, l.Settings())
	}))
}

func same(v incident.Values) incident.Values { return v }

// disk is a storage extension that notes who uses it.
type disk struct {
	*collectortest.Disk
	owner  string
	closed int
}

func newDisk() *disk { return &disk{Disk: collectortest.NewDisk()} }

func (d *disk) GetClient(_ context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	d.owner = kind.String() + " " + id.String() + name
	return d, nil
}

func (d *disk) Close(context.Context) error { d.closed++; return nil }
