package entity

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// FuzzMap maps any JSON that an alert's body can be.
func FuzzMap(f *testing.F) {
	alerts, err := filepath.Glob(filepath.Join("testdata", "mapping", "*", "alert.json"))
	require.NoError(f, err)
	for _, path := range alerts {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	m := NewMapper()
	f.Fuzz(func(t *testing.T, text []byte) {
		var doc record.Document
		body := pcommon.NewValueEmpty()
		if doc.Parse(text) != nil || !doc.IsObject() {
			return
		}
		doc.Build(body)
		entities := &Entities{}
		_ = m.Map(contoso(), body.Map(), entities, m.NewTally())
		require.LessOrEqual(t, entities.Len(), EntitiesMax)
		requireClosed(t, objects(t, entities))
	})
}
