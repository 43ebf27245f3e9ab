package ingest

import (
	"bytes"
	"math"
	"sort"
	"strconv"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// entities are the entities of the record at hand, taken apart once for the
// alert's row and for their own.
type entities struct {
	made, found bool
	// own go with the alert as far as they fit; more do not.
	own, more entityList
	items     []item
	// byID finds the item of a $id, which is a number in all that is written
	// here.
	byID map[int]int
	// text is `[a,b,c`; ends are where each element ends in it.
	text []byte
	ends []int
	// fitting is how many of the elements are own ones.
	fitting int
	// head is what the rows of all have in common.
	head row
	// uid is the record's, for the nodes of entities without a key.
	uid string
}

// entityList is one attribute of entities, read.
type entityList struct {
	source []byte
	doc    record.Document
}

// item is one element of the lists.
type item struct {
	value record.Value
	// entity: it is neither a bare reference nor something else than an object.
	entity bool
	// index is its $id, or its place from 1.
	index int
	key   record.Value // its EntityKey or IncidentEntityKey; null without
}

func (e *entities) size() int {
	return cap(e.own.source) + cap(e.more.source) + cap(e.text) + e.head.size()
}

// begin forgets the record before.
func (e *entities) begin() { e.made, e.found = false, false }

// release lets go of what is the caller's.
func (e *entities) release() {
	e.begin()
	e.uid = ""
	clear(e.items[:cap(e.items)])
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

// entitiesOf takes the record's entities apart unless that is done; ok is
// false when it has none.
func (r *run) entitiesOf() (e *entities, ok bool) {
	e = &r.entities
	if e.made {
		return e, e.found
	}
	e.made = true
	if e.found = r.read(&e.own, record.SentinelEntities); !e.found {
		return e, false
	}
	e.empty()
	e.take(&e.own)
	if e.fitting = len(e.items); r.read(&e.more, record.SentinelEntitiesMore) {
		e.take(&e.more)
	}
	return e, true
}

// read reads an attribute that is the JSON text of an array, or a slice, and
// tells whether it is.
func (r *run) read(l *entityList, attribute string) bool {
	v, ok := r.in.record.Attributes().Get(attribute)
	if !ok {
		return false
	}
	switch v.Type() {
	case pcommon.ValueTypeStr:
		l.source = append(l.source[:0], v.Str()...)
		if !utf8.Valid(l.source) {
			l.source = bytes.ToValidUTF8(l.source, []byte(string(utf8.RuneError)))
		}
	case pcommon.ValueTypeSlice:
		l.source = r.in.mode.AppendSlice(l.source[:0], v.Slice())
	default:
		return false
	}
	return l.doc.Parse(l.source) == nil && l.doc.Root().IsArray()
}

// empty forgets the elements of the record before.
func (e *entities) empty() {
	e.items, e.text, e.ends = e.items[:0], append(e.text[:0], '['), e.ends[:0]
	if e.byID == nil {
		e.byID = map[int]int{}
	}
	clear(e.byID)
	e.head.room = 0
}

// take finds the elements of a list, their ids and their keys.
func (e *entities) take(l *entityList) {
	for v := range l.doc.Root().Elements() {
		if len(e.items) > 0 {
			e.text = append(e.text, ',')
		}
		e.text = append(e.text, v.Raw()...)
		e.ends = append(e.ends, len(e.text))
		e.items = append(e.items, e.item(v))
	}
}

func (e *entities) item(v record.Value) item {
	it := item{value: v, index: len(e.items) + 1}
	members, isRef := 0, false
	for name, member := range v.Members() {
		members++
		switch string(name) {
		case "$id":
			if n, ok := idOf(member); ok {
				it.index, e.byID[n] = n, len(e.items)
			}
		case "$ref":
			isRef = true
		case "EntityKey":
			if isKey(member) {
				it.key = member
			}
		case "IncidentEntityKey":
			if it.key.IsNull() && isKey(member) {
				it.key = member
			}
		}
	}
	it.entity = v.IsObject() && (members != 1 || !isRef)
	return it
}

// idOf reads a $id or $ref that fits a column of 32 bits.
func idOf(v record.Value) (id int, ok bool) {
	if !v.IsString() {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.Text()), 10, 32)
	return int(n), err == nil
}

func isKey(v record.Value) bool {
	return v.IsString() && len(v.Text()) > 0 && len(v.Text()) <= keyBytesMax
}

// keyBytesMax bounds a key, which the mapping makes of 36 bytes.
const keyBytesMax = 256

// alertEntities appends the alert's own entities, as many of the leading ones as
// fit, and how many there are in all, those too that the mapping left out. A
// reference stands for an entity that has come before, so a head of the list
// is closed in itself.
func (r *run) alertEntities() {
	e, ok := r.entitiesOf()
	if !ok {
		return
	}
	w := &r.row
	kept := min(e.leading(w.room), e.fitting)
	if kept < len(e.ends) {
		w.mark(schema.Entities)
	}
	w.key(schema.Entities)
	w.buf = append(e.appendLeading(w.buf, kept), ',')
	total := e.count(0)
	if v, ok := r.in.record.Attributes().Get(record.SentinelEntitiesDropped); ok {
		total += int(max(0, min(v.Int(), math.MaxInt32-int64(total))))
	}
	w.int(schema.EntityCount, total)
	w.omitted = e.count(kept)
}

// count is how many of the elements from the index on are entities.
func (e *entities) count(from int) (n int) {
	for _, it := range e.items[from:] {
		if it.entity {
			n++
		}
	}
	return n
}

// writeEntities makes a row of each entity. An entity whose row is too large
// makes the stream unsendable for the record, once, and the others go on.
func (r *run) writeEntities(stream string) {
	e, ok := r.entitiesOf()
	if !ok {
		return
	}
	failed := Reason("")
	for i := range e.items {
		if !e.items[i].entity {
			continue
		}
		why := r.writeRow(stream, func(room int) (stamp, Reason) { return r.entityRow(stream, i, room) })
		if why != "" {
			failed = why
		}
	}
	if failed != "" {
		r.refuse(stream, failed)
	}
}

func (r *run) entityRow(stream string, i, room int) (stamp, Reason) {
	t, w, e := r.encoder.tables.entity, &r.row, &r.entities
	if e.head.room != room {
		e.head.begin(room, r.in.mode)
		r.tableRow(&e.head, t)
		e.uid = r.uid()
	}
	w.beginAs(&e.head)
	it := &e.items[i]
	for name, v := range it.value.Members() {
		if c := t.entity[string(name)]; c != nil {
			w.columnOf(c, v)
		}
	}
	w.int(schema.EntityIndex, it.index)
	w.key(schema.NodeKey)
	w.buf = append(e.appendNode(w.buf, i), ',')
	e.links(w, i)
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

// columnOf is column for a value of a document.
func (w *row) columnOf(c *column, v record.Value) {
	raw := v.Raw()
	asItIs := c.typ == schema.String && v.IsString() || c.typ == schema.Dynamic && !v.IsNull()
	if !asItIs || len(raw) > w.room {
		tree := pcommon.NewValueEmpty()
		v.Build(tree)
		w.column(c, tree)
		return
	}
	if w.written&c.bit != 0 {
		return
	}
	w.buf = append(append(append(w.buf, c.key...), raw...), ',')
	w.written |= c.bit
}
