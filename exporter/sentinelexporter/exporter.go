package sentinelexporter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingestapi"
)

// mib is a mebibyte.
const mib = 1 << 20

// sentinelExporter is what exporterhelper drives: start, push, shutdown.
// push is safe for concurrent use between start and shutdown.
type sentinelExporter struct {
	cfg          *Config
	set          exporter.Settings
	options      options
	routes       routes
	destinations []*destination
	graveyard    *graveyard
	health       *health

	connector *azure.Connector // nil before start
	// stopping ends every push when Shutdown's deadline passes.
	stopping context.Context //nolint:containedctx // the component's own life, not a request's
	cancel   context.CancelFunc
}

// newExporter prepares all that needs no host.
func newExporter(set exporter.Settings, cfg *Config, o options) (*sentinelExporter, error) {
	t, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("create metrics: %w", err)
	}
	e := &sentinelExporter{
		cfg: cfg, set: set, options: o,
		routes:    newRoutes(cfg.Destinations),
		health:    newHealth(set.Logger),
		graveyard: &graveyard{logger: set.Logger, telemetry: t, silent: map[reason]silence{}},
	}
	e.stopping, e.cancel = context.WithCancel(context.Background())
	if dir := cfg.DeadLetter.Directory; dir != "" {
		prefix := letterPrefix
		if cfg.DeadLetter.Replay {
			prefix = againPrefix
		}
		e.graveyard.letters = newLetters(dir, prefix, int64(cfg.DeadLetter.MaxSizeMiB)*mib)
	}
	plan := newPlan(cfg)
	for i, d := range cfg.Destinations {
		e.destinations = append(e.destinations, newDestination(cfg, d, &destination{
			name: fmt.Sprintf("destinations::%d", i), plan: plan, telemetry: t, health: e.health,
		}))
	}
	return e, nil
}

// newDestination fills in what the configuration says.
func newDestination(cfg *Config, d DestinationConfig, into *destination) *destination {
	into.compressed = cfg.LimitAppliesTo == limitCompressed
	into.holds = newHolds()
	into.rules = map[string]RuleConfig{}
	var auxiliary []string
	for _, r := range d.Rules {
		for _, s := range r.Streams {
			into.rules[s] = r
		}
		auxiliary = append(auxiliary, r.AuxiliaryStreams...)
	}
	into.encoder = ingest.New(ingest.Settings{Streams: d.streams(), Auxiliary: auxiliary, LimitCompressed: into.compressed})
	return into
}

// start connects every destination, which sends nothing yet. It errs only for
// what cannot heal: an unreadable TLS file, an auth extension that is absent.
func (e *sentinelExporter) start(ctx context.Context, host component.Host) error {
	connector, err := azure.Connect(ctx, azure.ConnectSettings{
		Config: e.cfg.Azure, Host: host, Telemetry: e.set.TelemetrySettings, Version: version, RoundTripper: e.options.transport,
	})
	if err != nil {
		return err
	}
	e.connector = connector
	e.health.start(host)
	for i, d := range e.destinations {
		client, err := connector.Ingestion(e.cfg.tenantOf(i), e.cfg.Destinations[i].Credential, e.endpoints(i)...)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		d.client = ingestapi.NewClient(client)
		e.sayWhatIsLeftOut(d)
	}
	return nil
}

func (e *sentinelExporter) endpoints(i int) []string {
	var endpoints []string
	for _, r := range e.cfg.Destinations[i].Rules {
		endpoints = append(endpoints, r.Endpoint)
	}
	return endpoints
}

// sayWhatIsLeftOut names the Defender streams that the user did not list, once.
func (e *sentinelExporter) sayWhatIsLeftOut(d *destination) {
	absent := slices.DeleteFunc(optionalStreams(), func(s string) bool {
		_, listed := d.rules[s]
		return listed
	})
	if len(absent) > 0 {
		e.set.Logger.Info("rows of these streams will not be written, since no rule of the destination lists them; they are counted as not routed",
			zap.String("destination", d.name), zap.String("streams", strings.Join(absent, ", ")))
	}
}

// shutdown runs after the queue is drained or has given up draining.
func (e *sentinelExporter) shutdown(context.Context) error {
	e.cancel()
	if e.connector != nil {
		e.connector.Close()
	}
	if e.graveyard.letters == nil {
		return nil
	}
	return e.graveyard.letters.close()
}

// push sends each record to its tenant's workspace. It returns nil when
// nothing is left to send: every row is accepted, given up and kept, or given
// up and counted. Otherwise the error carries the records that are to be sent
// again, reduced to the streams that they still owe.
func (e *sentinelExporter) push(ctx context.Context, ld plog.Logs) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.stopping, cancel)()

	out := newOutcome()
	if e.cfg.DeadLetter.Replay {
		var unreadable plog.Logs
		ld, unreadable = openLetters(ld)
		out.giveUp(reasonUnreadable, unreadable)
	}
	for i, part := range e.routes.split(ld) {
		if i == noDestination {
			out.giveUp(reasonNoDestination, part)
			continue
		}
		e.destinations[i].send(ctx, part, out)
	}
	e.graveyard.bury(ctx, out.given, time.Now())
	return out.err()
}
