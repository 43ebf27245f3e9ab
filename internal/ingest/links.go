package ingest

import (
	"strconv"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// appendNode appends the name, in quotes, by which entity i is a node of a
// graph: its key, else one that holds for this row alone.
func (e *entities) appendNode(dst []byte, i int) []byte {
	it := &e.items[i]
	if !it.key.IsNull() {
		return append(dst, it.key.Raw()...)
	}
	dst = record.AppendString(dst, e.uid)
	dst = append(dst[:len(dst)-1], '#')
	return append(strconv.AppendInt(dst, int64(it.index), 10), '"')
}

// links appends the column of the entities that entity i names. One that is
// written inside another is no row and so no node; more links than fit are
// left out and marked.
func (e *entities) links(w *row, i int) {
	start, first := len(w.buf), true
	w.key(schema.Links)
	w.buf = append(w.buf, '[')
	open := len(w.buf)
	for name, member := range e.items[i].value.Members() {
		e.eachRef(member, func(to int) {
			before := len(w.buf)
			if !first {
				w.buf = append(w.buf, ',')
			}
			w.buf = append(record.AppendString(append(w.buf, `{"Link":`...), name), `,"NodeKey":`...)
			w.buf = append(e.appendNode(w.buf, to), `,"EntityIndex":`...)
			w.buf = append(strconv.AppendInt(w.buf, int64(e.items[to].index), 10), '}')
			if len(w.buf)+len("[]")-open > w.room {
				w.buf = w.buf[:before]
				w.mark(schema.Links)
				return
			}
			first = false
		})
	}
	if first {
		w.buf = w.buf[:start]
		return
	}
	w.buf = append(w.buf, ']', ',')
}

// eachRef calls f for each entity that a reference in v, at any depth, stands
// for.
func (e *entities) eachRef(v record.Value, f func(to int)) {
	for element := range v.Elements() {
		e.eachRef(element, f)
	}
	members := 0
	var ref record.Value
	for name, member := range v.Members() {
		if members++; string(name) == "$ref" {
			ref = member
			continue
		}
		e.eachRef(member, f)
	}
	id, ok := idOf(ref)
	if !ok || members != 1 {
		return
	}
	if to, ok := e.byID[id]; ok && e.items[to].entity {
		f(to)
	}
}
