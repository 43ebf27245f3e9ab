package ingest

// limits are what one body must stay within.
type limits struct {
	// raw and wire are bytes before and after compression. wire is 0 when
	// only raw counts.
	raw, wire int
	// row is the longest row that fits a body of its own.
	row int
}

// bodyBytesMin is the lowest limit that is obeyed: below it not even the
// envelope of a row fits, and nothing would ever be sent.
const bodyBytesMin = 1024

// limitsOf applies a limit learned from a 413; lower is 0 when there is none.
func limitsOf(compressed bool, lower int) limits {
	most := BodyBytesMax
	if compressed {
		most = WireBytesMax
	}
	if lower > 0 {
		most = min(most, max(lower, bodyBytesMin))
	}
	if !compressed {
		return limits{raw: most, row: most - len("[]")}
	}
	l := limits{raw: InflatedBytesMax, wire: most}
	// The largest n with wireBound(n) <= most, give or take the rounding.
	l.row = (most-gzipBytesMax)*256/257 - len("[]") - 1
	return l
}

// gzipBytesMax is more than gzip adds to any data beside its blocks: a header
// of 10 bytes, a trailer of 8, an empty last block and the marks of a flush.
const gzipBytesMax = 64

// wireBound is more than n bytes can become: blocks of 65,535 bytes are
// stored with 5 bytes before them when nothing smaller is found, and shorter
// blocks are flushed with a mark of 5; one byte in 256 is an order above that.
func wireBound(n int) int { return n + n/256 + gzipBytesMax }
