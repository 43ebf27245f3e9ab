package ledger

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"time"
)

// columns is what closed entries are written into and read from: like stands
// beside like, which is what makes a shelf small.
type columns struct {
	// shape is small numbers: counts, flags, indexes of words.
	shape []byte
	// noise is what does not compress: times, digests, numbers.
	noise []byte
	// texts is the texts of words, in the order of their first use.
	texts []byte

	words []string       // by index
	index map[string]int // while writing
	bad   bool           // while reading: it ended too early
}

// timeUnits are how exactly a time is kept; the first that is exact is taken.
var timeUnits = [...]time.Duration{time.Second, time.Millisecond, 100 * time.Nanosecond, time.Nanosecond}

func (c *columns) putNumber(n uint64) { c.shape = binary.AppendUvarint(c.shape, n) }

func (c *columns) putNoise(n uint64) { c.noise = binary.AppendUvarint(c.noise, n) }

// putWord writes a text: the first time whole, then its index.
func (c *columns) putWord(s string) {
	at, known := c.index[s]
	if !known {
		at = len(c.words)
		c.words = append(c.words, s)
		c.index[s] = at
		c.texts = append(c.texts, s...)
	}
	c.putNumber(uint64(at))
	if !known {
		c.putNumber(uint64(len(s)))
	}
}

// putFlags writes bits, the first the lowest.
func (c *columns) putFlags(flags ...bool) {
	bits := uint64(0)
	for i, set := range flags {
		if set {
			bits |= 1 << i
		}
	}
	c.putNumber(bits)
}

// How a time is written: not at all, as a text, or by its distance from another
// in one of timeUnits, forth or back.
const (
	timeZero uint64 = iota
	timeText
	timeForth
	timeBack = timeForth + uint64(len(timeUnits))
)

// putTime writes a time as its distance from another, as exactly as it is.
func (c *columns) putTime(t, from time.Time) {
	distance := t.Sub(from)
	switch {
	case t.IsZero():
		c.putNumber(timeZero)
		return
	case !from.Add(distance).Equal(t): // centuries away
		c.putNumber(timeText)
		c.putWord(t.UTC().Format(time.RFC3339Nano))
		return
	}
	unit := slices.IndexFunc(timeUnits[:], func(u time.Duration) bool { return distance%u == 0 })
	if distance < 0 {
		c.putNumber(timeBack + uint64(unit))
		c.putNoise(uint64(-(distance / timeUnits[unit])))
		return
	}
	c.putNumber(timeForth + uint64(unit))
	c.putNoise(uint64(distance / timeUnits[unit]))
}

// putDigits writes a text that most often is a number.
func (c *columns) putDigits(s string) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		c.putNumber(0)
		c.putWord(s)
		return
	}
	c.putNumber(1)
	c.putNoise(n)
}

// putHex writes a text that most often is hexadecimal digits in a given
// pattern, in which x stands for one.
func (c *columns) putHex(s, pattern string) {
	raw, ok := cutHex(s, pattern)
	if !ok {
		c.putNumber(0)
		c.putWord(s)
		return
	}
	c.putNumber(1)
	c.noise = append(c.noise, raw...)
}

func cutHex(s, pattern string) ([]byte, bool) {
	if len(s) != len(pattern) {
		return nil, false
	}
	digits := make([]byte, 0, len(s))
	for i := range len(s) {
		switch {
		case pattern[i] == 'x':
			if s[i] >= 'A' && s[i] <= 'F' {
				return nil, false // it would come back in lower case
			}
			digits = append(digits, s[i])
		case pattern[i] != s[i]:
			return nil, false
		}
	}
	raw := make([]byte, hex.DecodedLen(len(digits)))
	_, err := hex.Decode(raw, digits)
	return raw, err == nil
}

func (c *columns) number() uint64 { return c.uvarint(&c.shape) }

func (c *columns) uvarint(from *[]byte) uint64 {
	n, size := binary.Uvarint(*from)
	if size <= 0 {
		c.bad = true
		return 0
	}
	*from = (*from)[size:]
	return n
}

// count reads a number of things, each of which takes at least a byte.
func (c *columns) count() int {
	n := c.number()
	if n > uint64(len(c.shape)) {
		c.bad = true
		return 0
	}
	return int(n)
}

func (c *columns) take(from *[]byte, n uint64) []byte {
	if n > uint64(len(*from)) {
		c.bad = true
		return nil
	}
	part := (*from)[:n]
	*from = (*from)[n:]
	return part
}

func (c *columns) word() string {
	switch at := c.number(); {
	case at < uint64(len(c.words)):
		return c.words[at]
	case at > uint64(len(c.words)):
		c.bad = true
		return ""
	}
	c.words = append(c.words, string(c.take(&c.texts, c.number())))
	return c.words[len(c.words)-1]
}

func (c *columns) time(from time.Time) time.Time {
	head := c.number()
	switch {
	case head == timeZero:
		return time.Time{}
	case head == timeText:
		t, err := time.Parse(time.RFC3339Nano, c.word())
		c.bad = c.bad || err != nil
		return t
	case head >= timeBack+uint64(len(timeUnits)):
		c.bad = true
		return time.Time{}
	}
	sign := time.Duration(1)
	if head >= timeBack {
		head, sign = head-uint64(len(timeUnits)), -1
	}
	unit, n := timeUnits[head-timeForth], c.uvarint(&c.noise)
	if n > uint64(math.MaxInt64/unit) {
		c.bad = true
		return time.Time{}
	}
	return from.Add(sign * time.Duration(n) * unit).UTC()
}

func (c *columns) digits() string {
	if c.number() == 0 {
		return c.word()
	}
	return strconv.FormatUint(c.uvarint(&c.noise), 10)
}

func (c *columns) hex(pattern string) string {
	if c.number() == 0 {
		return c.word()
	}
	digits := 0
	for i := range len(pattern) {
		if pattern[i] == 'x' {
			digits++
		}
	}
	text := hex.EncodeToString(c.take(&c.noise, uint64(digits/2)))
	if c.bad {
		return ""
	}
	out := make([]byte, 0, len(pattern))
	for i := range len(pattern) {
		if pattern[i] != 'x' {
			out = append(out, pattern[i])
			continue
		}
		out = append(out, text[0])
		text = text[1:]
	}
	return string(out)
}
