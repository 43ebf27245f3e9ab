package defenderexporter

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// Metric attributes. All are bounded: tenants by the configuration, the others
// by closed sets.
const (
	attrTenant    = "tenant"
	attrField     = "field"
	attrResult    = "result"
	attrOperation = "operation"
	attrStatus    = "status"
)

// What becomes of a record.
const (
	recordObserved   = "observed"
	recordUnreadable = "unreadable"
	recordOtherKind  = "other_kind"
)

// whatComment is what is written beside fields.
const whatComment = "comment"

// What becomes of a write, beside a writer.Fate's words.
const (
	resultUnconfirmed = "unconfirmed"
	resultRedirected  = "redirected"
	resultDryRun      = "dry_run"
	resultHeld        = "held"
)

// resultOf compares an answer with what was asked. Graph's answers may be stale,
// so one that does not show it is not yet a failure.
func resultOf(fate writer.Fate, plan ledger.Plan, answer incident.Snapshot) string {
	if fate != writer.FateDone {
		return fate.String()
	}
	if answer.RedirectedTo != "" || answer.Values[incident.FieldStatus] == incident.DefenderRedirected {
		return resultRedirected
	}
	for _, w := range plan.Writes {
		if answer.Values[w.Field] != w.Asked {
			return resultUnconfirmed
		}
	}
	return fate.String()
}

// telemetry holds the exporter's instruments. What is pending, parked, held and
// decided is the ledger's to tell. Safe for concurrent use.
type telemetry struct {
	records, writes, comments, requests metric.Int64Counter
	throttled                           metric.Float64Counter
	tenantUp                            metric.Int64Gauge

	registration metric.Registration
}

// newTelemetry creates every instrument under otelcol_exporter_defender_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	m := set.MeterProvider.Meter(scopeName)
	t, errs := &telemetry{}, []error{}
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		c, err := m.Int64Counter(metricName(name), metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = c, append(errs, err)
	}
	counter(&t.records, "records", "{record}", "Records by result: observed, unreadable, other_kind.")
	counter(&t.writes, "writes", "{write}", "Writes to Defender by tenant, field (or comment) and result: written, unconfirmed "+
		"(answered, not shown yet), redirected (merged away), refused, unsent, unknown (answer lost), dry_run, held (max_changes).")
	counter(&t.comments, "copied_comments", "{comment}", "Sentinel comments copied to Defender, by tenant.")
	counter(&t.requests, "requests", "{request}", "Requests to Graph by tenant, operation and HTTP status (0 when no answer came).")
	throttled, err := m.Float64Counter(metricName("throttled_seconds"), metric.WithUnit("s"),
		metric.WithDescription("Seconds waited because Graph answered 429, by tenant."))
	t.throttled, errs = throttled, append(errs, err)
	up, err := m.Int64Gauge(metricName("tenant_up"), metric.WithUnit("1"),
		metric.WithDescription("1 while the tenant's incidents can be read and written, else 0, by tenant."))
	t.tenantUp, errs = up, append(errs, err)
	return t, errors.Join(errs...)
}

func metricName(name string) string { return "otelcol_exporter_defender_" + name }

// watch registers the gauges that are worked out when metrics are read.
func (t *telemetry) watch(set component.TelemetrySettings, l *ledger.Ledger, lanes []*lane) error {
	m := set.MeterProvider.Meter(scopeName)
	left, err := m.Int64ObservableGauge(metricName("budget_left"), metric.WithUnit("{request}"),
		metric.WithDescription("Requests that may begin now, by tenant; no point without requests_per_minute."))
	if err != nil {
		return err
	}
	remaining, err := m.Int64ObservableGauge(metricName("remaining_time"), metric.WithUnit("s"),
		metric.WithDescription("Seconds until all that is pending is written at the pace of the budget, by tenant; no point without requests_per_minute."))
	if err != nil {
		return err
	}
	t.registration, err = m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		now, stats := time.Now(), map[ledger.Lane]ledger.SideStats{}
		for _, s := range l.Stats() {
			stats[s.Lane] = s.SideStats
		}
		for _, l := range lanes {
			if n := l.budget.Left(now); n >= 0 {
				where := metric.WithAttributes(attribute.String(attrTenant, l.label))
				o.ObserveInt64(left, int64(n), where)
				o.ObserveInt64(remaining, int64(remainingTime(stats[l.lane()], n, l.config.RequestsPerMinute).Seconds()), where)
			}
		}
		return nil
	}, left, remaining)
	return err
}

// remainingTime is how long what is pending takes with a budget of which some is
// left now.
func remainingTime(s ledger.SideStats, left, perMinute int) time.Duration {
	requests := requestsPerWork*(s.Pending[ledger.KindStatus]+s.Pending[ledger.KindEdit]) + s.Pending[ledger.KindRead] + s.Pending[ledger.KindComment]
	minutes := (max(0, requests-left) + perMinute - 1) / perMinute
	return time.Duration(minutes) * time.Minute
}

// close ends the observation.
func (t *telemetry) close() error {
	if t.registration == nil {
		return nil
	}
	return t.registration.Unregister()
}

// record counts one record by what became of it.
func (t *telemetry) record(ctx context.Context, result string) {
	t.records.Add(ctx, 1, metric.WithAttributes(attribute.String(attrResult, result)))
}

// tenantTelemetry is the telemetry of one tenant.
type tenantTelemetry struct {
	*telemetry
	tenant string
}

func (t tenantTelemetry) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(append(attrs, attribute.String(attrTenant, t.tenant))...)
}

// did counts one write.
func (t tenantTelemetry) did(ctx context.Context, what, result string) {
	t.writes.Add(ctx, 1, t.with(attribute.String(attrField, what), attribute.String(attrResult, result)))
}

// wrote counts the fields of one write.
func (t tenantTelemetry) wrote(ctx context.Context, plan ledger.Plan, result string) {
	for _, w := range plan.Writes {
		t.did(ctx, w.Field.String(), result)
	}
}

func (t tenantTelemetry) copied(ctx context.Context) { t.comments.Add(ctx, 1, t.with()) }

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

func (t tenantTelemetry) waited(ctx context.Context, wait time.Duration) {
	t.throttled.Add(ctx, max(0, wait.Seconds()), t.with())
}

// up sets the gauge of health.
func (t tenantTelemetry) up(ctx context.Context, up bool) {
	n := int64(0)
	if up {
		n = 1
	}
	t.tenantUp.Record(ctx, n, t.with())
}
