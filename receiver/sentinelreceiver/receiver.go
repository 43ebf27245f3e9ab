package sentinelreceiver

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
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

// dataFormat names the wire format in the collector's own metrics.
const dataFormat = "securityinsights"

// incidents is the receiver: one goroutine per workspace.
type incidents struct {
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

func newReceiver(set receiver.Settings, cfg *Config, next consumer.Logs, o options) (*incidents, error) {
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
	return &incidents{set: set, config: cfg, next: next, options: o, obs: obs, telemetry: telemetry}, nil
}

// Start begins to poll every workspace. It sends nothing itself, and errs only
// for what no waiting heals: an extension that is not there, an unreadable TLS
// file.
func (r *incidents) Start(ctx context.Context, host component.Host) error {
	connector, err := azure.Connect(ctx, azure.ConnectSettings{
		Config: r.config.Azure, Host: host, Telemetry: r.set.TelemetrySettings,
		Version: version, RoundTripper: r.options.transport,
	})
	if err != nil {
		return err
	}
	r.connector = connector
	if err := r.openStorage(ctx, host); err != nil {
		return err
	}
	warnOfPace(r.set.Logger, r.config)
	places := r.config.places()
	budgets := map[string]*commentsBudget{}
	health := polling.NewHealth(host, "workspace", len(places))
	var workspaces []*workspace
	for _, p := range places {
		shared, ok := budgets[p.workspace.Subscription]
		if !ok {
			shared = newCommentsBudget(r.config.CommentReads)
			budgets[p.workspace.Subscription] = shared
		}
		w, err := r.newWorkspace(p, health, shared)
		if err != nil {
			return err
		}
		workspaces = append(workspaces, w)
	}
	// The loops outlive ctx, which is for starting only.
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	for i, w := range workspaces {
		// Spread over the interval, so that many workspaces do not poll at once.
		after := r.config.PollInterval * time.Duration(i) / time.Duration(len(workspaces))
		r.running.Go(func() { w.run(loops, after) })
	}
	return nil
}

func (r *incidents) openStorage(ctx context.Context, host component.Host) error {
	id := r.config.Storage.Get()
	if id == nil {
		r.set.Logger.Warn(`no "storage": cursors live in memory, and a restart begins at the lookback`)
		return nil
	}
	client, err := state.Open(ctx, host, *id, r.set.ID)
	r.storage = client
	return err
}

func (r *incidents) newWorkspace(p place, health *polling.Health, shared *commentsBudget) (*workspace, error) {
	client, err := r.connector.ARM(p.tenantID, p.Credential)
	if err != nil {
		return nil, fmt.Errorf("connect workspace %s: %w", p.label, err)
	}
	cloud := string(r.connector.Cloud().Name())
	w := &workspace{
		config: r.config, label: p.label, api: sentinelapi.NewClient(client, p.workspace),
		store:     state.NewStore(r.storage, cloud+p.workspace.String()),
		origin:    sentinel.Origin{Origin: record.Origin{Cloud: cloud, TenantID: p.tenantID}, Workspace: p.workspace},
		requests:  budget.New(r.config.RequestsPerMinute, time.Minute),
		backoff:   polling.NewBackoff(p.workspace.String()),
		health:    health,
		telemetry: workspaceTelemetry{r.telemetry, attribute.String(attrWorkspace, p.label)},
		log:       r.set.Logger.With(zap.String("workspace", p.label)),
	}
	single := reader{api: w.api, budget: shared, backoff: w.backoff, telemetry: w.telemetry}
	w.comments = comments{budget: shared, now: single, errands: newErrands(single)}
	w.sink = polling.NewSink(polling.SinkSettings{
		Next: r.next, Obs: r.obs, Format: dataFormat, Tally: w.telemetry, Log: w.log,
		Prepare: func(resource plog.ResourceLogs, scope plog.ScopeLogs) {
			w.origin.Fill(resource.Resource())
			scope.Scope().SetName(scopeName)
			scope.Scope().SetVersion(version)
		},
	})
	return w, nil
}

// Shutdown ends the loops and waits for them, no longer than ctx allows. A batch
// under way is given up; its records are read again.
func (r *incidents) Shutdown(ctx context.Context) error {
	if r.cancel != nil {
		r.cancel()
	}
	ended := make(chan struct{})
	go func() {
		r.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return fmt.Errorf("shut down receiver: a workspace is still busy: %w", ctx.Err())
	}
	return r.close(ctx)
}

// close gives back what was opened, once.
func (r *incidents) close(ctx context.Context) error {
	var err error
	if r.connector != nil {
		r.connector.Close()
	}
	if r.storage != nil {
		err = errors.Join(err, r.storage.Close(ctx))
		r.storage = nil
	}
	return err
}
