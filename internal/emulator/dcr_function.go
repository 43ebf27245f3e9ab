package emulator

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Where the emulator "deploys" a template: the resource group of its default
// workspace.
const (
	deploymentSubscription = "00000000-0000-4000-8000-0000000000aa"
	deploymentGroup        = "soc"
	deploymentLocation     = "westeurope"
)

// eval calls the function. Arguments are evaluated first, but for those of if:
// only the branch that counts.
func (c call) eval(s armScope) (any, error) {
	if c.name == "if" && len(c.arguments) == 3 {
		return c.branch(s)
	}
	arguments := make([]any, len(c.arguments))
	for i, argument := range c.arguments {
		var err error
		if arguments[i], err = argument.eval(s); err != nil {
			return nil, err
		}
	}
	v, err := s.call(c.name, arguments)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	return v, nil
}

func (c call) branch(s armScope) (any, error) {
	condition, err := c.arguments[0].eval(s)
	if err != nil {
		return nil, err
	}
	if yes, ok := condition.(bool); !ok {
		return nil, fmt.Errorf("if: want true or false, got %v", condition)
	} else if yes {
		return c.arguments[1].eval(s)
	}
	return c.arguments[2].eval(s)
}

var errArguments = errors.New("the arguments are not of the form it takes")

// call is the functions of ARM that decide over streams and columns, and no
// more: another one is refused by name.
//
// Source: Azure Resource Manager, template functions, read 2026-11.
func (s armScope) call(name string, a []any) (any, error) {
	switch name {
	case "parameters", "variables":
		if len(a) != 1 {
			return nil, errArguments
		}
		return s.named(name, a[0])
	case "copyindex":
		return s.copyIndex(a)
	case "concat":
		return concat(a)
	case "createarray":
		return a, nil
	case "createobject":
		return createObject(a)
	case "union":
		return union(a)
	case "and", "or", "not", "equals", "empty", "contains", "true", "false":
		return logic(name, a)
	case "length", "add", "sub", "mul", "div", "mod", "min", "max":
		return arithmetic(name, a)
	case "resourceid", "subscriptionresourceid":
		return s.resourceID(name, a)
	case "resourcegroup":
		return map[string]any{"name": deploymentGroup, "location": deploymentLocation}, nil
	case "subscription":
		return map[string]any{"subscriptionId": deploymentSubscription}, nil
	}
	return nil, errors.New("the emulator does not know this function")
}

func concat(a []any) (any, error) {
	if len(a) > 0 {
		if _, ok := a[0].([]any); ok {
			all := []any{}
			for _, part := range a {
				list, ok := part.([]any)
				if !ok {
					return nil, errArguments
				}
				all = append(all, list...)
			}
			return all, nil
		}
	}
	var b strings.Builder
	for _, part := range a {
		switch part.(type) {
		case string, int64, bool:
			fmt.Fprint(&b, part)
		default:
			return nil, errArguments
		}
	}
	return b.String(), nil
}

func createObject(a []any) (any, error) {
	object := map[string]any{}
	for ; len(a) > 1; a = a[2:] {
		name, ok := a[0].(string)
		if !ok {
			return nil, errArguments
		}
		object[name] = a[1]
	}
	if len(a) > 0 {
		return nil, errArguments
	}
	return object, nil
}

// union joins objects, of which the later win, or lists without what is there
// already.
func union(a []any) (any, error) {
	objects, lists := map[string]any{}, []any{}
	for _, part := range a {
		switch part := part.(type) {
		case map[string]any:
			maps.Copy(objects, part)
		case []any:
			for _, v := range part {
				if !holds(lists, v) {
					lists = append(lists, v)
				}
			}
		default:
			return nil, errArguments
		}
	}
	if len(objects) > 0 && len(lists) > 0 {
		return nil, errArguments
	}
	if len(lists) > 0 {
		return lists, nil
	}
	return objects, nil
}

func holds(list []any, v any) bool {
	for _, known := range list {
		if reflect.DeepEqual(known, v) {
			return true
		}
	}
	return false
}

func logic(name string, a []any) (any, error) {
	switch {
	case name == "true" && len(a) == 0, name == "false" && len(a) == 0:
		return name == "true", nil
	case name == "equals" && len(a) == 2:
		left, l := a[0].(string)
		right, r := a[1].(string)
		return l && r && strings.EqualFold(left, right) || reflect.DeepEqual(a[0], a[1]), nil
	case name == "empty" && len(a) == 1:
		n, err := length(a[0])
		return n == 0, err
	case name == "contains" && len(a) == 2:
		return contains(a[0], a[1])
	case name == "not" && len(a) == 1:
		yes, ok := a[0].(bool)
		if !ok {
			return nil, errArguments
		}
		return !yes, nil
	case (name == "and" || name == "or") && len(a) > 0:
		for _, v := range a {
			yes, ok := v.(bool)
			if !ok {
				return nil, errArguments
			}
			if yes == (name == "or") {
				return yes, nil
			}
		}
		return name == "and", nil
	}
	return nil, errArguments
}

func contains(in, what any) (any, error) {
	switch in := in.(type) {
	case map[string]any:
		_, ok := member(in, what)
		return ok, nil
	case []any:
		return holds(in, what), nil
	case string:
		part, ok := what.(string)
		if !ok {
			return nil, errArguments
		}
		return strings.Contains(in, part), nil
	}
	return nil, errArguments
}

func length(v any) (int64, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case string:
		return int64(len(v)), nil
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	}
	return 0, errArguments
}

func arithmetic(name string, a []any) (any, error) {
	if name == "length" && len(a) == 1 {
		return length(a[0])
	}
	if len(a) != 2 {
		return nil, errArguments
	}
	x, okX := a[0].(int64)
	y, okY := a[1].(int64)
	if !okX || !okY || y == 0 && (name == "div" || name == "mod") {
		return nil, errArguments
	}
	switch name {
	case "add":
		return x + y, nil
	case "sub":
		return x - y, nil
	case "mul":
		return x * y, nil
	case "div":
		return x / y, nil
	case "mod":
		return x % y, nil
	case "min":
		return min(x, y), nil
	case "max":
		return max(x, y), nil
	}
	return nil, errArguments
}

// resourceID makes the id of a resource type and one name for each of its
// segments. A subscription or a group in front is taken as given.
func (s armScope) resourceID(name string, a []any) (any, error) {
	words := make([]string, len(a))
	for i, v := range a {
		word, ok := v.(string)
		if !ok {
			return nil, errArguments
		}
		words[i] = word
	}
	kind := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, "/") })
	if kind < 0 || kind > 2 {
		return nil, errArguments
	}
	subscription, group, names := deploymentSubscription, deploymentGroup, words[kind+1:]
	switch {
	case kind == 2:
		subscription, group = words[0], words[1]
	case kind == 1 && name == "resourceid":
		group = words[0]
	case kind == 1:
		subscription = words[0]
	}
	provider, segments, _ := strings.Cut(words[kind], "/")
	types := strings.Split(segments, "/")
	if len(types) != len(names) {
		return nil, errArguments
	}
	id := "/subscriptions/" + subscription
	if name == "resourceid" {
		id += "/resourceGroups/" + group
	}
	id += "/providers/" + provider
	for i, segment := range types {
		id += "/" + segment + "/" + names[i]
	}
	return id, nil
}
