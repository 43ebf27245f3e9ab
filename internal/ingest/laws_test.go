package ingest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// drawn is what a law holds for: any records, feeds, settings and limits.
type drawn struct {
	logs     plog.Logs
	uids     []string
	settings ingest.Settings
	limit    int
}

func draw(t *rapid.T) drawn {
	d := drawn{logs: plog.NewLogs(), settings: ingest.Settings{
		LimitCompressed: rapid.Bool().Draw(t, "compressed"),
		Auxiliary:       rapid.SampledFrom([][]string{nil, {schema.StreamAlert}}).Draw(t, "auxiliary"),
		Streams:         rapid.SampledFrom([][]string{nil, nil, {schema.StreamAlert, schema.StreamIncident, schema.StreamOTelLogs}}).Draw(t, "streams"),
	}}
	d.limit = rapid.SampledFrom([]int{0, 1024, 2000, 5000, 70_000, 300_000}).Draw(t, "limit")
	for range rapid.IntRange(1, 3).Draw(t, "resources") {
		rl := d.logs.ResourceLogs().AppendEmpty()
		record.Origin{Cloud: "public", TenantID: tenant}.Fill(rl.Resource())
		records := rl.ScopeLogs().AppendEmpty().LogRecords()
		for range rapid.IntRange(0, 8).Draw(t, "records") {
			name := fmt.Sprintf("uid-%d", len(d.uids))
			d.uids = append(d.uids, name)
			drawRecord(t, records.AppendEmpty(), name)
		}
	}
	return d
}

func drawRecord(t *rapid.T, lr plog.LogRecord, name string) {
	lr.SetEventName(rapid.SampledFrom([]string{
		record.EventDefenderIncident, record.EventDefenderAlert, record.EventDefenderHunting, record.EventSentinelIncident, "", "my.event",
	}).Draw(t, "event"))
	lr.SetTimestamp(pcommon.Timestamp(rapid.Uint64().Draw(t, "any time")))
	if rapid.Bool().Draw(t, "recent") {
		lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Duration(rapid.IntRange(0, 3*86_400).Draw(t, "age")) * time.Second)))
	}
	attributes := lr.Attributes()
	attributes.PutStr(record.UIDKey, name)
	attributes.PutStr(record.DefenderTable, rapid.SampledFrom([]string{"AlertInfo", "Alert", "", "a/b"}).Draw(t, "table"))
	attributes.PutBool(record.DefenderResync, rapid.IntRange(0, 9).Draw(t, "resync") == 0)
	if rapid.Bool().Draw(t, "with entities") {
		entities := attributes.PutEmptySlice(record.SentinelEntities)
		for range rapid.IntRange(0, 6).Draw(t, "entities") {
			drawValue(t, entities.AppendEmpty(), 1)
		}
	}
	if rapid.Bool().Draw(t, "as text") {
		body := pcommon.NewValueEmpty()
		drawValue(t, body, 2)
		lr.Body().SetStr(string(record.AppendJSON(nil, body)) + rapid.SampledFrom([]string{"", " ", "x"}).Draw(t, "tail"))
		return
	}
	drawValue(t, lr.Body(), 2)
}

// properties are names that mean something, that Azure keeps for itself, and
// that mean nothing.
func properties() []string {
	return []string{
		"id", "title", "displayName", "description", "severity", "priorityScore", "customTags", "createdDateTime", "comments",
		"customDetails", "incidentId", "Title", "TenantId", "TimeGenerated", "RecordUid", "$id", "$ref", "Type", "EntityKey",
		"Roles", "", "strange \"name\"\n", "\xff", "日本",
	}
}

func drawValue(t *rapid.T, v pcommon.Value, depth int) {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
	case 1:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case 2:
		v.SetDouble(rapid.Float64().Draw(t, "double"))
	case 3:
		v.SetStr(drawString(t))
	case 4:
		v.SetEmptyBytes().FromRaw([]byte(rapid.SampledFrom([]string{"1.10", "-0", "no number", "1E400"}).Draw(t, "bytes")))
	case 5:
		m := v.SetEmptyMap()
		for range rapid.IntRange(0, 6).Draw(t, "members") {
			drawValue(t, m.PutEmpty(rapid.SampledFrom(properties()).Draw(t, "property")), depth-1)
		}
	case 6:
		s := v.SetEmptySlice()
		for range rapid.IntRange(0, 4).Draw(t, "elements") {
			drawValue(t, s.AppendEmpty(), depth-1)
		}
	}
}

func drawString(t *rapid.T) string {
	unit := rapid.SampledFrom([]string{"x", "é", "😀", "\"", "\\", "\n", "\x00", "\xff", " "}).Draw(t, "unit")
	if rapid.IntRange(0, 9).Draw(t, "a time") == 0 {
		return "2026-11-23T20:00:00Z"
	}
	return strings.Repeat(unit, rapid.SampledFrom([]int{0, 1, 7, 400, 3000, 30_001, 70_000}).Draw(t, "times"))
}

// Every body is within its limit, every row is JSON with declared columns, no
// value is over Azure's limit, and every record is accounted for.
func TestLawOfBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		bodies, result := encode(t, ingest.New(d.settings), ingest.Job{Logs: d.logs, Plan: withDefault, BodyBytesMax: d.limit})
		requireLimits(t, d, bodies)
		accounted := map[int]bool{}
		for _, b := range bodies {
			require.True(t, len(d.settings.Streams) == 0 || slices.Contains(d.settings.Streams, b.stream))
			for _, at := range b.records {
				accounted[at] = true
			}
			requireRows(t, b)
		}
		for _, u := range result.Unsendable {
			// A text with a tail is a plain string, which may be too long.
			require.Contains(t, []ingest.Reason{
				ingest.ReasonTooLarge, ingest.ReasonNotAnObject, ingest.ReasonStreamNotListed, ingest.ReasonValueOverBodyLimit,
			}, u.Reason)
			accounted[u.Record] = true
		}
		require.Equal(t, len(d.uids), result.Records)
		require.Equal(t, len(d.uids), len(accounted)+result.Resync+result.Rowless)
	})
}

func requireLimits(t require.TestingT, d drawn, bodies []body) {
	for _, b := range bodies {
		switch {
		case d.settings.LimitCompressed && d.limit == 0:
			require.LessOrEqual(t, b.wire, ingest.WireBytesMax)
		case d.settings.LimitCompressed:
			require.LessOrEqual(t, b.wire, d.limit)
		case d.limit == 0:
			require.LessOrEqual(t, len(b.raw), ingest.BodyBytesMax)
		default:
			require.LessOrEqual(t, len(b.raw), d.limit)
		}
	}
}

func requireRows(t require.TestingT, b body) {
	tables := append(schema.Tables(), schema.OTelLogs())
	at := slices.IndexFunc(tables, func(table schema.Table) bool { return table.Stream == b.stream })
	for i, row := range b.rows {
		require.Contains(t, row, schema.TimeGenerated)
		if at >= 0 {
			requireDeclared(t, row, tables[at])
		}
		members := map[string]json.RawMessage{}
		require.NoError(t, json.Unmarshal(b.texts[i], &members))
		for name, value := range members {
			require.NotEqual(t, "null", string(value), name)
			text := string(value)
			if s, ok := row[name].(string); ok {
				text = s
			}
			require.LessOrEqual(t, len(text), ingest.ValueBytesMax, name)
		}
	}
}

// Originals come back whole, from their column or from their parts.
func TestLawOfOriginals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.settings.Streams = nil
		plan := to(ingest.Feed{Stream: "Custom-Whole", Row: ingest.RowOriginal})
		bodies, result := encode(t, ingest.New(d.settings), ingest.Job{Logs: d.logs, Plan: plan, BodyBytesMax: d.limit})
		for _, u := range result.Unsendable {
			require.Equal(t, ingest.ReasonValueOverBodyLimit, u.Reason)
		}
		rows, parts := byUID(bodies, "Custom-Whole"), byUID(bodies, schema.StreamOriginal)
		at := 0
		for _, rl := range d.logs.ResourceLogs().All() {
			for _, lr := range rl.ScopeLogs().At(0).LogRecords().All() {
				resync, _ := lr.Attributes().Get(record.DefenderResync)
				if !resync.Bool() && len(lr.Body().Str()) <= ingest.LeafBytesMax {
					requireOriginal(t, lr, rows[d.uids[at]], parts[d.uids[at]])
				}
				at++
			}
		}
	})
}

func byUID(bodies []body, stream string) map[string][]map[string]any {
	rows := map[string][]map[string]any{}
	for _, row := range rowsOf(bodies, stream) {
		rows[row[schema.RecordUID].(string)] = append(rows[row[schema.RecordUID].(string)], row)
	}
	return rows
}

func requireOriginal(t require.TestingT, lr plog.LogRecord, rows, parts []map[string]any) {
	require.Len(t, rows, 1)
	mode := record.ModeForeign
	if strings.HasPrefix(lr.EventName(), "microsoft.") {
		mode = record.ModeRecord
	}
	want := string(mode.AppendValue(nil, lr.Body()))
	var d record.Document
	if text := lr.Body().Str(); lr.Body().Type() == pcommon.ValueTypeStr && d.Parse([]byte(text)) == nil && strings.ContainsAny(text[:1], "{[") {
		want = strings.ToValidUTF8(strings.TrimSpace(text), "�")
	}
	require.Equal(t, json.Number(fmt.Sprint(len(parts))), rows[0][schema.OriginalParts])
	if len(parts) > 0 {
		var text strings.Builder
		for _, part := range parts {
			text.WriteString(part[schema.Text].(string))
		}
		require.Equal(t, want, text.String())
		return
	}
	require.Equal(t, exactly(t, want), rows[0][schema.OriginalColumn])
}

// exactly is what a JSON text says, numbers as they are written.
func exactly(t require.TestingT, text string) (value any) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}

// What was taken and what a resend brings are together what a single sending
// would have brought, whichever bodies were refused.
func TestLawOfResending(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		enc := ingest.New(d.settings)
		job := ingest.Job{Logs: d.logs, Plan: withDefault, Now: now, BodyBytesMax: d.limit}
		whole, first := encode(t, enc, job)
		var (
			taken []body
			owed  ingest.Owed
		)
		again := first
		for try := 0; ; try++ {
			owed = ingest.Owed{}
			again = enc.Encode(job, func(b *ingest.Body) {
				if try < 2 && rapid.Bool().Draw(t, "refused") {
					owed.AddBody(b)
				} else {
					taken = append(taken, inflate(t, b))
				}
				b.Release()
			})
			if owed.Len() == 0 {
				break
			}
			job.Logs = owed.Rest(job.Logs)
		}
		require.LessOrEqual(t, len(again.Unsendable), len(first.Unsendable))
		require.Subset(t, texts(taken), texts(whole), "nothing is lost")
		require.Subset(t, texts(whole), texts(taken), "nothing is made up")
	})
}

// However bodies fail and limits change on the way, a row that refers to parts
// has a full set of them in the end: the parts of one uid and one number of
// parts, joined.
func TestLawOfPartsUnderChangingLimits(t *testing.T) {
	limits := rapid.SampledFrom([]int{0, 2000, 9000, 70_000, 150_000})
	rapid.Check(t, func(t *rapid.T) {
		document := `{"id":"1","x":"` + strings.Repeat("é", rapid.IntRange(0, 60_000).Draw(t, "length")) + `"}`
		ld, records := logs()
		add(t, records, record.EventDefenderIncident, document)
		var (
			taken []body
			enc   = ingest.New(ingest.Settings{})
			job   = ingest.Job{Logs: ld, Now: now}
		)
		for try := 0; job.Logs.LogRecordCount() > 0; try++ {
			var owed ingest.Owed
			job.BodyBytesMax = limits.Draw(t, "limit")
			enc.Encode(job, func(b *ingest.Body) {
				if try < 4 && rapid.Bool().Draw(t, "refused") {
					owed.AddBody(b)
				} else {
					taken = append(taken, inflate(t, b))
				}
				b.Release()
			})
			job.Logs = owed.Rest(job.Logs)
		}
		row := one(t, taken, schema.StreamIncident)
		if _, ok := row[schema.OriginalColumn]; ok {
			require.Equal(t, exactly(t, document), row[schema.OriginalColumn])
			return
		}
		require.Contains(t, fullSets(t, taken), document)
	})
}

// fullSets are the texts of all complete sets of parts.
func fullSets(t require.TestingT, bodies []body) (texts []string) {
	sets := map[json.Number]map[json.Number]string{}
	for _, part := range rowsOf(bodies, schema.StreamOriginal) {
		of, number := part[schema.Parts].(json.Number), part[schema.Part].(json.Number)
		if sets[of] == nil {
			sets[of] = map[json.Number]string{}
		}
		sets[of][number] = part[schema.Text].(string)
	}
	for of, set := range sets {
		n, err := of.Int64()
		require.NoError(t, err)
		var text strings.Builder
		for i := range n {
			text.WriteString(set[json.Number(fmt.Sprint(i+1))])
		}
		if len(set) == int(n) {
			texts = append(texts, text.String())
		}
	}
	return texts
}

func texts(bodies []body) []string {
	all := []string{}
	for _, b := range bodies {
		for _, text := range b.texts {
			all = append(all, b.stream+" "+string(text))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
