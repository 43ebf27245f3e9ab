package entity

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// mention reads what the properties of a source hold beside plain values:
// things of their own, which come before this one, and parts of it.
func (b *builder) mention(t *thing, src int32, m pcommon.Map, at where) {
	mark := len(b.pending)
	kind := b.sources[src].kind
	for _, i := range kind.structural {
		v, ok := b.value(src, int32(i))
		if !ok {
			continue
		}
		p := &kind.props[i]
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
			b.mentionTexts(i, p, v, at)
		case Hash:
			b.refer(i, b.mere(p.ofTyp, p.Of, v, at))
		default:
		}
	}
	s := &b.sources[src]
	s.refs = int32(len(b.refs))
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
	kind := b.sources[src].kind
	of := kind.props[i].of
	for j := range i {
		if _, ok := b.value(src, int32(j)); ok && kind.props[j].of == of && kind.props[j].Via == Aside {
			return
		}
	}
	if len(b.things) >= thingsMax {
		b.dropped++
		return
	}
	second := thing{typ: of.typ, host: at.host}
	from := b.twin(src, of)
	second.first, second.last = from, from
	b.mention(&second, from, m, *at)
	at2 := b.add(second)
	b.refer(i, at2)
	if of.typ.Name == "host" {
		at.host, t.host = at2, at2
	}
}

// twin makes a source of kind of with the values of src.
func (b *builder) twin(src int32, of *evidenceKind) int32 {
	values := b.room(len(of.props))
	owner, filled := b.sources[src], int32(0)
	for i, p := range owner.kind.props {
		if p.Via == Aside && p.of == of {
			b.values[values+p.twin] = b.values[int(owner.values)+i]
			filled++
		}
	}
	b.sources = append(b.sources, source{kind: of, owner: owner.owner, next: -1, values: int32(values), filled: filled})
	return int32(len(b.sources) - 1)
}

// mentionPart adds an object whose properties are the thing's own.
func (b *builder) mentionPart(t *thing, p *property, v pcommon.Value, at where) {
	if v.Type() != pcommon.ValueTypeMap {
		return
	}
	src := b.read(v.Map(), p.of)
	b.sources[src].owner, b.sources[src].continued = at.owner, true
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

func (b *builder) mentionTexts(i int, p *property, v pcommon.Value, at where) {
	if v.Type() != pcommon.ValueTypeSlice {
		b.refer(i, b.mere(p.ofTyp, "", v, at))
		return
	}
	list := v.Slice()
	for j := range list.Len() {
		b.refer(i, b.mere(p.ofTyp, "", list.At(j), at))
	}
}
