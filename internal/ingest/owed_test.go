package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// refuse encodes job as a service would that takes every body but those of a
// stream, and returns what was taken and what is to be sent again.
func refuse(t require.TestingT, enc *ingest.Encoder, job ingest.Job, streams ...string) (taken []body, rest plog.Logs) {
	var owed ingest.Owed
	job.Now = now
	enc.Encode(job, func(b *ingest.Body) {
		for _, stream := range streams {
			if b.Stream == stream {
				owed.AddBody(b)
				b.Release()
				return
			}
		}
		taken = append(taken, inflate(t, b))
		b.Release()
	})
	return taken, owed.Rest(job.Logs)
}

func TestOnlyTheRowsThatFailedAreSentAgain(t *testing.T) {
	big := alertDocument(1, 200)
	for _, failed := range [][]string{
		{schema.StreamAlert},
		{schema.StreamEntity},
		{schema.StreamOriginal},
		{schema.StreamIncident},
		{schema.StreamAlert, schema.StreamOriginal},
		{schema.StreamAlert, schema.StreamEntity, schema.StreamOriginal, schema.StreamIncident},
	} {
		t.Run(strings.Join(failed, "+"), func(t *testing.T) {
			ld, lr := alertWithEntities(t, `[{"$id":"2","Type":"ip"},{"$id":"3","Type":"host"}]`)
			tree(t, big).CopyTo(lr.Body())
			add(t, ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords(), record.EventDefenderIncident, `{"id":"7"}`)
			enc := ingest.New(ingest.Settings{})
			whole, _ := encode(t, enc, ingest.Job{Logs: ld})
			taken, rest := refuse(t, enc, ingest.Job{Logs: ld}, failed...)
			again, result := encode(t, enc, ingest.Job{Logs: rest})
			require.Empty(t, result.Unsendable)
			require.Zero(t, result.Rowless)
			for _, stream := range []string{schema.StreamAlert, schema.StreamEntity, schema.StreamOriginal, schema.StreamIncident} {
				require.Equal(t, rowsOf(whole, stream), append(rowsOf(taken, stream), rowsOf(again, stream)...), stream)
			}
		})
	}
}

func TestRestKeepsResourceScopeAndRecord(t *testing.T) {
	ld, records := logs()
	for i := range 4 {
		add(t, records, record.EventDefenderIncident, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	second := ld.ResourceLogs().AppendEmpty()
	second.SetSchemaUrl("resource schema")
	second.Resource().Attributes().PutStr(record.TenantID, "other")
	second.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	scope := second.ScopeLogs().AppendEmpty()
	scope.SetSchemaUrl("scope schema")
	scope.Scope().SetName("second")
	add(t, scope.LogRecords(), record.EventDefenderIncident, `{"id":"5"}`)

	var owed ingest.Owed
	require.Zero(t, owed.Len())
	require.Zero(t, owed.Rest(ld).LogRecordCount())
	owed.Add(5, schema.StreamIncident)
	owed.Add(2, schema.StreamOriginal)
	owed.Add(2, schema.StreamIncident)
	owed.Add(2, schema.StreamIncident)
	owed.Add(0, "")
	owed.Add(0, schema.StreamIncident)
	require.Equal(t, 3, owed.Len())

	rest := owed.Rest(ld)
	require.Equal(t, 3, rest.LogRecordCount())
	require.Equal(t, 2, rest.ResourceLogs().Len())
	first := rest.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	require.Equal(t, map[string]any{"id": "0"}, first.At(0).Body().AsRaw())
	require.NotContains(t, first.At(0).Attributes().AsRaw(), ingest.PendingStreams, "a record that owes all needs no mark")
	require.Equal(t, map[string]any{"id": "2"}, first.At(1).Body().AsRaw())
	require.Equal(t, []any{schema.StreamIncident, schema.StreamOriginal}, first.At(1).Attributes().AsRaw()[ingest.PendingStreams])
	other := rest.ResourceLogs().At(1)
	require.Equal(t, "resource schema", other.SchemaUrl())
	require.Equal(t, map[string]any{record.TenantID: "other"}, other.Resource().Attributes().AsRaw())
	require.Equal(t, 1, other.ScopeLogs().Len())
	require.Equal(t, "scope schema", other.ScopeLogs().At(0).SchemaUrl())
	require.Equal(t, "second", other.ScopeLogs().At(0).Scope().Name())
}

func TestAMarkIsReplacedByTheNextOne(t *testing.T) {
	ld, _ := alertWithEntities(t, `[{"$id":"2","Type":"ip"}]`)
	enc := ingest.New(ingest.Settings{})
	_, rest := refuse(t, enc, ingest.Job{Logs: ld}, schema.StreamAlert, schema.StreamEntity)
	_, rest = refuse(t, enc, ingest.Job{Logs: rest}, schema.StreamEntity)
	bodies, _ := encode(t, enc, ingest.Job{Logs: rest})
	require.Empty(t, rowsOf(bodies, schema.StreamAlert))
	require.Len(t, rowsOf(bodies, schema.StreamEntity), 1)
}

func TestTheMarkIsNeverInARow(t *testing.T) {
	ld, records := logs()
	lr := add(t, records, "other", `{"a":1}`)
	mark := lr.Attributes().PutEmptySlice(ingest.PendingStreams)
	feeds := []ingest.Feed{
		{Stream: schema.StreamOTelLogs, Row: ingest.RowOTel}, {Stream: "Custom-O", Row: ingest.RowOriginal}, {Stream: "Custom-B", Row: ingest.RowBody},
	}
	for _, f := range feeds {
		mark.AppendEmpty().SetStr(f.Stream)
	}
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: to(feeds...)})
	require.Len(t, bodies, 3)
	for _, b := range bodies {
		require.NotContains(t, string(b.raw), ingest.PendingStreams)
	}
}

// Once a row was accepted under a low limit it may refer to parts, which the
// limit of a later time would not have made. They are owed all the same.
func TestPartsThatAreOwedAreSentWhateverTheLimitIsNow(t *testing.T) {
	document := `{"id":"1","description":"` + strings.Repeat("x", 20_000) + `"}`
	ld, records := logs()
	add(t, records, record.EventDefenderIncident, document)
	enc := ingest.New(ingest.Settings{})
	taken, rest := refuse(t, enc, ingest.Job{Logs: ld, BodyBytesMax: 10_000}, schema.StreamOriginal)
	require.NotContains(t, one(t, taken, schema.StreamIncident), schema.OriginalColumn)
	again, _ := encode(t, enc, ingest.Job{Logs: rest})
	require.Len(t, again, 1)
	require.Equal(t, document, joinedParts(t, again))
}

// And the other way round: the row failed while no parts were owed, and under
// a lower limit it refers to parts that were never sent.
func TestARowThatNowRefersToPartsBringsThemAlong(t *testing.T) {
	document := `{"id":"1","description":"` + strings.Repeat("x", 20_000) + `"}`
	ld, records := logs()
	add(t, records, record.EventDefenderIncident, document)
	enc := ingest.New(ingest.Settings{})
	_, rest := refuse(t, enc, ingest.Job{Logs: ld}, schema.StreamIncident)
	again, _ := encode(t, enc, ingest.Job{Logs: rest, BodyBytesMax: 10_000})
	require.Equal(t, document, joined(t, again, schema.StreamIncident))
}

func TestAMarkThatNamesNoStreamOfThePlanIsUnsendable(t *testing.T) {
	for _, names := range [][]string{{"Custom-Gone"}, {}, {""}} {
		ld, records := logs()
		mark := add(t, records, record.EventDefenderIncident, `{"id":"1"}`).Attributes().PutEmptySlice(ingest.PendingStreams)
		for _, name := range names {
			mark.AppendEmpty().SetStr(name)
		}
		bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
		require.Empty(t, bodies)
		require.Equal(t, []ingest.Unsendable{{Record: 0, Reason: ingest.ReasonNoStream}}, result.Unsendable)
	}
}

func TestAMarkThatIsNoneIsIgnored(t *testing.T) {
	ld, records := logs()
	lr := add(t, records, record.EventDefenderIncident, `{"id":"1"}`)
	lr.Attributes().PutStr(ingest.PendingStreams, "hostile")
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	one(t, bodies, schema.StreamIncident)
}

func TestARecordIsOnlyRead(t *testing.T) {
	ld, _ := alertWithEntities(t, `[{"$id":"2","Type":"ip"}]`)
	before := plog.NewLogs()
	ld.CopyTo(before)
	ld.MarkReadOnly()
	refuse(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld}, schema.StreamAlert)
	text := func(ld plog.Logs) string {
		out, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		return string(out)
	}
	require.Equal(t, text(before), text(ld))
}
