package asim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/asim"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// facts is testdata/alert-event.json.
type facts struct {
	Version       string
	Columns       map[string]string
	Mandatory     []string
	WithoutColumn []string
	Enums         map[string][]string
}

// graphTypes is what Graph says of alerts.
type graphTypes struct {
	Alert map[string]string
	Enums map[string][]string
}

func read[T any](t testing.TB, elem ...string) (out T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

func schemaFacts(t testing.TB) facts { return read[facts](t, "testdata", "alert-event.json") }
func graph(t testing.TB) graphTypes {
	return read[graphTypes](t, "..", "entity", "testdata", "alert-and-incident.json")
}

func now() time.Time { return time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC) }

// eventOf is the event of an alert, checked against the schema.
func eventOf(t testing.TB, alert string) map[string]any {
	t.Helper()
	var d record.Document
	require.NoError(t, d.Parse([]byte(alert)))
	body := pcommon.NewValueEmpty()
	d.Build(body)
	m, entities := entity.NewMapper(), &entity.Entities{}
	_ = m.Map(record.Origin{Cloud: "public", TenantID: "t-1"}, body.Map(), entities, m.NewTally())
	before := record.AppendJSON(nil, body)
	to := pcommon.NewMap()
	asim.Write(asim.Alert{Body: body.Map(), Entities: entities, List: entity.Parse(entities.JSON()), UID: "uid-1", Time: now()}, to)
	require.Equal(t, string(before), string(record.AppendJSON(nil, body)), "the alert is not changed")
	event := to.AsRaw()
	requireValid(t, schemaFacts(t), event)
	return event
}

// requireValid wants only columns of the table, of their types, every
// mandatory one, and no word that the schema does not have.
func requireValid(t testing.TB, f facts, event map[string]any) {
	t.Helper()
	for _, name := range f.Mandatory {
		require.Contains(t, event, name)
	}
	for name, value := range event {
		kind, ok := f.Columns[name]
		require.True(t, ok, "%s is no column", name)
		require.Equal(t, kind, typeOf(value, kind), name)
		require.NotEmpty(t, value, name)
		if words, ok := f.Enums[name]; ok {
			require.Contains(t, words, value, name)
		}
	}
}

// typeOf is kind when the value fits it.
func typeOf(value any, kind string) string {
	switch value := value.(type) {
	case string:
		if kind == "datetime" {
			if _, ok := record.ParseTime(value); !ok {
				return "no time: " + value
			}
			return kind
		}
		return "string"
	case int64:
		return "int"
	case map[string]any, []any:
		return "dynamic"
	default:
		return fmt.Sprintf("%T", value)
	}
}

// fullAlert has a value of its own in every property.
func fullAlert(t testing.TB, evidence string) (alert map[string]any, values map[string]string) {
	t.Helper()
	g := graph(t)
	alert, values = map[string]any{}, map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(g.Alert)) {
		value := fmt.Sprintf("v-%d-%s", i, name)
		switch kind := strings.TrimSuffix(g.Alert[name], "[]"); {
		case kind == "DateTimeOffset":
			value = fmt.Sprintf("2026-10-11T12:13:%02d.1234567Z", i)
			alert[name] = value
		case kind == "alertEvidence":
			alert[name] = json.RawMessage(evidence)
			continue
		case kind == "alertComment":
			alert[name] = []any{map[string]any{"comment": value}}
		case kind == "dictionary":
			alert[name] = map[string]any{"key": value}
		case g.Enums[kind] != nil:
			value = g.Enums[kind][len(g.Enums[kind])/2]
			alert[name] = value
		case strings.HasSuffix(g.Alert[name], "[]"):
			alert[name] = []any{value}
		default:
			alert[name] = value
		}
		values[name] = value
	}
	return alert, values
}
