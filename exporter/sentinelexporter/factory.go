package sentinelexporter

import (
	"context"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Type is the exporter's component type.
const Type = "sentinel"

// version goes into the user agent.
const version = "0.1.0"

// Option changes what a factory builds.
type Option func(*options)

type options struct {
	transport http.RoundTripper
}

// WithTransport sends every request, token requests included, through rt
// instead of what the http block describes. For tests that have no network.
func WithTransport(rt http.RoundTripper) Option {
	return func(o *options) { o.transport = rt }
}

// NewFactory returns the factory of the `sentinel` exporter. ocb calls it
// without options.
func NewFactory(opts ...Option) exporter.Factory {
	var o options
	for _, apply := range opts {
		apply(&o)
	}
	create := func(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
		return newLogs(ctx, set, cfg.(*Config), o)
	}
	return exporter.NewFactory(component.MustNewType(Type), createDefaultConfig,
		exporter.WithLogs(create, component.StabilityLevelAlpha))
}

func newLogs(ctx context.Context, set exporter.Settings, cfg *Config, o options) (exporter.Logs, error) {
	e, err := newExporter(set, cfg, o)
	if err != nil {
		return nil, err
	}
	inner, err := exporterhelper.NewLogs(ctx, set, cfg, e.push,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithQueue(cfg.Queue),
		exporterhelper.WithRetry(cfg.Retry),
		exporterhelper.WithTimeout(cfg.Timeout),
	)
	if err != nil {
		return nil, err
	}
	batches := cfg.Queue.HasValue() && cfg.Queue.Get().Batch.HasValue()
	return deadlined{Logs: inner, cancel: e.cancel, batches: batches}, nil
}

// deadlined ends requests under way when Shutdown's deadline passes.
// exporterhelper waits for its consumers whatever the deadline; what they had
// not sent by then stays in a queue that has a storage.
type deadlined struct {
	exporter.Logs
	cancel  context.CancelFunc
	batches bool
}

// ExporterHelperBatchingEnabled lets the collector warn of a batch processor
// in front of a queue that batches already, as it does for exporterhelper's own.
func (d deadlined) ExporterHelperBatchingEnabled() bool { return d.batches }

// Shutdown obeys the deadline of ctx.
func (d deadlined) Shutdown(ctx context.Context) error {
	defer context.AfterFunc(ctx, d.cancel)()
	return d.Logs.Shutdown(ctx)
}
