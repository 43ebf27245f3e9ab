package ingest

import "github.com/klauspost/compress/gzip"

// bodyKey is what the rows of one body have in common.
type bodyKey struct {
	stream string
	bucket int64
}

// openBody is a body that still takes rows. Rows go through gzip at once, so
// that no body is held twice.
type openBody struct {
	key  bodyKey
	body *Body
	zip  *gzip.Writer
	// unflushed counts the bytes given to zip since its last flush, whose
	// size on the wire is known by their bound only.
	unflushed int
}

// Write takes compressed bytes from zip.
func (o *openBody) Write(p []byte) (int, error) {
	o.body.Gzip = append(o.body.Gzip, p...)
	return len(p), nil
}

// fits reports whether a row of n bytes and the closing bracket fit.
func (o *openBody) fits(n int, l limits) bool {
	more := n + len(",]")
	if o.body.RawBytes+more > l.raw {
		return false
	}
	if l.wire == 0 || o.wireBound(more) <= l.wire {
		return true
	}
	// A flush tells the true size. It costs a few bytes and is worth it only
	// for what the bound has wrongly counted.
	if o.unflushed > l.wire/flushShare {
		o.flush()
	}
	return o.wireBound(more) <= l.wire
}

// flushShare bounds the flushes of one body: below a sixty-fourth of the limit
// the room left is not worth one.
const flushShare = 64

func (o *openBody) wireBound(more int) int {
	return len(o.body.Gzip) + wireBound(o.unflushed+more)
}

func (o *openBody) flush() {
	_ = o.zip.Flush()
	o.unflushed = 0
}

// add writes a row of the record at position at. row begins with a comma,
// which becomes the bracket of the array when the row is the first.
func (o *openBody) add(row []byte, at int) {
	if o.body.Rows == 0 {
		row[0] = '['
	}
	// Errors of zip are those of Write, which has none.
	_, _ = o.zip.Write(row)
	o.body.RawBytes += len(row)
	o.unflushed += len(row)
	o.body.Rows++
	if known := o.body.Records; len(known) == 0 || known[len(known)-1] != at {
		o.body.Records = append(known, at)
	}
}

func (o *openBody) close() *Body {
	_, _ = o.zip.Write([]byte("]"))
	o.body.RawBytes += len("]")
	_ = o.zip.Close()
	return o.body
}
