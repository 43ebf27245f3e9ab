package entity

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func number(e object) int {
	n, _ := strconv.Atoi(e["$id"].(string))
	return n
}

// requireClosed wants numbers given once, each $ref to a number read before, and
// a type on every object with a number.
func requireClosed(t require.TestingT, entities []object) {
	seen := map[string]bool{}
	var read func(v any)
	read = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				read(item)
			}
		case object:
			if ref, ok := v["$ref"]; ok && len(v) == 1 {
				require.True(t, seen[ref.(string)], "reference to %v, which comes later or never", ref)
			}
			if id, ok := v["$id"].(string); ok {
				require.False(t, seen[id], "number %s given twice", id)
				seen[id] = true
				require.NotEmpty(t, v["Type"])
			}
			for _, name := range slices.Sorted(maps.Keys(v)) {
				read(v[name])
			}
		}
	}
	for _, e := range entities {
		require.NotContains(t, e, "$ref")
		require.Contains(t, e, "EvidenceType")
		read(e)
	}
}

// requireAscending wants the entities of one array in the order of their
// numbers.
func requireAscending(t require.TestingT, entities []object) {
	last := 0
	for _, e := range entities {
		require.Greater(t, number(e), last)
		last = number(e)
	}
}

// anyEvidence draws evidence of a known or unknown type with values of any
// shape, few enough that the same thing is often met twice.
func anyEvidence() *rapid.Generator[any] {
	var names, properties []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
		for _, p := range k.Props {
			properties = append(properties, p.Source)
		}
	}
	properties = append(properties, "roles", "verdict", "$id", "$ref", "type", "unknownOne", "a@odata.type", "")
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.IntRange(-1, 3), func(i int) any { return i }), rapid.Just[any](1.5), rapid.Just[any](true),
		rapid.Map(rapid.SampledFrom([]string{
			"", "a", "b", "***", "\ufeff", "jo@contoso.com", "10.0.0.1", "81.2.69.142", "S-1-5-18", "S-1-5-21-1-2-3-4", "NT AUTHORITY",
			created, "https://x.example/a", "/subscriptions/s/x", sha, "<b>", "d1", "\x00\x00\x00\x00\x01",
		}), func(s string) any { return s }),
	)
	var value func(depth int) *rapid.Generator[any]
	object := func(depth int) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			o := map[string]any{}
			if rapid.IntRange(0, 4).Draw(t, "typed") > 0 {
				o[odataType] = "#microsoft.graph.security." + rapid.SampledFrom(names).Draw(t, "type")
			}
			for range rapid.IntRange(0, 6).Draw(t, "members") {
				o[rapid.SampledFrom(properties).Draw(t, "name")] = value(depth-1).Draw(t, "value")
			}
			return o
		})
	}
	value = func(depth int) *rapid.Generator[any] {
		if depth <= 0 {
			return leaf
		}
		return rapid.OneOf(leaf, object(depth), rapid.Map(rapid.SliceOfN(object(depth-1), 0, 3), func(s []any) any { return s }))
	}
	return object(4)
}

func drawAlert(t *rapid.T) pcommon.Map {
	evidence := rapid.SliceOfN(anyEvidence(), 0, 8).Draw(t, "evidence")
	m := pcommon.NewMap()
	require.NoError(t, m.FromRaw(map[string]any{"evidence": evidence}))
	return m
}

func rapidMap(t *rapid.T, m *Mapper, origin record.Origin, alert pcommon.Map) []object {
	entities := &Entities{}
	require.NoError(t, m.Map(origin, alert, entities, m.NewTally()))
	return objects(t, entities)
}

func TestLaws(t *testing.T) {
	m := NewMapper()
	rapid.Check(t, func(t *rapid.T) {
		alert := drawAlert(t)
		before := pcommon.NewMap()
		alert.CopyTo(before)
		entities := rapidMap(t, m, contoso(), alert)

		require.Equal(t, before.AsRaw(), alert.AsRaw(), "the evidence is not changed")
		requireClosed(t, entities)
		require.Equal(t, entities, rapidMap(t, m, contoso(), alert), "the same again")

		fabrikam := contoso()
		fabrikam.TenantID = "11111111-2222-4333-8444-555555555555"
		usgov := contoso()
		usgov.Cloud = "usgov"
		for _, other := range []record.Origin{fabrikam, usgov} {
			require.Empty(t, shared(keys(entities), keys(rapidMap(t, m, other, alert))), "a key crosses origins")
		}
		require.Empty(t, keys(rapidMap(t, m, record.Origin{Cloud: "public"}, alert)), "a key without a tenant")
	})
}

func TestDoubledEvidenceMakesNoNewKey(t *testing.T) {
	m := NewMapper()
	rapid.Check(t, func(t *rapid.T) {
		alert := drawAlert(t)
		once := rapidMap(t, m, contoso(), alert)
		evidence, _ := alert.Get("evidence")
		for i := range evidence.Slice().Len() {
			evidence.Slice().At(i).CopyTo(evidence.Slice().AppendEmpty())
		}
		twice := rapidMap(t, m, contoso(), alert)
		require.ElementsMatch(t, keys(once), keys(twice))
	})
}

func keys(entities []object) []string {
	var out []string
	for _, e := range entities {
		if key, ok := e["EntityKey"].(string); ok {
			out = append(out, key)
		}
	}
	return out
}

func shared(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(key string) bool { return !slices.Contains(b, key) })
}
