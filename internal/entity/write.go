package entity

import (
	"bytes"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// write makes the things read entities, each after those it refers to.
func (b *builder) write(to *Entities) {
	kept := b.choose()
	if b.dropped == 0 {
		b.findSole()
	}
	w := writer{b: b, fields: &to.fields, to: to, out: append(to.text[:0], '['), rest: to.more[:0]}
	for i := range b.things {
		w.write(int32(i))
	}
	to.text = append(w.out, ']')
	if to.more = w.rest; len(to.more) > 0 {
		to.more = append(to.more, ']')
	}
	to.count, to.dropped = kept, b.dropped
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
	w.t, w.again = t, false
	w.thing()
	b.keepSole(i, w.to)
	t.state = written
	b.tally.entity(t.typ)
}

// hostOf is the device that the thing was met on.
func (b *builder) hostOf(t *thing) (int32, bool) {
	if t.typ == nil || !t.typ.OnHost {
		return -1, false
	}
	host := b.ids[int(t.ids)+t.typ.host].thing
	if host == 0 {
		return -1, false
	}
	return b.root(host - 1), true
}

func (w *writer) thing() {
	b, t := w.b, w.t
	w.fields.begin()
	if w.known = &b.tables.known; t.typ != nil {
		w.known = &t.typ.known
	}
	for src := t.first; src >= 0; src = b.sources[src].next {
		w.again = w.again || src != t.first && !b.sources[src].continued
		w.source(src)
	}
	if host, ok := b.hostOf(t); ok && b.things[host].state == written && !w.fields.has(w.known.host) {
		w.refTo(w.known.host, host)
	}
	start := len(w.out)
	w.over, w.inside = false, w.inside[:0]
	if start > len("[") {
		w.out = append(w.out, ',')
	}
	w.open(t, b.typeName(t))
	w.name(fieldEvidenceType)
	w.out = record.AppendString(w.out, b.evidenceType(t))
	w.key()
	w.text()
	w.out = append(w.out, '}')
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

// key writes the thing's key, if it has one, under the name that says how far
// it holds.
func (w *writer) key() {
	b, t := w.b, w.t
	switch b.key(t.into) {
	case reachTenant:
		w.name(fieldEntityKey)
	case reachIncident:
		w.name(fieldIncidentEntityKey)
	case reachNone:
		return
	}
	w.out = append(w.out, '"')
	w.out = append(appendUUID(w.out, t.key), '"')
}

// source takes what one object says of the thing.
func (w *writer) source(src int32) {
	s := &w.b.sources[src]
	if s.kind == nil {
		w.detail(s)
		return
	}
	next, left := s.refs, s.filled
	for i := 0; left > 0 && i < len(s.kind.props); i++ {
		v, ok := w.b.value(src, int32(i))
		if !ok {
			continue
		}
		left--
		p := &s.kind.props[i]
		if p.Via == Copy { // as most are
			w.copy(p.field, v)
			continue
		}
		first := next
		for next < s.refsEnd && w.b.refs[next].prop == int32(i) {
			next++
		}
		w.property(p, v, w.b.refs[first:next])
	}
	for i, c := range s.kind.Constants {
		w.str(s.kind.constants[i], c.Value)
	}
	for _, m := range w.b.more[s.more:s.moreEnd] {
		w.unknown(m.name, m.value)
	}
}

// detail takes a thing that is one text.
func (w *writer) detail(s *source) {
	typ := w.t.typ
	if s.word == "" {
		w.str(typ.fields[typ.Identifiers[0].Field], s.text)
		return
	}
	w.str(typ.fields["Algorithm"], s.word)
	w.str(typ.fields["Value"], s.text)
}

// copy takes a value as it is. Of a thing met again the first stays.
func (w *writer) copy(name *naming, v pcommon.Value) {
	if w.again && w.fields.has(name) {
		return
	}
	w.fields.put(name, formValue).value = v
}

// unknown takes a property that the table does not know.
func (w *writer) unknown(name string, v pcommon.Value) {
	free := w.b.freeField(w.t.typ, name)
	w.copy(&naming{name: free, id: -1}, v)
}

func (w *writer) str(name *naming, s string) {
	if w.again && w.fields.has(name) {
		return
	}
	w.fields.put(name, formText).text = s
}

// more is str for a field that another property may have taken: the first
// stays.
func (w *writer) more(name *naming, s string) {
	if !w.fields.has(name) {
		w.fields.put(name, formText).text = s
	}
}

func (w *writer) refTo(name *naming, thing int32) {
	w.fields.add(w.fields.put(name, formRef), item{thing: thing})
}

// typeName is the entity's Type.
func (b *builder) typeName(t *thing) string {
	if t.typ != nil {
		return t.typ.Name
	}
	return b.tables.genericType(b.sources[t.first].name)
}

// evidenceNameMax bounds the name of an evidence type that is not in the table.
const evidenceNameMax = 128

// evidenceType is the evidence type that the thing is, or was read from.
func (b *builder) evidenceType(t *thing) string {
	mentioned := ""
	for src := t.first; src >= 0; src = b.sources[src].next {
		s := &b.sources[src]
		switch {
		case s.kind == b.tables.generic:
			return s.name[:min(len(s.name), evidenceNameMax)]
		case s.kind != nil && s.kind.Evidence:
			return s.kind.Name
		case mentioned == "" && s.owner != nil:
			mentioned = s.owner.Name
		}
	}
	return mentioned
}

// genericType names the type of an unknown evidence type: lower case with
// hyphens, and none of the types of the table.
func (t *tables) genericType(name string) string {
	kebab := hyphenated(strings.TrimSuffix(name, "Evidence"))
	if kebab == "" || len(name) > evidenceNameMax {
		return "evidence"
	}
	if _, taken := t.byType[kebab]; taken {
		return kebab + "-evidence"
	}
	return kebab
}

// hyphenated turns camelCase into lower case with hyphens; what is neither
// letter nor digit is left out.
func hyphenated(s string) string {
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			out.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			if out.Len() > 0 {
				out.WriteByte('-')
			}
			out.WriteByte(c - 'A' + 'a')
		}
	}
	return out.String()
}

// freeField is the field of a property that the table does not know.
func (b *builder) freeField(typ *entityType, name string) string {
	field := pascal(name)
	if b.tables.fieldsOf(typ)[field] != nil {
		return "_" + field
	}
	return field
}
