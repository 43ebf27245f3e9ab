package sentinelexporter

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// batch makes a plog.Logs of tenant A's records.
type batch struct {
	ld    plog.Logs
	scope plog.ScopeLogs
}

func newBatch() batch {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr(record.TenantID, tenantA)
	rl.Resource().Attributes().PutStr(record.TenantName, "contoso")
	return batch{ld, rl.ScopeLogs().AppendEmpty()}
}

func (b batch) add(event, uid string) plog.LogRecord {
	lr := b.scope.LogRecords().AppendEmpty()
	lr.SetEventName(event)
	lr.Attributes().PutStr(record.UIDKey, uid)
	lr.Body().SetEmptyMap().PutStr("id", "id of "+uid)
	return lr
}

// incident, alert (with two entities), other and audit add one record each.
func (b batch) incident(uid string) plog.LogRecord { return b.add(record.EventDefenderIncident, uid) }

func (b batch) alert(uid string) plog.LogRecord {
	lr := b.add(record.EventDefenderAlert, uid)
	entities := lr.Attributes().PutEmptySlice(record.SentinelEntities)
	for _, id := range []string{"1", "2"} {
		e := entities.AppendEmpty().SetEmptyMap()
		e.PutStr("$id", id)
		e.PutStr("Type", "host")
	}
	return lr
}

func (b batch) other(uid string) plog.LogRecord { return b.add("", uid) }

func (b batch) audit(uid string) plog.LogRecord {
	lr := b.add("audit", uid)
	lr.Body().Map().PutStr("RecordUid", uid)
	return lr
}

func TestEveryRecordReachesItsStreams(t *testing.T) {
	r := newRig(t, everyStream+unqueued, nil)
	b := newBatch()
	b.incident("i")
	b.alert("a")
	b.other("o")
	b.audit("x")
	b.incident("again").Attributes().PutBool(record.DefenderResync, true)
	b.ld.MarkReadOnly()
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))

	require.Equal(t, []string{"i"}, uids(r.azure.accepted("Custom-DefenderIncident")))
	require.Equal(t, []string{"a"}, uids(r.azure.accepted("Custom-DefenderAlert")))
	require.Equal(t, []string{"a", "a"}, uids(r.azure.accepted("Custom-DefenderEntity")))
	require.Equal(t, []string{"x"}, uids(r.azure.accepted("Custom-Audit")))
	require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 1)
	for _, q := range r.azure.all() {
		want := dcr1
		if q.stream == "Microsoft-OTelLogs" || q.stream == "Custom-Audit" {
			want = dcr2
		}
		require.Equal(t, want, q.rule, "%s goes to the rule that lists it", q.stream)
		where := []attribute.KeyValue{attribute.String("stream", q.stream), attribute.String("rule", want)}
		require.Equal(t, int64(len(q.rows)), r.count(t, "rows", where...))
		require.Equal(t, int64(q.bytes), r.count(t, "raw_bytes", where...))
		require.Equal(t, int64(q.wire), r.count(t, "wire_bytes", where...))
	}
	require.Equal(t, int64(5), r.count(t, "requests", attribute.String("class", "accepted")))
	require.Equal(t, int64(1), r.count(t, "resync_records"))
	require.Empty(t, r.host.told())
	r.stop(t)
}

// TestOnlyWhatFailedComesBack looks at the error of a push itself.
func TestOnlyWhatFailedComesBack(t *testing.T) {
	refusing := true
	r := newRig(t, everyStream+unqueued, func(q request) answer {
		if refusing && q.stream == "Custom-DefenderEntity" {
			return answer{status: http.StatusServiceUnavailable}
		}
		return answer{}
	})
	b := newBatch()
	b.incident("i")
	b.alert("a")
	err := r.ConsumeLogs(t.Context(), b.ld)
	var partial consumererror.Logs
	require.ErrorAs(t, err, &partial)
	require.False(t, consumererror.IsPermanent(err))
	require.ErrorContains(t, err, "Custom-DefenderEntity: upload rows: 503")
	require.NotContains(t, err.Error(), "secret words")
	require.Equal(t, 1, partial.Data().LogRecordCount())

	refusing = false
	before := len(r.azure.all())
	require.NoError(t, r.ConsumeLogs(t.Context(), partial.Data()))
	after := r.azure.all()[before:]
	require.Len(t, after, 1, "what was accepted is not sent again")
	require.Equal(t, "Custom-DefenderEntity", after[0].stream)
	require.Len(t, after[0].rows, 2)
	r.stop(t)
}

func TestTenantsAreKeptApart(t *testing.T) {
	dir := t.TempDir()
	rule := func(id string) string {
		return "{endpoint: " + endpoint + ", immutable_id: " + id + ", streams: [Microsoft-OTelLogs]}"
	}
	r := newRig(t, `
auth: tokens
destinations:
  - {tenants: [`+tenantB+`], rules: [`+rule(dcr1)+`]}
  - {tenants: [contoso], rules: [`+rule(dcr2)+`]}
dead_letter: {directory: "`+dir+`"}
`+unqueued, nil)
	ld := logsOf(tenantC, tenantB)
	newBatch().other("a").CopyTo(ld.ResourceLogs().At(1).ScopeLogs().At(0).LogRecords().AppendEmpty())
	b := newBatch()
	b.other("by name")
	b.ld.ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
	require.NoError(t, r.ConsumeLogs(t.Context(), ld))

	require.Equal(t, int64(2), r.count(t, "rows", attribute.String("rule", dcr1)))
	require.Equal(t, int64(1), r.count(t, "rows", attribute.String("rule", dcr2)))
	require.Equal(t, int64(1), r.count(t, "dead_letter_records", attribute.String("reason", "no_destination")))
	r.stop(t)
	_, lines := contents(t, dir)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], tenantC)
}

func TestStreamsThatNoRuleLists(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, `
auth: tokens
destinations:
  - rules: [{endpoint: `+endpoint+`, immutable_id: `+dcr1+`, streams: [Custom-DefenderAlert, Custom-DefenderOriginal]}]
dead_letter: {directory: "`+dir+`"}
`+unqueued, nil)
	require.Equal(t, "Custom-DefenderIncident, Custom-DefenderEntity", r.logs.All()[0].ContextMap()["streams"])
	b := newBatch()
	b.incident("i")
	b.alert("a")
	b.other("o")
	hunting := b.add(record.EventDefenderHunting, "h")
	hunting.Attributes().PutStr(record.DefenderTable, "DeviceEvents")
	b.add(record.EventDefenderHunting, "no table")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))

	require.Equal(t, []string{"a"}, uids(r.azure.accepted("Custom-DefenderAlert")))
	require.Equal(t, int64(1), r.count(t, "not_routed_records", attribute.String("stream", "Custom-DefenderIncident")))
	require.Equal(t, int64(1), r.count(t, "not_routed_records", attribute.String("stream", "Custom-DefenderEntity")))
	require.Equal(t, int64(2), r.count(t, "dead_letter_records", attribute.String("reason", "stream_not_listed")), "hunting rows and others are not left out on purpose")
	require.Equal(t, int64(1), r.count(t, "dead_letter_records", attribute.String("reason", "no_stream")))
	r.stop(t)
}

func TestGivenUpWithoutDirectoryIsCounted(t *testing.T) {
	r := newRig(t, everyStream+unqueued, func(request) answer { return answer{status: http.StatusNotFound, code: "NotFound"} })
	for range 3 {
		b := newBatch()
		b.other("o")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld), "what Azure never takes is not tried again")
	}
	require.Equal(t, int64(3), r.count(t, "lost_records", attribute.String("reason", "refused")))
	require.Equal(t, int64(3), r.count(t, "requests", attribute.String("class", "permanent")))
	require.Equal(t, 1, r.logs.FilterMessage("records were given up and are lost").Len(), "once a minute")
	require.Equal(t, []string{"StatusRecoverableError: rows of Microsoft-OTelLogs are refused by " + dcr2 +
		" for good. Check `immutable_id` and `endpoint`: there is no such data collection rule at that endpoint."}, r.host.told())
	r.stop(t)
}

func TestFullDeadLetterIsCounted(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.ndjson"), make([]byte, mib), 0o600))
	r := newRig(t, everyStream+unqueued+`dead_letter: {directory: "`+dir+`", max_size_mib: 1}`,
		func(request) answer { return answer{status: http.StatusNotFound, code: "NotFound"} })
	b := newBatch()
	b.other("o")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	require.Equal(t, int64(1), r.count(t, "lost_records", attribute.String("reason", "dead_letter_full")))
	require.Zero(t, r.count(t, "dead_letter_records"))
	r.stop(t)
}

func TestUnwritableDeadLetterIsCounted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	r := newRig(t, everyStream+unqueued+`dead_letter: {directory: "`+file+`"}`,
		func(request) answer { return answer{status: http.StatusNotFound, code: "NotFound"} })
	b := newBatch()
	b.other("o")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	require.Equal(t, int64(1), r.count(t, "lost_records", attribute.String("reason", "dead_letter_unwritable")))
	r.stop(t)
}

func TestLongTextGoesToTheDeadLetterAlone(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, everyStream+unqueued+`dead_letter: {directory: "`+dir+`"}`, nil)
	b := newBatch()
	b.incident("before")
	b.incident("long").Body().Map().PutStr("description", strings.Repeat("x", 2_000_000))
	b.incident("after")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	require.Equal(t, []string{"before", "after"}, uids(r.azure.accepted("Custom-DefenderIncident")))
	require.Equal(t, int64(1), r.count(t, "dead_letter_records", attribute.String("reason", "value_over_body_limit")))
	r.stop(t)
	_, lines := contents(t, dir)
	require.Equal(t, 1, len(lines)) //nolint:testifylint // require.Len would print 2 MB
	require.Contains(t, lines[0][:200], `"reason":"value_over_body_limit"`)
}

func TestFieldOfSeventyKilobytes(t *testing.T) {
	r := newRig(t, everyStream+unqueued, nil)
	b := newBatch()
	long := strings.Repeat("é", 35_000)
	b.incident("i").Body().Map().PutStr("description", long)
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	rows := r.azure.accepted("Custom-DefenderIncident")
	require.Equal(t, []string{"i"}, uids(rows))
	require.Equal(t, int64(1), r.count(t, "shortened_values"))
	require.Positive(t, r.count(t, "parts"))
	var text strings.Builder
	for _, part := range r.azure.accepted("Custom-DefenderOriginal") {
		text.WriteString(part["Text"].(string))
	}
	require.Contains(t, text.String(), long, "the parts hold it whole")
	r.stop(t)
}

// TestSmallerLimit plays an Azure whose limit is under the configured one.
func TestSmallerLimit(t *testing.T) {
	const limit = 100_000
	var over int
	r := newRig(t, everyStream+unqueued, func(q request) answer {
		if q.bytes > limit {
			over++
			return answer{status: http.StatusRequestEntityTooLarge, code: "ContentLengthLimitExceeded"}
		}
		return answer{}
	})
	send := func() {
		b := newBatch()
		for range 40 {
			b.incident("i").Body().Map().PutStr("description", strings.Repeat("x", 30_000))
		}
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	}
	send()
	require.Len(t, r.azure.accepted("Custom-DefenderIncident"), 40, "every row is accepted, each once")
	require.Positive(t, over)
	require.LessOrEqual(t, over, 5, "one refusal for each halving from 1,000,000 bytes down")
	require.Equal(t, int64(over), r.count(t, "splits", attribute.String("reason", "refused")))
	require.Zero(t, r.count(t, "lost_records"))
	learned := over
	send()
	require.Equal(t, learned, over, "the smaller limit is remembered")
	require.Len(t, r.azure.accepted("Custom-DefenderIncident"), 80)
	r.stop(t)
}

func TestRowThatIsTooLargeHoweverSmall(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, everyStream+unqueued+`dead_letter: {directory: "`+dir+`"}`, func(q request) answer {
		if q.stream == "Custom-Audit" {
			return answer{status: http.StatusRequestEntityTooLarge, code: "ContentLengthLimitExceeded"}
		}
		return answer{}
	})
	b := newBatch()
	b.audit("small")
	b.audit("large").Body().Map().PutStr("text", strings.Repeat("x", 50_000))
	b.other("o")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	require.Equal(t, int64(2), r.count(t, "dead_letter_records", attribute.String("reason", "too_large")))
	require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 1)
	b = newBatch()
	b.other("next")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 2)
	r.stop(t)
}

func TestReplaySendsWhatTheDeadLetterHolds(t *testing.T) {
	dir := t.TempDir()
	declared := false
	decide := func(q request) answer {
		if q.stream == "Custom-DefenderEntity" && !declared {
			return answer{status: http.StatusBadRequest, code: "InvalidPayload"}
		}
		return answer{}
	}
	r := newRig(t, everyStream+unqueued+`dead_letter: {directory: "`+dir+`"}`, decide)
	b := newBatch()
	b.alert("a")
	require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
	require.Equal(t, int64(1), r.count(t, "dead_letter_records", attribute.String("reason", "refused")))
	r.stop(t)
	_, lines := contents(t, dir)
	require.Len(t, lines, 1)

	replay := newRig(t, everyStream+unqueued+`dead_letter: {directory: "`+dir+`", replay: true}`, decide)
	require.NoError(t, replay.ConsumeLogs(t.Context(), marked([]byte(lines[0]))))
	files, err := filepath.Glob(filepath.Join(dir, "again-*"))
	require.NoError(t, err)
	require.Len(t, files, 1, "what fails again is kept under another name")

	declared = true
	before := len(replay.azure.all())
	require.NoError(t, replay.ConsumeLogs(t.Context(), marked([]byte(lines[0]))))
	sent := replay.azure.all()[before:]
	require.Len(t, sent, 1, "the alert's own row was accepted long ago")
	require.Equal(t, "Custom-DefenderEntity", sent[0].stream)
	require.Equal(t, []string{"a", "a"}, uids(sent[0].rows))
	require.Equal(t, tenantA, sent[0].rows[0]["SourceTenantId"])

	require.NoError(t, replay.ConsumeLogs(t.Context(), marked([]byte(`{"torn`))))
	require.Equal(t, int64(1), replay.count(t, "dead_letter_records", attribute.String("reason", "unreadable_line")))
	replay.stop(t)
}

func TestLinesAreOrdinaryTextUnlessReplayIsOn(t *testing.T) {
	line, err := letterLine(logsOf(tenantB), reasonRefused, noon)
	require.NoError(t, err)
	r := newRig(t, everyStream+unqueued, nil)
	require.NoError(t, r.ConsumeLogs(t.Context(), marked(line)))
	rows := r.azure.accepted("Microsoft-OTelLogs")
	require.Len(t, rows, 1)
	require.Equal(t, strings.TrimSpace(string(line)), rows[0]["Body"])
	r.stop(t)
}

func TestCancelledPushKeepsWhatItDidNotSend(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := newRig(t, everyStream+unqueued, func(request) answer { cancel(); return answer{} })
	b := newBatch()
	b.incident("i")
	b.alert("a")
	err := r.ConsumeLogs(ctx, b.ld)
	require.ErrorIs(t, err, context.Canceled)
	var partial consumererror.Logs
	require.ErrorAs(t, err, &partial)
	require.Equal(t, 2, partial.Data().LogRecordCount())
	require.Empty(t, r.azure.all())
	require.Equal(t, int64(1), r.count(t, "requests"), "the other streams were not tried")
	require.Empty(t, r.host.told(), "a push that was called off says nothing about Azure")
	r.stop(t)
}

func TestOutcomeKeepsAFewErrors(t *testing.T) {
	o := newOutcome()
	for range 10 {
		o.again(errors.New("one of many"), 0)
	}
	require.NoError(t, o.err(), "without a record there is nothing to send again")
	o.resend(logsOf(tenantA))
	require.ErrorContains(t, o.err(), "and 6 more requests")
	require.Equal(t, errorsKept, strings.Count(o.err().Error(), "one of many"))
}

func TestPendingStreamsIsTheEncodersKey(t *testing.T) {
	require.Equal(t, "microsoft.sentinel.pending_streams", ingest.PendingStreams, "dead letters on disk carry it")
}
