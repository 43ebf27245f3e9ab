package record

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// Hash is the content hash: the first 16 bytes of the SHA-256 of the
// document's canonical JSON, which is the same for the same revision whether
// it was read by list, by get or by expand. The canonical form, from the
// inside out:
//
//   - A member is left out when its name ends in "@odata.context" or
//     "@odata.count" (alerts@odata.count too), at any depth, or when its value,
//     itself in canonical form, is null, "", [] or {}. So an object all of
//     whose members are left out is {} and is left out in its turn.
//   - Elements of an array all stay, null, "" and {} among them: [null] is not
//     empty.
//   - Of several members with one name the last alone counts, before the rule
//     above: {"a":1,"a":null} is {}.
//   - Members are sorted by the bytes of their names in UTF-8; there is no
//     white space.
//   - Numbers are written as they came (1.0, 1 and 1e0 differ), strings as
//     AppendString writes them, so that "\u0041" and "A" are the same.
//
// The whole document is always written, be it empty or not.
func (d *Document) Hash() Hash {
	d.canon = slices.Grow(d.canon[:0], len(d.text))
	if len(d.nodes) > 0 {
		d.canonical(0)
	}
	sum := sha256.Sum256(d.canon)
	return Hash(sum[:len(Hash{})])
}

// canonical appends the value at node i to canon. empty says that, as a
// member's value, it is left out.
func (d *Document) canonical(i int) (empty bool) {
	switch n := &d.nodes[i]; n.kind {
	case kindObject:
		return d.canonicalObject(i)
	case kindArray:
		d.canon = append(d.canon, '[')
		for i, end := i+1, int(n.at); i < end; i = d.after(i) {
			d.canonical(i)
			d.canon = append(d.canon, ',')
		}
		d.closeCanonical(']', n.count == 0)
		return n.count == 0
	case kindString, kindDecoded:
		d.canonicalString(n)
		return n.size == 0
	case kindNumber:
		d.canon = append(d.canon, d.content(n)...)
	case kindTrue:
		d.canon = append(d.canon, "true"...)
	case kindFalse:
		d.canon = append(d.canon, "false"...)
	case kindNull:
		d.canon = append(d.canon, "null"...)
		return true
	}
	return false
}

func (d *Document) canonicalObject(i int) (empty bool) {
	d.canon = append(d.canon, '{')
	first, last := d.sortMembers(i)
	order := d.sorter.order
	empty = true
	for m := first; m < last; m++ {
		key := int(order[m].key)
		if m+1 < last && order[m].prefix == order[m+1].prefix && d.sameName(key, int(order[m+1].key)) {
			continue // those of one name are in their order: a later one follows
		}
		if d.canonicalMember(key) {
			d.canon = append(d.canon, ',')
			empty = false
		}
	}
	d.sorter.order = d.sorter.order[:first]
	d.closeCanonical('}', empty)
	return empty
}

// canonicalMember appends the member whose name is at node i unless it is left
// out.
func (d *Document) canonicalMember(i int) (kept bool) {
	name, value := &d.nodes[i], &d.nodes[i+1]
	if raw := d.asWritten(name, value); raw != nil {
		d.canon = append(d.canon, raw...)
		return true
	}
	undo := len(d.canon)
	d.canonicalString(name)
	d.canon = append(d.canon, ':')
	if d.canonical(i + 1) {
		d.canon = d.canon[:undo]
		return false
	}
	return true
}

// asWritten is a member's text where that is its canonical form, as it is for
// most: a plain name, a colon, and a plain value that is not empty, without
// white space between. nil otherwise.
func (d *Document) asWritten(name, value *node) []byte {
	start, end := value.start, value.start+value.size
	switch value.kind {
	case kindString:
		if value.size == 0 {
			return nil
		}
		start, end = start-1, end+1
	case kindNumber, kindTrue, kindFalse:
	default:
		return nil
	}
	if name.kind != kindString || start != name.start+name.size+uint32(len(`":`)) {
		return nil
	}
	return d.text[name.start-1 : end]
}

func (d *Document) sameName(i, j int) bool {
	return bytes.Equal(d.content(&d.nodes[i]), d.content(&d.nodes[j]))
}

// closeCanonical puts the closing bracket in the place of the last comma.
func (d *Document) closeCanonical(bracket byte, empty bool) {
	if empty {
		d.canon = append(d.canon, bracket)
		return
	}
	d.canon[len(d.canon)-1] = bracket
}

func (d *Document) canonicalString(n *node) {
	if n.kind == kindDecoded {
		d.canon = AppendString(d.canon, d.content(n))
		return
	}
	d.canon = append(d.canon, d.text[n.start-1:n.start+n.size+1]...)
}

// isAnnotation reports whether a member describes the response rather than
// the object.
func isAnnotation(name []byte) bool {
	if len(name) == 0 || name[len(name)-1] != 't' {
		return false
	}
	return bytes.HasSuffix(name, []byte("@odata.context")) || bytes.HasSuffix(name, []byte("@odata.count"))
}
