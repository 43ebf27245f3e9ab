package ingest

import (
	"math"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// value appends v in the form that c's type takes. ok is false when it has
// none and the column is to be null; the original keeps what it was.
func (w *row) value(c *column, v pcommon.Value) (ok bool) {
	if v.Type() == pcommon.ValueTypeEmpty {
		return false
	}
	switch c.typ {
	case schema.String:
		return w.asString(c.name, v)
	case schema.Dynamic:
		return w.dynamic(c.name, v)
	case schema.Datetime:
		return w.datetime(v)
	case schema.Int:
		return w.integer(v, math.MinInt32, math.MaxInt32)
	case schema.Long:
		return w.integer(v, math.MinInt64, math.MaxInt64)
	case schema.Real:
		return w.real(v)
	case schema.Boolean:
		return w.boolean(v)
	}
	return false
}

// asString writes what is no string as its JSON text. Of a longer array that
// text has the leading elements, so that it stays JSON; a longer object is null.
func (w *row) asString(name string, v pcommon.Value) (ok bool) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		w.string(name, v.Str())
		return true
	case pcommon.ValueTypeSlice:
		w.sliceAsString(name, v.Slice())
		return true
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeInt, pcommon.ValueTypeDouble,
		pcommon.ValueTypeBytes, pcommon.ValueTypeMap:
	}
	w.text = w.mode.AppendValue(w.text[:0], v)
	if v.Type() == pcommon.ValueTypeMap && len(w.text) > w.room {
		w.mark(name)
		return false
	}
	w.string(name, string(w.text))
	return true
}

func (w *row) sliceAsString(name string, elements pcommon.Slice) {
	kept := 0
	w.text, kept = leading(w.text[:0], w.mode, elements, w.room)
	if kept < elements.Len() {
		w.mark(name)
	}
	w.buf = record.AppendString(w.buf, w.text)
}

func (w *row) datetime(v pcommon.Value) bool {
	if v.Type() != pcommon.ValueTypeStr {
		return false
	}
	if _, ok := parseTime(v.Str()); !ok {
		return false
	}
	w.buf = record.AppendString(w.buf, v.Str())
	return true
}

// parseTime takes strictly RFC 3339. Go's parser would also take an hour of
// one digit and a comma before the decimals.
func parseTime(text string) (t time.Time, ok bool) {
	const hourEnd, secondEnd = len("2006-01-02T15"), len("2006-01-02T15:04:05")
	if len(text) <= secondEnd || text[hourEnd] != ':' || text[secondEnd] == ',' {
		return time.Time{}, false
	}
	return record.ParseTime(text)
}

func (w *row) integer(v pcommon.Value, least, most int64) bool {
	i, ok := integerOf(v)
	if !ok || i < least || i > most {
		return false
	}
	w.buf = strconv.AppendInt(w.buf, i, 10)
	return true
}

func integerOf(v pcommon.Value) (i int64, ok bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return v.Int(), true
	case pcommon.ValueTypeDouble:
		return wholeOf(v.Double())
	case pcommon.ValueTypeStr:
		return parseWhole(v.Str())
	case pcommon.ValueTypeBytes:
		return parseWhole(string(v.Bytes().AsRaw()))
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeMap, pcommon.ValueTypeSlice:
	}
	return 0, false
}

// parseWhole reads a number that is whole, however it is written: 47, 47.0,
// 4.7e1.
func parseWhole(text string) (int64, bool) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, true
	}
	if !record.IsNumber(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	return wholeOf(f)
}

// wholeOf refuses what is beyond 2^53: such a float is no longer one integer.
func wholeOf(f float64) (int64, bool) {
	const exactMax = 1 << 53
	if f != math.Trunc(f) || math.Abs(f) > exactMax {
		return 0, false
	}
	return int64(f), true
}

func (w *row) real(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
		return true
	case pcommon.ValueTypeDouble:
		if math.IsNaN(v.Double()) || math.IsInf(v.Double(), 0) {
			return false
		}
		w.buf = record.AppendDouble(w.buf, v.Double())
		return true
	case pcommon.ValueTypeStr:
		return w.number(v.Str())
	case pcommon.ValueTypeBytes:
		return w.number(string(v.Bytes().AsRaw()))
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeMap, pcommon.ValueTypeSlice:
	}
	return false
}

// number takes a literal that a double can hold: 1e999 is a number in JSON
// and none in Azure.
func (w *row) number(literal string) bool {
	if !record.IsNumber(literal) {
		return false
	}
	if _, err := strconv.ParseFloat(literal, 64); err != nil {
		return false
	}
	w.buf = append(w.buf, literal...)
	return true
}

func (w *row) boolean(v pcommon.Value) bool {
	switch {
	case v.Type() == pcommon.ValueTypeBool:
		w.buf = strconv.AppendBool(w.buf, v.Bool())
	case v.Type() == pcommon.ValueTypeStr && (v.Str() == "true" || v.Str() == "false"):
		w.buf = append(w.buf, v.Str()...)
	default:
		return false
	}
	return true
}
