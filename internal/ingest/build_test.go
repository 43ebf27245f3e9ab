package ingest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// now is when every test writes.
var now = time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC)

const (
	tenant = "11111111-2222-3333-4444-555555555555"
	uid    = "aaaaaaaa-bbbb-5ccc-8ddd-eeeeeeeeeeee"
)

// body is a Body that was inflated and released.
type body struct {
	stream  string
	raw     []byte
	wire    int
	rows    []map[string]any
	texts   []json.RawMessage
	records []int
}

// encode runs one Encode and checks what holds of every body: it is an array
// of at least one JSON object, its counts are right and no limit is passed.
func encode(t require.TestingT, enc *ingest.Encoder, job ingest.Job) ([]body, ingest.Result) {
	if job.Now.IsZero() {
		job.Now = now
	}
	var bodies []body
	result := enc.Encode(job, func(b *ingest.Body) {
		bodies = append(bodies, inflate(t, b))
		b.Release()
	})
	rows, raw, wire := 0, 0, 0
	for _, s := range result.Streams {
		rows, raw, wire = rows+s.Rows, raw+s.RawBytes, wire+s.WireBytes
	}
	for _, b := range bodies {
		rows, raw, wire = rows-len(b.rows), raw-len(b.raw), wire-b.wire
	}
	require.Zero(t, rows)
	require.Zero(t, raw)
	require.Zero(t, wire)
	return bodies, result
}

func inflate(t require.TestingT, b *ingest.Body) body {
	zip, err := gzip.NewReader(bytes.NewReader(b.Gzip))
	require.NoError(t, err)
	raw, err := io.ReadAll(zip)
	require.NoError(t, err)
	require.Len(t, raw, b.RawBytes)
	out := body{stream: b.Stream, raw: raw, wire: len(b.Gzip), records: append([]int(nil), b.Records...)}
	require.NoError(t, json.Unmarshal(raw, &out.texts), "%.200s", raw)
	require.NotEmpty(t, out.texts)
	require.Len(t, out.texts, b.Rows)
	for _, text := range out.texts {
		row := map[string]any{}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&row))
		out.rows = append(out.rows, row)
	}
	for i := 1; i < len(out.records); i++ {
		require.Less(t, out.records[i-1], out.records[i])
	}
	return out
}

// rowsOf are the rows of a stream in the order of the bodies.
func rowsOf(bodies []body, stream string) []map[string]any {
	var rows []map[string]any
	for _, b := range bodies {
		if b.stream == stream {
			rows = append(rows, b.rows...)
		}
	}
	return rows
}

// one is the only row of a stream.
func one(t require.TestingT, bodies []body, stream string) map[string]any {
	rows := rowsOf(bodies, stream)
	require.Len(t, rows, 1, stream)
	return rows[0]
}

// logs is an empty plog.Logs of the test's tenant and its records.
func logs() (plog.Logs, plog.LogRecordSlice) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	record.Origin{Cloud: "public", TenantID: tenant, TenantName: "contoso"}.Fill(rl.Resource())
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("scope")
	sl.Scope().SetVersion("v1.2.3")
	return ld, sl.LogRecords()
}

// add appends a record of a kind whose body is the JSON document.
func add(t require.TestingT, records plog.LogRecordSlice, event, document string) plog.LogRecord {
	lr := records.AppendEmpty()
	lr.SetEventName(event)
	lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Hour)))
	lr.Attributes().PutStr(record.UIDKey, uid)
	if document != "" {
		tree(t, document).CopyTo(lr.Body())
	}
	return lr
}

// tree is a JSON document as pdata.
func tree(t require.TestingT, document string) pcommon.Value {
	var d record.Document
	require.NoError(t, d.Parse([]byte(document)))
	v := pcommon.NewValueEmpty()
	d.Build(v)
	return v
}

// to is the Plan that feeds every record to the same streams.
func to(feeds ...ingest.Feed) ingest.Plan {
	return func(dst []ingest.Feed, _ pcommon.Map, _ plog.LogRecord) []ingest.Feed { return append(dst, feeds...) }
}

// withDefault is Route, and OTelLogs for every other record.
func withDefault(dst []ingest.Feed, _ pcommon.Map, lr plog.LogRecord) []ingest.Feed {
	before := len(dst)
	if dst = ingest.Route(dst, lr); len(dst) > before {
		return dst
	}
	return append(dst, ingest.Feed{Stream: schema.StreamOTelLogs, Row: ingest.RowOTel})
}
