package graph

import (
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

// ahead is what the window holds from the next value on; it is not read yet:
// skip reads it. Good as long as what value gives.
func (s *source) ahead() ([]byte, error) {
	_, err := s.next()
	return s.window[s.pos:], err
}

// skip reads n bytes that ahead gave.
func (s *source) skip(n int) { s.pos += n }
