package entity

import "math/bits"

// add takes a thing whose sources are read and answers its index: of an
// earlier one when it is the same as that.
func (b *builder) add(t thing) int32 {
	typ := b.typeOf(&t)
	if typ == nil {
		return b.keepThing(t)
	}
	t.ids = b.identify(&t)
	t.have = b.haveOf(typ, t.ids)
	sums := b.sums[:len(typ.sets)]
	found := int32(-1)
	for i := range typ.sets {
		set := &typ.sets[i]
		if sums[i] = b.sum(set, t.ids, t.have); sums[i] == 0 {
			continue
		}
		other, ok := b.find(set, sums[i], &t)
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
		found = b.keepThing(t)
		b.register(found, sums)
		return found
	}
	b.absorb(found, &t)
	b.ids = b.ids[:t.ids]
	for i := range typ.sets {
		sums[i] = b.sum(&typ.sets[i], b.things[found].ids, b.things[found].have)
	}
	b.register(found, sums)
	return found
}

func (b *builder) keepThing(t thing) int32 {
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
	for more := t.have &^ into.have; more != 0; more &= more - 1 {
		j := bits.TrailingZeros32(more)
		b.ids[int(into.ids)+j] = b.ids[int(t.ids)+j]
	}
	into.have |= t.have
}

// register lets later things be found to be this one.
func (b *builder) register(i int32, sums []uint64) {
	for _, sum := range sums {
		if sum != 0 {
			b.same.put(sum, i)
		}
	}
}

// haveOf are the identifiers at ids that have a value, a bit each.
func (b *builder) haveOf(typ *entityType, ids int32) (have uint32) {
	for j := range typ.Identifiers {
		if !b.ids[int(ids)+j].none() {
			have |= 1 << j
		}
	}
	return have
}

// sum is the hash of the set's values at ids; 0 when one is missing or nothing
// is found by this set.
func (b *builder) sum(set *identifierSet, ids int32, have uint32) uint64 {
	if set.KeyOnly || set.need&^have != 0 {
		return 0
	}
	sum := b.same.seed ^ set.salt
	for _, f := range set.fields {
		sum = b.hash(&b.ids[int(ids)+f], b.same.seed, sum)
	}
	return sum | 1
}

// find looks for a thing that has the set's values of t.
func (b *builder) find(set *identifierSet, sum uint64, t *thing) (int32, bool) {
	i, ok := b.same.get(sum)
	if !ok || b.things[i].typ != t.typ {
		return -1, false
	}
	for _, f := range set.fields {
		if !b.equal(&b.ids[int(t.ids)+f], &b.ids[int(b.things[i].ids)+f]) {
			return -1, false
		}
	}
	return b.root(i), true
}

// agree reports that nothing in the set's Unless tells two things apart.
func (b *builder) agree(set *identifierSet, x, y int32) bool {
	for _, f := range set.unless {
		v, w := &b.ids[int(x)+f], &b.ids[int(y)+f]
		if v.none() || w.none() || b.equal(v, w) {
			continue
		}
		if v.thing > 0 && w.thing > 0 && b.root(v.thing-1) == b.root(w.thing-1) {
			continue
		}
		return false
	}
	return true
}

// refTo is the identifier that another thing is.
func refTo(i int32) ident { return ident{thing: i + 1} }
