package record

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// pdata's protobuf decoder, which stands behind every queue on disk and every
// hop over OTLP or Kafka, gives up at 100 nested messages and drops the whole
// batch. An object costs three of them, an array two. depthRoom is what a body
// may spend: the rest is for the envelope, and for an attribute that holds a
// part of the body again, as entities do.
//
// Source: go.opentelemetry.io/collector/pdata v1.71.0, internal/proto.
const (
	depthRoom   = 60
	objectCosts = 3
	arrayCosts  = 2
)

// Build puts the whole document into dst, replacing what is there. The text is
// copied once and the strings of dst are parts of that copy, so dst is
// independent of the Document and of the text given to Parse; but whoever
// keeps one string of dst keeps the whole copy alive, so clone what outlives
// the record.
//
// null becomes an empty Value, numbers what ParseNumber says (Bytes with the
// literal where no number is exact), {} and [] an empty Map and Slice. An
// object or array that lies deeper than pdata can be carried (20 objects in each
// other) becomes Bytes with its JSON text. A member that comes again takes the
// place of the first and the value of the last.
func (d *Document) Build(dst pcommon.Value) {
	if len(d.nodes) == 0 {
		_ = dst.FromRaw(nil) // nil is always accepted
		return
	}
	b := builder{nodes: d.nodes, text: string(d.text), decoded: string(d.decoded)}
	b.value(0, dst, depthRoom)
}

// builder walks the nodes once, from first to last.
type builder struct {
	nodes         []node
	text, decoded string
}

// value builds the value at node i into dst and gives the index behind it. room
// is how much depth is left.
func (b *builder) value(i int, dst pcommon.Value, room int) int {
	switch n := &b.nodes[i]; n.kind {
	case kindObject:
		if room < objectCosts {
			return b.verbatim(i, dst)
		}
		return b.object(i, dst.SetEmptyMap(), room-objectCosts)
	case kindArray:
		if room < arrayCosts {
			return b.verbatim(i, dst)
		}
		return b.array(i, dst.SetEmptySlice(), room-arrayCosts)
	case kindString, kindDecoded:
		dst.SetStr(b.string(n))
	case kindNumber:
		b.number(b.string(n), dst)
	case kindTrue, kindFalse:
		dst.SetBool(n.kind == kindTrue)
	case kindNull:
		_ = dst.FromRaw(nil) // nil is always accepted
	}
	return i + 1
}

// verbatim keeps an object or array as its text.
func (b *builder) verbatim(i int, dst pcommon.Value) int {
	n := &b.nodes[i]
	text := strings.ToValidUTF8(b.text[n.start:n.start+n.size], "\uFFFD")
	dst.SetEmptyBytes().FromRaw([]byte(text))
	return int(n.at)
}

func (b *builder) object(i int, dst pcommon.Map, room int) int {
	end := int(b.nodes[i].at)
	dst.EnsureCapacity(int(b.nodes[i].count))
	for i++; i < end; {
		key, v := b.string(&b.nodes[i]), &b.nodes[i+1]
		switch v.kind {
		case kindString, kindDecoded:
			dst.PutStr(key, b.string(v))
			i += 2
		case kindTrue, kindFalse:
			dst.PutBool(key, v.kind == kindTrue)
			i += 2
		default:
			i = b.value(i+1, dst.PutEmpty(key), room)
		}
	}
	return end
}

func (b *builder) array(i int, dst pcommon.Slice, room int) int {
	end := int(b.nodes[i].at)
	dst.EnsureCapacity(int(b.nodes[i].count))
	for i++; i < end; {
		i = b.value(i, dst.AppendEmpty(), room)
	}
	return end
}

func (b *builder) string(n *node) string {
	if n.kind == kindDecoded {
		return b.decoded[n.at : n.at+n.count]
	}
	return b.text[n.start : n.start+n.size]
}

func (b *builder) number(literal string, dst pcommon.Value) {
	switch kind, i, f := ParseNumber(literal); kind {
	case NumberInt:
		dst.SetInt(i)
	case NumberDouble:
		dst.SetDouble(f)
	case NumberLiteral:
		dst.SetEmptyBytes().FromRaw([]byte(literal))
	}
}
