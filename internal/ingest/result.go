package ingest

// Reason says why a record, or one stream's rows of it, cannot be sent. The
// words are stable: they name dead letters and label metrics.
type Reason string

const (
	// ReasonNoStream: the plan has no stream for the record.
	ReasonNoStream Reason = "no_stream"
	// ReasonStreamNotListed: the destination has no data collection rule with
	// the stream.
	ReasonStreamNotListed Reason = "stream_not_listed"
	// ReasonValueOverBodyLimit: a single string of the record is longer than
	// LeafBytesMax.
	ReasonValueOverBodyLimit Reason = "value_over_body_limit"
	// ReasonTooLarge: a row is over the body limit with all its values cut as
	// far as they can be; it has too many columns for the limit.
	ReasonTooLarge Reason = "too_large"
	// ReasonNotAnObject: the row's columns are the body's members, and the
	// body is no map and no text of a JSON object.
	ReasonNotAnObject Reason = "not_an_object"
)

// Unsendable is one record, or one stream's rows of it, that no body holds.
type Unsendable struct {
	// Record is the record's position; see Body.Records.
	Record int
	// Stream is the stream whose rows are missing; empty means every stream
	// of the record.
	Stream string
	Reason Reason
}

// StreamStats counts what was encoded for one stream.
type StreamStats struct {
	Stream string
	// Bodies and Rows are counts; RawBytes and WireBytes are the bodies'
	// bytes before and after compression.
	Bodies, Rows, RawBytes, WireBytes int
}

// Result is what one Encode did besides the bodies it handed out.
type Result struct {
	// Streams has one element for each stream that got a body, in the order
	// of the first.
	Streams []StreamStats
	// Unsendable is in the order of the records. A record may be there for
	// one stream and in bodies of others.
	Unsendable []Unsendable
	// Records is how many records there were.
	Records int
	// Resync is how many records were dropped because they were read again
	// on purpose (record.DefenderResync).
	Resync int
	// ForOthers is how many records feed nothing since they are another form
	// of one that is there too (record.IsForOthers).
	ForOthers int
	// Rowless is how many records feed streams and yet have no row, such as an
	// alert without entities that feeds only the stream of entities.
	Rowless int
	// Splits is how many bodies were closed because the next row did not fit.
	Splits int
	// Shortened is how many values were cut or left out for their length.
	Shortened int
	// Parts is how many rows of parts were written.
	Parts int
	// EntitiesOmitted is how many entities did not fit the column Entities.
	// Each still has its own row.
	EntitiesOmitted int
}
