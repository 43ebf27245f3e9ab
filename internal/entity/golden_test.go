package entity

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata/mapping/*/alert.want.json; read what changed before you commit it")

func TestGoldenAlerts(t *testing.T) {
	alerts, err := filepath.Glob(filepath.Join("testdata", "mapping", "*", "alert.json"))
	require.NoError(t, err)
	require.NotEmpty(t, alerts)
	for _, path := range alerts {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			objects, entities := mapAlert(t, contoso(), parse(t, readFile(t, path)).Map())
			requireClosed(t, objects)

			var got bytes.Buffer
			require.NoError(t, json.Indent(&got, entities.JSON(), "", "  "))
			want := filepath.Join(filepath.Dir(path), "alert.want.json")
			if *update {
				require.NoError(t, os.WriteFile(want, append(got.Bytes(), '\n'), 0o600))
			}
			assert.Equal(t, string(readFile(t, want)), got.String()+"\n")
		})
	}
}
