package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrNotUTF8 is returned by [Compact] for text that is not UTF-8.
var ErrNotUTF8 = errors.New("text is not UTF-8")

// Member is one name and value of a JSON object.
type Member struct {
	Name  string // decoded
	Key   []byte // the name as written, with its quotes
	Value []byte // the value as written
}

// Compact returns text without the white space between its tokens and nothing
// else changed. It is the only function here that checks syntax: an error means
// that text is not one JSON value in UTF-8. The result shares no memory with text.
func Compact(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, ErrNotUTF8
	}
	var out bytes.Buffer
	out.Grow(len(text))
	if err := json.Compact(&out, text); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Object splits a valid JSON object into its members, in the order written.
// Keys and values share memory with text. An error means that text is another
// kind of value.
func Object(text []byte) ([]Member, error) {
	i := space(text, 0)
	if i >= len(text) || text[i] != '{' {
		return nil, fmt.Errorf("want a JSON object, got %s", Kind(text))
	}
	var members []Member
	for i = space(text, i+1); i < len(text) && text[i] != '}'; {
		end := skip(text, i)
		key := text[i:end]
		name, _ := String(key)
		start := space(text, space(text, end)+1) // past the colon
		end = skip(text, start)
		members = append(members, Member{Name: name, Key: key, Value: text[start:end]})
		i = comma(text, end)
	}
	return members, nil
}

// Array splits a valid JSON array into its elements, which share memory with
// text. An error means that text is another kind of value.
func Array(text []byte) ([][]byte, error) {
	i := space(text, 0)
	if i >= len(text) || text[i] != '[' {
		return nil, fmt.Errorf("want a JSON array, got %s", Kind(text))
	}
	var elements [][]byte
	for i = space(text, i+1); i < len(text) && text[i] != ']'; {
		end := skip(text, i)
		elements = append(elements, text[i:end])
		i = comma(text, end)
	}
	return elements, nil
}

// String decodes a JSON string; false means that value is another kind.
func String(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		return "", false
	}
	return text, true
}

// IsNull tells whether value is the literal null.
func IsNull(value []byte) bool { return string(value) == "null" }

// Kind names the kind of a JSON value in words: object, array, string, number,
// boolean, null, or nothing when the text is empty.
func Kind(value []byte) string {
	i := space(value, 0)
	if i >= len(value) {
		return "nothing"
	}
	switch value[i] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return "number"
	}
}

// Quote writes text as a JSON string, escaping nothing that need not be.
func Quote(text string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return []byte(`""`) // a string always encodes
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
