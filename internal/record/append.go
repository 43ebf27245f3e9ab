package record

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Mode says what pdata Bytes mean when they are written as JSON. Everything
// else is written alike in both modes: members in their order, Empty as null,
// strings as AppendString, doubles as AppendDouble.
type Mode int

const (
	// ModeRecord is for our own records: Bytes that hold a JSON number, object
	// or array are that JSON, since no Document makes Bytes of anything else;
	// other Bytes are a base64 string.
	ModeRecord Mode = iota
	// ModeForeign is for everybody else's records: Bytes are always a base64
	// string.
	ModeForeign
)

// AppendJSON appends v as JSON to dst in ModeRecord.
func AppendJSON(dst []byte, v pcommon.Value) []byte { return ModeRecord.AppendValue(dst, v) }

// AppendValue appends v as JSON to dst and returns the longer slice. It
// allocates nothing but room in dst. It does not fail: every pdata value has a
// JSON form. v is only read.
func (m Mode) AppendValue(dst []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return AppendString(dst, v.Str())
	case pcommon.ValueTypeMap:
		return m.AppendMap(dst, v.Map())
	case pcommon.ValueTypeSlice:
		return m.AppendSlice(dst, v.Slice())
	case pcommon.ValueTypeInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case pcommon.ValueTypeBool:
		return strconv.AppendBool(dst, v.Bool())
	case pcommon.ValueTypeDouble:
		return AppendDouble(dst, v.Double())
	case pcommon.ValueTypeBytes:
		return m.appendBytes(dst, v.Bytes())
	case pcommon.ValueTypeEmpty:
		return append(dst, "null"...)
	}
	return append(dst, "null"...)
}

// AppendMap is AppendValue for a Map.
func (m Mode) AppendMap(dst []byte, members pcommon.Map) []byte {
	dst = append(dst, '{')
	first := true
	for key, v := range members.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(AppendString(dst, key), ':')
		dst = m.AppendValue(dst, v)
	}
	return append(dst, '}')
}

// AppendSlice is AppendValue for a Slice.
func (m Mode) AppendSlice(dst []byte, elements pcommon.Slice) []byte {
	dst = append(dst, '[')
	for i := range elements.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = m.AppendValue(dst, elements.At(i))
	}
	return append(dst, ']')
}

func (m Mode) appendBytes(dst []byte, b pcommon.ByteSlice) []byte {
	if m == ModeRecord {
		start := len(dst)
		for i := range b.Len() {
			dst = append(dst, b.At(i))
		}
		if n := numberLen(dst[start:]); n > 0 && n == len(dst)-start || isContainer(dst[start:]) {
			return dst
		}
		dst = dst[:start]
	}
	return appendBase64(dst, b)
}

// isContainer reports whether text is a JSON object or array.
func isContainer(text []byte) bool {
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text)
}

// appendBase64 goes by three bytes, as base64 does, because pdata shows its
// bytes one at a time or as a copy.
func appendBase64(dst []byte, b pcommon.ByteSlice) []byte {
	dst = append(dst, '"')
	var group [3]byte
	for i := 0; i < b.Len(); {
		n := 0
		for ; n < len(group) && i < b.Len(); n++ {
			group[n] = b.At(i)
			i++
		}
		dst = base64.StdEncoding.AppendEncode(dst, group[:n])
	}
	return append(dst, '"')
}
