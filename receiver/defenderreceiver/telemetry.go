package defenderreceiver

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Metric attributes. All are bounded: tenants by the configuration, incidents
// by the length of the quarantine, the others by closed sets.
const (
	attrTenant    = "tenant"
	attrOperation = "operation"
	attrStatus    = "status"
	attrKind      = "kind"
	attrIncident  = "incident"
)

// telemetry holds the receiver's instruments. Safe for concurrent use.
type telemetry struct {
	requests, pages, records, duplicates, refused, rejected metric.Int64Counter
	throttled                                               metric.Float64Counter
	window, lag                                             metric.Float64Gauge
	up                                                      metric.Int64Gauge

	// quarantined are the ids of each tenant, shown when metrics are read.
	mu           sync.Mutex
	quarantined  map[string][]string
	registration metric.Registration
}

// newTelemetry creates every instrument under otelcol_receiver_defender_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	m := set.MeterProvider.Meter(scopeName)
	t, errs := &telemetry{quarantined: map[string][]string{}}, []error{}
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		c, err := m.Int64Counter("otelcol_receiver_defender_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = c, append(errs, err)
	}
	gauge := func(to *metric.Int64Gauge, name, unit, description string) {
		g, err := m.Int64Gauge("otelcol_receiver_defender_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = g, append(errs, err)
	}
	seconds := func(to *metric.Float64Gauge, name, description string) {
		g, err := m.Float64Gauge("otelcol_receiver_defender_"+name, metric.WithUnit("s"), metric.WithDescription(description))
		*to, errs = g, append(errs, err)
	}
	counter(&t.requests, "requests", "{request}", "Requests to Graph by tenant, operation and HTTP status (0 when no answer came).")
	counter(&t.pages, "pages", "{page}", "Pages read to their end, by tenant and operation.")
	counter(&t.records, "records", "{record}", "Records that the next component took, by tenant and kind.")
	counter(&t.duplicates, "duplicates", "{record}", "Revisions met again and not emitted again, by tenant and kind.")
	counter(&t.refused, "refused_records", "{record}", "Records that the next component refused; they are read again, by tenant.")
	counter(&t.rejected, "rejected_records", "{record}", "Records that the next component rejected for good; they are dropped, by tenant.")
	throttled, err := m.Float64Counter("otelcol_receiver_defender_throttled_seconds", metric.WithUnit("s"),
		metric.WithDescription("Seconds waited because Graph answered 429, by tenant."))
	t.throttled, errs = throttled, append(errs, err)
	seconds(&t.window, "window", "Span of last-update time that is known but not yet read, by tenant.")
	seconds(&t.lag, "lag", "Time since the tenant was last read to the end, by tenant.")
	gauge(&t.up, "tenant_up", "1", "1 while the tenant can be read, else 0, by tenant.")
	return t, errors.Join(append(errs, t.observe(m))...)
}

// observe registers the gauge that names what is quarantined: a point for each
// incident, gone once it is readable.
func (t *telemetry) observe(m metric.Meter) error {
	gauge, err := m.Int64ObservableGauge("otelcol_receiver_defender_quarantined", metric.WithUnit("{incident}"),
		metric.WithDescription("1 for each incident, at most 256 of a tenant, that Graph does not show whole; tried again with back-off, by tenant and id."))
	if err != nil {
		return err
	}
	t.registration, err = m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		for tenant, ids := range t.quarantined {
			for _, id := range ids {
				o.ObserveInt64(gauge, 1, metric.WithAttributes(attribute.String(attrTenant, tenant), attribute.String(attrIncident, id)))
			}
		}
		return nil
	}, gauge)
	return err
}

// close ends the observation.
func (t *telemetry) close() error { return t.registration.Unregister() }

// tenantTelemetry is the telemetry of one tenant.
type tenantTelemetry struct {
	*telemetry
	tenant attribute.KeyValue
}

func (t tenantTelemetry) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(append(attrs, t.tenant)...)
}

// request counts one request by how it ended.
func (t tenantTelemetry) request(ctx context.Context, operation string, err error) {
	status := 200
	if err != nil {
		status = 0
		if e := (*azure.Error)(nil); errors.As(err, &e) {
			status = e.Status
		}
	}
	t.requests.Add(ctx, 1, t.with(attribute.String(attrOperation, operation), attribute.String(attrStatus, strconv.Itoa(status))))
}

func (t tenantTelemetry) page(ctx context.Context, operation string) {
	t.pages.Add(ctx, 1, t.with(attribute.String(attrOperation, operation)))
}

// Emitted counts records taken.
func (t tenantTelemetry) Emitted(ctx context.Context, event string, n int) {
	t.records.Add(ctx, int64(n), t.with(attribute.String(attrKind, event)))
}

// Refused counts records refused.
func (t tenantTelemetry) Refused(ctx context.Context, n int) {
	t.refused.Add(ctx, int64(n), t.with())
}

// Rejected counts records dropped.
func (t tenantTelemetry) Rejected(ctx context.Context, n int) {
	t.rejected.Add(ctx, int64(n), t.with())
}

func (t tenantTelemetry) duplicate(ctx context.Context, kind string) {
	t.duplicates.Add(ctx, 1, t.with(attribute.String(attrKind, kind)))
}

func (t tenantTelemetry) waited(ctx context.Context, wait time.Duration) {
	t.throttled.Add(ctx, wait.Seconds(), t.with())
}

// alive sets the gauge of health.
func (t tenantTelemetry) alive(ctx context.Context, up bool) {
	n := int64(0)
	if up {
		n = 1
	}
	t.up.Record(ctx, n, t.with())
}

// holds names what is quarantined now.
func (t tenantTelemetry) holds(ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quarantined[t.tenant.Value.AsString()] = ids
}
