package record

import (
	"fmt"
	"iter"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// What a Document refuses, so that no text can exhaust the stack, the memory
// or the time of whoever handles the tree later.
const (
	// DocumentDepthMax is how deep objects and arrays may lie in each other.
	// Graph's deepest known evidence (pod, container, image, digest image)
	// stays under 20, and .NET writes at most 64 by default.
	DocumentDepthMax = 256
	// DocumentMembersMax is how many members one object may have. Graph's
	// widest has 36; the rest is for open dictionaries. pdata looks for a key
	// by walking, so that building a map costs the square of this.
	DocumentMembersMax = 4096
	// DocumentValuesMax is how many keys and values one document may have: an
	// alert of 32 MiB has about 1.5 million.
	DocumentValuesMax = 1 << 21
	// DocumentStringMax is the length in bytes of one string as written. No
	// destination takes one over 1 MB; the exporter has to say so, not we.
	DocumentStringMax = 16 << 20
	// DocumentBytesMax is the length of the text, and fits offsets of 32 bits.
	DocumentBytesMax = 1 << 30
)

// Problem says what is wrong with a text.
type Problem string

// Error makes a Problem an error by itself, for whoever cannot say where.
func (p Problem) Error() string { return string(p) }

// The problems that a ParseError names.
const (
	ProblemSyntax  Problem = "not JSON"
	ProblemString  Problem = "a control character or unknown escape in a string"
	ProblemDepth   Problem = "nested too deep"
	ProblemMembers Problem = "too many members in one object"
	ProblemValues  Problem = "too many values"
	ProblemLong    Problem = "a string too long"
	ProblemBytes   Problem = "text too long"
)

// ParseError says what is wrong with a JSON text and where, never what the
// text is.
type ParseError struct {
	Problem Problem
	// Offset is the byte, from 0, at which it was noticed.
	Offset int
}

// Unwrap is the Problem, for errors.Is.
func (e *ParseError) Unwrap() error { return e.Problem }

// Error is "parse JSON at byte 17: nested too deep".
func (e *ParseError) Error() string {
	return fmt.Sprintf("parse JSON at byte %d: %s", e.Offset, e.Problem)
}

// Document is one JSON text, taken apart but not yet turned into a tree: a
// flat list of nodes that point into the text. It is made to be used again
// for one text after the other and then allocates nothing; it keeps the memory
// that its longest text needed, so let it go after a long one. The zero
// Document is ready for Parse. Not safe for concurrent use.
type Document struct {
	text    []byte // the caller's
	decoded []byte // strings that are not in the text as they are
	nodes   []node

	sorter sorter // for Hash
	canon  []byte // for Hash
}

// bytesPerNode is how much text a name or a value has in the service's
// objects, a low guess, to make room for the nodes at once.
const bytesPerNode = 24

// node is a value or a member's name. An object's nodes follow it as name,
// value, name, value; an array's as value, value.
type node struct {
	// start and size are the literal's place in text, a string's without its
	// quotes.
	start, size uint32
	// at and count are, for a container, the index of the node behind it and
	// the number of its members or elements; for a decoded string, its place
	// in decoded. Unused elsewhere.
	at, count uint32
	kind      kind
}

type kind uint8

const (
	kindNull kind = iota
	kindFalse
	kindTrue
	kindNumber
	kindString  // in text
	kindDecoded // in decoded
	kindArray
	kindObject
)

// Parse reads text, which must be one JSON value with nothing but white space
// around it. The Document keeps text: it must not change until the next
// Parse. The error is a *ParseError; the Document is then empty.
//
// Bytes of invalid UTF-8 and lone surrogates are read as U+FFFD. Of several
// members with one name in an object the last counts.
func (d *Document) Parse(text []byte) error {
	s := d.scan(text, len(text))
	if !s.document() {
		d.text, d.nodes = nil, d.nodes[:0]
		failed := s.failed // so that the scanner stays off the heap
		return &failed
	}
	return nil
}

// ParseHead is Parse for a text that may go on behind its value: it reads the
// object at the head of text, which begins with no white space, and gives its
// length. That is 0 when there is no whole and sound one of at most limit
// bytes; the Document is then empty, and Parse of the object alone, once its
// end is found by other means, has the reason.
func (d *Document) ParseHead(text []byte, limit int) int {
	s, n := d.scan(text, min(len(text), headBytes)), 0
	if len(text) > 0 && text[0] == '{' {
		n = s.object(0, 1)
	}
	if n <= 0 || n > min(limit, DocumentBytesMax) {
		d.text, d.nodes = nil, d.nodes[:0]
		return 0
	}
	d.text = text[:n]
	return n
}

// headBytes is a low guess at the length of an object whose end is not known.
const headBytes = 8 << 10

// scan begins with a text of about that many bytes.
func (d *Document) scan(text []byte, about int) scanner {
	d.text, d.nodes, d.decoded = text, slices.Grow(d.nodes[:0], about/bytesPerNode), d.decoded[:0]
	return scanner{d: d, text: text}
}

// IsObject reports whether the text is a JSON object.
func (d *Document) IsObject() bool { return len(d.nodes) > 0 && d.nodes[0].kind == kindObject }

// Members goes over the members of the document's object in their order,
// repeated names included; over nothing when it is no object. name and the
// Value are good until the next Parse.
func (d *Document) Members() iter.Seq2[[]byte, Value] { return d.Root().Members() }

// Root is the whole document as a Value; of an empty Document, null.
func (d *Document) Root() Value { return Value{d: d} }

// Value is one value of a Document, good until its next Parse. The zero Value
// is null.
type Value struct {
	d *Document
	i int
}

// IsObject reports whether it is a JSON object.
func (v Value) IsObject() bool { return v.is(kindObject) }

// IsArray reports whether it is a JSON array.
func (v Value) IsArray() bool { return v.is(kindArray) }

// IsString reports whether it is a JSON string.
func (v Value) IsString() bool { return v.is(kindString) || v.is(kindDecoded) }

// IsNull reports whether it is null, as the value of an empty Document is.
func (v Value) IsNull() bool { return v.d == nil || v.i >= len(v.d.nodes) || v.is(kindNull) }

func (v Value) is(k kind) bool { return v.d != nil && v.i < len(v.d.nodes) && v.d.nodes[v.i].kind == k }

// Members goes over an object's members in their order, repeated names
// included; over nothing when it is no object.
func (v Value) Members() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if !v.IsObject() {
			return
		}
		for i, end := v.i+1, v.d.after(v.i); i < end; i = v.d.after(i + 1) {
			if !yield(v.d.content(&v.d.nodes[i]), Value{d: v.d, i: i + 1}) {
				return
			}
		}
	}
}

// Elements goes over an array's elements in their order; over nothing when it
// is no array.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.IsArray() {
			return
		}
		for i, end := v.i+1, v.d.after(v.i); i < end; i = v.d.after(i) {
			if !yield(Value{d: v.d, i: i}) {
				return
			}
		}
	}
}

// Build puts the value into dst as Document.Build does, with a copy of what it
// needs of the text.
func (v Value) Build(dst pcommon.Value) {
	var d Document
	if d.Parse(v.Raw()) != nil {
		_ = dst.FromRaw(nil) // the zero Value
		return
	}
	d.Build(dst)
}

// Text is a string's content or a number's literal, as a view that must not
// be changed; nil for every other value.
func (v Value) Text() []byte {
	if v.d == nil || v.i >= len(v.d.nodes) {
		return nil
	}
	switch n := &v.d.nodes[v.i]; n.kind {
	case kindString, kindDecoded, kindNumber:
		return v.d.content(n)
	default:
		return nil
	}
}

// Raw is the value as it stands in the text, an object or array from bracket
// to bracket, as a view that must not be changed; nil when the Document is
// empty.
func (v Value) Raw() []byte {
	if v.d == nil || v.i >= len(v.d.nodes) {
		return nil
	}
	switch n := v.d.nodes[v.i]; n.kind {
	case kindString, kindDecoded:
		return v.d.text[n.start-1 : n.start+n.size+1]
	default:
		return v.d.text[n.start : n.start+n.size]
	}
}

// after is the index of the node after the value at i.
func (d *Document) after(i int) int {
	if n := &d.nodes[i]; n.kind >= kindArray {
		return int(n.at)
	}
	return i + 1
}

// content is what a string stands for, or a number's literal.
func (d *Document) content(n *node) []byte {
	if n.kind == kindDecoded {
		return d.decoded[n.at : n.at+n.count]
	}
	return d.text[n.start : n.start+n.size]
}
