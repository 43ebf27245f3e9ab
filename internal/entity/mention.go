package entity

import (
	"math/bits"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// mention reads what the properties of a source hold beside plain values:
// things of their own, which come before this one, and parts of it.
func (b *builder) mention(t *thing, src int32, m pcommon.Map, at where) {
	mark := len(b.pending)
	kind := b.kindAt(b.sources[src].kind)
	for props := b.sources[src].filled & kind.structural; props != 0; props &= props - 1 {
		i := bits.TrailingZeros64(props)
		v, p := b.value(src, i), &kind.props[i]
		switch p.Via {
		case Aside:
			b.mentionAside(t, src, i, m, &at)
		case Part:
			b.mentionPart(t, p, v, at)
		case Nested:
			if v.Type() == pcommon.ValueTypeMap {
				b.mentionOne(t, i, p, v, &at)
			}
		case NestedList:
			b.mentionList(i, p, v, at)
		case Inline:
			b.mentionTexts(src, i, p, at)
		case Hash:
			b.refer(i, b.mere(p, b.places[int(b.sources[src].places)+i], at))
		default:
		}
	}
	s := &b.sources[src]
	if s.refs = int32(len(b.refs)); mark == len(b.pending) {
		s.refsEnd = s.refs
		return
	}
	b.refs = append(b.refs, b.pending[mark:]...)
	s.refsEnd = int32(len(b.refs))
	b.pending = b.pending[:mark]
}

func (b *builder) refer(prop int, thing int32) {
	if thing >= 0 {
		b.pending = append(b.pending, ref{int32(prop), thing})
	}
}

// mentionOne reads an object inside this one. A device is the one that the
// rest was met on.
func (b *builder) mentionOne(t *thing, i int, p *property, v pcommon.Value, at *where) {
	other := b.below(v.Map(), p.of, *at)
	b.refer(i, other)
	if p.Field == fieldHost && other >= 0 {
		at.host, t.host = other, other
	}
}

// below reads an object inside another.
func (b *builder) below(m pcommon.Map, declared *evidenceKind, at where) int32 {
	if at.depth++; at.depth >= depthMax {
		return -1
	}
	return b.readEvidence(m, declared, at)
}

// mentionAside makes the second entity that some properties of this one
// describe, when the first of them comes. Such an entity is read from the same
// object, by a kind that knows those properties only.
func (b *builder) mentionAside(t *thing, src int32, i int, m pcommon.Map, at *where) {
	kind := b.kindAt(b.sources[src].kind)
	of := kind.props[i].of
	if before := uint64(1)<<i - 1; b.sources[src].filled&kind.props[i].siblings&before != 0 {
		return
	}
	if len(b.things) >= thingsMax {
		b.dropped++
		return
	}
	second := thing{typ: int16(of.typ.index), host: at.host}
	from := b.twin(src, of)
	second.first, second.last = from, from
	b.mention(&second, from, m, *at)
	at2 := b.add(second)
	b.refer(i, at2)
	if of.typ == b.tables.host {
		at.host, t.host = at2, at2
	}
}

// twin makes a source of kind of with the values of src.
func (b *builder) twin(src int32, of *evidenceKind) int32 {
	places := b.room(len(of.props))
	owner, filled := b.sources[src], uint64(0)
	kind := b.kindAt(owner.kind)
	for props := owner.filled & kind.structural; props != 0; props &= props - 1 {
		i := bits.TrailingZeros64(props)
		if p := &kind.props[i]; p.Via == Aside && p.of == of {
			b.places[places+int(p.twin)] = b.places[int(owner.places)+i]
			filled |= 1 << p.twin
		}
	}
	b.sources = append(b.sources, source{kind: int16(of.index), owner: owner.owner, next: -1, places: int32(places), filled: filled})
	return int32(len(b.sources) - 1)
}

// mentionPart adds an object whose properties are the thing's own.
func (b *builder) mentionPart(t *thing, p *property, v pcommon.Value, at where) {
	if v.Type() != pcommon.ValueTypeMap {
		return
	}
	src := b.read(v.Map(), p.of)
	b.sources[src].owner, b.sources[src].continued = indexOf(at.owner), true
	b.sources[t.last].next = src
	t.last = src
	b.mention(t, src, v.Map(), at)
}

func (b *builder) mentionList(i int, p *property, v pcommon.Value, at where) {
	if v.Type() != pcommon.ValueTypeSlice {
		return
	}
	list := v.Slice()
	for j := range list.Len() {
		if list.At(j).Type() == pcommon.ValueTypeMap {
			b.refer(i, b.below(list.At(j).Map(), p.of, at))
		}
	}
}

func (b *builder) mentionTexts(src int32, i int, p *property, at where) {
	v := b.value(src, i)
	if v.Type() != pcommon.ValueTypeSlice {
		b.refer(i, b.mere(p, b.places[int(b.sources[src].places)+i], at))
		return
	}
	list := v.Slice()
	for j := range list.Len() {
		b.refer(i, b.mere(p, b.keep(list.At(j)), at))
	}
}
