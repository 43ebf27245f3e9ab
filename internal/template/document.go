package template

import (
	"fmt"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// TablesPage is docs/tables.md, the reference of every table.
func TablesPage() []byte {
	var b strings.Builder
	b.WriteString("# Tables\n\n" +
		"Made of `internal/schema` by `make generate`; do not edit.\n\n" +
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
	b.WriteString(huntingSection())
	return []byte(b.String())
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

func huntingSection() string {
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
