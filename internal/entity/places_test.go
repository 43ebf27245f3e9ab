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

// homeless is testdata/no-home.txt: property → why it has no place.
func homeless(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, "testdata", "no-home.txt")))
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		property, reason, ok := strings.Cut(line, ": ")
		require.True(t, ok && reason != "", line)
		out[property] = reason
	}
	return out
}

// sampler makes evidence with a value of its own in every property.
type sampler struct {
	graphTypes
	n int
	// values are those given to each property, by its path from the evidence
	// that has it, however deep that lies.
	values map[string][]any
	// resource is the evidence type that stands where any may.
	resource string
	// text makes the n-th text, for a property.
	text func(path string, n int) string
}

func newSampler(g graphTypes) *sampler {
	return &sampler{graphTypes: g, values: map[string][]any{}, resource: "azureResourceEvidence", text: func(_ string, n int) string { return fmt.Sprintf("v-%d", n) }}
}

// evidence has nested evidence depth levels deep.
func (s *sampler) evidence(name string, depth int) object {
	o := object{odataType: "#microsoft.graph.security." + name}
	for _, properties := range []map[string]string{s.Base, s.Evidence[name]} {
		for _, p := range slices.Sorted(maps.Keys(properties)) {
			if v := s.value(properties[p], name+"."+p, depth); v != nil {
				o[p] = v
			}
		}
	}
	return o
}

func (s *sampler) value(graphType, path string, depth int) any {
	if item, ok := strings.CutSuffix(graphType, "[]"); ok {
		if first := s.value(item, path, depth); first != nil {
			return []any{first, s.value(item, path, depth)}
		}
		return nil
	}
	if strings.HasSuffix(graphType, "Evidence") {
		if depth == 0 {
			return nil
		}
		if graphType == "alertEvidence" {
			graphType = s.resource
		}
		s.values[path] = append(s.values[path], graphType)
		return s.evidence(graphType, depth-1)
	}
	if members, ok := s.Complex[graphType]; ok && len(members) > 0 {
		o := object{}
		for _, m := range slices.Sorted(maps.Keys(members)) {
			o[m] = s.value(members[m], path+"."+m, depth)
		}
		return o
	}
	s.n++
	v := s.scalar(graphType, path)
	s.values[path] = append(s.values[path], v)
	return v
}

func (s *sampler) scalar(graphType, path string) any {
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
		return s.text(path, s.n)
	}
}

// Every value of evidence inside evidence inside evidence is in the entity of
// the innermost one, where that one's type has its place.
func TestEveryPropertyIsFoundInItsPlace(t *testing.T) {
	g, want := readGraphTypes(t), places(t)
	require.Len(t, g.Evidence, 48)
	for name := range g.Evidence {
		for depth := range 3 {
			t.Run(fmt.Sprint(name, " ", depth), func(t *testing.T) {
				s := newSampler(g)
				requireFound(t, s, s.evidence(name, depth), want)
			})
		}
	}
}

// A cluster's cloud resource may be evidence of any type.
func TestAnyEvidenceInsideAnotherIsFoundInItsPlace(t *testing.T) {
	g, want := readGraphTypes(t), places(t)
	for name := range g.Evidence {
		t.Run(name, func(t *testing.T) {
			s := newSampler(g)
			s.resource = name
			evidence := s.evidence("kubernetesClusterEvidence", 2)
			place := "kubernetesClusterEvidence.cloudResource"
			want := maps.Clone(want)
			own, _, _ := strings.Cut(want[name+".verdict"], ".")
			want[place] = strings.Replace(want[place], "azure-resource", own, 1)
			requireFound(t, s, evidence, want)
		})
	}
}

func requireFound(t *testing.T, s *sampler, evidence object, want map[string]string) {
	t.Helper()
	text, err := json.Marshal(evidence)
	require.NoError(t, err)
	entities := mapped(t, string(text))
	requireClosed(t, entities)
	for path, values := range s.values {
		place, ok := want[path]
		if !assert.True(t, ok, "%s has no place", path) {
			continue
		}
		for _, value := range values {
			assert.True(t, found(entities, place, value), "%s = %v is not at %s", path, value, place)
		}
	}
}

// unplaced lists what Graph has and the table, places.txt and no-home.txt do
// not name.
func unplaced(t testing.TB, g graphTypes) (out []string) {
	t.Helper()
	table := map[string]bool{}
	for _, k := range Kinds() {
		for _, p := range append(Base(), k.Props...) {
			table[k.Name+"."+p.Source] = true
		}
	}
	named, excused := places(t), homeless(t)
	s := newSampler(g)
	for name := range g.Evidence {
		s.evidence(name, 1)
	}
	for path := range s.values {
		name, rest, _ := strings.Cut(path, ".")
		property, _, _ := strings.Cut(rest, ".")
		if excused[path] == "" && (named[path] == "" || !table[name+"."+property]) {
			out = append(out, path)
		}
	}
	return out
}

func TestTheTablePlacesEveryPropertyThatGraphHas(t *testing.T) {
	g := readGraphTypes(t)
	require.Empty(t, unplaced(t, g))
	require.LessOrEqual(t, 20*len(homeless(t)), len(places(t)), "one property in twenty may be without a home")
}

func TestWhatGraphGainsIsMissed(t *testing.T) {
	for name, tt := range map[string]struct {
		gain func(graphTypes)
		want string
	}{
		"a type":                      {func(g graphTypes) { g.Evidence["newEvidence"] = map[string]string{"id": "String"} }, "newEvidence.id"},
		"a property":                  {func(g graphTypes) { g.Evidence["urlEvidence"]["reputation"] = "String" }, "urlEvidence.reputation"},
		"a property of all":           {func(g graphTypes) { g.Base["confidence"] = "Int32" }, "urlEvidence.confidence"},
		"a member of a part":          {func(g graphTypes) { g.Complex["userAccount"]["employeeId"] = "String" }, "userEvidence.userAccount.employeeId"},
		"a member of an object":       {func(g graphTypes) { g.Complex["geoLocation"]["postalCode"] = "String" }, "ipEvidence.location.postalCode"},
		"a property that is evidence": {func(g graphTypes) { g.Evidence["nicEvidence"]["device"] = "deviceEvidence" }, "nicEvidence.device"},
	} {
		t.Run(name, func(t *testing.T) {
			g := readGraphTypes(t)
			tt.gain(g)
			require.Contains(t, unplaced(t, g), tt.want)
		})
	}
}

func TestEveryPlaceIsOfAKnownProperty(t *testing.T) {
	g := readGraphTypes(t)
	s := newSampler(g)
	for name := range g.Evidence {
		s.evidence(name, 1)
	}
	for _, list := range []map[string]string{places(t), homeless(t)} {
		for path := range list {
			assert.Contains(t, s.values, path)
		}
	}
}

// sentinelTypes is testdata/sentinel-entities.json: what Sentinel documents.
type sentinelTypes struct {
	Types map[string]struct {
		Fields map[string]string
		Strong [][]string
	}
}

// has reports that an entity has a value at a path of Sentinel's reference,
// ParentProcess.ProcessId.
func has(entities []object, e object, path string) bool {
	first, rest, deeper := strings.Cut(path, ".")
	v, ok := e[first]
	if !ok || !deeper {
		return ok
	}
	inner, ok := v.(object)
	return ok && has(entities, resolve(entities, inner), rest)
}

// Every type of Sentinel's that some evidence becomes has one of the strong
// identifiers that Sentinel documents, wherever the evidence has all it can.
func TestFullEvidenceHasAStrongIdentifierOfSentinels(t *testing.T) {
	g, want := readGraphTypes(t), places(t)
	var sentinel sentinelTypes
	require.NoError(t, json.Unmarshal(readFile(t, "testdata", "sentinel-entities.json"), &sentinel))
	require.Len(t, sentinel.Types, 19)
	met := map[string]bool{}
	for name := range g.Evidence {
		typeName, _, _ := strings.Cut(want[name+".verdict"], ".")
		documented, ok := sentinel.Types[typeName]
		if !ok {
			continue
		}
		met[typeName] = true
		s := newSampler(g)
		text, err := json.Marshal(s.evidence(name, 2))
		require.NoError(t, err)
		entities := mapped(t, string(text))
		e := entities[len(entities)-1]
		require.Equal(t, typeName, e["Type"])
		for i, set := range documented.Strong {
			full := !slices.ContainsFunc(set, func(path string) bool { return !has(entities, e, path) })
			if full {
				break
			}
			assert.Less(t, i, len(documented.Strong)-1, "%s has no strong identifier of %s", name, typeName)
		}
	}
	require.Len(t, met, 19)
	for _, typ := range Types() {
		assert.Equal(t, met[typ.Name], typ.Documented, typ.Name)
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
