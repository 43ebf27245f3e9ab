package ingest

import (
	"math"
	"sort"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// entities is the JSON of the entities of the record at hand, made once for
// the alert's row and for their own.
type entities struct {
	list pcommon.Slice
	// text is `[a,b,c`; ends are where each element ends in it.
	text []byte
	ends []int
	// head is what the rows of all have in common.
	head row
	made bool
}

func (e *entities) size() int { return cap(e.text) + e.head.size() }

// release lets go of what is the caller's.
func (e *entities) release() {
	e.list, e.made = pcommon.Slice{}, false
	clear(e.head.shortened[:cap(e.head.shortened)])
}

// element is the JSON of the element at i.
func (e *entities) element(i int) []byte {
	start := len("[")
	if i > 0 {
		start = e.ends[i-1] + len(",")
	}
	return e.text[start:e.ends[i]]
}

// leading is how many of the first elements make an array of at most room bytes.
func (e *entities) leading(room int) int {
	return sort.SearchInts(e.ends, room-len("]")+1)
}

// appendLeading appends the array of the first n elements as a JSON string.
func (e *entities) appendLeading(dst []byte, n int) []byte {
	text := e.text[:len("[")]
	if n > 0 {
		text = e.text[:e.ends[n-1]]
	}
	dst = record.AppendString(dst, text)
	dst[len(dst)-1] = ']'
	return append(dst, '"')
}

// entitiesOf makes the JSON of the record's entities unless that is done; ok is
// false when it has none.
func (r *run) entitiesOf() (e *entities, ok bool) {
	e = &r.entities
	if e.made {
		return e, true
	}
	v, ok := r.in.record.Attributes().Get(record.SentinelEntities)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return e, false
	}
	e.list, e.text, e.ends, e.made = v.Slice(), append(e.text[:0], '['), e.ends[:0], true
	e.head.room = 0
	for i, v := range e.list.All() {
		if i > 0 {
			e.text = append(e.text, ',')
		}
		e.text = r.in.mode.AppendValue(e.text, v)
		e.ends = append(e.ends, len(e.text))
	}
	return e, true
}

// alertEntities appends the alert's entities, as many of the leading ones as
// fit, and how many there are in all, those too that the mapping left out. A
// reference stands for an entity that has come before, so a head of the list
// is closed in itself.
func (r *run) alertEntities() {
	e, ok := r.entitiesOf()
	if !ok {
		return
	}
	w := &r.row
	kept := e.leading(w.room)
	if kept < len(e.ends) {
		w.mark(schema.Entities)
	}
	w.key(schema.Entities)
	w.buf = append(e.appendLeading(w.buf, kept), ',')
	total := countEntities(e.list, 0)
	if v, ok := r.in.record.Attributes().Get(record.SentinelEntitiesDropped); ok {
		total += int(max(0, min(v.Int(), math.MaxInt32-int64(total))))
	}
	w.int(schema.EntityCount, total)
	w.omitted = countEntities(e.list, kept)
}

// countEntities counts the entities from the index on that are not bare
// references.
func countEntities(list pcommon.Slice, from int) (n int) {
	for i := from; i < list.Len(); i++ {
		if _, ok := entityOf(list.At(i)); ok {
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
	if entity.Len() == 1 {
		if _, isRef := entity.Get("$ref"); isRef {
			return pcommon.Map{}, false
		}
	}
	return entity, true
}

// writeEntities makes a row of each entity. An entity whose row is too large
// makes the stream unsendable for the record, once, and the others go on.
func (r *run) writeEntities(stream string) {
	e, ok := r.entitiesOf()
	if !ok {
		return
	}
	failed := Reason("")
	for i, v := range e.list.All() {
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
	t, w, e := r.encoder.tables.entity, &r.row, &r.entities
	if e.head.room != room {
		e.head.begin(room, r.in.mode)
		r.tableRow(&e.head, t)
	}
	w.beginAs(&e.head)
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
	if text := e.element(i); len(text) > room {
		w.mark(schema.EntityColumn)
	} else {
		w.key(schema.EntityColumn)
		w.buf = append(append(w.buf, text...), ',')
	}
	at := r.stamp(stream)
	w.end(at, true)
	return at, ""
}
