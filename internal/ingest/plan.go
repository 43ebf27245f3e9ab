package ingest

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// RowKind says how a record becomes rows.
type RowKind int

const (
	// RowIncident: one row of schema.Incident.
	RowIncident RowKind = iota
	// RowAlert: one row of schema.Alert.
	RowAlert
	// RowEntity: one row of schema.Entity for each top-level entity that is
	// not a bare reference; none when the record has no entities.
	RowEntity
	// RowHunting: the body's members are the columns, with TimeGenerated,
	// RecordUid and SourceTenantId added. A body of JSON text is put through
	// without building a tree.
	RowHunting
	// RowOriginal: the envelope columns and the whole body in Original, or in
	// parts. Any record.
	RowOriginal
	// RowBody: the body's members are the columns; TimeGenerated is added
	// when the body has none that is valid.
	RowBody
	// RowOTel: the columns of the OTelLogs table. Any record.
	RowOTel
)

// ParseRow reads the word that a user writes for a row kind: original, body
// or otel. ok is false for any other word.
func ParseRow(word string) (kind RowKind, ok bool) {
	switch word {
	case "original":
		return RowOriginal, true
	case "body":
		return RowBody, true
	case "otel":
		return RowOTel, true
	}
	return 0, false
}

// Feed is one stream that a record feeds, and how.
type Feed struct {
	// Stream is the DCR input stream, such as Custom-DefenderAlert.
	Stream string
	Row    RowKind
}

// Plan appends to dst the streams that a record feeds and returns the longer
// slice. resource is the record's resource attributes; both are only read. It
// must be pure: the same record gets the same feeds each time, or a resend
// would miss rows. Parts of originals go to schema.StreamOriginal by
// themselves and are not planned. A record without feeds is unsendable, reason
// ReasonNoStream, unless it is only another form of one that is there too.
type Plan func(dst []Feed, resource pcommon.Map, lr plog.LogRecord) []Feed

// Route is the default routing: an incident feeds its table, an alert its own
// and that of its entities, an alert in ASIM's schema the built-in one of that
// schema, a hunting row the table that it names. Any other
// record feeds nothing here: dst comes back as it was, and the caller's Plan
// may add a default stream.
func Route(dst []Feed, lr plog.LogRecord) []Feed {
	switch lr.EventName() {
	case record.EventDefenderIncident:
		return append(dst, Feed{schema.StreamIncident, RowIncident})
	case record.EventDefenderAlert:
		return append(dst, Feed{schema.StreamAlert, RowAlert}, Feed{schema.StreamEntity, RowEntity})
	case record.EventASimAlert:
		return append(dst, Feed{schema.StreamASimAlert, RowBody})
	case record.EventDefenderHunting:
		if table, ok := lr.Attributes().Get(record.DefenderTable); ok {
			if stream, ok := HuntingStream(table.AsString()); ok {
				return append(dst, Feed{stream, RowHunting})
			}
		}
	}
	return dst
}

// tableNameBytesMax keeps Defender<Table>_CL within the 63 bytes that Azure
// allows a table name.
const tableNameBytesMax = 50

// HuntingStream names the stream of a hunting table: Custom-Defender<Table>.
// ok is false when table is no plain name of letters, digits and underscores,
// or would take the stream of another table made here.
func HuntingStream(table string) (stream string, ok bool) {
	if table == "" || len(table) > tableNameBytesMax {
		return "", false
	}
	for _, c := range []byte(table) {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return "", false
		}
	}
	stream = schema.StreamHuntingPrefix + table
	switch stream {
	case schema.StreamIncident, schema.StreamAlert, schema.StreamEntity, schema.StreamOriginal:
		return "", false
	}
	return stream, true
}
