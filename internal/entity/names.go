package entity

// names finds a name's place among a few known ones. It is what a map is for,
// at a third of the cost: nearly every name asked for is there, and the first
// look finds it.
type names struct {
	slots []named // a power of two of them
}

type named struct {
	name  string
	place int32 // -1: free
}

func newNames(all []string) names {
	room := 8
	for room < 4*len(all) {
		room *= 2
	}
	n := names{slots: make([]named, room)}
	for i := range n.slots {
		n.slots[i].place = -1
	}
	for i, name := range all {
		*n.at(name) = named{name, int32(i)}
	}
	return n
}

// at is the slot of a name, or the free one where it would be.
func (n *names) at(name string) *named {
	mask := len(n.slots) - 1
	for i := spread(name); ; i++ {
		if s := &n.slots[i&mask]; s.place < 0 || s.name == name {
			return s
		}
	}
}

// find is the place of a name, -1 when it is none of the known.
func (n *names) find(name string) int { return int(n.at(name).place) }

// spread is a number that differs for most names of properties and types: they
// differ in length, at the ends or in the middle.
func spread(name string) int {
	n := len(name)
	if n == 0 {
		return 0
	}
	return n*31 + int(name[0])*7 + int(name[n-1])*13 + int(name[n/2])*5 + int(name[n/4])*3
}
