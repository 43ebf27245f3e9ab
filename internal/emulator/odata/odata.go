package odata

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	textMax  = 4096 // bytes; Graph's own URL limit is of this order
	depthMax = 32   // parentheses inside one another, so that hostile text cannot exhaust the stack
)

// Kind is the type of a property that may be filtered on.
type Kind int

// The kinds of properties.
const (
	KindString Kind = iota // compared whole, eq and ne only
	KindEnum               // as KindString, and only its members may be named
	KindTime               // compared in time, all six operators
	KindAny                // a list of objects: name/any(x:x/member eq 'text'), the text compared whole
)

// Property is one property that may stand in a filter.
type Property struct {
	Kind    Kind
	Members []string // of KindEnum: every member the service knows; of KindAny: the members of an object that may be named
}

// Schema names the properties that may stand in a filter.
type Schema map[string]Property

// Value is what a row holds under a property: null, a time, a text, or of
// KindAny what its objects hold under the first of the property's members.
type Value struct {
	Null  bool
	Text  string
	Time  time.Time
	Texts []string
}

// Filter is a parsed $filter. It is immutable and safe for concurrent use.
type Filter struct{ root node }

// Match tells whether a row passes; value returns what the row holds under a
// property of the schema.
func (f *Filter) Match(value func(property string) Value) bool { return f.root.match(value) }

// From returns the earliest time that a property of KindTime can hold in a row
// that passes; the zero time means that nothing is known.
func (f *Filter) From(property string) time.Time { return f.root.from(property) }

type node interface {
	match(value func(string) Value) bool
	from(property string) time.Time
}

type both struct{ left, right node }

func (n both) match(value func(string) Value) bool {
	return n.left.match(value) && n.right.match(value)
}

func (n both) from(property string) time.Time {
	left, right := n.left.from(property), n.right.from(property)
	if right.After(left) {
		return right
	}
	return left
}

type either struct{ left, right node }

func (n either) from(property string) time.Time {
	left, right := n.left.from(property), n.right.from(property)
	if right.Before(left) {
		return right
	}
	return left
}

func (n either) match(value func(string) Value) bool {
	return n.left.match(value) || n.right.match(value)
}

type comparison struct {
	property string
	operator string
	kind     Kind
	literal  Value
}

func (c comparison) from(property string) time.Time {
	if c.property != property || c.operator != "ge" && c.operator != "gt" && c.operator != "eq" {
		return time.Time{}
	}
	return c.literal.Time
}

// anyOf passes a row one of whose objects holds the text.
type anyOf struct{ property, text string }

func (n anyOf) match(value func(string) Value) bool {
	return slices.Contains(value(n.property).Texts, n.text)
}

func (n anyOf) from(string) time.Time { return time.Time{} }

// match follows OData: null equals null only, and no order holds with null.
func (c comparison) match(value func(string) Value) bool {
	row := value(c.property)
	if row.Null || c.literal.Null {
		same := row.Null == c.literal.Null
		return c.operator == "eq" && same || c.operator == "ne" && !same
	}
	order := strings.Compare(row.Text, c.literal.Text)
	if c.kind == KindTime {
		order = row.Time.Compare(c.literal.Time)
	}
	switch c.operator {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	default: // le: the parser lets no other through
		return order <= 0
	}
}

// Parse reads a $filter. The error says in one sentence what is refused.
func Parse(text string, schema Schema) (*Filter, error) {
	if len(text) > textMax {
		return nil, fmt.Errorf("the filter has %d characters, at most %d are taken", len(text), textMax)
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, schema: schema}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if !p.done() {
		return nil, fmt.Errorf("syntax error: %q follows a complete expression", p.peek().text)
	}
	return &Filter{root: root}, nil
}

// literal reads the right side of a comparison as the property's kind wants it.
func literal(name string, property Property, t token) (Value, error) {
	switch {
	case t.kind == tokenWord && t.text == "null":
		return Value{Null: true}, nil
	case property.Kind == KindTime:
		if t.kind != tokenWord {
			return Value{}, fmt.Errorf("property %q is a date-time: its value must be bare, got a quoted string", name)
		}
		at, err := ParseTime(t.text)
		return Value{Time: at}, err
	case t.kind != tokenString:
		return Value{}, fmt.Errorf("the value of property %q must be in single quotes, got %q", name, t.text)
	case property.Kind == KindEnum && !slices.Contains(property.Members, t.text):
		return Value{}, fmt.Errorf("the string %q is not a valid enumeration value of property %q", t.text, name)
	default:
		return Value{Text: t.text}, nil
	}
}

// ParseTime reads an OData date-time: a zone is wanted, and at most seven
// digits of a second's fraction are taken.
func ParseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a date-time like 2026-01-02T03:04:05.1234567Z", text)
	}
	if _, fraction, ok := strings.Cut(text, "."); ok {
		if digits := strings.IndexFunc(fraction, func(r rune) bool { return r < '0' || r > '9' }); digits > 7 {
			return time.Time{}, fmt.Errorf("%q has %d fractional digits, at most 7 are taken", text, digits)
		}
	}
	return at, nil
}
