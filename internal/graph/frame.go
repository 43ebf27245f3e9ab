package graph

import "bytes"

// frame finds where a value ends, by strings and brackets alone, going on
// where it was when more of the text is there. The zero frame is at the
// value's first byte, which must not be white space.
type frame struct {
	shape    shape
	depth    int
	inString bool
	escaped  bool // inside a string, after an odd run of backslashes
}

type shape uint8

const (
	shapeNew shape = iota
	shapeContainer
	shapeString
	shapeWord // a number, true, false or null: ends where something else begins
)

// end goes on at text[i:], text being all of the value that is there, and
// gives its length, -1 when text ends before it.
func (f *frame) end(text []byte, i int) int {
	if f.shape == shapeNew && i < len(text) {
		f.begin(text[i])
		i++
	}
	switch f.shape {
	case shapeContainer:
		return f.container(text, i)
	case shapeString:
		return f.string(text, i)
	case shapeWord:
		if n := bytes.IndexAny(text[i:], "\"{}[],: \t\n\r"); n >= 0 {
			return i + n
		}
	case shapeNew:
	}
	return -1
}

func (f *frame) begin(c byte) {
	switch c {
	case '{', '[', '}', ']':
		// A closing bracket is its own end; the grammar refuses it later.
		f.shape = shapeContainer
		if c|0x20 == '{' {
			f.depth = 1
		}
	case '"':
		f.shape, f.inString = shapeString, true
	default:
		f.shape = shapeWord
	}
}

// container goes on inside brackets.
func (f *frame) container(text []byte, i int) int {
	if f.depth == 0 {
		return i
	}
	if f.inString {
		if i = f.string(text, i); i < 0 {
			return i
		}
	}
	for depth := f.depth; ; i++ {
		if i >= len(text) {
			f.depth = depth
			return -1
		}
		switch c := text[i]; c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			n := bytes.IndexByte(text[i+1:], '"')
			if n == 0 || n > 0 && text[i+n] != '\\' {
				i += 1 + n
				continue
			}
			f.depth, f.inString = depth, true
			if i = f.string(text, i+1); i < 0 {
				return i
			}
			i--
		}
	}
}

// string goes on inside a string and gives the index behind its quote.
func (f *frame) string(text []byte, i int) int {
	for {
		n := bytes.IndexByte(text[i:], '"')
		part := text[i:]
		if n >= 0 {
			part = text[i : i+n]
		}
		f.escape(part)
		if n < 0 {
			return -1
		}
		i += n + 1
		if !f.escaped {
			f.inString = false
			return i
		}
		f.escaped = false
	}
}

// escape counts the backslashes that end part.
func (f *frame) escape(part []byte) {
	run := len(part) - len(bytes.TrimRight(part, `\`))
	if run < len(part) {
		f.escaped = false
	}
	if run%2 == 1 {
		f.escaped = !f.escaped
	}
}
