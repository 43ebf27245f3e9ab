package record

import "unicode/utf8"

// scanner fills a Document's nodes from its text. Its methods take the index
// to read at and give the index behind what they read, or stopped.
type scanner struct {
	d      *Document
	text   []byte
	failed ParseError
}

const stopped = -1

func (s *scanner) fail(problem Problem, at int) int {
	s.failed = ParseError{Problem: problem, Offset: at}
	return stopped
}

func (s *scanner) document() bool {
	if len(s.text) > DocumentBytesMax {
		s.fail(ProblemBytes, DocumentBytesMax)
		return false
	}
	i := s.value(s.space(0), 0)
	if i == stopped {
		return false
	}
	if i = s.space(i); i != len(s.text) {
		s.fail(ProblemSyntax, i)
		return false
	}
	return true
}

func (s *scanner) space(i int) int {
	for i < len(s.text) {
		switch s.text[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

func (s *scanner) value(i, depth int) int {
	if len(s.d.nodes) >= DocumentValuesMax {
		return s.fail(ProblemValues, i)
	}
	if i >= len(s.text) {
		return s.fail(ProblemSyntax, i)
	}
	switch c := s.text[i]; c {
	case '"':
		return s.string(i)
	case '{':
		return s.object(i, depth+1)
	case '[':
		return s.array(i, depth+1)
	case 'n':
		return s.word(i, "null", kindNull)
	case 't':
		return s.word(i, "true", kindTrue)
	case 'f':
		return s.word(i, "false", kindFalse)
	default:
		return s.number(i)
	}
}

func (s *scanner) word(i int, word string, kind kind) int {
	end := i + len(word)
	if end > len(s.text) || string(s.text[i:end]) != word {
		return s.fail(ProblemSyntax, i)
	}
	s.d.nodes = append(s.d.nodes, node{kind: kind, start: uint32(i), size: uint32(len(word))})
	return end
}

func (s *scanner) number(i int) int {
	n := numberLen(s.text[i:])
	if n == 0 {
		return s.fail(ProblemSyntax, i)
	}
	if n > DocumentStringMax {
		return s.fail(ProblemLong, i)
	}
	s.d.nodes = append(s.d.nodes, node{kind: kindNumber, start: uint32(i), size: uint32(n)})
	return i + n
}

func (s *scanner) object(i, depth int) int {
	if depth > DocumentDepthMax {
		return s.fail(ProblemDepth, i)
	}
	open := len(s.d.nodes)
	s.d.nodes = append(s.d.nodes, node{kind: kindObject, start: uint32(i)})
	members := 0
	if i = s.space(i + 1); i < len(s.text) && s.text[i] == '}' {
		return s.close(open, members, i)
	}
	for {
		if members++; members > DocumentMembersMax {
			return s.fail(ProblemMembers, i)
		}
		if i = s.name(i); i == stopped {
			return stopped
		}
		if i = s.value(i, depth); i == stopped {
			return stopped
		}
		if i = s.space(i); i >= len(s.text) {
			return s.fail(ProblemSyntax, i)
		}
		switch s.text[i] {
		case ',':
			i = s.space(i + 1)
		case '}':
			return s.close(open, members, i)
		default:
			return s.fail(ProblemSyntax, i)
		}
	}
}

// name reads a member's name, its colon and the space behind.
func (s *scanner) name(i int) int {
	if i >= len(s.text) || s.text[i] != '"' {
		return s.fail(ProblemSyntax, i)
	}
	if i = s.string(i); i == stopped {
		return stopped
	}
	if i = s.space(i); i >= len(s.text) || s.text[i] != ':' {
		return s.fail(ProblemSyntax, i)
	}
	return s.space(i + 1)
}

func (s *scanner) array(i, depth int) int {
	if depth > DocumentDepthMax {
		return s.fail(ProblemDepth, i)
	}
	open := len(s.d.nodes)
	s.d.nodes = append(s.d.nodes, node{kind: kindArray, start: uint32(i)})
	elements := 0
	if i = s.space(i + 1); i < len(s.text) && s.text[i] == ']' {
		return s.close(open, elements, i)
	}
	for {
		elements++
		if i = s.value(i, depth); i == stopped {
			return stopped
		}
		if i = s.space(i); i >= len(s.text) {
			return s.fail(ProblemSyntax, i)
		}
		switch s.text[i] {
		case ',':
			i = s.space(i + 1)
		case ']':
			return s.close(open, elements, i)
		default:
			return s.fail(ProblemSyntax, i)
		}
	}
}

// close ends the container of that many members or elements whose node is at
// open and whose closing bracket is at i.
func (s *scanner) close(open, count, i int) int {
	n := &s.d.nodes[open]
	n.size, n.at, n.count = uint32(i+1)-n.start, uint32(len(s.d.nodes)), uint32(count)
	return i + 1
}

// string reads the string whose opening quote is at i.
func (s *scanner) string(i int) int {
	start := i + 1
	plain, ascii := true, true
	for i = plainLen(s.text, start); ; i = plainLen(s.text, i) {
		if i >= len(s.text) {
			return s.fail(ProblemSyntax, len(s.text))
		}
		switch c := s.text[i]; {
		case c == '"':
			return s.keep(start, i, plain, ascii)
		case c == '\\':
			plain = false
			i += 2
		case c >= utf8.RuneSelf:
			ascii = false
			i++
		default:
			return s.fail(ProblemString, i)
		}
	}
}

// keep adds the string text[start:end]: as it stands when it means just
// itself, decoded otherwise.
func (s *scanner) keep(start, end int, plain, ascii bool) int {
	if end-start > DocumentStringMax {
		return s.fail(ProblemLong, start)
	}
	d, text := s.d, s.text[start:end]
	if plain && (ascii || utf8.Valid(text)) {
		d.nodes = append(d.nodes, node{kind: kindString, start: uint32(start), size: uint32(len(text))})
		return end + 1
	}
	from := len(d.decoded)
	decoded, at, ok := appendDecoded(d.decoded, text)
	if !ok {
		return s.fail(ProblemString, start+at)
	}
	d.decoded = decoded
	d.nodes = append(d.nodes, node{
		kind: kindDecoded, start: uint32(start), size: uint32(len(text)),
		at: uint32(from), count: uint32(len(decoded) - from),
	})
	return end + 1
}
