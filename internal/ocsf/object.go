package ocsf

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// object is one OCSF object being written. Empty values are left out.
type object struct{ pcommon.Map }

func (o object) str(name, value string) {
	if value != "" {
		o.PutStr(name, value)
	}
}

// time writes a service's timestamp as milliseconds since 1970; nothing when it
// is none.
func (o object) time(name, text string) {
	if t, ok := record.ParseTime(text); ok {
		o.PutInt(name, t.UnixMilli())
	}
}

// number writes a member of another object that is a number with a point.
func (o object) number(name string, of pcommon.Map, member string) {
	if v, ok := of.Get(member); ok && v.Type() == pcommon.ValueTypeDouble {
		o.PutDouble(name, v.Double())
	}
}

// word writes an enumerated attribute: its number and its caption.
func (o object) word(name string, w word) {
	o.PutInt(name+"_id", w.id)
	o.PutStr(name, w.caption)
}

// at is an object in an attribute, empty.
func (o object) at(name string) object { return object{o.PutEmptyMap(name)} }

// with writes an object that must have one of some attributes, and leaves it
// out when it has none of them.
func (o object) with(name string, write func(object), oneOf ...string) {
	inner := o.at(name)
	write(inner)
	if !inner.hasAny(oneOf...) {
		o.Remove(name)
	}
}

func (o object) hasAny(names ...string) bool {
	for _, name := range names {
		if _, ok := o.Get(name); ok {
			return true
		}
	}
	return false
}

// texts writes a list of texts, without the empty ones.
func (o object) texts(name string, values ...string) {
	var list pcommon.Slice
	for _, value := range values {
		if value == "" {
			continue
		}
		if list == (pcommon.Slice{}) {
			list = o.PutEmptySlice(name)
		}
		list.AppendEmpty().SetStr(value)
	}
}

// text is a member of an object that is a text, "" when it is none.
func text(of pcommon.Map, name string) string {
	v, ok := of.Get(name)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// texts are the texts of a member that is a list, and whether all were.
func texts(of pcommon.Map, name string) (out []string, all bool) {
	v, ok := of.Get(name)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return nil, false
	}
	all = true
	for _, element := range v.Slice().All() {
		if element.Type() == pcommon.ValueTypeStr && element.Str() != "" {
			out = append(out, element.Str())
		} else {
			all = false
		}
	}
	return out, all
}

// source is the alert or incident that an event is made of.
type source struct {
	body pcommon.Map
	// placed are the properties that an attribute holds as they are.
	placed map[string]bool
}

func newSource(body pcommon.Map, placed ...string) source {
	s := source{body, map[string]bool{}}
	for _, name := range placed {
		s.placed[name] = true
	}
	return s
}

func (s source) text(property string) string { return text(s.body, property) }

// take is text, and notes that the property has its place.
func (s source) take(property string) string {
	value := s.text(property)
	s.placed[property] = s.placed[property] || value != ""
	return value
}

// takeTime is take for a time, "" when it is none.
func (s source) takeTime(property string) string {
	value := s.text(property)
	if _, ok := record.ParseTime(value); !ok {
		return ""
	}
	s.placed[property] = true
	return value
}

// unmapped writes every property that has no place of its own.
func (s source) unmapped(to object) {
	rest := pcommon.NewMap()
	for name, v := range s.body.All() {
		if s.placed[name] || silent(v) || strings.HasPrefix(name, "@odata.") {
			continue
		}
		v.CopyTo(rest.PutEmpty(name))
	}
	if rest.Len() > 0 {
		rest.MoveTo(to.PutEmptyMap("unmapped"))
	}
}

// silent reports a value that says nothing.
func silent(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return true
	case pcommon.ValueTypeStr:
		return v.Str() == ""
	case pcommon.ValueTypeSlice:
		return v.Slice().Len() == 0
	case pcommon.ValueTypeMap:
		return v.Map().Len() == 0
	default:
		return false
	}
}

// millis is a time as OCSF wants it.
func millis(t time.Time) int64 { return t.UnixMilli() }
