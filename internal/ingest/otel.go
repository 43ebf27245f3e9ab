package ingest

import (
	"encoding/hex"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// otelRow appends the columns of OTelLogs.
func (r *run) otelRow() {
	w, lr := &r.row, r.in.record
	r.envelope(w, r.encoder.tables.otel)
	if body := lr.Body(); body.Type() != pcommon.ValueTypeEmpty {
		w.otelBody(body)
	}
	if n := int(lr.SeverityNumber()); n != 0 {
		w.int(schema.OTelSeverityNumber, n)
	}
	w.str(schema.OTelSeverityText, lr.SeverityText())
	if n := lr.DroppedAttributesCount(); n > 0 {
		w.int(schema.OTelDroppedAttributes, int(n))
	}
	w.str(schema.OTelScopeName, r.in.scope.Name())
	w.str(schema.OTelScopeVersion, r.in.scope.Version())
	if id := lr.TraceID(); !id.IsEmpty() {
		w.hex(schema.OTelTraceID, id[:])
	}
	if id := lr.SpanID(); !id.IsEmpty() {
		w.hex(schema.OTelSpanID, id[:])
	}
	w.attributes(schema.OTelAttributes, lr.EventName(), lr.Attributes())
	w.attributes(schema.OTelResourceAttributes, "", r.in.resource)
}

func (w *row) otelBody(body pcommon.Value) {
	start := len(w.buf)
	w.key(schema.OTelBody)
	if !w.asString(schema.OTelBody, body) {
		w.buf = w.buf[:start]
		return
	}
	w.buf = append(w.buf, ',')
}

func (w *row) hex(name string, id []byte) {
	w.key(name)
	w.buf = hex.AppendEncode(append(w.buf, '"'), id)
	w.buf = append(w.buf, '"', ',')
}

// attributes appends the leading attributes that fit as an object, before them
// the event name unless they have their own; nothing when there are none. Our
// own mark for resends is left out.
func (w *row) attributes(name, eventName string, members pcommon.Map) {
	begin := len(w.buf)
	w.key(name)
	start := len(w.buf)
	w.buf = append(w.buf, '{')
	if _, has := members.Get(schema.OTelEventName); eventName != "" && !has {
		w.str(schema.OTelEventName, eventName)
	}
	for key, v := range members.All() {
		if key == PendingStreams {
			continue
		}
		before := len(w.buf)
		w.buf = append(record.AppendString(w.buf, key), ':')
		w.buf = append(w.mode.AppendValue(w.buf, v), ',')
		if len(w.buf)-start > w.room {
			w.buf = w.buf[:before]
			w.mark(name)
			break
		}
	}
	last := len(w.buf) - 1
	if w.buf[last] == '{' {
		w.buf = w.buf[:begin]
		return
	}
	w.buf[last] = '}'
	w.buf = append(w.buf, ',')
}
