package sim

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/defenderexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/exporter/sentinelincidentexporter"
	"github.com/seed-9ff5f8f0/defender-sentinel/extension/incidentledgerextension"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/processor/entitymappingprocessor"
	"github.com/seed-9ff5f8f0/defender-sentinel/receiver/defenderreceiver"
	"github.com/seed-9ff5f8f0/defender-sentinel/receiver/sentinelreceiver"
)

const ownModule = "github.com/seed-9ff5f8f0/defender-sentinel"

// TestReadmeTablesAreTheSettings compares the README's tables of settings with
// the config structs, both ways.
func TestReadmeTablesAreTheSettings(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	shared := settingsOf(reflect.TypeFor[azure.Config](), "")
	for heading, config := range map[string]component.Config{
		"### Receiver `defender`":          defenderreceiver.NewFactory().CreateDefaultConfig(),
		"### Receiver `sentinel`":          sentinelreceiver.NewFactory().CreateDefaultConfig(),
		"### Processor `entity_mapping`":   entitymappingprocessor.NewFactory().CreateDefaultConfig(),
		"### Exporter `defender`":          defenderexporter.NewFactory().CreateDefaultConfig(),
		"### Exporter `sentinel`":          sentinelexporter.NewFactory().CreateDefaultConfig(),
		"### Exporter `sentinel_incident`": sentinelincidentexporter.NewFactory().CreateDefaultConfig(),
		"### Extension `incident_ledger`":  incidentledgerextension.NewFactory().CreateDefaultConfig(),
	} {
		settings := slices.DeleteFunc(settingsOf(reflect.TypeOf(config).Elem(), ""), func(s string) bool { return slices.Contains(shared, s) })
		require.ElementsMatch(t, settings, tableAfter(t, string(text), heading), heading)
	}
	require.ElementsMatch(t, shared, tableAfter(t, string(text), "### Shared by the receiver and the exporter"))
}

// settingsOf lists the keys of a config struct as a user writes them, `[]` for a
// list's elements. Structs of other modules are one key: their own docs tell.
func settingsOf(t reflect.Type, prefix string) []string {
	var keys []string
	for field := range fields(t) {
		tag := strings.Split(field.Tag.Get("mapstructure"), ",")
		inner, list := element(field.Type)
		ours := strings.HasPrefix(inner.PkgPath(), ownModule) && inner.Kind() == reflect.Struct
		switch key := prefix + tag[0] + list; {
		case slices.Contains(tag[1:], "squash") && ours:
			keys = append(keys, settingsOf(inner, prefix)...)
		case inner == reflect.TypeFor[confighttp.ServerConfig]():
			keys = append(keys, prefix+"endpoint") // its first key stands for all
		case slices.Contains(tag[1:], "squash"): // exporterhelper.TimeoutConfig
			keys = append(keys, prefix+"timeout")
		case inner == reflect.TypeFor[azure.CredentialConfig]() && prefix != "":
			keys = append(keys, key) // told once, in the shared table
		case ours && inner.NumField() > 0:
			keys = append(keys, settingsOf(inner, key+".")...)
		default:
			keys = append(keys, strings.TrimSuffix(key, "[]"))
		}
	}
	return keys
}

func fields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Tag.Get("mapstructure") != "" && !yield(f) {
				return
			}
		}
	}
}

// element sees through pointers, slices and configoptional.Optional.
func element(t reflect.Type) (inner reflect.Type, list string) {
	for {
		switch {
		case t.Kind() == reflect.Pointer:
			t = t.Elem()
		case t.Kind() == reflect.Slice:
			t, list = t.Elem(), "[]"
		case strings.Contains(t.PkgPath(), "configoptional"):
			get, _ := reflect.PointerTo(t).MethodByName("Get")
			t = get.Type.Out(0).Elem()
		default:
			return t, list
		}
	}
}

func tableAfter(t *testing.T, text, heading string) []string {
	t.Helper()
	_, section, found := strings.Cut(text, heading+"\n")
	require.True(t, found, heading)
	section, _, _ = strings.Cut(section, "\n#")
	var keys []string
	for line := range strings.Lines(section) {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			key, _, _ := strings.Cut(cell, "`")
			keys = append(keys, key)
		}
	}
	return keys
}
