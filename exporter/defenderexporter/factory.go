package defenderexporter

import (
	"context"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
)

// Type is the exporter's component type.
const Type = "defender"

const (
	// scopeName is the instrumentation scope of the exporter's metrics.
	scopeName = "github.com/seed-9ff5f8f0/defender-sentinel/exporter/defenderexporter"
	// version goes into the user agent.
	version = "0.1.0"
)

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

// NewFactory returns the factory of the `defender` exporter. ocb calls it
// without options.
func NewFactory(opts ...Option) exporter.Factory {
	var o options
	for _, apply := range opts {
		apply(&o)
	}
	create := func(_ context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
		return newExporter(set, cfg.(*Config), o)
	}
	return exporter.NewFactory(component.MustNewType(Type), createDefaultConfig,
		exporter.WithLogs(create, component.StabilityLevelAlpha))
}
