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
