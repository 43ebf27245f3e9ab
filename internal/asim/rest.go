package asim

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	// restBytesMax bounds AdditionalFields: Azure cuts a value at 64 KB, and half
	// an object is none.
	restBytesMax = 50_000
	// restOmitted names the properties that did not fit; the alert's own record
	// has them.
	restOmitted = "OmittedFields"
)

// rest puts every property that no column holds as it is into
// AdditionalFields, under its own name.
func (e *event) rest() {
	rest, omitted := pcommon.NewMap(), pcommon.NewSlice()
	size := 0
	var text []byte
	for name, v := range e.alert.Body.All() {
		if e.placed[name] || silent(v) || strings.HasPrefix(name, "@odata.") {
			continue
		}
		text = record.AppendJSON(text[:0], v)
		if size+len(name)+len(text) > restBytesMax {
			omitted.AppendEmpty().SetStr(name[:min(len(name), nameBytesMax)])
			continue
		}
		size += len(name) + len(text)
		v.CopyTo(rest.PutEmpty(name))
	}
	if omitted.Len() > omittedMax {
		kept := 0
		omitted.RemoveIf(func(pcommon.Value) bool { kept++; return kept > omittedMax })
	}
	if omitted.Len() > 0 {
		omitted.CopyTo(rest.PutEmptySlice(restOmitted))
	}
	if rest.Len() > 0 {
		rest.CopyTo(e.to.PutEmptyMap("AdditionalFields"))
	}
}

// omittedMax and nameBytesMax bound the list of what was omitted.
const (
	omittedMax   = 64
	nameBytesMax = 64
)

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
