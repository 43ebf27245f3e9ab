package entity

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// copyPlain copies a value of the evidence. Members named $id or $ref in it,
// which only a reader of entities takes for more than names, get an underscore.
func copyPlain(from, to pcommon.Value) {
	if marked(from) {
		copyMarked(from, to)
		return
	}
	from.CopyTo(to)
}

func copyMarked(from, to pcommon.Value) {
	switch from.Type() {
	case pcommon.ValueTypeSlice:
		list := to.SetEmptySlice()
		for _, item := range from.Slice().All() {
			copyMarked(item, list.AppendEmpty())
		}
	case pcommon.ValueTypeMap:
		m := to.SetEmptyMap()
		for name, v := range from.Map().All() {
			if name == fieldID || name == fieldRef {
				name = "_" + name
			}
			copyMarked(v, m.PutEmpty(name))
		}
	default:
		from.CopyTo(to)
	}
}

// marked reports a member named $id or $ref anywhere in a value.
func marked(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		for _, item := range v.Slice().All() {
			if marked(item) {
				return true
			}
		}
	case pcommon.ValueTypeMap:
		for name, item := range v.Map().All() {
			if name == fieldID || name == fieldRef || marked(item) {
				return true
			}
		}
	default:
	}
	return false
}
