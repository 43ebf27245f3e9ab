package entity

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// form says what a field's value is written from.
type form uint8

const (
	formValue  form = iota // value, as it is
	formText               // text
	formRecord             // value, members in PascalCase, and one item under the name text
	formItems              // items, each a value
	formRefs               // items, each a thing
	formRef                // one item, a thing
)

// field is one member of the entity being made.
type field struct {
	name  string
	form  form
	free  bool  // the name is no name of the table and may need escapes
	first int32 // of its items, -1 without
	last  int32
	value pcommon.Value
	text  string
}

// item is one element of a list, or the one thing of a formRef.
type item struct {
	value pcommon.Value
	thing int32
	next  int32 // -1 at the end
}

// fields are the members of the entity being made, in their order. Their items
// are in a slice of their own, so that both are used again.
type fields struct {
	list  []field
	items []item
	// names has a bit of each name in list, so that most questions for a name
	// that is not there need no search.
	names uint64
}

// begin begins the next entity.
func (f *fields) begin() { f.list, f.items, f.names = f.list[:0], f.items[:0], 0 }

// reset lets go of the alert.
func (f *fields) reset() {
	clear(f.list[:cap(f.list)])
	clear(f.items[:cap(f.items)])
	f.list, f.items, f.names = f.list[:0], f.items[:0], 0
}

// nameBit is a bit that spreads the names of an entity's fields well enough.
func nameBit(name string) uint64 {
	if name == "" {
		return 1
	}
	return 1 << ((uint(len(name))*11 + uint(name[0])*5 + uint(name[len(name)-1])*3 + uint(name[len(name)/2])) % 64)
}

// find is the field of that name, nil when there is none.
func (f *fields) find(name string) *field {
	if f.names&nameBit(name) == 0 {
		return nil
	}
	for i := range f.list {
		if f.list[i].name == name {
			return &f.list[i]
		}
	}
	return nil
}

func (f *fields) has(name string) bool { return f.find(name) != nil }

// put is the field of that name, empty, at its old place or the end.
func (f *fields) put(name string, as form) *field {
	at := f.find(name)
	if at == nil {
		f.names |= nameBit(name)
		f.list = slices.Grow(f.list, 1)[:len(f.list)+1]
		at = &f.list[len(f.list)-1]
	}
	*at = field{name: name, form: as, first: -1, last: -1}
	return at
}

// add appends an item to a field.
func (f *fields) add(to *field, it item) {
	it.next = -1
	at := int32(len(f.items))
	f.items = append(f.items, it)
	if to.first < 0 {
		to.first = at
	} else {
		f.items[to.last].next = at
	}
	to.last = at
}

// eachItem calls yield for the items of a field until it says no.
func (f *fields) eachItem(of *field, yield func(*item) bool) {
	for i := of.first; i >= 0; i = f.items[i].next {
		if !yield(&f.items[i]) {
			return
		}
	}
}
