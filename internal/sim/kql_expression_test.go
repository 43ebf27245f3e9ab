package sim

import (
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
