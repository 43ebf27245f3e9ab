package template

import (
	_ "embed"
	"encoding/json"
	"io/fs"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

//go:embed vendor.json
var vendorTables []byte

// vendorColumn is a column of one of Azure's own tables.
type vendorColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type vendorTable struct {
	// Mandatory are the columns that a view in the table's shape must have.
	Mandatory []string       `json:"mandatory"`
	Columns   []vendorColumn `json:"columns"`
}

// vendor returns Azure's own tables that the shipped queries read, or whose
// shape they take. vendor.json names the sources.
func vendor() (map[string]vendorTable, error) {
	var file struct {
		Tables map[string]vendorTable `json:"tables"`
	}
	return file.Tables, json.Unmarshal(vendorTables, &file)
}

// standard are the columns that Azure adds to every custom table.
//
// Source: Azure Monitor Logs, standard columns, read 2026-11.
func standard() []vendorColumn {
	return []vendorColumn{
		{"TenantId", "string"}, {"Type", "string"}, {"_ResourceId", "string"}, {"_IsBillable", "string"}, {"_BilledSize", "real"},
	}
}

// QuerySchema is tools/kql/schema.json: what the check of the shipped queries
// knows of a workspace. like tells which function has the shape of which table.
func QuerySchema(sources fs.FS) ([]byte, error) {
	c, err := readContent(sources)
	if err != nil {
		return nil, err
	}
	vendored, err := vendor()
	if err != nil {
		return nil, err
	}
	tables, shapes, like := object{}, object{}, object{}
	for _, t := range schema.Tables() {
		columns := standard()
		for _, c := range t.Columns {
			columns = append(columns, vendorColumn{c.Name, string(c.Type)})
		}
		tables = append(tables, member{t.Name, columns})
	}
	for _, name := range []string{"SecurityIncident", "SecurityAlert", schema.OTelLogs().Name} {
		tables = append(tables, member{name, vendored[name].Columns})
	}
	for _, f := range c.functions {
		if f.Like != "" {
			like = append(like, member{f.Name, f.Like})
		}
	}
	for _, name := range []string{"SecurityIncident", "SecurityAlert", "ASimAlertEvent"} {
		shapes = append(shapes, member{name, vendored[name]})
	}
	return file(object{{"tables", tables}, {"shapes", shapes}, {"like", like}})
}
