package ingest

import (
	"math"
	"strconv"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// tableRow appends the columns of t that the schema reads from the record, and
// the original where the table has one.
func (r *run) tableRow(t *table) {
	r.envelope(&r.row, t)
	if members, ok := r.doc.members(); ok && len(t.body) > 0 {
		for name, v := range members.All() {
			if c := t.body[name]; c != nil {
				r.row.column(c, v)
			}
		}
	}
	if t.original {
		r.original()
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
func (r *run) original() {
	w, text := &r.row, r.doc.json()
	parts := 0
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

// alertEntities appends the alert's entities, as many of the leading ones as
// fit, and how many there are in all, those too that the mapping left out. A
// reference stands for an entity that has come before, so a head of the list
// is closed in itself.
func (r *run) alertEntities() {
	v, ok := r.in.record.Attributes().Get(record.SentinelEntities)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return
	}
	entities, w := v.Slice(), &r.row
	w.key(schema.Entities)
	kept := w.sliceAsString(schema.Entities, entities)
	w.buf = append(w.buf, ',')
	total := countEntities(entities, 0)
	if v, ok := r.in.record.Attributes().Get(record.SentinelEntitiesDropped); ok {
		total += int(max(0, min(v.Int(), math.MaxInt32-int64(total))))
	}
	w.int(schema.EntityCount, total)
	w.omitted = countEntities(entities, kept)
}

// countEntities counts the entities from the index on that are not bare
// references.
func countEntities(entities pcommon.Slice, from int) (n int) {
	for i := from; i < entities.Len(); i++ {
		if _, ok := entityOf(entities.At(i)); ok {
			n++
		}
	}
	return n
}

// entityOf is v as an entity; ok is false for a bare reference and for what is
// no object.
func entityOf(v pcommon.Value) (entity pcommon.Map, ok bool) {
	if v.Type() != pcommon.ValueTypeMap {
		return pcommon.Map{}, false
	}
	entity = v.Map()
	if _, isRef := entity.Get("$ref"); isRef && entity.Len() == 1 {
		return pcommon.Map{}, false
	}
	return entity, true
}

// writeEntities makes a row of each entity. An entity whose row is too large
// makes the stream unsendable for the record, once, and the others go on.
func (r *run) writeEntities(stream string) {
	v, ok := r.in.record.Attributes().Get(record.SentinelEntities)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return
	}
	failed := Reason("")
	for i, v := range v.Slice().All() {
		entity, ok := entityOf(v)
		if !ok {
			continue
		}
		why := r.writeRow(stream, func(room int) (stamp, Reason) { return r.entityRow(stream, i, entity, room) })
		if why != "" {
			failed = why
		}
	}
	if failed != "" {
		r.refuse(stream, failed)
	}
}

func (r *run) entityRow(stream string, i int, entity pcommon.Map, room int) (stamp, Reason) {
	t, w := r.encoder.tables.entity, &r.row
	w.begin(room, r.in.mode)
	r.tableRow(t)
	index := i + 1
	for name, v := range entity.All() {
		if c := t.entity[name]; c != nil {
			w.column(c, v)
		}
		if name == "$id" && v.Type() == pcommon.ValueTypeStr {
			if id, err := strconv.Atoi(v.Str()); err == nil {
				index = id
			}
		}
	}
	w.int(schema.EntityIndex, index)
	start := len(w.buf)
	w.key(schema.EntityColumn)
	w.buf = w.mode.AppendMap(w.buf, entity)
	if len(w.buf)-start-len(schema.EntityColumn)-len(`"":`) > room {
		w.buf = w.buf[:start]
		w.mark(schema.EntityColumn)
	} else {
		w.buf = append(w.buf, ',')
	}
	at := r.stamp(stream)
	w.end(at, true)
	return at, ""
}
