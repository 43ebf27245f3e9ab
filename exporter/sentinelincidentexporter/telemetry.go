package sentinelincidentexporter

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// scopeName is the instrumentation scope of the exporter's metrics.
const scopeName = "github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelincidentexporter"

// Metric attributes. All are bounded: tenants, workspaces and subscriptions by
// the configuration, the others by closed sets.
const (
	attrTenant       = "tenant"
	attrWorkspace    = "workspace"
	attrSide         = "side"
	attrField        = "field"
	attrResult       = "result"
	attrSubscription = "subscription"
	attrBudget       = "budget"
	attrState        = "state"
)

// What is written beside fields.
const (
	whatCreate          = "create"
	whatRedirect        = "redirect"
	whatRedirectComment = "redirect_comment"
	whatComment         = "comment"
	whatRelation        = "relation"
)

// What becomes of a write.
const (
	resultSent     = "sent" // and not answered yet; no metric has it
	resultWritten  = "written"
	resultConflict = "conflict"
	resultRefused  = "refused"
	resultUnknown  = "unknown"
	resultDryRun   = "dry_run"
	resultHeld     = "held"
)

// resultOf is what became of a request.
func resultOf(err error) string {
	var body *bodyError
	switch {
	case err == nil:
		return resultWritten
	case errors.As(err, &body):
		return resultRefused
	}
	switch class := azure.ClassOf(err); class {
	case azure.ClassConflictETag:
		return resultConflict
	case azure.ClassPermanent, azure.ClassSplit:
		return resultRefused
	case azure.ClassThrottled, azure.ClassMisconfigured:
		return class.String()
	case azure.ClassRetryable:
	}
	return resultUnknown
}

// telemetry holds the exporter's instruments. What is pending, parked, held and
// decided is the ledger's to tell. Safe for concurrent use.
type telemetry struct {
	records, writes, comments, relations metric.Int64Counter

	registration metric.Registration
}

// newTelemetry creates every instrument under otelcol_exporter_sentinel_incident_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	m := set.MeterProvider.Meter(scopeName)
	t, errs := &telemetry{}, []error{}
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		c, err := m.Int64Counter(metricName(name), metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = c, append(errs, err)
	}
	counter(&t.records, "records", "{record}",
		"Records by tenant and result: observed, filtered (not admitted), unknown_tenant (no link), unreadable, other_kind.")
	counter(&t.writes, "writes", "{write}",
		"Writes by tenant, workspace, side, field (or create, redirect, redirect_comment, comment, relation) and result: "+
			"written, conflict (etag), refused, throttled, misconfigured, unknown (answer lost), dry_run, held (max_changes).")
	counter(&t.comments, "copied_comments", "{comment}", "Defender comments copied to Sentinel, by tenant, workspace and side.")
	counter(&t.relations, "related_alerts", "{alert}", "Alerts related with their incident, by tenant, workspace and side.")
	return t, errors.Join(errs...)
}

func metricName(name string) string { return "otelcol_exporter_sentinel_incident_" + name }

// watch registers the gauges that are worked out when metrics are read.
func (t *telemetry) watch(set component.TelemetrySettings, lanes []*lane) error {
	m := set.MeterProvider.Meter(scopeName)
	var errs []error
	gauge := func(name, unit, description string) metric.Int64ObservableGauge {
		g, err := m.Int64ObservableGauge(metricName(name), metric.WithUnit(unit), metric.WithDescription(description))
		errs = append(errs, err)
		return g
	}
	left := gauge("budget_left", "{request}", "Requests that may begin now, by subscription and budget; budgets without a limit have no point.")
	drain := gauge("remaining_time", "s", "Seconds until all pending writes of a subscription are done at the pace of its budgets, by subscription.")
	waiting := gauge("waiting_alerts", "{alert}", "Alerts that are not related yet, by tenant, workspace and side.")
	state := gauge("existing_sync", "1", "1 for what else brings Defender incidents into the workspace, by tenant, workspace and state: unknown, none, same_tenant, other_tenant.")
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var err error
	t.registration, err = m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		now := time.Now()
		for s, remaining := range remainingTimes(lanes, now) {
			o.ObserveInt64(drain, int64(remaining.Seconds()), metric.WithAttributes(attribute.String(attrSubscription, s.id)))
			for kind := range spendCount {
				if n := s.left(kind, now); n >= 0 {
					o.ObserveInt64(left, int64(n), metric.WithAttributes(attribute.String(attrSubscription, s.id), attribute.String(attrBudget, kind.String())))
				}
			}
		}
		for _, l := range lanes {
			l.report(func(n int64, attrs ...attribute.KeyValue) { o.ObserveInt64(waiting, n, l.telemetry.with(attrs...)) },
				func(n int64, attrs ...attribute.KeyValue) { o.ObserveInt64(state, n, l.telemetry.with(attrs...)) })
		}
		return nil
	}, left, drain, waiting, state)
	return err
}

// close ends the observation.
func (t *telemetry) close() error {
	if t.registration == nil {
		return nil
	}
	return t.registration.Unregister()
}

// record counts one record by what became of it. Records of strangers have no
// tenant.
func (t *telemetry) record(ctx context.Context, tenant, result string) {
	t.records.Add(ctx, 1, metric.WithAttributes(attribute.String(attrTenant, tenant), attribute.String(attrResult, result)))
}

// laneTelemetry is the telemetry of one workspace.
type laneTelemetry struct {
	*telemetry
	workspace string // its ARM id
	// tenant is what the user calls a tenant.
	tenant func(id string) string
}

func (t laneTelemetry) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(append(attrs, attribute.String(attrWorkspace, t.workspace), attribute.String(attrSide, own.String()))...)
}

func (t laneTelemetry) of(tenantID string) attribute.KeyValue {
	return attribute.String(attrTenant, t.tenant(tenantID))
}

// did counts one write.
func (t laneTelemetry) did(ctx context.Context, tenantID, what, result string) {
	t.writes.Add(ctx, 1, t.with(t.of(tenantID), attribute.String(attrField, what), attribute.String(attrResult, result)))
}

// wrote counts the fields of one write.
func (t laneTelemetry) wrote(ctx context.Context, tenantID string, plan ledger.Plan, result string) {
	switch {
	case plan.Create:
		t.did(ctx, tenantID, whatCreate, result)
	case plan.Redirect:
		t.did(ctx, tenantID, whatRedirect, result)
	default:
		for _, w := range plan.Writes {
			t.did(ctx, tenantID, w.Field.String(), result)
		}
	}
}

func (t laneTelemetry) copied(ctx context.Context, tenantID string) {
	t.comments.Add(ctx, 1, t.with(t.of(tenantID)))
}

func (t laneTelemetry) related(ctx context.Context, tenantID string, n int) {
	if n > 0 {
		t.relations.Add(ctx, int64(n), t.with(t.of(tenantID)))
	}
}
