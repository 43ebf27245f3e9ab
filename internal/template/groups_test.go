package template

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func TestARuleTakesTenStreamsAndTheNextOneTheRest(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 8: 1, 9: 2, 18: 2, 19: 3, 40: 5} {
		tables := make([]schema.Table, n)
		for i := range tables {
			tables[i] = schema.Table{
				Name: fmt.Sprintf("T%d_CL", i), Stream: fmt.Sprintf("Custom-T%d", i),
				Columns: []schema.Column{{Name: schema.TimeGenerated, Type: schema.Datetime}},
			}
		}
		text, err := azure(tables)
		require.NoError(t, err)
		rules, err := emulator.ParseDCRs(text) // refuses an eleventh stream or flow
		require.NoError(t, err)
		require.Len(t, rules, want, "%d tables", n)
		streams := 0
		for _, rule := range rules {
			streams += len(rule.StreamNames())
		}
		require.Equal(t, n+2, streams)
		var d struct {
			Outputs map[string]any `json:"outputs"`
		}
		require.NoError(t, json.Unmarshal(text, &d))
		require.Len(t, d.Outputs, want+1, "and that of the endpoint")
	}
}

func TestAnObjectKeepsItsOrderAndItsCharacters(t *testing.T) {
	text, err := file(object{{"b", "a < b && c > d"}, {"a", object{}}, {"z", []any{object{{"n", 1}}}}})
	require.NoError(t, err)
	require.Equal(t, "{\n \"b\": \"a < b && c > d\",\n \"a\": {},\n \"z\": [\n  {\n   \"n\": 1\n  }\n ]\n}\n", string(text))
	_, err = file(object{{"bad", func() {}}})
	require.Error(t, err)
}
