package emulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// expression is an ARM template expression, parsed.
//
// Source: Azure Resource Manager, template syntax and expressions, read 2026-11.
type expression interface {
	eval(s armScope) (any, error)
}

type (
	literal struct{ value any }
	call    struct {
		name      string // lower case: ARM tells no case apart
		arguments []expression
	}
	access struct{ of, key expression } // of.key or of[key]
)

// isExpression tells an expression from a plain string: it stands in square
// brackets. A doubled first one is a plain string that begins with one.
func isExpression(text string) bool {
	return strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") && !strings.HasPrefix(text, "[[")
}

// expressionDepthMax bounds the nesting of calls in one expression.
const expressionDepthMax = 100

// parseExpression reads the text between the brackets.
func parseExpression(text string) (expression, error) {
	p := &expressionParser{rest: text}
	e, err := p.term(0)
	if err != nil {
		return nil, fmt.Errorf("expression %.80q: %w", text, err)
	}
	if p.peek() != 0 {
		return nil, fmt.Errorf("expression %.80q: unexpected %.20q", text, p.rest)
	}
	return e, nil
}

type expressionParser struct{ rest string }

// peek returns the next character that is no space, 0 at the end.
func (p *expressionParser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// take consumes c if it comes next.
func (p *expressionParser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// term reads a literal or a call with what is read of it.
func (p *expressionParser) term(depth int) (e expression, err error) {
	if depth > expressionDepthMax {
		return nil, errors.New("nested too deep")
	}
	switch c := p.peek(); {
	case c == '\'':
		e, err = p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	default:
		e, err = p.call(depth)
	}
	for err == nil {
		switch {
		case p.take('.'):
			e = access{e, literal{p.word()}}
		case p.take('['):
			var key expression
			if key, err = p.term(depth + 1); err == nil && !p.take(']') {
				err = errors.New("] is missing")
			}
			e = access{e, key}
		default:
			return e, nil
		}
	}
	return nil, err
}

// text reads a string in single quotes; a doubled quote stands for one.
func (p *expressionParser) text() (expression, error) {
	var b strings.Builder
	for rest := p.rest[1:]; ; {
		before, after, closed := strings.Cut(rest, "'")
		if !closed {
			return nil, errors.New("a string does not end")
		}
		b.WriteString(before)
		if !strings.HasPrefix(after, "'") {
			p.rest = after
			return literal{b.String()}, nil
		}
		b.WriteByte('\'')
		rest = after[1:]
	}
}

func (p *expressionParser) number() (expression, error) {
	end := 1
	for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(p.rest[:end], 10, 64)
	p.rest = p.rest[end:]
	return literal{n}, err
}

// word reads a name, which may be empty.
func (p *expressionParser) word() string {
	p.peek()
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *expressionParser) call(depth int) (expression, error) {
	c := call{name: strings.ToLower(p.word())}
	if c.name == "" || !p.take('(') {
		return nil, fmt.Errorf("want a function, a string or a number, got %.20q", c.name+p.rest)
	}
	for !p.take(')') {
		if len(c.arguments) > 0 && !p.take(',') {
			return nil, fmt.Errorf("%s: ) is missing", c.name)
		}
		argument, err := p.term(depth + 1)
		if err != nil {
			return nil, err
		}
		c.arguments = append(c.arguments, argument)
	}
	return c, nil
}

func (l literal) eval(armScope) (any, error) { return l.value, nil }

func (a access) eval(s armScope) (any, error) {
	of, err := a.of.eval(s)
	if err != nil {
		return nil, err
	}
	key, err := a.key.eval(s)
	if err != nil {
		return nil, err
	}
	switch of := of.(type) {
	case map[string]any:
		if v, ok := member(of, key); ok {
			return v, nil
		}
	case []any:
		if i, ok := key.(int64); ok && i >= 0 && i < int64(len(of)) {
			return of[i], nil
		}
	}
	return nil, fmt.Errorf("there is no %v", key)
}

// member reads a member by name in any case of letters.
func member(object map[string]any, name any) (any, bool) {
	text, _ := name.(string)
	if v, ok := object[text]; ok {
		return v, true
	}
	for key, v := range object {
		if strings.EqualFold(key, text) {
			return v, true
		}
	}
	return nil, false
}
