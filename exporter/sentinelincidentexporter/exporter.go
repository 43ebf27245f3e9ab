package sentinelincidentexporter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// incidentExporter is the exporter: one goroutine for each workspace.
// ConsumeLogs is safe for concurrent use between Start and Shutdown.
type incidentExporter struct {
	set       exporter.Settings
	config    *Config
	options   options
	telemetry *telemetry
	health    *writer.Health

	ledger    *ledger.Ledger
	connector *azure.Connector
	desk      *desk
	lanes     []*lane
	claims    []func()
	loops     writer.Loops
}

func newExporter(set exporter.Settings, cfg *Config, o options) (*incidentExporter, error) {
	t, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("create metrics: %w", err)
	}
	return &incidentExporter{set: set, config: cfg, options: o, telemetry: t, health: writer.NewHealth(set.Logger)}, nil
}

// Capabilities says that records are only read.
func (e *incidentExporter) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

// Start begins to write what the ledger says is missing. It sends nothing
// itself, and errs only for what no waiting heals: a ledger that is not there, an
// unreadable TLS file.
func (e *incidentExporter) Start(ctx context.Context, host component.Host) error {
	var err error
	if e.ledger, err = writer.FindLedger(host, e.config.Ledger); err != nil {
		return err
	}
	e.connector, err = azure.Connect(ctx, azure.ConnectSettings{
		Config: e.config.Azure, Host: host, Telemetry: e.set.TelemetrySettings, Version: version, RoundTripper: e.options.transport,
	})
	if err != nil {
		return err
	}
	e.health.Start(host)
	r := newRoutes(e.ledger.NameTenant, e.ledger.TenantID)
	if err := e.makeLanes(r); err != nil {
		return err
	}
	e.desk = &desk{routes: r, filter: newFilter(e.config.Filter), lobby: newLobby(), telemetry: e.telemetry}
	if err := e.telemetry.watch(e.set.TelemetrySettings, e.lanes); err != nil {
		return fmt.Errorf("create metrics: %w", err)
	}
	return e.run(ctx)
}

// makeLanes makes a writer for each workspace, and budgets for each subscription.
func (e *incidentExporter) makeLanes(r *routes) error {
	lanes, subscriptions := map[sentinel.Workspace]*lane{}, map[string]*subscription{}
	for i, link := range e.config.Links {
		workspace, err := sentinel.ParseWorkspace(link.Workspace)
		if err != nil {
			return fmt.Errorf("links::%d: %w", i, err)
		}
		l := lanes[workspace]
		if l == nil {
			if subscriptions[workspace.Subscription] == nil {
				subscriptions[workspace.Subscription] = newSubscription(workspace.Subscription, e.config.Budget)
			}
			if l, err = e.newLane(link, workspace, subscriptions[workspace.Subscription]); err != nil {
				return fmt.Errorf("links::%d: %w", i, err)
			}
			l.routes = r
			lanes[workspace] = l
			e.lanes = append(e.lanes, l)
		}
		l.links = append(l.links, laneLink{tenant: link.Tenant, arm: link.Mode == modeARM})
		r.add(link.Tenant, l)
		e.ledger.Bind(ledger.Binding{Tenant: tenantKey(link.Tenant), Workspace: l.name})
	}
	return nil
}

func (e *incidentExporter) newLane(link LinkConfig, workspace sentinel.Workspace, budgets *subscription) (*lane, error) {
	tenant := e.config.tenantOf(link)
	arm, err := e.connector.ARM(tenant, link.Credential)
	if err != nil {
		return nil, err
	}
	logs, err := e.connector.LogAnalytics(tenant, link.Credential)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(workspace.String())
	log := e.set.Logger.With(zap.String("workspace", name))
	l := &lane{
		name: name, workspace: workspace, config: e.config, ledger: e.ledger, budgets: budgets, health: e.health, log: log,
		side:      armSide{workspace, sentinelapi.NewClient(arm, workspace), sentinelapi.NewLogs(logs, workspace)},
		telemetry: laneTelemetry{telemetry: e.telemetry, workspace: name, tenant: e.ledger.TenantName},
		cloud:     string(e.connector.Cloud().Name()),
		reads:     reach{writer.NewStanding(name), topicRead},
		writes:    reach{writer.NewStanding(name), topicWrite},
		saves:     writer.NewStanding(name),
	}
	if e.options.side != nil {
		l.side = e.options.side
	}
	if e.config.MaxChanges > 0 {
		l.closings = budget.New(e.config.MaxChanges, e.config.Budget.Per)
	}
	l.existing = newExisting(l, tenant)
	return l, nil
}

// run starts the writers. A workspace has one: two that share it would know
// nothing of each other's limits.
func (e *incidentExporter) run(ctx context.Context) error {
	for _, l := range e.lanes {
		release, free := e.ledger.Claim(l.lane())
		if !free {
			return fmt.Errorf(`"links" names workspace %s, which another sentinel_incident exporter of this ledger writes: put its links into one exporter`, l.workspace.Name)
		}
		e.claims = append(e.claims, release)
	}
	taking, working := e.loops.Begin(ctx)
	for _, l := range e.lanes {
		e.loops.Go(func() { l.run(taking, working) })
	}
	return nil
}

// ConsumeLogs saves what is new in the ledger, and returns its error. The rest
// happens by itself.
func (e *incidentExporter) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	d := e.desk.sort(ctx, ld, time.Now())
	if err := e.ledger.Observe(ctx, d.news()...); err != nil {
		for _, l := range e.lanes {
			e.health.Failed(l.name, topicLedger, writer.LedgerSentence(e.config.Ledger, err), err)
		}
		return fmt.Errorf("observe incidents: %w", err)
	}
	e.desk.lobby.leave(d.admitted)
	return nil
}

// Shutdown takes on nothing more, and waits for what is under way, no longer than
// ctx allows. What became of a write that is given up then, the next start looks.
func (e *incidentExporter) Shutdown(ctx context.Context) error {
	if err := e.loops.End(ctx); err != nil {
		return err
	}
	for _, release := range e.claims {
		release()
	}
	e.claims = nil
	if e.connector != nil {
		e.connector.Close()
	}
	return e.telemetry.close()
}
