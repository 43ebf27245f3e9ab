package sentinelreceiver

import (
	"context"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
)

// Type is the receiver's component type.
const Type = "sentinel"

const (
	// scopeName is the instrumentation scope of records and metrics.
	scopeName = "github.com/seed-9ff5f8f0/defender-sentinel/receiver/sentinelreceiver"
	// version goes into the scope and the user agent.
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

// NewFactory returns the factory of the `sentinel` receiver. ocb calls it
// without options.
func NewFactory(opts ...Option) receiver.Factory {
	var o options
	for _, apply := range opts {
		apply(&o)
	}
	create := func(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
		return newReceiver(set, cfg.(*Config), next, o)
	}
	return receiver.NewFactory(component.MustNewType(Type), createDefaultConfig,
		receiver.WithLogs(create, component.StabilityLevelAlpha))
}
