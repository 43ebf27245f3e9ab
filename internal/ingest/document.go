package ingest

import (
	"bytes"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// document is the body of the record at hand in the forms that rows need, each
// made when it is first asked for and at most once.
type document struct {
	body pcommon.Value
	mode record.Mode

	// parsed is a text body taken apart, once isParsed; isJSON says that it
	// is the text of an object or an array.
	parsed           record.Document
	isParsed, isJSON bool
	// text is the text body, valid UTF-8.
	text []byte

	tree    pcommon.Value
	hasTree bool

	original    []byte
	hasOriginal bool
}

func (d *document) begin(body pcommon.Value, mode record.Mode) {
	d.body, d.mode = body, mode
	d.isParsed, d.isJSON, d.hasTree, d.hasOriginal = false, false, false, false
}

// release lets go of what is the caller's.
func (d *document) release() { d.body, d.tree = pcommon.Value{}, pcommon.Value{} }

func (d *document) size() int { return cap(d.text) + cap(d.original) }

// parse takes a text body apart. It reports whether the body is a text of a
// JSON object or array; any other text is just a string.
func (d *document) parse() bool {
	if d.body.Type() != pcommon.ValueTypeStr {
		return false
	}
	if d.isParsed {
		return d.isJSON
	}
	d.isParsed = true
	d.text = append(d.text[:0], d.body.Str()...)
	if !utf8.Valid(d.text) {
		d.text = []byte(string([]rune(d.body.Str())))
	}
	// Looked at first, so that a long plain string is not parsed.
	head := bytes.TrimLeft(d.text, " \t\r\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	d.isJSON = d.parsed.Parse(d.text) == nil
	return d.isJSON
}

// value is the body as a tree: of a text body the tree that it describes.
func (d *document) value() pcommon.Value {
	if !d.parse() {
		return d.body
	}
	if !d.hasTree {
		d.tree, d.hasTree = pcommon.NewValueEmpty(), true
		d.parsed.Build(d.tree)
	}
	return d.tree
}

// members is the body as a map; ok is false when it is none.
func (d *document) members() (m pcommon.Map, ok bool) {
	v := d.value()
	if v.Type() != pcommon.ValueTypeMap {
		return pcommon.Map{}, false
	}
	return v.Map(), true
}

// json is the body's JSON: of a text body that is JSON the text itself, to the
// byte. It is good until the next begin.
func (d *document) json() []byte {
	if d.hasOriginal {
		return d.original
	}
	d.hasOriginal = true
	if d.parse() {
		d.original = append(d.original[:0], bytes.Trim(d.text, " \t\r\n")...)
	} else {
		d.original = d.mode.AppendValue(d.original[:0], d.body)
	}
	return d.original
}

// hasLongLeaf reports whether the body holds a string over LeafBytesMax.
func (d *document) hasLongLeaf() bool {
	if d.body.Type() == pcommon.ValueTypeStr && len(d.body.Str()) <= LeafBytesMax {
		return false
	}
	return hasLongLeaf(d.value())
}
