package ingest

import (
	"slices"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func (w *row) mark(name string) {
	if !slices.Contains(w.shortened, name) {
		w.shortened = append(w.shortened, name)
	}
}

// string appends s as a JSON string whose value is at most room bytes.
func (w *row) string(name, s string) {
	fit := cut(s, w.room)
	if len(fit) < len(s) {
		w.mark(name)
	}
	w.buf = record.AppendString(w.buf, fit)
}

// cut is the longest head of s that ends between characters and is at most
// limit bytes once each byte of invalid UTF-8 has become U+FFFD.
func cut(s string, limit int) string {
	if len(s) <= limit/len(string(utf8.RuneError)) || len(s) <= limit && utf8.ValidString(s) {
		return s
	}
	taken := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if taken += utf8.RuneLen(r); taken > limit {
			return s[:i]
		}
		i += size
	}
	return s
}

// dynamic appends v as JSON of at most room bytes: of a longer array the
// leading elements, of a longer string its head; a longer object is null,
// since half an object misleads.
func (w *row) dynamic(name string, v pcommon.Value) (ok bool) {
	start := len(w.buf)
	w.buf = w.mode.AppendValue(w.buf, v)
	if len(w.buf)-start <= w.room {
		return true
	}
	w.buf = w.buf[:start]
	w.mark(name)
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		w.buf, _ = leading(w.buf, w.mode, v.Slice(), w.room)
		return true
	case pcommon.ValueTypeStr:
		w.quoted(v.Str())
		return true
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeInt, pcommon.ValueTypeDouble,
		pcommon.ValueTypeBytes, pcommon.ValueTypeMap:
	}
	return false
}

// leading appends to dst an array of the leading elements that fit into room
// bytes, and returns how many they are.
func leading(dst []byte, mode record.Mode, elements pcommon.Slice, room int) (out []byte, kept int) {
	start := len(dst)
	dst = append(dst, '[')
	for i := range elements.Len() {
		before := len(dst)
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = mode.AppendValue(dst, elements.At(i))
		if len(dst)+len("]")-start > room {
			dst = dst[:before]
			break
		}
		kept++
	}
	return append(dst, ']'), kept
}

// quoted appends the head of s whose JSON form fits into room.
func (w *row) quoted(s string) {
	start := len(w.buf)
	for limit := w.room - len(`""`); ; limit /= 2 {
		w.buf = record.AppendString(w.buf[:start], cut(s, limit))
		if len(w.buf)-start <= w.room || limit <= 0 {
			return
		}
	}
}

// hasLongLeaf reports whether v is or holds a string longer than LeafBytesMax.
func hasLongLeaf(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return len(v.Str()) > LeafBytesMax
	case pcommon.ValueTypeMap:
		return mapHasLongLeaf(v.Map())
	case pcommon.ValueTypeSlice:
		elements := v.Slice()
		for i := range elements.Len() {
			if hasLongLeaf(elements.At(i)) {
				return true
			}
		}
	case pcommon.ValueTypeBytes:
		return v.Bytes().Len() > LeafBytesMax
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeInt, pcommon.ValueTypeDouble:
	}
	return false
}

// attributesHaveLongLeaf leaves out the text of the entities: it is many values,
// all of them the body's, and each goes into a row of its own.
func attributesHaveLongLeaf(attributes pcommon.Map) bool {
	for name, v := range attributes.All() {
		if (name == record.SentinelEntities || name == record.SentinelEntitiesMore) && v.Type() == pcommon.ValueTypeStr {
			continue
		}
		if hasLongLeaf(v) {
			return true
		}
	}
	return false
}

func mapHasLongLeaf(members pcommon.Map) bool {
	for _, v := range members.All() {
		if hasLongLeaf(v) {
			return true
		}
	}
	return false
}
