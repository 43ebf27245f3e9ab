package sentinelreceiver

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Metric attributes. All are bounded: workspaces by the configuration, the
// others by closed sets.
const (
	attrWorkspace = "workspace"
	attrOperation = "operation"
	attrStatus    = "status"
)

// telemetry holds the receiver's instruments. Safe for concurrent use.
type telemetry struct {
	requests, pages, records, duplicates, refused, rejected metric.Int64Counter
	throttled                                               metric.Float64Counter
	window, lag                                             metric.Float64Gauge
	up, commentsOwed, quarantined                           metric.Int64Gauge
}

// newTelemetry creates every instrument under otelcol_receiver_sentinel_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	m := set.MeterProvider.Meter(scopeName)
	t, errs := &telemetry{}, []error{}
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		c, err := m.Int64Counter("otelcol_receiver_sentinel_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = c, append(errs, err)
	}
	gauge := func(to *metric.Int64Gauge, name, unit, description string) {
		g, err := m.Int64Gauge("otelcol_receiver_sentinel_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = g, append(errs, err)
	}
	seconds := func(to *metric.Float64Gauge, name, description string) {
		g, err := m.Float64Gauge("otelcol_receiver_sentinel_"+name, metric.WithUnit("s"), metric.WithDescription(description))
		*to, errs = g, append(errs, err)
	}
	counter(&t.requests, "requests", "{request}", "Requests to Azure Resource Manager by workspace, operation and HTTP status (0 when no answer came).")
	counter(&t.pages, "pages", "{page}", "Pages read to their end, by workspace and operation.")
	counter(&t.records, "records", "{record}", "Records that the next component took, by workspace.")
	counter(&t.duplicates, "duplicates", "{record}", "Revisions met again and not emitted again, by workspace.")
	counter(&t.refused, "refused_records", "{record}", "Records that the next component refused; they are read again, by workspace.")
	counter(&t.rejected, "rejected_records", "{record}", "Records that the next component rejected for good; they are dropped, by workspace.")
	throttled, err := m.Float64Counter("otelcol_receiver_sentinel_throttled_seconds", metric.WithUnit("s"),
		metric.WithDescription("Seconds waited because Azure Resource Manager answered 429, by workspace and operation."))
	t.throttled, errs = throttled, append(errs, err)
	seconds(&t.window, "window", "Span of last-modified time that is known but not yet read, by workspace.")
	seconds(&t.lag, "lag", "Time since the workspace was last read to the end, by workspace.")
	gauge(&t.up, "workspace_up", "1", "1 while the workspace can be read, else 0, by workspace.")
	gauge(&t.commentsOwed, "comments_owed", "{incident}", "Incidents emitted whose comments are still to be read, by workspace.")
	gauge(&t.quarantined, "quarantined", "{span}", "Spans of time that hold an incident which Sentinel does not show; tried again with back-off, by workspace.")
	return t, errors.Join(errs...)
}

// workspaceTelemetry is the telemetry of one workspace.
type workspaceTelemetry struct {
	*telemetry
	workspace attribute.KeyValue
}

func (t workspaceTelemetry) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(append(attrs, t.workspace)...)
}

// request counts one request by how it ended.
func (t workspaceTelemetry) request(ctx context.Context, operation string, err error) {
	status := 200
	if err != nil {
		status = 0
		if e := (*azure.Error)(nil); errors.As(err, &e) {
			status = e.Status
		}
	}
	t.requests.Add(ctx, 1, t.with(attribute.String(attrOperation, operation), attribute.String(attrStatus, strconv.Itoa(status))))
}

func (t workspaceTelemetry) page(ctx context.Context, operation string) {
	t.pages.Add(ctx, 1, t.with(attribute.String(attrOperation, operation)))
}

// Emitted counts records taken.
func (t workspaceTelemetry) Emitted(ctx context.Context, _ string, n int) {
	t.records.Add(ctx, int64(n), t.with())
}

// Refused counts records refused.
func (t workspaceTelemetry) Refused(ctx context.Context, n int) {
	t.refused.Add(ctx, int64(n), t.with())
}

// Rejected counts records dropped.
func (t workspaceTelemetry) Rejected(ctx context.Context, n int) {
	t.rejected.Add(ctx, int64(n), t.with())
}

func (t workspaceTelemetry) duplicate(ctx context.Context) {
	t.duplicates.Add(ctx, 1, t.with())
}

func (t workspaceTelemetry) waited(ctx context.Context, operation string, wait time.Duration) {
	t.throttled.Add(ctx, wait.Seconds(), t.with(attribute.String(attrOperation, operation)))
}

// alive sets the gauge of health.
func (t workspaceTelemetry) alive(ctx context.Context, up bool) {
	n := int64(0)
	if up {
		n = 1
	}
	t.up.Record(ctx, n, t.with())
}
