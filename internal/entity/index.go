package entity

import (
	"hash/maphash"
	"math/bits"
)

// index finds things by the hash of their identifiers: an open table that is
// emptied by counting up, so that the next alert begins at no cost.
type index struct {
	seed  uint64
	slots []slot // a power of two of them
	used  int
	turn  uint32
}

type slot struct {
	sum   uint64
	thing int32
	turn  uint32
}

// indexMin is the room for the identifier sets of an alert of usual size.
const indexMin = 256

func newIndex() index {
	return index{seed: maphash.Bytes(maphash.MakeSeed(), nil), slots: make([]slot, indexMin), turn: 1}
}

// reset empties the index, and gives back what only an outsized alert needs.
func (x *index) reset() {
	if len(x.slots) > 16*indexMin || x.turn+1 == 0 {
		*x = newIndex()
		return
	}
	x.turn++
	x.used = 0
}

// at is the slot of a sum, or the free one where it would be.
func (x *index) at(sum uint64) *slot {
	mask := uint64(len(x.slots) - 1)
	for i := sum >> 1 & mask; ; i = (i + 1) & mask {
		if s := &x.slots[i]; s.turn != x.turn || s.sum == sum {
			return s
		}
	}
}

func (x *index) get(sum uint64) (thing int32, ok bool) {
	s := x.at(sum)
	return s.thing, s.turn == x.turn
}

// put keeps a thing under a sum, unless there is one already.
func (x *index) put(sum uint64, thing int32) {
	s := x.at(sum)
	if s.turn == x.turn {
		return
	}
	*s = slot{sum, thing, x.turn}
	if x.used++; x.used > len(x.slots)/2 {
		x.grow()
	}
}

func (x *index) grow() {
	old := x.slots
	x.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.turn == x.turn {
			*x.at(s.sum) = s
		}
	}
}

// hash mixes an identifier into a sum. Equal ones give equal sums; that others
// do too costs a comparison.
func (i *ident) hash(seed, sum uint64) uint64 {
	if i.thing > 0 {
		return mix(sum, uint64(i.thing))
	}
	if i.hashed == 0 {
		i.hashed = i.ofText(seed) | 1
	}
	return mix(sum, i.hashed)
}

func (i *ident) ofText(sum uint64) uint64 {
	caseless := uint64(0)
	if i.fold {
		caseless = 0x2020202020202020 // the bit between a and A
	}
	s, j := i.text, 0
	for ; j+8 <= len(s); j += 8 {
		// Lowest byte first, which the compiler makes one load of.
		w := uint64(s[j]) | uint64(s[j+1])<<8 | uint64(s[j+2])<<16 | uint64(s[j+3])<<24 |
			uint64(s[j+4])<<32 | uint64(s[j+5])<<40 | uint64(s[j+6])<<48 | uint64(s[j+7])<<56
		sum = mix(sum, w|caseless)
	}
	tail := uint64(len(s))
	for ; j < len(s); j++ {
		tail = tail<<8 | uint64(s[j]) | caseless&0xff
	}
	return mix(sum, tail)
}

func mix(sum, w uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15 // the golden ratio's fraction
	high, low := bits.Mul64(sum^w, odd)
	return high ^ low ^ sum<<1
}
