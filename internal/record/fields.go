package record

import (
	"fmt"
	"iter"
	"strconv"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// What Fields takes of one member.
const (
	// WordBytesMax is the longest id, name, link or enum member. The services'
	// own have under 300 bytes.
	WordBytesMax = 4 << 10
	// TextBytesMax is how much of a title, description or comment is taken: a
	// comment of 30,000 characters, the longest there is, has at most 120,000
	// bytes.
	TextBytesMax = 128 << 10
	// ElementsMax is how many elements of one array are taken.
	ElementsMax = 10_000
)

// Fields reads the members of an object by their type, for translations that
// need a few of them. Absent and null are alike: not there, and so the zero
// value. A member of another type, or over its bound, is not there either, and
// [Fields.Err] names the first such by its path.
//
// The zero Fields has no members. A Fields only reads, and is as safe for
// concurrent use as the map under it, save that Err changes.
type Fields struct {
	members pcommon.Map
	there   bool
	path    string
	problem *error // nil: nobody asks
}

// NewFields reads the members of an object.
func NewFields(members pcommon.Map) Fields {
	return Fields{members: members, there: true, problem: new(error)}
}

// Loose reads the same members, and what is wrong with them goes to nobody's
// Err: for members that are good to have.
func (f Fields) Loose() Fields {
	f.problem = nil
	return f
}

// Err is what was wrong with the first member that was: "properties.status:
// not a text". It never holds a value.
func (f Fields) Err() error {
	if f.problem == nil {
		return nil
	}
	return *f.problem
}

// Wrong makes Err say what is wrong with a member, unless it says something
// already.
func (f Fields) Wrong(name, what string) {
	if f.problem != nil && *f.problem == nil {
		*f.problem = fmt.Errorf("%s%s: %s", f.path, name, what)
	}
}

// get is the member, if it is there.
func (f Fields) get(name string) (pcommon.Value, bool) {
	if !f.there {
		return pcommon.Value{}, false
	}
	v, ok := f.members.Get(name)
	return v, ok && v.Type() != pcommon.ValueTypeEmpty
}

// Word is a short text: an id, a name, a link, an enum member. An integer is
// taken by its digits.
func (f Fields) Word(name string) string {
	v, ok := f.get(name)
	switch {
	case !ok:
	case v.Type() == pcommon.ValueTypeInt:
		return strconv.FormatInt(v.Int(), 10)
	case v.Type() != pcommon.ValueTypeStr:
		f.Wrong(name, "not a text")
	case len(v.Str()) > WordBytesMax:
		f.Wrong(name, "too long")
	default:
		return v.Str()
	}
	return ""
}

// Text is a long text, of which TextBytesMax are taken, cut at a character.
func (f Fields) Text(name string) string {
	v, ok := f.get(name)
	switch {
	case !ok:
	case v.Type() != pcommon.ValueTypeStr:
		f.Wrong(name, "not a text")
	default:
		return cut(v.Str(), TextBytesMax)
	}
	return ""
}

func cut(text string, bytesMax int) string {
	if len(text) <= bytesMax {
		return text
	}
	end := bytesMax
	for end > bytesMax-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// Time is a time, see [ParseTime].
func (f Fields) Time(name string) time.Time {
	text := f.Word(name)
	t, ok := ParseTime(text)
	if text != "" && !ok {
		f.Wrong(name, "not a time")
	}
	return t
}

// Int is an integer; absent is -1, as is one that is no integer.
func (f Fields) Int(name string) int64 {
	v, ok := f.get(name)
	switch {
	case !ok:
	case v.Type() != pcommon.ValueTypeInt:
		f.Wrong(name, "not an integer")
	default:
		return v.Int()
	}
	return -1
}

// Object is the member as an object; one without members if it is not there.
func (f Fields) Object(name string) Fields {
	v, ok := f.get(name)
	switch {
	case !ok:
	case v.Type() != pcommon.ValueTypeMap:
		f.Wrong(name, "not an object")
	default:
		return Fields{members: v.Map(), there: true, path: f.path + name + ".", problem: f.problem}
	}
	return Fields{}
}

// Objects are the elements of an array of objects; ok is false if it is not
// there. Elements that are no objects are left out.
func (f Fields) Objects(name string) (elements []Fields, ok bool) {
	array, ok := f.array(name)
	if !ok {
		return nil, false
	}
	for i := range array.Len() {
		if e := array.At(i); e.Type() == pcommon.ValueTypeMap {
			path := f.path + name + "[" + strconv.Itoa(i) + "]."
			elements = append(elements, Fields{members: e.Map(), there: true, path: path, problem: f.problem})
			continue
		}
		f.Wrong(name, "holds something else than objects")
	}
	return elements, true
}

// Words are the elements of an array of short texts.
func (f Fields) Words(name string) []string {
	array, ok := f.array(name)
	if !ok {
		return nil
	}
	words := make([]string, 0, array.Len())
	for i := range array.Len() {
		e := array.At(i)
		if e.Type() != pcommon.ValueTypeStr || len(e.Str()) > WordBytesMax {
			f.Wrong(name, "holds something else than short texts")
			continue
		}
		words = append(words, e.Str())
	}
	return words
}

// Arrays are the elements of an array of arrays. Elements that are no arrays are
// left out.
func (f Fields) Arrays(name string) iter.Seq[pcommon.Slice] {
	return func(yield func(pcommon.Slice) bool) {
		array, ok := f.array(name)
		for i := 0; ok && i < array.Len(); i++ {
			e := array.At(i)
			if e.Type() != pcommon.ValueTypeSlice {
				f.Wrong(name, "holds something else than arrays")
				continue
			}
			if !yield(e.Slice()) {
				return
			}
		}
	}
}

func (f Fields) array(name string) (pcommon.Slice, bool) {
	v, ok := f.get(name)
	switch {
	case !ok:
	case v.Type() != pcommon.ValueTypeSlice:
		f.Wrong(name, "not an array")
	case v.Slice().Len() > ElementsMax:
		f.Wrong(name, "too many elements")
	default:
		return v.Slice(), true
	}
	return pcommon.Slice{}, false
}
