package record

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// sorter puts an object's members in the order of their names. A service
// writes objects of one type with the same members in the same order, and
// sorting them anew each time cost more than hashing them; so the sorter keeps
// the order of one object of each shape and for the next one only checks it.
type sorter struct {
	order []member // of the objects being written, one behind the other
	found []member
	// guesses holds, by shape, how the last object of that shape was sorted:
	// guess[i] is the place, as written, of the i-th member in order.
	guesses [guessesLen][]uint16
}

// guessesLen is a power of two over the number of shapes in an alert.
const guessesLen = 256

// member is an object's member while its object is sorted.
type member struct {
	prefix uint64 // of the name, big end first, to compare eight bytes at once
	key    uint32 // index of the name's node
	place  uint16 // among the members as written
}

// sortMembers puts the members of the object at node i that may count at
// sorter.order[first:last], by name, those of one name as they were written.
func (d *Document) sortMembers(i int) (first, last int) {
	s := &d.sorter
	s.found = s.found[:0]
	shape := uint32(0)
	for k, end := i+1, int(d.nodes[i].at); k < end; k = d.after(k + 1) {
		name := d.content(&d.nodes[k])
		if isAnnotation(name) {
			continue
		}
		shape = shape*31 + uint32(len(name))
		s.found = append(s.found, member{prefix: prefix(name), key: uint32(k), place: uint16(len(s.found))})
	}
	first = len(s.order)
	last = first + len(s.found)
	guess := &s.guesses[shape%guessesLen]
	if len(*guess) == len(s.found) {
		for _, place := range *guess {
			s.order = append(s.order, s.found[place])
		}
		if d.isSorted(s.order[first:]) {
			return first, last
		}
	}
	s.order = append(s.order[:first], s.found...)
	slices.SortFunc(s.order[first:], d.compare)
	*guess = (*guess)[:0]
	for _, m := range s.order[first:] {
		*guess = append(*guess, m.place)
	}
	return first, last
}

func (d *Document) isSorted(members []member) bool {
	for i := 1; i < len(members); i++ {
		if a, b := &members[i-1], &members[i]; a.prefix >= b.prefix && d.compare(*a, *b) >= 0 {
			return false
		}
	}
	return true
}

// compare orders members by name and then by place.
func (d *Document) compare(a, b member) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	if c := bytes.Compare(d.content(&d.nodes[a.key]), d.content(&d.nodes[b.key])); c != 0 {
		return c
	}
	return cmp.Compare(a.place, b.place)
}

// prefix is the first eight bytes of name, zeros behind a shorter one: names
// of different prefixes are in the order of their prefixes.
func prefix(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	var padded [8]byte
	copy(padded[:], name)
	return binary.BigEndian.Uint64(padded[:])
}
