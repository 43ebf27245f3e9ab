package entity

import (
	"encoding/binary"
	"hash/maphash"
)

// add takes a thing whose sources are read and answers its index: of an
// earlier one when it is the same as that.
func (b *builder) add(t thing) int32 {
	if t.typ == nil {
		return b.keep(t)
	}
	t.ids = b.identify(&t)
	found := int32(-1)
	for i := range t.typ.sets {
		set := &t.typ.sets[i]
		other, ok := b.find(set, t.typ, t.ids)
		if !ok || other == found || !b.agree(set, t.ids, b.things[other].ids) {
			continue
		}
		if found < 0 {
			found = other
			continue
		}
		if b.agree(set, b.things[found].ids, b.things[other].ids) {
			found = b.unite(found, other)
		}
	}
	if found < 0 {
		found = b.keep(t)
	} else {
		b.absorb(found, &t)
		b.ids = b.ids[:t.ids]
	}
	b.register(found)
	return found
}

func (b *builder) keep(t thing) int32 {
	t.into = int32(len(b.things))
	b.things = append(b.things, t)
	return t.into
}

// root follows a thing to the one it was found to be.
func (b *builder) root(i int32) int32 {
	for b.things[i].into != i {
		i = b.things[i].into
	}
	return i
}

// unite makes two things one: the later becomes part of the earlier.
func (b *builder) unite(x, y int32) int32 {
	first, second := min(x, y), max(x, y)
	b.things[second].into = first
	b.absorb(first, &b.things[second])
	return first
}

// absorb gives the thing at i what t says of it.
func (b *builder) absorb(i int32, t *thing) {
	into := &b.things[i]
	b.sources[into.last].next = t.first
	into.last = t.last
	into.evidence = into.evidence || t.evidence
	into.mere = into.mere && t.mere
	for j := range into.typ.Identifiers {
		if at := int(into.ids) + j; b.ids[at] == "" {
			b.ids[at] = b.ids[int(t.ids)+j]
		}
	}
}

// register lets later things be found to be this one.
func (b *builder) register(i int32) {
	t := &b.things[i]
	for j := range t.typ.sets {
		set := &t.typ.sets[j]
		sum, ok := b.sum(set, t.ids)
		if !ok {
			continue
		}
		if _, taken := b.same[sum]; !taken {
			b.same[sum] = i
		}
	}
}

// sum is the hash of the set's values at ids; ok is false when one is missing
// or nothing is found by this set.
func (b *builder) sum(set *identifierSet, ids int32) (sum uint64, ok bool) {
	if set.KeyOnly {
		return 0, false
	}
	sum = set.salt
	for _, f := range set.fields {
		v := b.ids[int(ids)+f]
		if v == "" {
			return 0, false
		}
		sum = sum*hashPrime ^ maphash.String(b.seed, v)
	}
	return sum, true
}

// hashPrime spreads the sum of one value over the next (64-bit FNV's prime).
const hashPrime = 0x100000001b3

// find looks for a thing that has the set's values at ids.
func (b *builder) find(set *identifierSet, typ *entityType, ids int32) (int32, bool) {
	sum, ok := b.sum(set, ids)
	if !ok {
		return -1, false
	}
	i, ok := b.same[sum]
	if !ok || b.things[i].typ != typ {
		return -1, false
	}
	for _, f := range set.fields {
		if b.ids[int(ids)+f] != b.ids[int(b.things[i].ids)+f] {
			return -1, false
		}
	}
	return b.root(i), true
}

// agree reports that nothing in the set's Unless tells two things apart.
func (b *builder) agree(set *identifierSet, x, y int32) bool {
	for _, f := range set.unless {
		v, w := b.ids[int(x)+f], b.ids[int(y)+f]
		if v == "" || w == "" || v == w {
			continue
		}
		if i, ok := thingOf(v); ok {
			if j, ok := thingOf(w); ok && b.root(i) == b.root(j) {
				continue
			}
		}
		return false
	}
	return true
}

// refText stands for another thing among the identifiers: a zero byte, which
// no normalized text begins with, and the thing's number.
func (b *builder) refText(i int32) string {
	for int(i) >= len(b.refTexts) {
		n := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b.refTexts)))
		b.refTexts = append(b.refTexts, string(n))
	}
	return b.refTexts[i]
}

func thingOf(id string) (int32, bool) {
	if len(id) != 5 || id[0] != 0 {
		return -1, false
	}
	return int32(id[1])<<24 | int32(id[2])<<16 | int32(id[3])<<8 | int32(id[4]), true
}
