package graph

import (
	"bytes"
	"errors"
	"io"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// windowBytes is the first size of the window on the stream: most objects fit
// whole, and a tenant's idle poll costs no more than this.
const windowBytes = 64 << 10

// readsEmptyMax is how many reads in a row may give neither bytes nor an
// error, as bufio does it.
const readsEmptyMax = 100

// source cuts a stream of JSON into values. It finds where a value ends, by
// strings and brackets, and leaves its grammar to record.Document.
type source struct {
	r io.Reader
	// window[pos:] is read but not yet handed out.
	window []byte
	pos    int
	// passed is how many bytes of the stream lay before window[0].
	passed int64
}

// offset is the place in the stream of the next byte.
func (s *source) offset() int64 { return s.passed + int64(s.pos) }

// more reads on behind window, making room first. Bytes before pos are given
// up; slices handed out before are void.
func (s *source) more() error {
	if s.pos > 0 {
		n := copy(s.window, s.window[s.pos:])
		s.window, s.passed, s.pos = s.window[:n], s.passed+int64(s.pos), 0
	}
	if len(s.window) == cap(s.window) {
		s.window = append(make([]byte, 0, max(windowBytes, 2*cap(s.window))), s.window...)
	}
	for range readsEmptyMax {
		n, err := s.r.Read(s.window[len(s.window):cap(s.window)])
		s.window = s.window[:len(s.window)+n]
		switch {
		case n > 0:
			return nil // an error with bytes comes again by itself
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// next is the next byte that is no white space, which it leaves there.
func (s *source) next() (byte, error) {
	for {
		for ; s.pos < len(s.window); s.pos++ {
			switch c := s.window[s.pos]; c {
			case ' ', '\t', '\n', '\r':
			default:
				return c, nil
			}
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// take reads the next byte that is no white space and reports whether it is
// want; another is left there.
func (s *source) take(want byte) (bool, error) {
	c, err := s.next()
	if err != nil || c != want {
		return false, err
	}
	s.pos++
	return true, nil
}

// expect is take for a byte that must be there.
func (s *source) expect(want byte) error {
	ok, err := s.take(want)
	if err == nil && !ok {
		err = record.ProblemSyntax
	}
	return err
}

// end reads on to the end of the stream, where only white space may be.
func (s *source) end() error {
	switch _, err := s.next(); {
	case err == nil:
		return record.ProblemSyntax
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil
	default:
		return err
	}
}

// value is the text of the next value, good until the next call of any method
// that reads. One longer than limit is refused before it is held whole.
func (s *source) value(limit int) ([]byte, error) {
	if _, err := s.next(); err != nil {
		return nil, err
	}
	var f frame
	for n := 0; ; {
		end := f.end(s.window[s.pos:], n)
		n = len(s.window) - s.pos
		if end > limit || (end < 0 && n > limit) {
			return nil, record.ProblemBytes
		}
		if end >= 0 {
			text := s.window[s.pos : s.pos+end]
			s.pos += end
			return text, nil
		}
		if err := s.more(); err != nil {
			return nil, err
		}
	}
}

// frame is what is known of a value after a part of its text.
type frame struct {
	depth    int
	inString bool
	escaped  bool // an odd run of backslashes ends the part, inside a string
	scalar   bool // the value began as a number or a word
}

// end goes on at text[i:] and gives the length of the value, -1 when text
// ends before it.
func (f *frame) end(text []byte, i int) int {
	for i < len(text) {
		if f.inString {
			if i = f.stringEnd(text, i); i < 0 {
				return i
			}
			if f.depth == 0 {
				return i
			}
			continue
		}
		switch c := text[i]; c {
		case '"', '{', '[', '}', ']', ',', ' ', '\t', '\n', '\r':
			if f.scalar {
				return i
			}
			switch c {
			case '"':
				f.inString = true
			case '{', '[':
				f.depth++
			case '}', ']':
				if f.depth--; f.depth <= 0 {
					return i + 1
				}
			}
		default:
			f.scalar = f.depth == 0
		}
		i++
	}
	return -1
}

// stringEnd goes on inside a string and gives the index behind its quote.
func (f *frame) stringEnd(text []byte, i int) int {
	for {
		n := bytes.IndexByte(text[i:], '"')
		part := text[i:]
		if n >= 0 {
			part = text[i : i+n]
		}
		if n > 0 && part[n-1] != '\\' {
			f.escaped = false
		} else {
			f.escape(part)
		}
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
