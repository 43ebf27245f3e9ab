package entity

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// graphTypes is testdata/evidence-types.json: names and types of properties.
type graphTypes struct {
	Base     map[string]string            `json:"base"`
	Evidence map[string]map[string]string `json:"evidence"`
	Complex  map[string]map[string]string `json:"complex"`
	Enums    map[string][]string          `json:"enums"`
}

func readGraphTypes(t testing.TB) graphTypes {
	t.Helper()
	var g graphTypes
	require.NoError(t, json.Unmarshal(readFile(t, "testdata", "evidence-types.json"), &g))
	return g
}

// places is testdata/places.txt: property → where it is found.
func places(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, "testdata", "places.txt")))
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		property, place, ok := strings.Cut(line, " = ")
		require.True(t, ok, line)
		require.NotContains(t, out, property)
		out[property] = place
	}
	return out
}

// sampler makes evidence with a value of its own in every property.
type sampler struct {
	graphTypes
	n      int
	values map[string]any // path below the outermost evidence → value
}

func (s *sampler) evidence(name, path string, depth int) object {
	o := object{odataType: "#microsoft.graph.security." + name}
	for _, properties := range []map[string]string{s.Base, s.Evidence[name]} {
		for _, p := range slices.Sorted(maps.Keys(properties)) {
			if v := s.value(properties[p], path+"."+p, depth); v != nil {
				o[p] = v
			}
		}
	}
	return o
}

func (s *sampler) value(graphType, path string, depth int) any {
	if item, ok := strings.CutSuffix(graphType, "[]"); ok {
		v := s.value(item, path, depth)
		if v == nil {
			return nil
		}
		return []any{v}
	}
	if strings.HasSuffix(graphType, "Evidence") {
		if depth == 0 {
			return nil
		}
		if graphType == "alertEvidence" {
			graphType = "azureResourceEvidence"
		}
		s.values[path] = graphType
		return s.evidence(graphType, path, depth-1)
	}
	if members, ok := s.Complex[graphType]; ok && len(members) > 0 {
		o := object{}
		for _, m := range slices.Sorted(maps.Keys(members)) {
			o[m] = s.value(members[m], path+"."+m, depth)
		}
		return o
	}
	s.n++
	v := s.scalar(graphType)
	s.values[path] = v
	return v
}

func (s *sampler) scalar(graphType string) any {
	if members, ok := s.Enums[graphType]; ok {
		return members[1+s.n%(len(members)-1)]
	}
	switch graphType {
	case "Int64", "Int32":
		return float64(7000 + s.n)
	case "Double":
		return 0.5 + float64(s.n)
	case "Boolean":
		return true
	case "DateTimeOffset":
		return fmt.Sprintf("2026-10-11T12:13:14.%07dZ", s.n*10+1)
	case "Guid":
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.n)
	case "dictionary":
		return object{"app": fmt.Sprintf("v-%d", s.n)}
	default:
		return fmt.Sprintf("v-%d", s.n)
	}
}

func TestEveryPropertyIsFoundInItsPlace(t *testing.T) {
	g, want := readGraphTypes(t), places(t)
	require.Len(t, g.Evidence, 48)
	for name := range g.Evidence {
		t.Run(name, func(t *testing.T) {
			s := &sampler{graphTypes: g, values: map[string]any{}}
			text, err := json.Marshal(s.evidence(name, name, 2))
			require.NoError(t, err)
			entities := mapped(t, string(text))
			for path, value := range s.values {
				if nestedDeeper(g, path) {
					continue
				}
				place, ok := want[path]
				if !assert.True(t, ok, "%s has no place", path) {
					continue
				}
				assert.True(t, found(entities, place, value), "%s = %v is not at %s", path, value, place)
			}
		})
	}
}

// nestedDeeper reports a path inside evidence inside evidence: its properties
// are found under their own type.
func nestedDeeper(g graphTypes, path string) bool {
	name, rest, _ := strings.Cut(path, ".")
	first, rest, deeper := strings.Cut(rest, ".")
	graphType := strings.TrimSuffix(g.Evidence[name][first], "[]")
	return deeper && rest != "" && strings.HasSuffix(graphType, "Evidence")
}

func TestEveryPlaceIsOfAKnownProperty(t *testing.T) {
	g := readGraphTypes(t)
	s := &sampler{graphTypes: g, values: map[string]any{}}
	for name := range g.Evidence {
		s.evidence(name, name, 1)
	}
	for path := range places(t) {
		assert.Contains(t, s.values, path)
	}
}

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

func TestTableKnowsEveryEvidenceTypeAndNoOther(t *testing.T) {
	g := readGraphTypes(t)
	known := map[string]bool{}
	for _, k := range Kinds() {
		if !k.Evidence {
			continue
		}
		known[k.Name] = true
		for _, p := range append(Base(), k.Props...) {
			_, own := g.Evidence[k.Name][p.Source]
			_, base := g.Base[p.Source]
			assert.True(t, own || base, "%s.%s is no property of Graph", k.Name, p.Source)
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(g.Evidence)), slices.Collect(maps.Keys(known)))
}
