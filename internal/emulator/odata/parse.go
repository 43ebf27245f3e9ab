package odata

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

type tokenKind int

const (
	tokenWord   tokenKind = iota // a property, an operator, null, a date-time
	tokenString                  // what stood in single quotes
	tokenOpen
	tokenClose
)

type token struct {
	kind tokenKind
	text string
}

// lex cuts the text into tokens. Two single quotes inside a string are one.
func lex(text string) ([]token, error) {
	var tokens []token
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		switch text[0] {
		case '(':
			tokens, text = append(tokens, token{tokenOpen, "("}), text[1:]
		case ')':
			tokens, text = append(tokens, token{tokenClose, ")"}), text[1:]
		case '\'':
			value, rest, ok := quoted(text[1:])
			if !ok {
				return nil, errors.New("syntax error: unterminated string literal")
			}
			tokens, text = append(tokens, token{tokenString, value}), rest
		default:
			end := strings.IndexAny(text, " \t()'")
			if end < 0 {
				end = len(text)
			}
			tokens, text = append(tokens, token{tokenWord, text[:end]}), text[end:]
		}
	}
	return tokens, nil
}

func quoted(text string) (value, rest string, ok bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "'")
		if !found {
			return "", "", false
		}
		out.WriteString(before)
		if !strings.HasPrefix(after, "'") {
			return out.String(), after, true
		}
		out.WriteByte('\'')
		text = after[1:]
	}
}

type parser struct {
	tokens []token
	at     int
	schema Schema
}

func (p *parser) done() bool { return p.at >= len(p.tokens) }

func (p *parser) peek() token {
	if p.done() {
		return token{}
	}
	return p.tokens[p.at]
}

func (p *parser) word(text string) bool {
	if t := p.peek(); t.kind == tokenWord && t.text == text {
		p.at++
		return true
	}
	return false
}

func (p *parser) or(depth int) (node, error) {
	left, err := p.and(depth)
	for err == nil && p.word("or") {
		var right node
		right, err = p.and(depth)
		left = either{left, right}
	}
	return left, err
}

func (p *parser) and(depth int) (node, error) {
	left, err := p.term(depth)
	for err == nil && p.word("and") {
		var right node
		right, err = p.term(depth)
		left = both{left, right}
	}
	return left, err
}

func (p *parser) term(depth int) (node, error) {
	if p.done() {
		return nil, errors.New("syntax error: an expression is missing at the end")
	}
	if p.peek().kind != tokenOpen {
		return p.comparison()
	}
	if depth >= depthMax {
		return nil, fmt.Errorf("parentheses stand more than %d deep", depthMax)
	}
	p.at++
	inner, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.done() || p.peek().kind != tokenClose {
		return nil, errors.New("syntax error: a closing parenthesis is missing")
	}
	p.at++
	return inner, nil
}

// any reads name/any(x:x/member eq 'text').
func (p *parser) any(name string, property Property) (node, error) {
	if len(p.tokens)-p.at < 6 {
		return nil, fmt.Errorf("syntax error: an incomplete expression at %q", p.peek().text)
	}
	t := p.tokens[p.at : p.at+6] // name/any ( x:x/member eq 'text' )
	p.at += 6
	if t[1].kind != tokenOpen || t[2].kind != tokenWord || t[5].kind != tokenClose {
		return nil, fmt.Errorf("syntax error in the lambda of property %q", name)
	}
	variable, path, _ := strings.Cut(t[2].text, ":")
	member, ours := strings.CutPrefix(path, variable+"/")
	if variable == "" || !ours || !slices.Contains(property.Members, member) {
		return nil, fmt.Errorf("filtering on %q in property %q is not supported", path, name)
	}
	if t[3].text != "eq" || t[4].kind != tokenString {
		return nil, fmt.Errorf("only eq and a quoted string are supported in property %q", name)
	}
	return anyOf{property: name, text: t[4].text}, nil
}

func (p *parser) comparison() (node, error) {
	if name, isAny := strings.CutSuffix(p.peek().text, "/any"); isAny && p.peek().kind == tokenWord {
		if property, known := p.schema[name]; known && property.Kind == KindAny {
			return p.any(name, property)
		}
	}
	if len(p.tokens)-p.at < 3 {
		return nil, fmt.Errorf("syntax error: an incomplete comparison at %q", p.peek().text)
	}
	name, operator, value := p.tokens[p.at], p.tokens[p.at+1], p.tokens[p.at+2]
	p.at += 3
	property, known := p.schema[name.text]
	if name.kind != tokenWord || !known || property.Kind == KindAny {
		return nil, fmt.Errorf("filtering on property %q is not supported", name.text)
	}
	if operator.kind != tokenWord || !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le"}, operator.text) {
		return nil, fmt.Errorf("operator %q is not supported", operator.text)
	}
	literal, err := literal(name.text, property, value)
	if err != nil {
		return nil, err
	}
	ordered := operator.text != "eq" && operator.text != "ne"
	if ordered && (property.Kind != KindTime || literal.Null) {
		return nil, fmt.Errorf("operator %q is not supported on property %q with this value", operator.text, name.text)
	}
	return comparison{property: name.text, operator: operator.text, kind: property.Kind, literal: literal}, nil
}
