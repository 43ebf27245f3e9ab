package entity

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// List is the entities of one alert, to look things up in.
type List struct {
	all     pcommon.Slice
	fitting int
	byID    map[string]pcommon.Map
}

// ListOf is the entities in both texts of e.
func ListOf(e *Entities) List {
	l := Parse(e.JSON())
	if e.More() == nil {
		return l
	}
	Parse(e.More()).all.MoveAndAppendTo(l.all)
	for _, one := range l.all.All() {
		l.learn(one)
	}
	return l
}

// Parse reads the text that Entities.JSON is. What is no array of objects is
// an empty list.
func Parse(text []byte) List {
	var d record.Document
	v := pcommon.NewValueEmpty()
	if d.Parse(text) == nil {
		d.Build(v)
	}
	l := List{all: pcommon.NewSlice(), byID: map[string]pcommon.Map{}}
	if v.Type() == pcommon.ValueTypeSlice {
		l.all = v.Slice()
		l.all.RemoveIf(func(e pcommon.Value) bool { return e.Type() != pcommon.ValueTypeMap })
		l.learn(v)
	}
	l.fitting = l.all.Len()
	return l
}

// learn finds every object with a number, at any depth.
func (l List) learn(v pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		for _, element := range v.Slice().All() {
			l.learn(element)
		}
	case pcommon.ValueTypeMap:
		if id, ok := v.Map().Get(fieldID); ok {
			l.byID[id.AsString()] = v.Map()
		}
		for _, member := range v.Map().All() {
			l.learn(member)
		}
	default:
	}
}

// Fitting is how many of the first entities Sentinel takes with the alert.
func (l List) Fitting() int { return l.fitting }

// Len is how many entities there are.
func (l List) Len() int { return l.all.Len() }

// At is the entity at i.
func (l List) At(i int) pcommon.Map { return l.all.At(i).Map() }

// Slice is all entities; it is the list's own.
func (l List) Slice() pcommon.Slice { return l.all }

// Thing is the entity that one of the things the alert names once is; ok is
// false for the zero Thing.
func (l List) Thing(t Thing) (e pcommon.Map, ok bool) {
	e, ok = l.byID[strconv.Itoa(int(t.number))]
	return e, ok
}

// Ref is the entity that a field holds or refers to; ok is false when it does
// neither.
func (l List) Ref(of pcommon.Map, field string) (e pcommon.Map, ok bool) {
	v, ok := of.Get(field)
	if !ok {
		return pcommon.Map{}, false
	}
	return l.resolve(v)
}

// Refs are the entities in a field that is a list of them.
func (l List) Refs(of pcommon.Map, field string) []pcommon.Map {
	v, ok := of.Get(field)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	var out []pcommon.Map
	for _, element := range v.Slice().All() {
		if e, ok := l.resolve(element); ok {
			out = append(out, e)
		}
	}
	return out
}

func (l List) resolve(v pcommon.Value) (e pcommon.Map, ok bool) {
	if v.Type() != pcommon.ValueTypeMap {
		return pcommon.Map{}, false
	}
	if ref, isRef := v.Map().Get(fieldRef); isRef {
		e, ok = l.byID[ref.AsString()]
		return e, ok
	}
	return v.Map(), true
}
