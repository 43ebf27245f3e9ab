package sim

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// neverThere are columns that no story fills, each with the reason.
func neverThere() map[string]string {
	return map[string]string{
		"RedirectIncidentId": "no story merges incidents; scenario life does",
		"ShortenedColumns":   "no text of a story is over 60,000 bytes",
	}
}

// Every evidence type there is goes the whole way, from Graph to the tables,
// over the rule that deploy/azure/azuredeploy.json makes. A row that Azure
// would take and then drop a value of fails here.
func TestNoValueIsLostOnTheWayOverTheDeployedRule(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "azure", "azuredeploy.json"))
	require.NoError(t, err)
	rules, err := emulator.ParseDCRs(text)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, emulator.Settings{Seed: seed(), DCRs: rules}, map[string]any{})
		w.start()
		for _, name := range []string{"every-type", "sizes"} {
			steps, err := scenario.New(name, scenario.Settings{Seed: seed(), Start: time.Now(), Tenants: []string{tenant}})
			require.NoError(t, err)
			for step := range steps {
				time.Sleep(step.After)
				w.put(step.Incident)
			}
			w.quiesce(6 * time.Hour)
		}
		w.stop()

		for _, s := range w.emulator.Streams() {
			require.Empty(t, s.Dropped.Undeclared, s.Name)
			require.Empty(t, s.Dropped.Mismatched, s.Name)
			require.Empty(t, s.Dropped.Truncated, s.Name)
		}
		for _, table := range schema.Tables() {
			filled := map[string]bool{}
			for _, row := range w.rows(table.Stream) {
				for name, v := range row {
					filled[name] = filled[name] || v != nil
				}
			}
			for _, c := range table.Columns {
				if reason := neverThere()[c.Name]; reason == "" {
					require.True(t, filled[c.Name], "no row of %s has a value in %s", table.Name, c.Name)
				}
			}
		}
	})
}
