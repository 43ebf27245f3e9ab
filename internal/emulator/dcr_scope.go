package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
)

const (
	// copiesMax is how often a loop may turn. Source: Azure Resource Manager
	// limits, read 2026-11.
	copiesMax = 800
	// nestingMax bounds variables that name variables.
	nestingMax = 50
)

// armScope is where an expression is evaluated: in a template, at some turn of
// its loops.
type armScope struct {
	template *armTemplate
	loops    map[string]int64 // the turn of each loop; "" is the innermost
	depth    int
}

func (s armScope) within(loop string, turn int64) armScope {
	loops := maps.Clone(s.loops)
	loops[loop], loops[""] = turn, turn
	return armScope{s.template, loops, s.depth}
}

func (s armScope) count(loop map[string]any) (int64, error) {
	v, err := s.value(loop["count"])
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok || n < 0 || n > copiesMax {
		return 0, fmt.Errorf("count must be between 0 and %d, got %v", copiesMax, v)
	}
	return n, nil
}

// value evaluates every expression in a part of the template.
func (s armScope) value(v any) (any, error) {
	if s.depth++; s.depth > nestingMax {
		return nil, errors.New("variables name one another too deep")
	}
	switch v := v.(type) {
	case string:
		return s.text(v)
	case json.Number:
		return whole(v), nil
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = s.value(v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		return s.object(v)
	}
	return v, nil
}

func (s armScope) text(text string) (any, error) {
	if !isExpression(text) {
		return strings.TrimPrefix(text, escapedBracket(text)), nil
	}
	e, err := parseExpression(text[1 : len(text)-1])
	if err != nil {
		return nil, err
	}
	return e.eval(s)
}

// escapedBracket is the first of two brackets that stand for one.
func escapedBracket(text string) string {
	if strings.HasPrefix(text, "[[") {
		return "["
	}
	return ""
}

// object evaluates members, and makes a list of each property loop.
func (s armScope) object(members map[string]any) (any, error) {
	object := map[string]any{}
	for name, v := range members {
		if loops, ok := v.([]any); ok && name == "copy" {
			if err := s.properties(object, loops); err != nil {
				return nil, err
			}
			continue
		}
		evaluated, err := s.value(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object[name] = evaluated
	}
	return object, nil
}

func (s armScope) properties(into map[string]any, loops []any) error {
	for _, l := range loops {
		loop, _ := l.(map[string]any)
		name, _ := loop["name"].(string)
		count, err := s.count(loop)
		if err != nil {
			return fmt.Errorf("copy loop %q: %w", name, err)
		}
		list := make([]any, count)
		for i := range list {
			if list[i], err = s.within(name, int64(i)).value(loop["input"]); err != nil {
				return fmt.Errorf("copy loop %q: %w", name, err)
			}
		}
		into[name] = list
	}
	return nil
}

// named is the value of a parameter or a variable.
func (s armScope) named(function string, name any) (any, error) {
	if function == "variables" {
		if v, ok := member(s.template.Variables, name); ok {
			return s.value(v)
		}
		return nil, fmt.Errorf("there is no %v", name)
	}
	if v, ok := member(s.template.given, name); ok {
		return v, nil
	}
	for key, p := range s.template.Parameters {
		if text, _ := name.(string); strings.EqualFold(key, text) {
			if p.DefaultValue == nil {
				return nil, fmt.Errorf("%v has no value: give it in a parameters file", name)
			}
			return s.value(p.DefaultValue)
		}
	}
	return nil, fmt.Errorf("there is no %v", name)
}

// copyIndex is the turn of a loop, the innermost without a name, from an
// offset.
func (s armScope) copyIndex(a []any) (any, error) {
	loop, offset := "", int64(0)
	for i, v := range a {
		switch v := v.(type) {
		case string:
			loop = v
		case int64:
			offset = v
		}
		if i > 1 {
			return nil, errArguments
		}
	}
	turn, ok := s.loops[loop]
	if !ok {
		return nil, errors.New("not within that loop")
	}
	return turn + offset, nil
}
