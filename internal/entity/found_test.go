package entity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
)

// found reports that an entity has the value where place says.
func found(entities []object, place string, value any) bool {
	steps := strings.Split(place, " -> ")
	typeName, field, _ := strings.Cut(steps[0], ".")
	for _, e := range ofType(entities, typeName) {
		if inField(entities, e, field, steps[1:], value) {
			return true
		}
	}
	return false
}

func inField(entities []object, e object, field string, steps []string, value any) bool {
	first, rest, nested := strings.Cut(field, ".")
	items, ok := e[first].([]any)
	if !ok {
		items = []any{e[first]}
	}
	if len(steps) == 0 && !nested {
		return slices.ContainsFunc(items, func(item any) bool { return sameValue(item, value) }) || sameValue(e[first], value)
	}
	return slices.ContainsFunc(items, func(item any) bool {
		o, ok := item.(object)
		if !ok {
			return false
		}
		if nested {
			return inField(entities, o, rest, steps, value)
		}
		typeName, field, hasField := strings.Cut(steps[0], ".")
		target := resolve(entities, o)
		if target["Type"] != typeName {
			return false
		}
		return !hasField || inField(entities, target, field, steps[1:], value)
	})
}

// sameValue compares as Sentinel does: its enum members and ProcessId are
// Graph's in another spelling.
func sameValue(got, want any) bool {
	return assert.ObjectsAreEqual(want, got) || got != nil && strings.EqualFold(fmt.Sprint(got), fmt.Sprint(want))
}

// resolve answers the entity that o refers to, or o itself.
func resolve(entities []object, o object) object {
	ref, ok := o["$ref"]
	if !ok {
		return o
	}
	var target object
	eachObject(entities, func(e object) {
		if e["$id"] == ref {
			target = e
		}
	})
	return target
}

// eachObject calls f for every object of a document, outer before inner.
func eachObject(v any, f func(object)) {
	switch v := v.(type) {
	case []object:
		for _, o := range v {
			eachObject(o, f)
		}
	case []any:
		for _, item := range v {
			eachObject(item, f)
		}
	case object:
		f(v)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			eachObject(v[name], f)
		}
	}
}
