package entity

import (
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
	// id is its number among the fields that the table has for the type.
	id int16
}

// fieldsMax is how many fields the table may have for one entity type.
const fieldsMax = 64

// field is one member of an entity.
type field struct {
	id    int16 // of its naming, -1 for a name that the table does not know
	form  form
	first int32 // of its items, -1 without
	last  int32
	value int32 // in kept, -1 none
	text  textRef
	name  textRef // a name that the table does not know
}

// item is one element of a list, or the one thing of a formRef.
type item struct {
	value int32 // in kept
	thing int32
	next  int32 // -1 at the end
}

// fields are the members of the entities of one alert, those of the one being
// made last. Their items are in a slice of their own, so that both are used
// again.
type fields struct {
	kept
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
	f.kept.reset()
}

// beginAlert begins the next alert.
func (f *fields) beginAlert() {
	f.kept.begin()
	f.list, f.items = f.list[:0], f.items[:0]
	f.begin()
}

// span is where the fields are that were made last, of t.
func (f *fields) span(t *thing) span {
	return span{first: int32(f.start), last: int32(len(f.list)), number: t.number, typ: t.typ}
}

// fieldsKept is room for the fields of a large alert; what an outsized one
// needed goes back.
const fieldsKept = 32 * EntitiesMax

// find is the field of that name, nil when there is none. It is good until the
// next put.
func (f *fields) find(name *naming) *field {
	if f.have>>name.id&1 == 0 {
		return nil
	}
	return &f.list[f.at[name.id]]
}

func (f *fields) has(name *naming) bool { return f.have>>name.id&1 != 0 }

// findUnknown is find for a name that the table does not know.
func (f *fields) findUnknown(name string) *field {
	for i := f.start; i < len(f.list); i++ {
		if at := &f.list[i]; at.id < 0 && f.str(at.name) == name {
			return at
		}
	}
	return nil
}

// put is the field of that name, empty, at its old place or the end.
func (f *fields) put(name *naming, as form) *field {
	empty := field{id: name.id, form: as, first: -1, last: -1, value: -1}
	if at := f.find(name); at != nil {
		*at = empty
		return at
	}
	f.have |= 1 << name.id
	f.at[name.id] = int32(len(f.list))
	f.list = append(f.list, empty)
	return &f.list[len(f.list)-1]
}

// putUnknown is put for a name that the table does not know.
func (f *fields) putUnknown(name string, value int32) {
	put := field{id: -1, name: f.keepText(name), first: -1, last: -1, value: value}
	if at := f.findUnknown(name); at != nil {
		*at = put
		return
	}
	f.list = append(f.list, put)
}

// asText is the text of a field made of one, "" for every other.
func (f *fields) asText(of *field) string {
	switch of.form {
	case formText:
		return f.str(of.text)
	case formValue:
		if v := f.values[of.value]; v.Type() == pcommon.ValueTypeStr {
			return v.Str()
		}
	case formRecord, formItems, formRefs, formRef:
	}
	return ""
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
