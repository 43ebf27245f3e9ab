package defenderexporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graphapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// defender is the exporter: some goroutines for each tenant. ConsumeLogs is safe
// for concurrent use between Start and Shutdown.
type defender struct {
	set       exporter.Settings
	config    *Config
	options   options
	telemetry *telemetry
	health    *writer.Health

	ledger    *ledger.Ledger
	connector *azure.Connector
	desk      *desk
	lanes     []*lane
	releases  []func() // of claimed lanes
	loops     writer.Loops
}

func newExporter(set exporter.Settings, cfg *Config, o options) (*defender, error) {
	t, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make exporter: %w", err)
	}
	return &defender{set: set, config: cfg, options: o, telemetry: t, health: writer.NewHealth(set.Logger)}, nil
}

// Capabilities says that records are only read.
func (d *defender) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

// Start begins to write what the ledger says is missing. It sends nothing
// itself, and errs only for what no waiting heals: a ledger that is not there, an
// unreadable TLS file.
func (d *defender) Start(ctx context.Context, host component.Host) error {
	var err error
	if d.ledger, err = writer.FindLedger(host, d.config.Ledger); err != nil {
		return err
	}
	d.connector, err = azure.Connect(ctx, azure.ConnectSettings{
		Config: d.config.Azure, Host: host, Telemetry: d.set.TelemetrySettings,
		Version: version, RoundTripper: d.options.transport,
	})
	if err != nil {
		return err
	}
	d.health.Start(host)
	d.desk = newDesk(d.ledger, string(d.connector.Cloud().Name()), d.telemetry, time.Now())
	for _, c := range d.config.Tenants {
		l, err := d.newLane(c)
		if err != nil {
			return err
		}
		release, free := d.ledger.Claim(l.lane())
		if !free {
			return fmt.Errorf(`"tenants" names tenant %s, which another defender exporter of this ledger writes: put its tenants into one exporter`, c.Label())
		}
		d.lanes, d.releases = append(d.lanes, l), append(d.releases, release)
		d.ledger.NameTenant(c.Name, c.ID())
		d.desk.tenants[c.ID()] = c.Label()
	}
	if err := d.telemetry.watch(d.set.TelemetrySettings, d.ledger, d.lanes); err != nil {
		return fmt.Errorf("start exporter: %w", err)
	}
	d.run(ctx)
	return nil
}

func (d *defender) newLane(c azure.TenantConfig) (*lane, error) {
	client, err := d.connector.Graph(c.ID(), c.Credential)
	if err != nil {
		return nil, fmt.Errorf("connect tenant %s: %w", c.Label(), err)
	}
	l := &lane{
		id: c.ID(), label: c.Label(), config: d.config, ledger: d.ledger,
		graph:   graphClient{api: graphapi.NewClient(client)},
		budget:  budget.NewShared(d.config.RequestsPerMinute, time.Minute),
		reading: way{"read", writer.NewStanding(c.ID() + "/read")},
		writing: way{"write", writer.NewStanding(c.ID() + "/write")},
		saving:  way{"ledger", writer.NewStanding(c.ID() + "/ledger")},
		linking: way{"links", writer.NewStanding(c.ID() + "/links")},
		started: d.desk.started,
		health:  d.health, telemetry: tenantTelemetry{d.telemetry, c.Label()},
		log: d.set.Logger.With(zap.String("tenant", c.Label())),
	}
	if d.config.MaxChanges > 0 {
		l.closings = budget.NewShared(d.config.MaxChanges, d.config.Per)
	}
	return l, nil
}

// run starts the writers, which outlive ctx: it is for starting only.
func (d *defender) run(ctx context.Context) {
	taking, working := d.loops.Begin(ctx)
	for _, l := range d.lanes {
		l.prepare(ctx)
		for range workersPerTenant {
			d.loops.Go(func() { l.run(taking, working) })
		}
	}
}

// ConsumeLogs saves what is new in the ledger, and returns its error. The rest
// happens by itself.
func (d *defender) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	return d.desk.take(ctx, ld)
}

// Shutdown takes on nothing more, and waits for what is under way, no longer
// than ctx allows. A write that is given up then is looked after by the next
// start.
func (d *defender) Shutdown(ctx context.Context) error {
	if err := d.loops.End(ctx); err != nil {
		return err
	}
	return d.close()
}

// close gives back what was opened.
func (d *defender) close() error {
	for _, release := range d.releases {
		release()
	}
	d.releases = nil
	if d.connector != nil {
		d.connector.Close()
	}
	return d.telemetry.close()
}
