package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

// The files that are made of the schema. A drift is mended with
//
//	go test ./internal/schema -run TestGenerated -update
func TestGenerated(t *testing.T) {
	for path, want := range map[string][]byte{
		"internal/emulator/dcr.json": dcr(t),
		"docs/tables.md":             document(),
	} {
		t.Run(path, func(t *testing.T) {
			path := filepath.Join("..", "..", filepath.FromSlash(path))
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, want, 0o644))
			}
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "run: go test ./internal/schema -run TestGenerated -update")
		})
	}
}

// The shape of a data collection rule.
//
// Source: Azure Monitor, data collection rule structure, read 2026-11.
type (
	rule struct {
		Kind       string         `json:"kind"`
		Properties ruleProperties `json:"properties"`
	}
	ruleProperties struct {
		ImmutableID        string                 `json:"immutableId"`
		StreamDeclarations map[string]declaration `json:"streamDeclarations"`
		Destinations       destinations           `json:"destinations"`
		DataFlows          []dataFlow             `json:"dataFlows"`
	}
	declaration struct {
		Columns []declared `json:"columns"`
	}
	declared struct {
		Name string      `json:"name"`
		Type schema.Type `json:"type"`
	}
	destinations struct {
		LogAnalytics []workspace `json:"logAnalytics"`
	}
	workspace struct {
		Name       string `json:"name"`
		ResourceID string `json:"workspaceResourceId"`
	}
	dataFlow struct {
		Streams      []string `json:"streams"`
		Destinations []string `json:"destinations"`
		TransformKQL string   `json:"transformKql"`
		OutputStream string   `json:"outputStream"`
	}
)

// dcr is the rule that the emulator has from the start.
func dcr(t *testing.T) []byte {
	const name = "workspace"
	r := rule{Kind: "Direct", Properties: ruleProperties{
		ImmutableID:        "dcr-00000000000000000000000000000001",
		StreamDeclarations: map[string]declaration{},
		Destinations: destinations{LogAnalytics: []workspace{{
			Name:       name,
			ResourceID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emulator/providers/Microsoft.OperationalInsights/workspaces/emulator",
		}}},
	}}
	flow := func(stream, output string) {
		r.Properties.DataFlows = append(r.Properties.DataFlows, dataFlow{
			Streams: []string{stream}, Destinations: []string{name}, TransformKQL: "source", OutputStream: output,
		})
	}
	for _, table := range schema.Tables() {
		var columns []declared
		for _, c := range table.Columns {
			columns = append(columns, declared{c.Name, c.Type})
		}
		r.Properties.StreamDeclarations[table.Stream] = declaration{columns}
		flow(table.Stream, "Custom-"+table.Name)
	}
	flow(schema.StreamOTelLogs, schema.StreamOTelLogs)
	flow(schema.StreamASimAlert, schema.StreamASimAlert)
	require.LessOrEqual(t, len(r.Properties.DataFlows), schema.StreamsMax)
	text, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	return append(text, '\n')
}

// document is the reference of every table.
func document() []byte {
	var b bytes.Buffer
	b.WriteString("# Tables\n\n" +
		"Made of `internal/schema` by `go test ./internal/schema -run TestGenerated -update`; do not edit.\n\n" +
		"A column's source is a property of the object (`body`), an attribute of the log record, an attribute of its\n" +
		"resource, a member of the entity that the row stands for, or the encoder, which computes it. A column without a\n" +
		"value is left out of the row. Values over 60,000 bytes are cut, since Azure cuts at 64 KB.\n")
	for _, table := range append(schema.Tables(), schema.OTelLogs()) {
		fmt.Fprintf(&b, "\n## %s\n\n%s Stream `%s`.\n\n", table.Name, table.Description, table.Stream)
		b.WriteString("| column | type | source | what it is |\n| --- | --- | --- | --- |\n")
		for _, c := range table.Columns {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Name, c.Type, source(c), strings.ReplaceAll(c.Description, "|", `\|`))
		}
	}
	b.WriteString(hunting())
	return b.Bytes()
}

func source(c schema.Column) string {
	switch c.From {
	case schema.FromEncoder:
		return "encoder"
	case schema.FromBody:
		return "body `" + c.Key + "`"
	case schema.FromAttribute:
		return "attribute `" + c.Key + "`"
	case schema.FromResource:
		return "resource `" + c.Key + "`"
	case schema.FromEntity:
		return "entity `" + c.Key + "`"
	}
	return ""
}

func hunting() string {
	renamed := []string{}
	for _, name := range schema.Reserved() {
		renamed = append(renamed, fmt.Sprintf("`%s` becomes `%s`", name, schema.Rename(name)))
	}
	for _, name := range []string{schema.TimeGenerated, schema.RecordUID, schema.SourceTenantID, schema.ShortenedColumns} {
		renamed = append(renamed, fmt.Sprintf("`%s` becomes `%s_`", name, name))
	}
	return "\n## Defender\\<Table\\>_CL\n\n" +
		"One row for each row of the advanced hunting table of that name. Stream `" + schema.StreamHuntingPrefix + "<Table>`.\n\n" +
		"Its columns are the properties themselves, under their own names and with their own types, and four more:\n" +
		"`TimeGenerated`, `RecordUid`, `SourceTenantId` and, when a value was cut, `ShortenedColumns`. Azure keeps some names\n" +
		"for itself, in any case of letters, and so do these four; a property of such a name gets an underscore at its end:\n" +
		strings.Join(renamed, ",\n") + ".\n"
}
