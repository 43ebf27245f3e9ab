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

// naming is a member's name, ready to be written.
type naming struct {
	name string
	// key is the name as JSON, between the comma and the colon.
	key string
	// id is its number among the fields that the table has for the type, -1 for
	// a name that the table does not know.
	id int
}

// fieldsMax is how many fields the table may have for one entity type.
const fieldsMax = 64

// field is one member of an entity.
type field struct {
	*naming
	form  form
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

// fields are the members of the entities of one alert, those of the one being
// made last. Their items are in a slice of their own, so that both are used
// again.
type fields struct {
	list  []field
	items []item
	start int    // of the entity being made
	have  uint64 // which fields of the table it has
	at    [fieldsMax]int32
}

// begin begins the next entity.
func (f *fields) begin() { f.start, f.have = len(f.list), 0 }

// reset lets go of the alert.
func (f *fields) reset() {
	if cap(f.list) > fieldsKept || cap(f.items) > fieldsKept {
		f.list, f.items = nil, nil
	}
	clear(f.list)
	clear(f.items)
	f.list, f.items = f.list[:0], f.items[:0]
	f.begin()
}

// fieldsKept is room for the fields of a large alert; what an outsized one
// needed goes back.
const fieldsKept = 32 * EntitiesMax

// find is the field of that name, nil when there is none. It is good until the
// next put.
func (f *fields) find(name *naming) *field {
	if name.id >= 0 {
		if f.have>>name.id&1 == 0 {
			return nil
		}
		return &f.list[f.at[name.id]]
	}
	for i := f.start; i < len(f.list); i++ {
		if f.list[i].name == name.name {
			return &f.list[i]
		}
	}
	return nil
}

func (f *fields) has(name *naming) bool {
	return name.id >= 0 && f.have>>name.id&1 != 0 || name.id < 0 && f.find(name) != nil
}

// put is the field of that name, empty, at its old place or the end.
func (f *fields) put(name *naming, as form) *field {
	at := f.find(name)
	if at == nil {
		if name.id >= 0 {
			f.have |= 1 << name.id
			f.at[name.id] = int32(len(f.list))
		}
		f.list = slices.Grow(f.list, 1)[:len(f.list)+1]
		at = &f.list[len(f.list)-1]
	}
	*at = field{naming: name, form: as, first: -1, last: -1}
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
