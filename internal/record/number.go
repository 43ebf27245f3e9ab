package record

import (
	"math"
	"strconv"
)

// NumberKind says how a JSON number literal is kept in pdata.
type NumberKind int

const (
	// NumberLiteral: as Bytes holding the literal, because neither an Int nor
	// a Double would print back to the same text (1.10, 1E3, -0, 20 digits),
	// or because it is no number at all.
	NumberLiteral NumberKind = iota
	// NumberInt: as Int; it prints back to the literal.
	NumberInt
	// NumberDouble: as Double; AppendDouble prints back the literal.
	NumberDouble
)

const (
	// intDigitsSure is how many digits always fit an int64.
	intDigitsSure = 18
	// intBytesMax is the length of the longest int64: a sign and 19 digits.
	intBytesMax = 20
	// doubleBytesMax is more than AppendDouble ever writes: a sign, 17
	// digits, a point and either four zeros after it, four zeros and ".0" at
	// the end, or an exponent of five.
	doubleBytesMax = 32
)

// ParseNumber says how to keep literal, and the value when that is an Int or
// a Double. A literal is kept as a number only if printing gives the same
// bytes back; every other text is a NumberLiteral, numbers and non-numbers
// alike (ask IsNumber for the difference). It allocates nothing.
func ParseNumber(literal string) (kind NumberKind, i int64, f float64) {
	if isInteger(literal) {
		if i, ok := parseInt(literal); ok {
			return NumberInt, i, 0
		}
		return NumberLiteral, 0, 0
	}
	if len(literal) > doubleBytesMax || !IsNumber(literal) {
		return NumberLiteral, 0, 0
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return NumberLiteral, 0, 0
	}
	var printed [doubleBytesMax]byte
	if string(AppendDouble(printed[:0], f)) != literal {
		return NumberLiteral, 0, 0
	}
	return NumberDouble, 0, f
}

// IsNumber reports whether text is exactly one JSON number literal.
//
// Source: RFC 8259, section 6.
func IsNumber(text string) bool {
	n := numberLen(text)
	return n > 0 && n == len(text)
}

// numberLen is the length of the number at the head of text, 0 when there is
// none.
func numberLen[T string | []byte](text T) int {
	i := 0
	if i < len(text) && text[i] == '-' {
		i++
	}
	whole := digits(text, i)
	if whole == i || (text[i] == '0' && whole > i+1) {
		return 0
	}
	i = whole
	if i < len(text) && text[i] == '.' {
		end := digits(text, i+1)
		if end == i+1 {
			return 0
		}
		i = end
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		end := digits(text, i)
		if end == i {
			return 0
		}
		i = end
	}
	return i
}

func digits[T string | []byte](text T, i int) int {
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return i
}

// isInteger reports whether text is a sign, if any, and digits.
func isInteger(text string) bool {
	start := 0
	if text != "" && text[0] == '-' {
		start = 1
	}
	return len(text) > start && digits(text, start) == len(text)
}

// parseInt takes what isInteger took and gives its value if that prints back
// to text: no leading zero, no -0, within int64.
func parseInt(text string) (int64, bool) {
	unsigned := text
	if text[0] == '-' {
		unsigned = text[1:]
	}
	if unsigned[0] == '0' {
		return 0, text == "0"
	}
	if len(unsigned) > intDigitsSure {
		if len(text) > intBytesMax {
			return 0, false
		}
		i, err := strconv.ParseInt(text, 10, 64)
		return i, err == nil
	}
	var i int64
	for _, c := range []byte(unsigned) {
		i = i*10 + int64(c-'0')
	}
	if len(unsigned) < len(text) {
		i = -i
	}
	return i, true
}

// AppendDouble appends f as JSON: the shortest digits that read back to f, in
// plain form from 1e-6 up to 1e21 and with an exponent outside, integral
// values in plain form with ".0", so that 47.0 stays a Double. It is the one
// float printer; ParseNumber's notion of "the same literal" is made of it.
// JSON has no word for a value that is not finite: those become the strings
// "NaN", "Infinity" and "-Infinity", as protobuf's JSON writes them.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		// encoding/json's form: e-9, not e-09.
		if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
		return dst
	}
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if f == math.Trunc(f) {
		dst = append(dst, ".0"...)
	}
	return dst
}
