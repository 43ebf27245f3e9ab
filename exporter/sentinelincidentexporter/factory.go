package sentinelincidentexporter

import (
	"context"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
)

// Type is the exporter's component type.
const Type = "sentinel_incident"

// version goes into the user agent.
const version = "0.1.0"

// Option changes what a factory builds.
type Option func(*options)

type options struct {
	transport http.RoundTripper
	side      side // instead of ARM; nil outside tests
}

// WithTransport sends every request, token requests included, through rt
// instead of what the http block describes. For tests that have no network.
func WithTransport(rt http.RoundTripper) Option {
	return func(o *options) { o.transport = rt }
}

// NewFactory returns the factory of the `sentinel_incident` exporter. ocb calls
// it without options.
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
