package sentinelexporter

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
)

// scopeName is the instrumentation scope of the exporter's metrics.
const scopeName = "github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelexporter"

// Metric attributes. All are bounded: streams and rules by the configuration,
// classes and reasons by closed sets.
const (
	attrStream = "stream"
	attrRule   = "rule"
	attrClass  = "class"
	attrReason = "reason"
)

// telemetry holds the exporter's instruments. Safe for concurrent use.
type telemetry struct {
	rows, rawBytes, wireBytes         metric.Int64Counter
	requests                          metric.Int64Counter
	splits, shortened, parts, omitted metric.Int64Counter
	resync, forOthers                 metric.Int64Counter
	notRouted, deadLettered, lost     metric.Int64Counter
}

// instrument is one counter's name, UCUM unit and description.
type instrument struct {
	counter                 *metric.Int64Counter
	name, unit, description string
}

func (t *telemetry) instruments() []instrument {
	// What is counted while encoding is counted again when a batch is retried.
	return []instrument{
		{&t.rows, "rows", "{row}", "Rows that Azure accepted, by stream and rule."},
		{&t.rawBytes, "raw_bytes", "By", "Bytes of accepted requests before compression, by stream and rule."},
		{&t.wireBytes, "wire_bytes", "By", "Bytes of accepted requests on the wire, by stream and rule."},
		{&t.requests, "requests", "{request}", "Requests by rule and class: accepted, retryable, throttled, misconfigured, split, permanent."},
		{&t.splits, "splits", "{request}", "Requests that were cut because of their size, by reason: limit (ours, before sending) or refused (Azure's 413)."},
		{&t.shortened, "shortened_values", "{value}", "Values cut or left out because a column holds 64 KB; the original is whole elsewhere."},
		{&t.parts, "parts", "{row}", "Rows of parts that long originals were written in."},
		{&t.omitted, "omitted_entities", "{entity}", "Entities that did not fit the column Entities; each has its own row."},
		{&t.resync, "resync_records", "{record}", "Records that were read again on purpose and are no new revision, so not written."},
		{&t.forOthers, "other_schema_records", "{record}", "OCSF events, which are for other destinations; their alerts and incidents are written."},
		{&t.notRouted, "not_routed_records", "{record}", "Defender records not written to a stream because no rule of the destination lists it, by stream."},
		{&t.deadLettered, "dead_letter_records", "{record}", "Records written to the dead letter, by reason."},
		{&t.lost, "lost_records", "{record}", "Records given up and not kept, by reason."},
	}
}

// newTelemetry creates every instrument under otelcol_exporter_sentinel_.
func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	t := &telemetry{}
	var errs error
	for _, i := range t.instruments() {
		c, err := meter.Int64Counter("otelcol_exporter_sentinel_"+i.name, metric.WithUnit(i.unit), metric.WithDescription(i.description))
		*i.counter, errs = c, errors.Join(errs, err)
	}
	return t, errs
}

// accepted counts a body that Azure took.
func (t *telemetry) accepted(ctx context.Context, rule string, b *ingest.Body) {
	where := metric.WithAttributes(attribute.String(attrStream, b.Stream), attribute.String(attrRule, rule))
	t.rows.Add(ctx, int64(b.Rows), where)
	t.rawBytes.Add(ctx, int64(b.RawBytes), where)
	t.wireBytes.Add(ctx, int64(len(b.Gzip)), where)
}

// request counts one answer.
func (t *telemetry) request(ctx context.Context, rule, class string) {
	t.requests.Add(ctx, 1, metric.WithAttributes(attribute.String(attrRule, rule), attribute.String(attrClass, class)))
}

// encoded counts what one Encode did, the bodies apart.
func (t *telemetry) encoded(ctx context.Context, r ingest.Result) {
	add(ctx, t.splits, r.Splits, attribute.String(attrReason, "limit"))
	add(ctx, t.shortened, r.Shortened)
	add(ctx, t.parts, r.Parts)
	add(ctx, t.omitted, r.EntitiesOmitted)
	add(ctx, t.resync, r.Resync)
	add(ctx, t.forOthers, r.ForOthers)
}

func add(ctx context.Context, c metric.Int64Counter, n int, attrs ...attribute.KeyValue) {
	if n > 0 {
		c.Add(ctx, int64(n), metric.WithAttributes(attrs...))
	}
}
