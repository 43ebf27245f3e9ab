package entity

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

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
