package entity

import (
	"bytes"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// text writes the fields of the entity being made.
func (w *writer) text() {
	for i := w.fields.start; i < len(w.fields.list); i++ {
		f := &w.fields.list[i]
		if f.id >= 0 {
			w.out = append(w.out, f.key...)
		} else {
			w.out = append(record.AppendString(append(w.out, ','), f.name), ':')
		}
		switch f.form {
		case formValue:
			w.out = appendPlain(w.out, f.value)
		case formText:
			w.out = record.AppendString(w.out, f.text)
		case formRecord:
			w.record(f)
		case formItems:
			w.list(f, func(it *item) { w.out = appendPlain(w.out, it.value) })
		case formRefs:
			w.list(f, func(it *item) { w.ref(it.thing) })
		case formRef:
			w.ref(w.fields.items[f.first].thing)
		}
	}
}

// name writes what stands before a member's value, but in the first. The name
// needs no escapes.
func (w *writer) name(name string) {
	w.out = append(append(append(w.out, ',', '"'), name...), '"', ':')
}

func (w *writer) list(f *field, write func(*item)) {
	w.out = append(w.out, '[')
	for i := f.first; i >= 0; i = w.fields.items[i].next {
		if i != f.first {
			w.out = append(w.out, ',')
		}
		write(&w.fields.items[i])
	}
	w.out = append(w.out, ']')
}

// open begins an entity with its number and type.
func (w *writer) open(t *thing, typeName string) {
	w.b.count++
	t.number = w.b.count
	w.out = append(strconv.AppendInt(append(w.out, `{"$id":"`...), int64(t.number), 10), `","Type":"`...)
	w.out = append(append(w.out, typeName...), '"')
}

// ref writes a reference to a thing. A detail is written here the first time
// it is met.
func (w *writer) ref(i int32) {
	t := &w.b.things[i]
	if !t.mere || t.number > 0 {
		w.over = w.over || t.over
		w.out = append(strconv.AppendInt(append(w.out, `{"$ref":"`...), int64(t.number), 10), `"}`...)
		return
	}
	w.open(t, t.typ.Name)
	w.inside = append(w.inside, i)
	s := &w.b.sources[t.first]
	if s.word != "" {
		w.name("Algorithm")
		w.out = record.AppendString(w.out, s.word)
		w.name("Value")
	} else {
		w.name(t.typ.Identifiers[0].Field)
	}
	w.out = append(record.AppendString(w.out, s.text), '}')
}

// record writes an object, or a list of them, with members in PascalCase, and
// in the object the one item under the name that is the field's text.
func (w *writer) record(f *field) {
	if f.first < 0 {
		w.out = appendPascal(w.out, f.value)
		return
	}
	start := len(w.out)
	if (f.value == pcommon.Value{}) {
		w.out = append(w.out, "{}"...)
	} else {
		w.out = appendPascal(w.out, f.value)
	}
	w.out = w.out[:len(w.out)-1]
	if len(w.out)-start > 1 {
		w.out = append(w.out, ',')
	}
	w.out = append(record.AppendString(w.out, f.text), ':')
	w.out = append(appendPlain(w.out, w.fields.items[f.first].value), '}')
}

// appendPascal appends an object, or a list of them, with members in
// PascalCase. Of two members that become one the last stays, as elsewhere.
func appendPascal(dst []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		dst = append(dst, '{')
		start := len(dst)
		for name, member := range v.Map().All() {
			if silent(member) || strings.HasPrefix(name, "@odata.") || overridden(v.Map(), name) {
				continue
			}
			if len(dst) > start {
				dst = append(dst, ',')
			}
			dst = append(appendPascalName(dst, name), ':')
			dst = appendPlain(dst, member)
		}
		return append(dst, '}')
	case pcommon.ValueTypeSlice:
		dst = append(dst, '[')
		for i := range v.Slice().Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendPascal(dst, v.Slice().At(i))
		}
		return append(dst, ']')
	default:
		return appendPlain(dst, v)
	}
}

// overridden reports that a member is in capitals what name is in PascalCase.
func overridden(m pcommon.Map, name string) bool {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for other, v := range m.All() {
		if len(other) == len(name) && other[0] == name[0]-'a'+'A' && other[1:] == name[1:] && !silent(v) {
			return true
		}
	}
	return false
}

// appendPascalName appends pascal(name) as a JSON string.
func appendPascalName(dst []byte, name string) []byte {
	start := len(dst)
	dst = record.AppendString(dst, name)
	switch first := dst[start+1]; {
	case first >= 'a' && first <= 'z':
		dst[start+1] = first - 'a' + 'A'
	case first < 'A' || first > 'Z':
		dst = append(dst[:start], '"', '_')
		dst = record.AppendString(dst, name)
		dst = append(dst[:start+2], dst[start+3:]...) // without the quote between
	}
	return dst
}

// appendPlain appends a value of the evidence. Members named $id or $ref in it,
// which only a reader of entities takes for more than names, get an underscore.
func appendPlain(dst []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return record.AppendString(dst, v.Str())
	case pcommon.ValueTypeMap:
		dst = append(dst, '{')
		for name, member := range v.Map().All() {
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			if name == fieldID || name == fieldRef {
				dst = append(append(append(dst, `"_`...), name...), `":`...)
			} else {
				dst = append(record.AppendString(dst, name), ':')
			}
			dst = appendPlain(dst, member)
		}
		return append(dst, '}')
	case pcommon.ValueTypeSlice:
		dst = append(dst, '[')
		for i := range v.Slice().Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendPlain(dst, v.Slice().At(i))
		}
		return append(dst, ']')
	case pcommon.ValueTypeBytes:
		return appendDeep(dst, v)
	default:
		return record.ModeRecord.AppendValue(dst, v)
	}
}

// appendDeep appends what record keeps as a text because it lies too deep. One
// that might name an $id or $ref stays a text.
func appendDeep(dst []byte, v pcommon.Value) []byte {
	start := len(dst)
	dst = record.ModeRecord.AppendValue(dst, v)
	text := dst[start:]
	if text[0] != '{' && text[0] != '[' || !bytes.ContainsAny(text, `$\`) {
		return dst
	}
	whole := string(text)
	return record.AppendString(dst[:start], whole)
}
