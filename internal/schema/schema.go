package schema

// Type is a column type of a DCR stream declaration.
//
// Source: Azure Monitor, data collection rule structure, read 2026-11.
type Type string

// The column types that a stream declaration allows.
const (
	String   Type = "string"
	Int      Type = "int"
	Long     Type = "long"
	Real     Type = "real"
	Boolean  Type = "boolean"
	Datetime Type = "datetime"
	Dynamic  Type = "dynamic"
)

// From says where a column's value is read.
type From int

const (
	// FromEncoder: the encoder computes it; Key is empty.
	FromEncoder From = iota
	// FromBody: the member Key of the record's body.
	FromBody
	// FromAttribute: the record attribute Key.
	FromAttribute
	// FromResource: the resource attribute Key.
	FromResource
	// FromEntity: the member Key of the entity that the row stands for.
	FromEntity
)

// Column is one column of a table. Name obeys Azure's rules: a letter first,
// at most 45 letters, digits and underscores, none of the reserved names.
type Column struct {
	Name        string
	Type        Type
	From        From
	Key         string
	Description string
}

// Table is one custom table and the DCR stream that feeds it. Columns and
// stream declaration are the same list: the transform is `source`.
type Table struct {
	// Name ends in _CL, as custom tables do.
	Name string
	// Stream is the DCR input stream, Custom-… without _CL.
	Stream string
	// Description is one sentence: what a row is.
	Description string
	// Columns begins with TimeGenerated.
	Columns []Column
}

// Column returns the column with that name; ok is false when there is none.
func (t Table) Column(name string) (c Column, ok bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Streams of the tables made here.
const (
	StreamIncident = "Custom-DefenderIncident"
	StreamAlert    = "Custom-DefenderAlert"
	StreamEntity   = "Custom-DefenderEntity"
	StreamOriginal = "Custom-DefenderOriginal"
	// StreamHuntingPrefix and a hunting table's name are the stream of that
	// table, whose columns are Microsoft's; see Rename.
	StreamHuntingPrefix = "Custom-Defender"
	// StreamOTelLogs and StreamASimAlert feed built-in tables, whose columns
	// are Microsoft's and need no declaration.
	StreamOTelLogs  = "Microsoft-OTelLogs"
	StreamASimAlert = "Microsoft-ASimAlertEventLogs"
)

// Tables lists every custom table, in the order of the docs. The slice is the
// caller's.
func Tables() []Table {
	return []Table{Incident(), Alert(), Entity(), Original()}
}
