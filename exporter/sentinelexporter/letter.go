package sentinelexporter

import (
	"encoding/json"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// reason says why a record was given up. It is a metric attribute and a
// member of the line, so the set is closed and the words stay.
type reason string

// Those that the encoder finds are its own: ingest.Reason….
const (
	// reasonNoDestination: no destination takes the record's tenant.
	reasonNoDestination reason = "no_destination"
	// reasonTooLarge: Azure refused a body of one row as too large.
	reasonTooLarge = reason(ingest.ReasonTooLarge)
	// reasonMisconfigured: 400 InvalidStream or 403 for 30 minutes.
	reasonMisconfigured reason = "misconfigured"
	// reasonRefused: Azure refused the body for good.
	reasonRefused reason = "refused"
	// reasonUnreadable: the body of a record to replay is no dead-letter line.
	reasonUnreadable reason = "unreadable_line"
	// reasonFull and reasonUnwritable: given up and not kept either, because
	// the dead letter is at its cap or the file system refused it.
	reasonFull       reason = "dead_letter_full"
	reasonUnwritable reason = "dead_letter_unwritable"
)

// meaning is the reason in plain words, with what to do.
func (r reason) meaning() string {
	switch r {
	case reasonNoDestination:
		return `no destination lists the records' tenant; add it to "tenants", then replay`
	case reason(ingest.ReasonStreamNotListed):
		return `no rule of the tenant's destination lists their stream; add it to "streams" and to the DCR, then replay`
	case reason(ingest.ReasonNoStream):
		return `no stream is set for such records; set "default_stream" or "streams", then replay`
	case reason(ingest.ReasonValueOverBodyLimit):
		return "a single text is longer than any request may be; take it out upstream"
	case reason(ingest.ReasonNotAnObject):
		return `the row is to be the body's members and the body has none; set "row" to otel or original, then replay`
	case reasonTooLarge:
		return "Azure refused even a request with one row as too large"
	case reasonMisconfigured:
		return "Azure refused the stream or the access to it for 30 minutes; grant the role or declare the stream in the DCR, then replay"
	case reasonRefused:
		return "Azure refused the request for good; compare endpoint, immutable_id and the DCR's columns, then replay"
	case reasonUnreadable:
		return "a record marked for replay is no line of a dead-letter file"
	case reasonFull:
		return `the dead letter is at "max_size_mib"; replay and delete its files, or raise it`
	case reasonUnwritable:
		return "the dead letter's directory cannot be written"
	default:
		return string(r)
	}
}

// letterHead is what a line says about its record, for people and jq. OTLP
// receivers skip members they do not know, so the line is valid OTLP JSON.
type letterHead struct {
	Time   time.Time `json:"time"`
	Reason reason    `json:"reason"`
}

// letterLine returns one record as one line: OTLP JSON of a plog.Logs with
// the record alone, its resource and its scope, headed by reason and time.
// Every value survives the round trip: pdata writes 64-bit integers and bytes
// as strings, floats in full, and line breaks escaped.
func letterLine(one plog.Logs, why reason, now time.Time) ([]byte, error) {
	head, err := json.Marshal(letterHead{Time: now.UTC(), Reason: why})
	if err != nil {
		return nil, fmt.Errorf("write dead letter line: %w", err)
	}
	body, err := (&plog.JSONMarshaler{}).MarshalLogs(one)
	if err != nil {
		return nil, fmt.Errorf("write dead letter line: %w", err)
	}
	line := make([]byte, 0, len(head)+len(body)+1)
	line = append(append(line, head[:len(head)-1]...), ',')
	return append(append(line, body[1:]...), '\n'), nil
}

// openLetters replaces every record of ld that carries the attribute
// record.SentinelDeadLetter, with any value, by the record in the line that is
// its body, and returns the records whose line could not be read.
// ld itself is not changed; it is returned as it is when it has no such
// record.
func openLetters(ld plog.Logs) (out, unreadable plog.Logs) {
	unreadable = plog.NewLogs()
	if !anyLetter(ld) {
		return ld, unreadable
	}
	out = plog.NewLogs()
	plain, bad := gather(out), gather(unreadable)
	for r := range records(ld) {
		if !isLetter(r.record) {
			plain.add(r)
			continue
		}
		inner, ok := openLetter(r.record)
		if !ok {
			bad.add(r)
			continue
		}
		inner.ResourceLogs().MoveAndAppendTo(out.ResourceLogs())
	}
	return out, unreadable
}

func openLetter(r plog.LogRecord) (plog.Logs, bool) {
	if r.Body().Type() != pcommon.ValueTypeStr || tooDeep(r.Body().Str()) {
		return plog.Logs{}, false
	}
	inner, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(r.Body().Str()))
	return inner, err == nil && inner.LogRecordCount() > 0
}

// letterDepthMax is the deepest line that is read. pdata's reader calls itself
// for each level and would exhaust the stack on a hostile line; a level of a
// record takes four levels of its line.
const letterDepthMax = 10_000

// tooDeep counts open brackets outside strings.
func tooDeep(line string) bool {
	depth, inString := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > letterDepthMax {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func isLetter(r plog.LogRecord) bool {
	_, ok := r.Attributes().Get(record.SentinelDeadLetter)
	return ok
}

func anyLetter(ld plog.Logs) bool {
	for r := range records(ld) {
		if isLetter(r.record) {
			return true
		}
	}
	return false
}
