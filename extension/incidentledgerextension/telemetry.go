package incidentledgerextension

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// scopeName is the instrumentation scope of the extension's metrics.
const scopeName = "github.com/seed-9ff5f8f0/defender-sentinel/extension/incidentledgerextension"

// Metric attributes. All are bounded: tenants and workspaces by the exporters'
// configuration, the others by closed sets.
const (
	attrTenant    = "tenant"
	attrSide      = "side"
	attrWorkspace = "workspace"
	attrKind      = "kind"
	attrField     = "field"
	attrWinner    = "winner"
	attrRule      = "rule"
	attrResult    = "result"
)

// telemetry holds the extension's instruments. Safe for concurrent use.
type telemetry struct {
	meter                          metric.Meter
	decisions, conflicts, unusable metric.Int64Counter
	pending, parked, held, open    metric.Int64ObservableGauge
	oldest                         metric.Float64ObservableGauge
	registration                   metric.Registration // nil before observe
}

// newTelemetry creates every instrument under otelcol_extension_incident_ledger_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	t, errs := &telemetry{meter: set.MeterProvider.Meter(scopeName)}, []error{}
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		c, err := t.meter.Int64Counter("otelcol_extension_incident_ledger_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = c, append(errs, err)
	}
	gauge := func(to *metric.Int64ObservableGauge, name, unit, description string) {
		g, err := t.meter.Int64ObservableGauge("otelcol_extension_incident_ledger_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		*to, errs = g, append(errs, err)
	}
	counter(&t.decisions, "decisions", "{decision}", "Decisions by tenant, side written to, field, rule and result.")
	counter(&t.conflicts, "conflicts", "{conflict}", "Fields that both sides had edited differently, by tenant, field and winner.")
	counter(&t.unusable, "unusable_entries", "{entry}", "Stored parts of the ledger that could not be used and were set aside.")
	gauge(&t.open, "open_entries", "{entry}", "Incidents that are not yet closed and quiet, by tenant and workspace.")
	gauge(&t.pending, "pending", "{entry}", "Incidents that wait for work of a kind on a side, by tenant, workspace, side and kind.")
	gauge(&t.parked, "parked", "{write}", "Writes that will not succeed until something changes, by tenant, workspace and side.")
	gauge(&t.held, "held_closings", "{write}", "Closings that wait for approval, by tenant, workspace and side.")
	oldest, err := t.meter.Float64ObservableGauge("otelcol_extension_incident_ledger_oldest_pending", metric.WithUnit("s"),
		metric.WithDescription("How long the oldest pending incident waits, by tenant, workspace and side."))
	t.oldest, errs = oldest, append(errs, err)
	return t, errors.Join(errs...)
}

// observe shows the ledger's backlog whenever metrics are read.
func (t *telemetry) observe(l *ledger.Ledger) error {
	var err error
	t.registration, err = t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, b := range l.Backlog() {
			t.show(o, b)
		}
		return nil
	}, t.open, t.pending, t.parked, t.held, t.oldest)
	return err
}

func (t *telemetry) show(o metric.Observer, b ledger.Backlog) {
	where := []attribute.KeyValue{attribute.String(attrTenant, b.Tenant), attribute.String(attrWorkspace, b.Workspace)}
	o.ObserveInt64(t.open, int64(b.Open), metric.WithAttributes(where...))
	for _, side := range incident.Sides() {
		s := b.Sides[side]
		at := append(where[:len(where):len(where)], attribute.String(attrSide, side.String()))
		o.ObserveInt64(t.parked, int64(s.Parked), metric.WithAttributes(at...))
		o.ObserveInt64(t.held, int64(s.Held), metric.WithAttributes(at...))
		o.ObserveFloat64(t.oldest, s.Oldest.Seconds(), metric.WithAttributes(at...))
		for kind, n := range s.Pending {
			o.ObserveInt64(t.pending, int64(n), metric.WithAttributes(append(at[:len(at):len(at)], attribute.String(attrKind, ledger.Kind(kind).String()))...))
		}
	}
}

// decided counts a decision.
func (t *telemetry) decided(s ledger.Subject, d ledger.Decision) {
	tenant, field := attribute.String(attrTenant, s.Tenant), attribute.String(attrField, d.Field)
	if d.Result == ledger.ResultRefused {
		tenant = attribute.String(attrTenant, "") // it is only claimed: anybody could make up as many as they like
	}
	t.decisions.Add(context.Background(), 1, metric.WithAttributes(tenant, field,
		attribute.String(attrSide, d.Side), attribute.String(attrRule, d.Rule), attribute.String(attrResult, string(d.Result))))
	if d.Conflict() && (d.Result == ledger.ResultWritten || d.Result == ledger.ResultOverwritten) {
		t.conflicts.Add(context.Background(), 1, metric.WithAttributes(tenant, field, attribute.String(attrWinner, d.Winner)))
	}
}

// setAside counts a part of the ledger that could not be used.
func (t *telemetry) setAside() { t.unusable.Add(context.Background(), 1) }

// close ends the observation.
func (t *telemetry) close() error {
	if t.registration == nil {
		return nil
	}
	return t.registration.Unregister()
}
