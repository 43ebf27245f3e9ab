package template_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/template"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

const root = "../.."

// sources are the queries, rules and the workbook as people wrote them.
func sources() fs.FS { return os.DirFS(filepath.Join(root, "deploy", "azure", "sentinel")) }

// The files that are made of the schema. A drift is mended with `make generate`.
func TestGenerated(t *testing.T) {
	for path, made := range map[string]func() ([]byte, error){
		"internal/emulator/dcr.json":             template.EmulatorRule,
		"deploy/azure/azuredeploy.json":          template.Azure,
		"deploy/azure/createUiDefinition.json":   template.Form,
		"deploy/azure/sentinel/azuredeploy.json": func() ([]byte, error) { return template.Sentinel(sources()) },
		"tools/kql/schema.json":                  func() ([]byte, error) { return template.QuerySchema(sources()) },
		"docs/tables.md":                         func() ([]byte, error) { return template.TablesPage(), nil },
		"docs/entities.md":                       func() ([]byte, error) { return template.EntitiesPage(entityFacts(t)) },
	} {
		t.Run(path, func(t *testing.T) {
			want, err := made()
			require.NoError(t, err)
			path := filepath.Join(root, filepath.FromSlash(path))
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, want, 0o644))
			}
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			requireSame(t, string(want), string(got))
		})
	}
}

// requireSame names the first line that differs: the files are long.
func requireSame(t *testing.T, want, got string) {
	t.Helper()
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wants), len(gots)) {
		require.Equal(t, wants[i], gots[i], "line %d; run: make generate", i+1)
	}
	require.Len(t, gots, len(wants), "run: make generate")
}
