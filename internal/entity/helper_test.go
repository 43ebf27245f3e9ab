package entity

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// contoso is the origin of tests that need one.
func contoso() record.Origin {
	return record.Origin{Cloud: "public", TenantID: "0f0e0d0c-0b0a-4908-8706-050403020100"}
}

// parse reads JSON as the receiver does.
func parse(t testing.TB, text []byte) pcommon.Value {
	t.Helper()
	var doc record.Document
	require.NoError(t, doc.Parse(text))
	v := pcommon.NewValueEmpty()
	doc.Build(v)
	return v
}

// alertOf is an alert's body with this evidence, each a JSON object.
func alertOf(t testing.TB, evidence ...string) pcommon.Map {
	t.Helper()
	text := []byte(`{"id":"da1","evidence":[`)
	for i, e := range evidence {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, e...)
	}
	return parse(t, append(text, `]}`...)).Map()
}

// object is an entity as encoding/json sees it.
type object = map[string]any

// mapped is what an alert with this evidence becomes.
func mapped(t testing.TB, evidence ...string) []object {
	t.Helper()
	entities, _ := mapAlert(t, contoso(), alertOf(t, evidence...))
	return entities
}

func mapAlert(t testing.TB, origin record.Origin, alert pcommon.Map) ([]object, *Entities) {
	t.Helper()
	m, entities := NewMapper(), &Entities{}
	require.NoError(t, m.Map(origin, alert, entities, m.NewTally()))
	return objects(t, entities), entities
}

func objects(t require.TestingT, entities *Entities) []object {
	if entities.Len() == 0 {
		require.Empty(t, entities.JSON())
		return nil
	}
	require.LessOrEqual(t, len(entities.JSON()), EntitiesBytesMax)
	var out []object
	for _, text := range [][]byte{entities.JSON(), entities.More()} {
		var list []object
		if text != nil {
			require.True(t, utf8.Valid(text))
			require.NoError(t, json.Unmarshal(text, &list), "%s", text)
			requireAscending(t, list)
			requireClosed(t, slices.Concat(out, list))
		}
		out = append(out, list...)
	}
	require.Len(t, out, entities.Len())
	return out
}

// ofType are the entities of one type, in their order.
func ofType(entities []object, typeName string) []object {
	var out []object
	for _, e := range entities {
		if e["Type"] == typeName {
			out = append(out, e)
		}
	}
	return out
}

func readFile(t testing.TB, elem ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	return text
}
