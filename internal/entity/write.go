package entity

import (
	"bytes"
	"math/bits"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// write makes the things read entities, each after those it refers to.
func (b *builder) write(to *Entities) {
	chosen := b.choose()
	if b.dropped == 0 {
		b.findSole()
	}
	w := writer{b: b, fields: &to.fields, to: to, out: append(to.text[:0], '['), rest: to.more[:0], inside: b.inside[:0]}
	for i := range b.things {
		w.write(int32(i))
	}
	to.text = append(w.out, ']')
	if to.more = w.rest; len(to.more) > 0 {
		to.more = append(to.more, ']')
	}
	to.count, to.dropped, b.inside = chosen, b.dropped, w.inside
}

// choose marks the things beyond EntitiesMax as visited, so that they are not
// written, and answers how many will be. Evidence goes before what it mentions.
func (b *builder) choose() int {
	kept := 0
	for _, evidence := range []bool{true, false} {
		for i := range b.things {
			t := &b.things[i]
			if t.into != int32(i) || t.mere || t.evidence != evidence {
				continue
			}
			if kept == EntitiesMax {
				t.state = visited
				b.dropped++
				continue
			}
			kept++
		}
	}
	return kept
}

// writer writes the entities of one alert, one at a time.
type writer struct {
	b   *builder
	to  *Entities
	out []byte
	// rest is the entities that out has no room for, or that refer to one such.
	rest   []byte
	over   bool    // t refers to one
	inside []int32 // details written in t
	fields *fields // of t the last of them
	known  *knownFields
	t      *thing
	typ    *entityType
	// again: the thing was met before, and fields may be there already.
	again bool
}

// write writes what the thing refers to and then the thing itself, unless that
// is done or it is a detail of its owner.
func (w *writer) write(i int32) {
	b, t := w.b, &w.b.things[i]
	if t.into != i || t.mere || t.state != untouched {
		return
	}
	t.state = visiting
	for src := t.first; src >= 0; src = b.sources[src].next {
		s := &b.sources[src]
		for _, r := range b.refs[s.refs:s.refsEnd] {
			w.write(b.root(r.thing))
		}
	}
	if host, ok := b.hostOf(t); ok {
		w.write(host)
	}
	w.t, w.typ, w.again = t, b.typeOf(t), false
	w.thing()
	b.keepSole(i, w.to)
	t.state = written
	b.tally.entity(w.typ)
}

// hostOf is the device that the thing was met on.
func (b *builder) hostOf(t *thing) (int32, bool) {
	typ := b.typeOf(t)
	if typ == nil || !typ.OnHost {
		return -1, false
	}
	host := b.ids[int(t.ids)+typ.host].thing
	if host == 0 {
		return -1, false
	}
	return b.root(host - 1), true
}

func (w *writer) thing() {
	b, t := w.b, w.t
	w.fields.begin()
	if w.known = &b.tables.known; w.typ != nil {
		w.known = &w.typ.known
	}
	for src := t.first; src >= 0; src = b.sources[src].next {
		w.again = w.again || src != t.first && !b.sources[src].continued
		w.source(src)
	}
	if host, ok := b.hostOf(t); ok && b.things[host].state == written && !w.fields.has(w.known.host) {
		w.refTo(w.known.host, host)
	}
	start, out := len(w.out), w.out
	w.over, w.inside = false, w.inside[:0]
	if start > len("[") {
		out = append(out, ',')
	}
	out = b.open(out, t, b.typeName(t))
	out = append(out, `,"`+fieldEvidenceType+`":`...)
	out = record.AppendString(out, b.evidenceType(t))
	w.out = append(w.text(b.appendKey(out, t)), '}')
	if w.over || len(w.out)+len("]") > EntitiesBytesMax {
		w.setAside(start)
	}
}

// setAside takes the entity that begins at start out of the alert's own array.
func (w *writer) setAside(start int) {
	if len(w.rest) == 0 {
		w.rest = append(w.rest, '[')
	} else {
		w.rest = append(w.rest, ',')
	}
	w.rest = append(w.rest, bytes.TrimPrefix(w.out[start:], []byte{','})...)
	w.out = w.out[:start]
	w.t.over = true
	for _, i := range w.inside {
		w.b.things[i].over = true
	}
}

// appendKey appends the thing's key, if it has one, under the name that says
// how far it holds.
func (b *builder) appendKey(dst []byte, t *thing) []byte {
	switch b.key(t.into) {
	case reachTenant:
		dst = append(dst, `,"`+fieldEntityKey+`":"`...)
	case reachIncident:
		dst = append(dst, `,"`+fieldIncidentEntityKey+`":"`...)
	case reachNone:
		return dst
	}
	return append(appendUUID(dst, t.key), '"')
}

// source takes what one object says of the thing.
func (w *writer) source(src int32) {
	s := &w.b.sources[src]
	kind := w.b.kindAt(s.kind)
	if kind == nil {
		w.detail(s)
		return
	}
	places, next := w.b.places[s.places:], s.refs
	for props := s.filled; props != 0; props &= props - 1 {
		i := bits.TrailingZeros64(props)
		p := &kind.props[i]
		if p.Via == Copy { // as most are
			w.copy(p.field, places[i])
			continue
		}
		first := next
		for next < s.refsEnd && w.b.refs[next].prop == int32(i) {
			next++
		}
		w.property(p, places[i], w.b.refs[first:next])
	}
	for i, c := range kind.Constants {
		w.str(kind.constants[i], c.Value, 0)
	}
	for _, m := range w.b.more[s.more:s.moreEnd] {
		w.unknown(w.b.str(m.name), m.value)
	}
}

// detail takes a thing that is one text.
func (w *writer) detail(s *source) {
	fields := w.typ.fields.byName
	if s.word != 0 {
		w.str(fields["Algorithm"], w.b.str(s.word), s.word)
		w.str(fields["Value"], w.b.str(s.text), s.text)
		return
	}
	w.str(fields[w.typ.Identifiers[0].Field], w.b.str(s.text), s.text)
}

// copy takes a value as it is. Of a thing met again the first stays.
func (w *writer) copy(name *naming, v int32) {
	if w.again && w.fields.has(name) {
		return
	}
	w.fields.put(name, formValue).value = v
}

// unknown takes a property that the table does not know.
func (w *writer) unknown(name string, v int32) {
	free := w.b.freeField(w.typ, name)
	if w.again && w.fields.findUnknown(free) != nil {
		return
	}
	w.fields.putUnknown(free, v)
}

// str takes a text, which may be all of what from names.
func (w *writer) str(name *naming, s string, from textRef) {
	if w.again && w.fields.has(name) {
		return
	}
	text := w.fields.textAt(s, from)
	w.fields.put(name, formText).text = text
}

// more is str for a field that another property may have taken: the first
// stays.
func (w *writer) more(name *naming, s string) {
	if !w.fields.has(name) {
		w.str(name, s, 0)
	}
}

func (w *writer) refTo(name *naming, thing int32) {
	w.fields.add(w.fields.put(name, formRef), item{thing: thing})
}
