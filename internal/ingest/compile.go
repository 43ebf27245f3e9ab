package ingest

import (
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// column is a schema column made ready for writing.
type column struct {
	name string
	// key is `"Name":`, what the member begins with.
	key string
	typ schema.Type
	// bit is the column's own in the set of columns already written.
	bit uint64
}

// columnsMax is how many columns a table can have here: the bits of a set.
const columnsMax = 64

// table is a schema table made ready for writing: its columns by the place
// where their value is read, so that one pass over each of a record's maps
// fills the row.
type table struct {
	body, attribute, resource, entity map[string]*column
	// original says that the rows carry the whole object.
	original bool
	// uid is the column of the record's uid, nil when there is none.
	uid *column
}

func compile(from schema.Table) *table {
	t := &table{
		body: map[string]*column{}, attribute: map[string]*column{},
		resource: map[string]*column{}, entity: map[string]*column{},
	}
	for i, c := range from.Columns {
		ready := &column{name: c.Name, key: `"` + c.Name + `":`, typ: c.Type, bit: 1 << i}
		switch c.From {
		case schema.FromEncoder:
			t.original = t.original || c.Name == schema.OriginalColumn
		case schema.FromBody:
			t.body[c.Key] = ready
		case schema.FromAttribute:
			t.attribute[c.Key] = ready
		case schema.FromResource:
			t.resource[c.Key] = ready
		case schema.FromEntity:
			t.entity[c.Key] = ready
		}
		if c.Name == schema.RecordUID {
			t.uid = ready
		}
	}
	return t
}

// envelope is the table of RowOriginal: what every Defender table begins with,
// and the whole object.
func envelope() schema.Table {
	incident := schema.Incident()
	t := schema.Table{Columns: []schema.Column{}}
	for _, c := range incident.Columns {
		if c.From != schema.FromBody && c.From != schema.FromAttribute || c.Name == schema.RecordUID {
			t.Columns = append(t.Columns, c)
		}
	}
	return t
}

// tables are all that an Encoder writes.
type tables struct {
	incident, alert, entity, original, envelope, otel *table
}

func compileTables() tables {
	alert := compile(schema.Alert())
	// Written together with their count; see run.alertEntities.
	delete(alert.attribute, record.SentinelEntities)
	return tables{
		incident: compile(schema.Incident()),
		alert:    alert,
		entity:   compile(schema.Entity()),
		original: compile(schema.Original()),
		envelope: compile(envelope()),
		otel:     compile(schema.OTelLogs()),
	}
}
