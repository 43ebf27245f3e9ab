package entity

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Entities is what the evidence of one alert became. The zero value is ready
// for Map, and is used again for one alert after the other. Not safe for
// concurrent use.
type Entities struct {
	text, more     []byte
	count, dropped int
	// fields are those of all entities, one behind the other.
	fields fields
	tables *tables
	sole   [solesMax]span
}

// JSON is the entities that Sentinel takes with the alert, as a JSON array of
// objects, in valid UTF-8; empty when there are none. It is good until the next
// Map and must not be changed.
func (e *Entities) JSON() []byte {
	if e.count == 0 {
		return nil
	}
	return e.text
}

// More is the entities that JSON has no room for, an array too, nil without
// any. They may refer to those in JSON, and none of those refers to them.
func (e *Entities) More() []byte {
	if len(e.more) == 0 {
		return nil
	}
	return e.more
}

// Len is how many entities there are in JSON and More.
func (e *Entities) Len() int { return e.count }

// Dropped is how many things the alert names beyond EntitiesMax. Evidence is
// kept before what it only mentions, earlier before later.
func (e *Entities) Dropped() int { return e.dropped }

// Sole is the thing of that kind when the alert names exactly one, and none
// were dropped; else the zero Thing. It is good until the next Map.
func (e *Entities) Sole(s Sole) Thing {
	if e.sole[s] == (span{}) {
		return Thing{}
	}
	names := e.tables.reserved
	if typ := e.sole[s].typ; typ >= 0 {
		names = e.tables.types[typ].fields
	}
	return Thing{of: &e.fields, names: names, span: e.sole[s]}
}

// textKept is how much text is kept for the next alert: what an outsized one
// needed goes back.
const textKept = 1 << 20

// Reset lets go of the alert; what e was is asked for no more.
func (e *Entities) Reset() {
	if cap(e.text)+cap(e.more) > textKept {
		e.text, e.more = nil, nil
	}
	e.fields.reset()
	e.begin()
}

// begin begins the next alert.
func (e *Entities) begin() {
	e.fields.beginAlert()
	e.text, e.more, e.count, e.dropped, e.sole = e.text[:0], e.more[:0], 0, 0, [solesMax]span{}
}

// Thing is one entity, to look at its fields. The zero Thing has none.
type Thing struct {
	of    *fields
	names *fieldNames
	span
}

// span is where the fields of one entity are.
type span struct {
	first, last int32
	number      int32 // its $id, never 0
	typ         int16
}

// Value is a field that is one value; ok is false when there is no such field,
// or it is a list, a reference or an object.
func (t Thing) Value(name string) (v pcommon.Value, ok bool) {
	f := t.find(name)
	if f == nil || f.form != formValue {
		return pcommon.Value{}, false
	}
	return t.of.values[f.value], true
}

// Text is a field that is a text, "" when it is none.
func (t Thing) Text(name string) string {
	if f := t.find(name); f != nil {
		return t.of.asText(f)
	}
	return ""
}

// Lists reports that a field is a list and has that text in it, in any case.
func (t Thing) Lists(name, text string) (found bool) {
	f := t.find(name)
	if f == nil {
		return false
	}
	same := func(v pcommon.Value) bool {
		return v.Type() == pcommon.ValueTypeStr && strings.EqualFold(v.Str(), text)
	}
	if f.form == formValue && t.of.values[f.value].Type() == pcommon.ValueTypeSlice {
		for _, v := range t.of.values[f.value].Slice().All() {
			found = found || same(v)
		}
	}
	if f.form == formItems {
		t.of.eachItem(f, func(it *item) bool {
			found = same(t.of.values[it.value])
			return !found
		})
	}
	return found
}

func (t Thing) find(name string) *field {
	if t.of == nil {
		return nil
	}
	id := int16(t.names.places.find(name))
	list := t.of.list[t.first:t.last]
	for i := range list {
		if f := &list[i]; f.id == id && (id >= 0 || t.of.str(f.name) == name) {
			return f
		}
	}
	return nil
}
