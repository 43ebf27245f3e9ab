package entitymappingprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// scopeName is the instrumentation scope of the processor's metrics.
const scopeName = "github.com/seed-9ff5f8f0/defender-sentinel/processor/entitymappingprocessor"

// Metric attributes, both bounded by the mapping's table and "other".
const (
	attrEntityType   = "entity_type"
	attrEvidenceType = "evidence_type"
)

// telemetry holds the processor's instruments. Safe for concurrent use.
type telemetry struct {
	entities, generic, dropped, overflowed, malformed, converted metric.Int64Counter
	// types and evidence are the attributes of the first two, by their value:
	// making them for each batch would cost more than counting.
	types, evidence map[string][]metric.AddOption
}

// optionsOf makes the attributes of one name, by their value.
func optionsOf(name string, values []string) map[string][]metric.AddOption {
	of := map[string][]metric.AddOption{}
	for _, value := range values {
		of[value] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(attribute.String(name, value)))}
	}
	return of
}

// instrument is one counter's name, UCUM unit and description.
type instrument struct {
	counter                 *metric.Int64Counter
	name, unit, description string
}

func (t *telemetry) instruments() []instrument {
	return []instrument{
		{&t.entities, "entities", "{entity}", "Entities made, by type; a type that is not in the table counts as other."},
		{&t.generic, "generic_evidence", "{evidence}", "Evidence of a type that Sentinel documents no entity for, by evidence type; unknown types count as other."},
		{&t.dropped, "dropped_entities", "{entity}", "Entities beyond the 500 that Sentinel takes with an alert; the evidence is still in the record's body."},
		{&t.overflowed, "overflowed_alerts", "{alert}", "Alerts with more entities than the 500, or the 64 KB of them, that Sentinel takes."},
		{&t.malformed, "malformed_alerts", "{alert}", "Alerts whose body or evidence is not of the expected shape, passed on as they are."},
		{&t.converted, "added_records", "{record}", "Records added in the schema that the setting format names."},
	}
}

// newTelemetry creates every instrument under otelcol_processor_entity_mapping_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	types, evidence := []string{entity.OtherType}, []string{entity.OtherType}
	for _, typ := range entity.Types() {
		types = append(types, typ.Name)
	}
	for _, kind := range entity.Kinds() {
		evidence = append(evidence, kind.Name)
	}
	t := &telemetry{types: optionsOf(attrEntityType, types), evidence: optionsOf(attrEvidenceType, evidence)}
	var errs error
	for _, i := range t.instruments() {
		c, err := meter.Int64Counter("otelcol_processor_entity_mapping_"+i.name, metric.WithUnit(i.unit), metric.WithDescription(i.description))
		*i.counter, errs = c, errors.Join(errs, err)
	}
	return t, errs
}

// batch counts one batch of logs.
func (t *telemetry) batch(ctx context.Context, b *batch) {
	b.tally.Entities(func(entityType string, n int64) {
		t.entities.Add(ctx, n, t.types[entityType]...)
	})
	b.tally.Generic(func(evidenceType string, n int64) {
		t.generic.Add(ctx, n, t.evidence[evidenceType]...)
	})
	add(ctx, t.dropped, b.dropped)
	add(ctx, t.overflowed, b.overflowed)
	add(ctx, t.malformed, b.malformed)
	add(ctx, t.converted, b.converted)
}

func add(ctx context.Context, c metric.Int64Counter, n int64) {
	if n > 0 {
		c.Add(ctx, n)
	}
}
