package entity

import (
	"bytes"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// text appends the fields of the entity being made.
func (w *writer) text(dst []byte) []byte {
	names := w.b.tables.fieldsOf(w.typ).all
	for i := w.fields.start; i < len(w.fields.list); i++ {
		f := &w.fields.list[i]
		if f.id >= 0 {
			dst = append(dst, names[f.id].key...)
		} else {
			dst = append(record.AppendString(append(dst, ','), w.fields.str(f.name)), ':')
		}
		switch f.form {
		case formValue:
			dst = appendPlain(dst, w.fields.values[f.value])
		case formText:
			dst = record.AppendString(dst, w.fields.str(f.text))
		case formRecord:
			dst = w.record(dst, f)
		case formItems, formRefs:
			dst = w.list(dst, f)
		case formRef:
			dst = w.ref(dst, w.fields.items[f.first].thing)
		}
	}
	return dst
}

func (w *writer) list(dst []byte, f *field) []byte {
	dst = append(dst, '[')
	for i := f.first; i >= 0; i = w.fields.items[i].next {
		if i != f.first {
			dst = append(dst, ',')
		}
		if it := &w.fields.items[i]; f.form == formRefs {
			dst = w.ref(dst, it.thing)
		} else {
			dst = appendPlain(dst, w.fields.values[it.value])
		}
	}
	return append(dst, ']')
}

// open begins an entity with its number and type.
func (b *builder) open(dst []byte, t *thing, typeName string) []byte {
	b.count++
	t.number = b.count
	dst = append(strconv.AppendInt(append(dst, `{"$id":"`...), int64(t.number), 10), `","Type":"`...)
	return append(append(dst, typeName...), '"')
}

// ref appends a reference to a thing. A detail is written here the first time
// it is met.
func (w *writer) ref(dst []byte, i int32) []byte {
	t := &w.b.things[i]
	if !t.mere || t.number > 0 {
		w.over = w.over || t.over
		return append(strconv.AppendInt(append(dst, `{"$ref":"`...), int64(t.number), 10), `"}`...)
	}
	typ, s := w.b.typeOf(t), &w.b.sources[t.first]
	dst = w.b.open(dst, t, typ.Name)
	w.inside = append(w.inside, i)
	if s.word != 0 {
		dst = append(record.AppendString(append(dst, `,"Algorithm":`...), w.b.str(s.word)), `,"Value":`...)
	} else {
		dst = append(append(append(dst, `,"`...), typ.Identifiers[0].Field...), `":`...)
	}
	return append(record.AppendString(dst, w.b.str(s.text)), '}')
}

// record appends an object, or a list of them, with members in PascalCase, and
// in the object the one item under the name that is the field's text.
func (w *writer) record(dst []byte, f *field) []byte {
	if f.first < 0 {
		return appendPascal(dst, w.fields.values[f.value])
	}
	start := len(dst)
	if f.value < 0 {
		dst = append(dst, "{}"...)
	} else {
		dst = appendPascal(dst, w.fields.values[f.value])
	}
	dst = dst[:len(dst)-1]
	if len(dst)-start > 1 {
		dst = append(dst, ',')
	}
	dst = append(record.AppendString(dst, w.fields.str(f.text)), ':')
	return append(appendPlain(dst, w.fields.values[w.fields.items[f.first].value]), '}')
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
