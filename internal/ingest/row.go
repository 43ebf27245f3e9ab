package ingest

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// row is the row being built: a JSON object whose members are appended each
// with a comma behind it. TimeGenerated closes the object, since every row has
// it, and so no comma is ever left over.
type row struct {
	// buf begins with what separates the row from the one before it; see
	// openBody.add.
	buf []byte
	// room is the most bytes that a value may take: ValueBytesMax, and less
	// when the row was over the body limit with that.
	room int
	mode record.Mode
	// written is the set of columns that are in buf.
	written uint64
	// shortened names the columns whose value was cut or left out.
	shortened []string
	// omitted is how many entities did not fit, parts whether the row refers
	// to parts.
	omitted int
	parts   bool
	// text is room for a value on its way into a string column.
	text []byte
}

// len is the length of the row alone.
func (w *row) len() int { return len(w.buf) - len(",") }

// size is how much memory the row holds.
func (w *row) size() int { return cap(w.buf) + cap(w.text) }

func (w *row) begin(room int, mode record.Mode) {
	w.buf = append(w.buf[:0], ',', '{')
	w.room, w.mode, w.written = room, mode, 0
	w.shortened = w.shortened[:0]
	w.omitted, w.parts = 0, false
}

// beginAs begins the row with all that another has so far.
func (w *row) beginAs(head *row) {
	w.begin(head.room, head.mode)
	w.buf = append(w.buf[:0], head.buf...)
	w.written = head.written
	w.shortened = append(w.shortened, head.shortened...)
}

// column appends the member of c with v converted to c's type; nothing when
// v has no such form, or when the column is there already: of several members
// with one name the first counts.
func (w *row) column(c *column, v pcommon.Value) {
	if w.written&c.bit != 0 {
		return
	}
	start := len(w.buf)
	w.buf = append(w.buf, c.key...)
	if !w.value(c, v) {
		w.buf = w.buf[:start]
		return
	}
	w.buf = append(w.buf, ',')
	w.written |= c.bit
}

// str appends a member whose value is a string, cut to the room there is;
// nothing when s is empty. name must need no escape.
func (w *row) str(name, s string) {
	if s == "" {
		return
	}
	w.key(name)
	w.string(name, s)
	w.buf = append(w.buf, ',')
}

func (w *row) int(name string, i int) {
	w.key(name)
	w.buf = append(strconv.AppendInt(w.buf, int64(i), 10), ',')
}

func (w *row) key(name string) {
	w.buf = append(append(append(w.buf, '"'), name...), '"', ':')
}

// end closes the row. Shortened columns are listed when named is true: the
// built-in tables have no column for them.
func (w *row) end(at stamp, named bool) {
	if named && len(w.shortened) > 0 {
		w.key(schema.ShortenedColumns)
		w.buf = append(w.buf, '[')
		for i, name := range w.shortened {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			w.buf = record.AppendString(w.buf, name)
		}
		w.buf = append(w.buf, ']', ',')
	}
	w.key(schema.TimeGenerated)
	w.buf = append(at.append(w.buf), '}')
}
