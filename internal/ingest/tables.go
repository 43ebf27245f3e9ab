package ingest

import (
	"strconv"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// tableRow appends to w the columns of t that the schema reads from the
// record, and the original where the table has one.
func (r *run) tableRow(w *row, t *table) {
	r.envelope(w, t)
	if members, ok := r.doc.members(); ok && len(t.body) > 0 {
		for name, v := range members.All() {
			if c := t.body[name]; c != nil {
				w.column(c, v)
			}
		}
	}
	if t.original {
		r.original(w)
	}
}

// envelope appends what comes from resource and attributes. A record without
// a uid gets one of its content, so that its rows and parts can be joined.
func (r *run) envelope(w *row, t *table) {
	for name, v := range r.in.resource.All() {
		if c := t.resource[name]; c != nil {
			w.column(c, v)
		}
	}
	for name, v := range r.in.record.Attributes().All() {
		if c := t.attribute[name]; c != nil {
			w.column(c, v)
		}
	}
	if t.uid != nil && w.written&t.uid.bit == 0 {
		w.str(schema.RecordUID, r.derivedUID())
		w.written |= t.uid.bit
	}
}

// uid is what the column RecordUid of the record's rows holds, if it is no
// longer than any that is made here.
func (r *run) uid() string {
	if v, ok := r.in.record.Attributes().Get(record.UIDKey); ok && v.Type() == pcommon.ValueTypeStr {
		return cut(v.Str(), keyBytesMax)
	}
	return r.derivedUID()
}

// derivedUID names a record by its tenant, kind, times and body: the same
// record gets the same one at each resend.
func (r *run) derivedUID() string {
	tenant, _ := r.in.resource.Get(record.TenantID)
	key := []byte(tenant.AsString())
	key = append(append(key, 0), r.in.record.EventName()...)
	key = strconv.AppendUint(append(key, 0), uint64(r.in.record.Timestamp()), 10)
	key = strconv.AppendUint(append(key, 0), uint64(r.in.record.ObservedTimestamp()), 10)
	key = append(append(key, 0), r.doc.json()...)
	return uuid.NewSHA1(uuid.NameSpaceOID, key).String()
}

// original appends the whole body, or how many parts it travels in.
func (r *run) original(w *row) {
	text, parts := r.doc.json(), 0
	switch {
	case string(text) == "null":
	case len(text) <= w.room:
		w.key(schema.OriginalColumn)
		w.buf = append(append(w.buf, text...), ',')
	default:
		parts = r.partCount()
		w.parts = true
	}
	w.int(schema.OriginalParts, parts)
}
