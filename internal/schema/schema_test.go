package schema_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func tables() []schema.Table { return append(schema.Tables(), schema.OTelLogs()) }

func TestColumnsObeyAzuresRules(t *testing.T) {
	name := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	types := []schema.Type{
		schema.String, schema.Int, schema.Long, schema.Real, schema.Boolean, schema.Datetime, schema.Dynamic,
	}
	for _, table := range tables() {
		t.Run(table.Name, func(t *testing.T) {
			require.NotEmpty(t, table.Columns)
			require.Equal(t, schema.TimeGenerated, table.Columns[0].Name)
			require.Equal(t, schema.Datetime, table.Columns[0].Type)
			require.LessOrEqual(t, len(table.Columns), schema.ColumnsMax)
			seen := map[string]bool{}
			for _, c := range table.Columns {
				require.Regexp(t, name, c.Name)
				require.LessOrEqual(t, len(c.Name), schema.ColumnNameMax, c.Name)
				require.Contains(t, types, c.Type, c.Name)
				require.Equal(t, c.Name, schema.Rename(c.Name), "reserved")
				require.False(t, seen[strings.ToLower(c.Name)], "%s twice", c.Name)
				seen[strings.ToLower(c.Name)] = true
			}
		})
	}
}

func TestColumnsHaveOneSourceEachAndADescription(t *testing.T) {
	for _, table := range tables() {
		t.Run(table.Name, func(t *testing.T) {
			type source struct {
				from schema.From
				key  string
			}
			sources := map[source]string{}
			for _, c := range table.Columns {
				require.True(t, strings.HasSuffix(c.Description, ".") || strings.HasSuffix(c.Description, "…"), c.Name)
				require.Equal(t, c.From == schema.FromEncoder, c.Key == "", c.Name)
				if c.From == schema.FromEncoder {
					continue
				}
				at := source{c.From, c.Key}
				require.Empty(t, sources[at], "%s has the source of another column", c.Name)
				sources[at] = c.Name
			}
		})
	}
}

func TestTablesHaveNamesAsAzureWantsThem(t *testing.T) {
	streams := map[string]bool{}
	for _, table := range schema.Tables() {
		require.True(t, strings.HasSuffix(table.Name, "_CL"), table.Name)
		require.Equal(t, "Custom-"+strings.TrimSuffix(table.Name, "_CL"), table.Stream)
		require.True(t, strings.HasPrefix(table.Stream, schema.StreamHuntingPrefix))
		require.False(t, streams[table.Stream])
		streams[table.Stream] = true
		require.NotEmpty(t, table.Description)
	}
	require.LessOrEqual(t, len(streams)+2, schema.StreamsMax)
}

func TestEveryDefenderTableCanBeJoinedAndTraced(t *testing.T) {
	for _, table := range schema.Tables() {
		for _, name := range []string{schema.RecordUID, schema.SourceTenantID, "IncidentId"} {
			c, ok := table.Column(name)
			require.True(t, ok, "%s in %s", name, table.Name)
			require.Equal(t, schema.String, c.Type)
		}
	}
}

func TestColumnIsFoundByName(t *testing.T) {
	c, ok := schema.Incident().Column("PriorityScore")
	require.True(t, ok)
	require.Equal(t, schema.Int, c.Type)
	_, ok = schema.Incident().Column("priorityScore")
	require.False(t, ok)
}

func TestRename(t *testing.T) {
	for property, want := range map[string]string{
		"Title": "Title_", "title": "title_", "TenantId": "TenantId_", "Type": "Type_", "id": "id_", "ID": "ID_",
		"UniqueId": "UniqueId_", "_ResourceId": "ResourceId_", "_SubscriptionId": "SubscriptionId_",
		"ResourceId": "ResourceId", "DeviceName": "DeviceName", "Titles": "Titles", "": "",
	} {
		require.Equal(t, want, schema.Rename(property))
	}
}

// A caller that changes what it was given must not change it for others.
func TestTablesAreTheCallersOwn(t *testing.T) {
	before := schema.Incident()
	schema.Tables()[0].Columns[1].Name = "changed"
	require.Equal(t, before, schema.Incident())
}
