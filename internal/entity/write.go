package entity

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// write appends the things read as entities, each after those it refers to.
func (b *builder) write(entities pcommon.Slice) Result {
	kept := b.choose()
	entities.EnsureCapacity(kept)
	for i := range b.things {
		b.writeThing(int32(i), entities)
	}
	result := Result{Entities: entities.Len(), Dropped: b.dropped, Sole: none()}
	if b.dropped == 0 {
		result.Sole = b.sole()
	}
	return result
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

// writeThing writes what the thing refers to and then the thing itself, unless
// that is done or it is a detail of its owner.
func (b *builder) writeThing(i int32, entities pcommon.Slice) {
	t := &b.things[i]
	if t.into != i || t.mere || t.state != untouched {
		return
	}
	t.state = visiting
	for src := t.first; src >= 0; src = b.sources[src].next {
		s := &b.sources[src]
		for _, r := range b.refs[s.refs:s.refsEnd] {
			b.writeThing(b.root(r.thing), entities)
		}
	}
	if host, ok := b.hostOf(t); ok {
		b.writeThing(host, entities)
	}
	t.at = int32(entities.Len())
	w := writer{b: b, t: t, to: entities.AppendEmpty().SetEmptyMap()}
	w.thing()
	t.state = written
	b.tally.entity(t.typ)
}

// hostOf is the device that the thing was met on.
func (b *builder) hostOf(t *thing) (int32, bool) {
	if t.typ == nil || !t.typ.OnHost {
		return -1, false
	}
	host, ok := thingOf(b.ids[int(t.ids)+t.typ.host])
	if !ok {
		return -1, false
	}
	return b.root(host), true
}

// writer writes one entity.
type writer struct {
	b  *builder
	t  *thing
	to pcommon.Map
	// again: the thing was met before, and fields may be there already.
	again bool
}

func (w *writer) thing() {
	b, t := w.b, w.t
	w.to.EnsureCapacity(w.size())
	w.open(b.typeName(t))
	w.to.PutStr(fieldEvidenceType, b.evidenceType(t))
	if key := b.key(t.into); key != "" {
		w.to.PutStr(fieldEntityKey, key)
	}
	for src := t.first; src >= 0; src = b.sources[src].next {
		w.again = w.again || src != t.first && !b.sources[src].continued
		w.source(src)
	}
	if host, ok := b.hostOf(t); ok && !w.has(fieldHost) && b.things[host].state == written {
		w.refTo(w.to.PutEmpty(fieldHost), host)
	}
}

// open begins an entity with its number and type.
func (w *writer) open(typeName string) {
	w.b.count++
	w.t.number = w.b.count
	w.to.PutStr(fieldID, strconv.Itoa(int(w.b.count)))
	w.to.PutStr(fieldType, typeName)
}

// size is how many members the entity may get.
func (w *writer) size() int {
	n := 5
	for src := w.t.first; src >= 0; src = w.b.sources[src].next {
		s := &w.b.sources[src]
		n += int(s.moreEnd - s.more + s.filled)
	}
	return n
}

// source writes what one object says of the thing.
func (w *writer) source(src int32) {
	s := &w.b.sources[src]
	if s.kind == nil {
		w.text(s)
		return
	}
	next := s.refs
	for i := range s.kind.props {
		v, ok := w.b.value(src, int32(i))
		if !ok {
			continue
		}
		first := next
		for next < s.refsEnd && w.b.refs[next].prop == int32(i) {
			next++
		}
		w.property(&s.kind.props[i], v, w.b.refs[first:next])
	}
	for _, c := range s.kind.Constants {
		w.str(c.Field, c.Value)
	}
	for _, m := range w.b.more[s.more:s.moreEnd] {
		w.copy(w.b.freeField(w.t.typ, m.name), m.value)
	}
}

// text writes a thing that is one text.
func (w *writer) text(s *source) {
	switch {
	case s.word != "":
		w.str("Algorithm", s.word)
		w.str("Value", s.text)
	default:
		w.str(w.t.typ.Identifiers[0].Field, s.text)
	}
}

// has reports a field that is there already.
func (w *writer) has(field string) bool {
	_, ok := w.to.Get(field)
	return ok
}

func (w *writer) copy(field string, v pcommon.Value) {
	if w.again && w.has(field) {
		return
	}
	copyPlain(v, w.to.PutEmpty(field))
}

func (w *writer) str(field, s string) {
	if w.again && w.has(field) {
		return
	}
	w.to.PutStr(field, s)
}

// more writes a field that another property may have written: the first stays.
func (w *writer) more(field, s string) {
	if !w.has(field) {
		w.to.PutStr(field, s)
	}
}

// refTo writes a reference to a thing into v. A detail is written here the
// first time it is met; a thing that has no number is not there to refer to.
func (w *writer) refTo(v pcommon.Value, i int32) {
	t := &w.b.things[i]
	m := v.SetEmptyMap()
	if !t.mere || t.number > 0 {
		m.PutStr(fieldRef, strconv.Itoa(int(t.number)))
		return
	}
	m.EnsureCapacity(4)
	inner := writer{b: w.b, t: t, to: m}
	inner.open(t.typ.Name)
	inner.text(&w.b.sources[t.first])
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
	if typ != nil && typ.fields[field] || typ == nil && b.tables.reserved[field] {
		return "_" + field
	}
	return field
}
