package template_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

const ownParameters = "deploy/azure/own-columns.parameters.json"

// The example of columns of one's own: what config/own-columns.yaml makes of a
// row is what the template has with the parameters beside it. The configuration
// itself runs in internal/sim.
func TestTheExampleOfOwnColumnsFitsItsParameters(t *testing.T) {
	var parameters struct {
		Parameters struct {
			ExtraColumns struct {
				Value map[string][]struct {
					Name string      `json:"name"`
					Type schema.Type `json:"type"`
				} `json:"value"`
			} `json:"extraColumns"`
		} `json:"parameters"`
	}
	text := read(t, ownParameters, &parameters)
	extra := parameters.Parameters.ExtraColumns.Value
	require.Len(t, extra, 1)
	incident := schema.Incident()
	declared := []string{}
	for _, c := range incident.Columns {
		declared = append(declared, c.Name)
	}
	for _, c := range extra[incident.Name] {
		require.NotContains(t, declared, c.Name, "no column of one's own has the name of one that is there")
		declared = append(declared, c.Name)
	}

	config, err := os.ReadFile(filepath.Join(root, "config", "own-columns.yaml"))
	require.NoError(t, err)
	written := []string{}
	for _, found := range regexp.MustCompile(`set\(log\.body\["(\w+)"\]`).FindAllStringSubmatch(string(config), -1) {
		require.Contains(t, declared, found[1])
		written = append(written, found[1])
	}
	for _, c := range extra[incident.Name] {
		require.Contains(t, written, c.Name)
	}
	left := slices.DeleteFunc(declared, func(name string) bool { return slices.Contains(written, name) })
	require.ElementsMatch(t, []string{
		"AssignedTo",             // renamed
		"Description", "Summary", // left out
		"ResolvingComment",                       // likewise
		schema.TimeGenerated,                     // the exporter's
		schema.OriginalParts, "ShortenedColumns", // of rows it makes itself
	}, left)

	template, err := os.ReadFile(filepath.Join(root, deployed))
	require.NoError(t, err)
	_, err = emulator.ParseDCRsWith([]byte(text), template)
	require.NoError(t, err, "names and types are those that Azure takes")
	require.Contains(t, string(config), "stream: "+incident.Stream)
}
