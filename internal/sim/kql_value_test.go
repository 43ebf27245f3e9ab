package sim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// kqlExpr is an expression: its value for a row, or, of an aggregate, for a
// group of rows. Values are nil, bool, int64, float64, string, time.Time,
// time.Duration, []any and map[string]any.
type kqlExpr func(e kqlEnv) any

// kqlEnv is where an expression is worked out.
type kqlEnv struct {
	run   *kqlRun
	row   kqlRow
	group []kqlRow
}

// expression reads one, loosest operators first.
func (p *kqlParser) expression() kqlExpr {
	return p.binary(p.conjunction, map[string]func(a, b any) any{"or": func(a, b any) any { return a == true || b == true }})
}

func (p *kqlParser) conjunction() kqlExpr {
	return p.binary(p.comparison, map[string]func(a, b any) any{"and": func(a, b any) any { return a == true && b == true }})
}

func (p *kqlParser) binary(operand func() kqlExpr, operators map[string]func(a, b any) any) kqlExpr {
	left := operand()
	for {
		operator, ok := operators[p.peek()]
		if !ok {
			return left
		}
		p.next()
		a, b := left, operand()
		left = func(e kqlEnv) any { return operator(a(e), b(e)) }
	}
}

func (p *kqlParser) comparison() kqlExpr {
	left := p.sum()
	if word := p.peek(); word == "in" || word == "in~" {
		p.next()
		p.want("(")
		list := p.list(")")
		return func(e kqlEnv) any {
			for _, one := range list {
				if kqlSame(left(e), one(e), word == "in~") {
					return true
				}
			}
			return false
		}
	}
	return p.binary(func() kqlExpr {
		if left != nil {
			first := left
			left = nil
			return first
		}
		return p.sum()
	}, map[string]func(a, b any) any{
		"==": func(a, b any) any { return kqlSame(a, b, false) },
		"!=": func(a, b any) any { return !kqlSame(a, b, false) },
		"=~": func(a, b any) any { return kqlSame(a, b, true) },
		"<":  func(a, b any) any { return kqlOrder(a, b) == -1 },
		">":  func(a, b any) any { return kqlOrder(a, b) == 1 },
		"<=": func(a, b any) any { o := kqlOrder(a, b); return o == -1 || o == 0 },
		">=": func(a, b any) any { o := kqlOrder(a, b); return o == 1 || o == 0 },
	})
}

func (p *kqlParser) sum() kqlExpr {
	return p.binary(p.product, map[string]func(a, b any) any{"-": kqlMinus, "+": func(a, b any) any { return a.(int64) + b.(int64) }})
}

func (p *kqlParser) product() kqlExpr {
	return p.binary(p.postfix, map[string]func(a, b any) any{
		"/": func(a, b any) any { return float64(a.(time.Duration)) / float64(b.(time.Duration)) },
		"%": func(a, b any) any { return a.(int64) % b.(int64) },
	})
}

// postfix reads members and elements.
func (p *kqlParser) postfix() kqlExpr {
	of := p.atom()
	for {
		inner := of
		switch {
		case p.take("."):
			name := p.next()
			of = func(e kqlEnv) any { o, _ := inner(e).(map[string]any); return o[name] }
		case p.take("["):
			index := p.expression()
			p.want("]")
			of = func(e kqlEnv) any { return kqlElement(inner(e), index(e)) }
		default:
			return of
		}
	}
}

func kqlElement(of, index any) any {
	switch of := of.(type) {
	case []any:
		if i := index.(int64); int(i) < len(of) {
			return of[i]
		}
	case map[string]any:
		return of[index.(string)]
	}
	return nil
}

func (p *kqlParser) atom() kqlExpr {
	word := p.next()
	constant := func(v any) kqlExpr { return func(kqlEnv) any { return v } }
	switch {
	case word == "(":
		inner := p.expression()
		p.want(")")
		return inner
	case word == "true", word == "false":
		return constant(word == "true")
	case word == "dynamic":
		p.want("(")
		return constant(kqlJSON(p.inside()))
	case strings.HasPrefix(word, `@"`):
		return constant(word[2 : len(word)-1])
	case word[0] == '"':
		text, err := strconv.Unquote(word)
		kqlMust(err)
		return constant(text)
	case word[0] >= '0' && word[0] <= '9':
		return constant(kqlNumber(word))
	case p.take("("):
		return kqlCall(word, p.list(")"))
	}
	return func(e kqlEnv) any {
		if v, ok := e.row[word]; ok {
			return v
		}
		v, ok := e.run.scalars[word]
		if !ok {
			panic("no column " + word)
		}
		return v
	}
}

// list reads expressions up to a word.
func (p *kqlParser) list(end string) (list []kqlExpr) {
	for !p.take(end) {
		if p.take("*") {
			list = append(list, nil)
		} else {
			list = append(list, p.expression())
		}
		p.take(",")
	}
	return list
}

func kqlNumber(word string) any {
	digits := strings.TrimRight(word, "abcdefghijklmnopqrstuvwxyz")
	unit, isSpan := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second}[word[len(digits):]]
	n, err := strconv.ParseFloat(digits, 64)
	kqlMust(err)
	switch {
	case isSpan:
		return time.Duration(n * float64(unit))
	case strings.Contains(digits, "."):
		return n
	}
	return int64(n)
}

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

// kqlCall is a function's value, or an aggregate's.
func kqlCall(name string, of []kqlExpr) kqlExpr {
	if aggregate, ok := kqlAggregates()[name]; ok {
		return func(e kqlEnv) any { return aggregate(e, of) }
	}
	switch name { // these work out only what they need
	case "iff":
		return func(e kqlEnv) any { return map[bool]kqlExpr{true: of[1], false: of[2]}[of[0](e) == true](e) }
	case "case":
		return func(e kqlEnv) any {
			for i := 0; i+1 < len(of); i += 2 {
				if of[i](e) == true {
					return of[i+1](e)
				}
			}
			return of[len(of)-1](e)
		}
	case "now":
		return func(e kqlEnv) any { return e.run.now }
	case "ago":
		return func(e kqlEnv) any { return e.run.now.Add(-of[0](e).(time.Duration)) }
	case "ingestion_time":
		return func(e kqlEnv) any { return e.row[kqlArrived] }
	}
	function, ok := kqlFunctions()[name]
	if !ok {
		panic("no function " + name)
	}
	return func(e kqlEnv) any {
		values := make([]any, len(of))
		for i, one := range of {
			values[i] = one(e)
		}
		return function(values)
	}
}

func kqlFunctions() map[string]func(v []any) any {
	return map[string]func(v []any) any{
		"parse_json": func(v []any) any {
			if text, ok := v[0].(string); ok {
				return kqlJSON(text)
			}
			return v[0]
		},
		"tostring":    func(v []any) any { return kqlText(v[0]) },
		"isnotempty":  func(v []any) any { return kqlText(v[0]) != "" },
		"isempty":     func(v []any) any { return kqlText(v[0]) == "" },
		"string_size": func(v []any) any { return int64(len(kqlText(v[0]))) },
		"tolong":      func(v []any) any { return int64(v[0].(float64)) },
		"bin":         func(v []any) any { return math.Floor(v[0].(float64)/v[1].(float64)) * v[1].(float64) },
		"strcat": func(v []any) (out any) {
			text := ""
			for _, one := range v {
				text += kqlText(one)
			}
			return text
		},
		"hash": func(v []any) any {
			h := fnv.New64a()
			h.Write([]byte(kqlText(v[0])))
			return int64(h.Sum64() % uint64(v[1].(int64)))
		},
		"substring": func(v []any) any {
			runes := []rune(kqlText(v[0]))
			from := min(int(v[1].(int64)), len(runes))
			return string(runes[from:min(from+int(v[2].(int64)), len(runes))])
		},
		"array_length": func(v []any) any {
			if list, ok := v[0].([]any); ok {
				return int64(len(list))
			}
			return nil
		},
		"pack_array": func(v []any) any { return v },
		"coalesce": func(v []any) any {
			for _, one := range v {
				if one != nil && one != "" {
					return one
				}
			}
			return nil
		},
		"set_intersect": func(v []any) any {
			out := []any{}
			a, _ := v[0].([]any)
			for _, one := range a {
				for _, other := range v[1].([]any) {
					if kqlSame(one, other, false) {
						out = append(out, one)
						break
					}
				}
			}
			return out
		},
		"strcat_array": func(v []any) any {
			var texts []string
			for _, one := range v[0].([]any) {
				texts = append(texts, kqlText(one))
			}
			return strings.Join(texts, v[1].(string))
		},
		"extract": func(v []any) any {
			found := regexp.MustCompile(v[0].(string)).FindStringSubmatch(kqlText(v[2]))
			if found == nil {
				return ""
			}
			return found[v[1].(int64)]
		},
	}
}
