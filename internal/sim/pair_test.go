package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/defenderexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelincidentexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/extension/incidentledgerextension"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/processor/entitymappingprocessor"
	"github.com/seed-9ff5f8f0/defender-sentinel/receiver/defenderreceiver"
	"github.com/seed-9ff5f8f0/defender-sentinel/receiver/sentinelreceiver"
)

// pair is an emulator with both portals, a disk, and whichever collector with
// both pipelines lives at the moment. It is made for a synctest bubble.
type pair struct {
	t         testing.TB
	emulator  *emulator.Emulator
	disk      *disk
	poll      time.Duration
	conflict  string
	settings  map[string]map[string]any // by component, over those below
	decisions *decisionLog
	living    *pairLife
}

// pairLife is one run of a collector with both pipelines.
type pairLife struct {
	mounted    *mountedDisk
	cable      *cable
	components []component.Component // in the order they were started
	ledger     ledger.Provider
}

func newPair(t testing.TB, settings emulator.Settings, poll time.Duration, conflict string) (*pair, error) {
	e, err := emulator.New(settings)
	return &pair{t: t, emulator: e, disk: newDisk(), poll: poll, conflict: conflict, decisions: &decisionLog{}, settings: map[string]map[string]any{}}, err
}

// with lays a test's own settings of a component over a default.
func (p *pair) with(name string, defaults map[string]any) map[string]any {
	for key, value := range p.settings[name] {
		defaults[key] = value
	}
	return defaults
}

func (p *pair) azure(more map[string]any) map[string]any {
	c := azureSettings()
	for key, value := range more {
		c[key] = value
	}
	return c
}

// tenants of both Defender components.
func tenants() []any { return []any{map[string]any{"tenant_id": tenant, "name": "contoso"}} }

// start brings a collector with both pipelines to life on what the disk holds.
func (p *pair) start() {
	p.t.Helper()
	ctx := context.Background()
	l := &pairLife{mounted: p.disk.mount(), cable: &cable{under: emulator.NewTransport(p.emulator), plain: true}}
	p.living = l
	storage, named := component.MustNewID("file_storage"), component.MustNewID("incident_ledger")
	extensions := host{storage: l.mounted}
	telemetry := componenttest.NewNopTelemetrySettings()
	telemetry.Logger = zap.NewNop()

	xf := incidentledgerextension.NewFactory()
	xs := extensiontest.NewNopSettings(xf.Type())
	xs.ID, xs.TelemetrySettings = named, telemetry // a made-up id is another at every start, and finds no state
	xs.Logger = zap.New(p.decisions)
	ext, err := xf.Create(ctx, xs, p.load(xf.CreateDefaultConfig(), p.with("incident_ledger", map[string]any{
		"storage": "file_storage", "conflict": p.conflict, "owners": owners,
	})))
	require.NoError(p.t, err)
	extensions[named] = ext
	l.ledger = ext.(ledger.Provider)
	p.begin(extensions, ext)

	rows := p.exporter(sentinelexporter.NewFactory(sentinelexporter.WithTransport(l.cable)), p.rowsConfig())
	incidents := p.exporter(sentinelincidentexporter.NewFactory(sentinelincidentexporter.WithTransport(l.cable)),
		p.with("sentinel_incident", p.azure(map[string]any{
			"ledger": "incident_ledger", "tenant_id": emulator.DefaultWorkspaceTenant,
			"links": []any{map[string]any{"tenant": "contoso", "workspace": emulator.DefaultWorkspace}},
		})))
	back := p.exporter(defenderexporter.NewFactory(defenderexporter.WithTransport(l.cable)),
		p.with("defender_exporter", p.azure(map[string]any{"ledger": "incident_ledger", "tenants": tenants()})))
	p.begin(extensions, rows, incidents, back)

	mf := entitymappingprocessor.NewFactory()
	ms := processortest.NewNopSettings(mf.Type())
	ms.ID, ms.TelemetrySettings = component.NewID(mf.Type()), telemetry
	mapping, err := mf.CreateLogs(ctx, ms, mf.CreateDefaultConfig(), fanOut{rows, incidents})
	require.NoError(p.t, err)
	p.begin(extensions, mapping)

	forward := p.receiver(defenderreceiver.NewFactory(defenderreceiver.WithTransport(l.cable)),
		p.with("defender", p.azure(map[string]any{
			"tenants": tenants(), "poll_interval": p.poll.String(), "requests_per_minute": 0, "storage": "file_storage", "resync_interval": "6h",
		})), mapping)
	feedback := p.receiver(sentinelreceiver.NewFactory(sentinelreceiver.WithTransport(l.cable)),
		p.with("sentinel", p.azure(map[string]any{
			"workspaces":    []any{map[string]any{"resource_id": emulator.DefaultWorkspace}},
			"tenant_id":     emulator.DefaultWorkspaceTenant,
			"poll_interval": p.poll.String(), "storage": "file_storage", "resync_interval": "6h",
		})), back)
	p.begin(extensions, forward, feedback)
}

func (p *pair) load(config component.Config, settings map[string]any) component.Config {
	p.t.Helper()
	if t, ok := p.t.(*testing.T); ok {
		return load(t, config, settings)
	}
	return config
}

func (p *pair) exporter(f exporter.Factory, settings map[string]any) exporter.Logs {
	p.t.Helper()
	s := exportertest.NewNopSettings(f.Type())
	s.ID, s.Logger = component.NewID(f.Type()), zap.NewNop()
	made, err := f.CreateLogs(context.Background(), s, p.load(f.CreateDefaultConfig(), settings))
	require.NoError(p.t, err)
	return made
}

func (p *pair) receiver(f receiver.Factory, settings map[string]any, next consumer.Logs) receiver.Logs {
	p.t.Helper()
	s := receivertest.NewNopSettings(f.Type())
	s.ID, s.Logger = component.NewID(f.Type()), zap.NewNop()
	made, err := f.CreateLogs(context.Background(), s, p.load(f.CreateDefaultConfig(), settings), next)
	require.NoError(p.t, err)
	return made
}

func (p *pair) begin(extensions host, components ...component.Component) {
	p.t.Helper()
	for _, c := range components {
		require.NoError(p.t, c.Start(context.Background(), extensions))
		p.living.components = append(p.living.components, c)
	}
}

// fanOut is a pipeline with several exporters, none of which changes what it is
// given.
type fanOut []consumer.Logs

func (f fanOut) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (f fanOut) ConsumeLogs(ctx context.Context, logs plog.Logs) error {
	var errs []error
	for _, next := range f {
		errs = append(errs, next.ConsumeLogs(ctx, logs))
	}
	return errors.Join(errs...)
}

// rowsConfig is for rows that nobody waits for: the shipped queue wakes five times
// a second to see whether a batch is due, which is most of what an idle life
// would cost.
func (p *pair) rowsConfig() map[string]any {
	c := exporterConfig()
	queue, _ := c["sending_queue"].(map[string]any)
	batch, _ := queue["batch"].(map[string]any)
	batch["flush_timeout"] = "10s"
	return c
}

// stop ends the collector as Ctrl-C does.
func (p *pair) stop() error {
	err := p.end()
	p.living = nil
	return err
}

// kill freezes storage and network at this instant and throws the rest away.
func (p *pair) kill() {
	p.living.mounted.freeze()
	p.living.cable.cut.Store(true)
	_ = p.end() // what a dead process would still say
	p.living = nil
}

func (p *pair) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	for i := len(p.living.components) - 1; i >= 0; i-- {
		errs = append(errs, p.living.components[i].Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// decision is what the ledger's log says of one.
type decision struct {
	At       time.Time
	Incident string
	Field    string
	Rule     string
	Result   string
	Reason   string
}

// decisionLog gathers the ledger's debug log over all lives.
type decisionLog struct {
	mu  sync.Mutex
	all []decision
}

var _ zapcore.Core = (*decisionLog)(nil)

func (*decisionLog) Enabled(zapcore.Level) bool { return true }
func (*decisionLog) Sync() error                { return nil }

func (l *decisionLog) With([]zapcore.Field) zapcore.Core { return l }

func (l *decisionLog) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(entry, l)
}

func (l *decisionLog) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	if entry.Level != zapcore.DebugLevel {
		return nil
	}
	values := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(values)
	}
	text := func(key string) string {
		if v, ok := values.Fields[key]; ok {
			return fmt.Sprint(v)
		}
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, decision{
		At: entry.Time, Incident: text("incident"), Field: text("field"), Rule: text("rule"), Result: text("result"), Reason: text("reason"),
	})
	return nil
}

// list is the decisions so far.
func (l *decisionLog) list() []decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]decision(nil), l.all...)
}

// queue is what a control request lists.
func (p *pair) queue(path string) (incidents []json.RawMessage, err error) {
	var list struct {
		Value []json.RawMessage `json:"value"`
	}
	body, err := controlCall(p.emulator, "GET", path, nil)
	if err == nil {
		err = json.Unmarshal(body, &list)
	}
	return list.Value, err
}
