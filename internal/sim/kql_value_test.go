package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
)

func kqlMust(err error) {
	if err != nil {
		panic(err)
	}
}

// kqlJSON is a dynamic value; a text that is no JSON is itself.
func kqlJSON(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	return kqlPlain(v)
}

func kqlPlain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = kqlPlain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = kqlPlain(v[name])
		}
	}
	return v
}

func kqlText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case []any, map[string]any:
		text, err := json.Marshal(v)
		kqlMust(err)
		return string(text)
	}
	return fmt.Sprint(v)
}

func kqlSame(a, b any, caseless bool) bool {
	x, isText := a.(string)
	y, isTextToo := b.(string)
	if caseless || isText && isTextToo {
		return x == y && isText == isTextToo || caseless && strings.EqualFold(kqlText(a), kqlText(b))
	}
	return a != nil && b != nil && reflect.DeepEqual(a, b)
}

// kqlOrder is -1, 0 or 1, or 2 when there is none, as of null.
func kqlOrder(a, b any) int {
	less := func(x, y float64) int {
		return int(math.Copysign(1, x-y)) * map[bool]int{true: 0, false: 1}[x == y]
	}
	switch a := a.(type) {
	case int64:
		if b, ok := b.(int64); ok {
			return less(float64(a), float64(b))
		}
	case float64:
		if b, ok := b.(float64); ok {
			return less(a, b)
		}
	case time.Duration:
		if b, ok := b.(time.Duration); ok {
			return less(float64(a), float64(b))
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b)
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	}
	return 2
}

func kqlMinus(a, b any) any {
	switch x := a.(type) {
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Sub(y)
		}
		return nil
	case int64:
		return x - b.(int64)
	}
	return nil
}
