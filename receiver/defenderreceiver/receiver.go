package defenderreceiver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graphapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

// defender is the receiver: one goroutine per tenant.
type defender struct {
	set       receiver.Settings
	config    *Config
	next      consumer.Logs
	options   options
	obs       *receiverhelper.ObsReport
	telemetry *telemetry

	connector *azure.Connector
	storage   storage.Client
	cancel    context.CancelFunc
	running   sync.WaitGroup
}

func newReceiver(set receiver.Settings, cfg *Config, next consumer.Logs, o options) (*defender, error) {
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: "http", LongLivedCtx: true, ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, fmt.Errorf("make receiver: %w", err)
	}
	telemetry, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make receiver: %w", err)
	}
	return &defender{set: set, config: cfg, next: next, options: o, obs: obs, telemetry: telemetry}, nil
}

// Start begins to poll every tenant. It sends nothing itself, and errs only for
// what no waiting heals: an extension that is not there, an unreadable TLS file.
func (d *defender) Start(ctx context.Context, host component.Host) error {
	connector, err := azure.Connect(ctx, azure.ConnectSettings{
		Config: d.config.Azure, Host: host, Telemetry: d.set.TelemetrySettings,
		Version: version, RoundTripper: d.options.transport,
	})
	if err != nil {
		return err
	}
	d.connector = connector
	if err := d.openStorage(ctx, host); err != nil {
		return err
	}
	health := polling.NewHealth(host, "tenant", len(d.config.Tenants))
	tenants := make([]*tenant, 0, len(d.config.Tenants))
	for _, c := range d.config.Tenants {
		t, err := d.newTenant(c, health)
		if err != nil {
			return err
		}
		tenants = append(tenants, t)
	}
	// The loops outlive ctx, which is for starting only.
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d.cancel = cancel
	for i, t := range tenants {
		// Spread over the interval, so that many tenants do not poll at once.
		after := d.config.PollInterval * time.Duration(i) / time.Duration(len(tenants))
		d.running.Go(func() { t.run(loops, after) })
	}
	return nil
}

func (d *defender) openStorage(ctx context.Context, host component.Host) error {
	id := d.config.Storage.Get()
	if id == nil {
		d.set.Logger.Warn(`no "storage": cursors live in memory, and a restart begins at the lookback`)
		return nil
	}
	client, err := state.Open(ctx, host, *id, d.set.ID)
	d.storage = client
	return err
}

func (d *defender) newTenant(c azure.TenantConfig, health *polling.Health) (*tenant, error) {
	id := c.ID()
	client, err := d.connector.Graph(id, c.Credential)
	if err != nil {
		return nil, fmt.Errorf("connect tenant %s: %w", c.Label(), err)
	}
	cloud := string(d.connector.Cloud().Name())
	telemetry := tenantTelemetry{d.telemetry, attribute.String(attrTenant, c.Label())}
	origin := record.Origin{Cloud: cloud, TenantID: id, TenantName: c.Name}
	log := d.set.Logger.With(zap.String("tenant", c.Label()))
	batches := polling.NewSink(polling.SinkSettings{
		Next: d.next, Obs: d.obs, Format: dataFormat, Tally: telemetry, Log: log,
		Prepare: func(resource plog.ResourceLogs, scope plog.ScopeLogs) {
			origin.Fill(resource.Resource())
			scope.Scope().SetName(scopeName)
			scope.Scope().SetVersion(version)
		},
	})
	return &tenant{
		config: d.config, label: c.Label(), api: graphapi.NewClient(client),
		store:  state.NewStore(d.storage, cloud+"/"+id),
		sink:   &sink{Sink: batches, origin: origin},
		pace:   newPace(d.config.RequestsPerMinute, polling.NewBackoff(id)),
		health: health, telemetry: telemetry,
		log: log,
	}, nil
}

// Shutdown ends the loops and waits for them, no longer than ctx allows. A batch
// under way is given up; its records are read again.
func (d *defender) Shutdown(ctx context.Context) error {
	if d.cancel != nil {
		d.cancel()
	}
	ended := make(chan struct{})
	go func() {
		d.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return fmt.Errorf("shut down receiver: a tenant is still busy: %w", ctx.Err())
	}
	return d.close(ctx)
}

// close gives back what was opened, once.
func (d *defender) close(ctx context.Context) error {
	err := d.telemetry.close()
	if d.connector != nil {
		d.connector.Close()
	}
	if d.storage != nil {
		err = errors.Join(err, d.storage.Close(ctx))
		d.storage = nil
	}
	return err
}
