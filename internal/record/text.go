package record

import (
	"math/bits"
	"unicode/utf8"
)

// AppendString appends s as a JSON string with its quotes. Only what JSON
// demands is escaped: the quote, the backslash and the control characters;
// never HTML. Each byte of invalid UTF-8 becomes U+FFFD, as encoding/json
// does it.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := plainLen(s, 0); i < len(s); i = plainLen(s, i) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := decodeRune(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), string(utf8.RuneError)...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = appendEscape(append(dst, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func decodeRune[T string | []byte](s T) (rune, int) {
	// A character is at most four bytes, so this copies no more than those.
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

func appendEscape(dst []byte, c byte) []byte {
	const hexDigits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// plainLen is the index, from i on, of the first byte of s that is not plain:
// a quote, a backslash, a control character or the first of a longer
// character; len(s) when all are plain.
func plainLen[T string | []byte](s T, i int) int {
	for ; i+8 <= len(s); i += 8 {
		// Lowest byte first, so that the lowest marked bit is the first byte.
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		if marked := notPlain(w); marked != 0 {
			return i + bits.TrailingZeros64(marked)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// notPlain marks the high bit of each byte of w that is not plain. A borrow
// may mark a byte after a marked one wrongly; the first mark is always right.
func notPlain(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return ((w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | w) & highs
}

// appendDecoded appends what a JSON string's text, without its quotes, stands
// for. A lone surrogate and each byte of invalid UTF-8 become U+FFFD. ok is
// false when the text holds a control character or an unknown escape; at is
// then its index.
func appendDecoded(dst, text []byte) (out []byte, at int, ok bool) {
	for i := 0; i < len(text); {
		end := plainLen(text, i)
		dst = append(dst, text[i:end]...)
		if i = end; i == len(text) {
			break
		}
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		case c == '\\':
			r, size := decodeEscape(text[i:])
			if size == 0 {
				return dst, i, false
			}
			dst = utf8.AppendRune(dst, r)
			i += size
		default:
			return dst, i, false
		}
	}
	return dst, 0, true
}

// decodeEscape reads the escape at the head of text, two escapes when they
// are the halves of one character. size is 0 when it is none.
func decodeEscape(text []byte) (r rune, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch text[1] {
	case '"', '\\', '/':
		return rune(text[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return decodeUnicode(text)
	}
	return 0, 0
}

func decodeUnicode(text []byte) (r rune, size int) {
	const (
		escapeLen               = len(`\u0000`)
		highFirst, lowFirst     = 0xd800, 0xdc00
		surrogateEnd            = 0xe000
		surrogateBits, planeOne = 10, 0x10000
	)
	r, ok := hex4(text)
	if !ok {
		return 0, 0
	}
	if r < highFirst || r >= surrogateEnd {
		return r, escapeLen
	}
	low, ok := hex4(text[escapeLen:])
	if r < lowFirst && ok && low >= lowFirst && low < surrogateEnd {
		return (r-highFirst)<<surrogateBits + (low - lowFirst) + planeOne, 2 * escapeLen
	}
	return utf8.RuneError, escapeLen
}

// hex4 reads \uXXXX at the head of text.
func hex4(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
