package record

import "go.opentelemetry.io/collector/pdata/pcommon"

// Build puts the whole document into dst, replacing what is there. The text is
// copied once and the strings of dst are parts of that copy, so dst is
// independent of the Document and of the text given to Parse; but whoever
// keeps one string of dst keeps the whole copy alive, so clone what outlives
// the record.
//
// null becomes an empty Value, numbers what ParseNumber says (Bytes with the
// literal where no number is exact), {} and [] an empty Map and Slice. A
// member that comes again takes the place of the first and the value of the
// last.
func (d *Document) Build(dst pcommon.Value) {
	if len(d.nodes) == 0 {
		_ = dst.FromRaw(nil) // nil is always accepted
		return
	}
	b := builder{nodes: d.nodes, text: string(d.text), decoded: string(d.decoded)}
	b.value(0, dst)
}

// builder walks the nodes once, from first to last.
type builder struct {
	nodes         []node
	text, decoded string
}

// value builds the value at node i into dst and gives the index behind it.
func (b *builder) value(i int, dst pcommon.Value) int {
	switch n := &b.nodes[i]; n.kind {
	case kindObject:
		return b.object(i, dst.SetEmptyMap())
	case kindArray:
		return b.array(i, dst.SetEmptySlice())
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

func (b *builder) object(i int, dst pcommon.Map) int {
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
		case kindObject:
			i = b.object(i+1, dst.PutEmptyMap(key))
		case kindArray:
			i = b.array(i+1, dst.PutEmptySlice(key))
		default:
			i = b.value(i+1, dst.PutEmpty(key))
		}
	}
	return end
}

func (b *builder) array(i int, dst pcommon.Slice) int {
	end := int(b.nodes[i].at)
	dst.EnsureCapacity(int(b.nodes[i].count))
	for i++; i < end; {
		i = b.value(i, dst.AppendEmpty())
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
