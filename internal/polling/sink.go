package polling

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

const (
	// batchBytes, of JSON, and batchRecords bound what is handed on at once,
	// and with it what every queue behind holds in one piece: a page of 130 MB
	// took 300 MB of memory in pieces of 1 MiB and takes 125 in these.
	batchBytes   = 256 << 10
	batchRecords = 500
)

// Tally counts what becomes of records.
type Tally interface {
	// Emitted counts records of an event that the next component took.
	Emitted(ctx context.Context, event string, n int)
	// Refused counts records that it refused; they are read again.
	Refused(ctx context.Context, n int)
	// Rejected counts records that it rejected for good; they are dropped.
	Rejected(ctx context.Context, n int)
}

// SinkSettings is what a Sink is made of.
type SinkSettings struct {
	Next consumer.Logs
	Obs  *receiverhelper.ObsReport
	// Format names the wire format in the collector's own metrics.
	Format string
	Tally  Tally
	Log    *zap.Logger
	// Prepare fills the resource and scope of a new batch.
	Prepare func(resource plog.ResourceLogs, scope plog.ScopeLogs)
}

// Sink gathers records into batches and hands them on. A revision counts as seen
// once the batch that holds it was taken. It is not safe for concurrent use.
type Sink struct {
	set     SinkSettings
	logs    plog.Logs
	records plog.LogRecordSlice
	bytes   int
	pending map[window.Digest]pending
	events  map[string]int
	then    []func()
}

// pending is a revision in a batch not yet taken.
type pending struct {
	seen    *window.Seen
	updated time.Time
}

// NewSink holds an empty batch.
func NewSink(set SinkSettings) *Sink {
	s := &Sink{set: set}
	s.reset()
	return s
}

// Records is the batch, to append one record to before a call of Count.
func (s *Sink) Records() plog.LogRecordSlice { return s.records }

// Count notes a record appended; bytes is about the length of its text.
func (s *Sink) Count(event string, bytes int) {
	s.events[event]++
	s.bytes += bytes
}

// Adopt moves a record into the batch that was built elsewhere.
func (s *Sink) Adopt(r plog.LogRecord, bytes int) {
	s.Count(r.EventName(), bytes)
	r.MoveTo(s.records.AppendEmpty())
}

// Known reports whether a revision was handed on or waits in the batch.
func (s *Sink) Known(seen *window.Seen, key window.Digest) bool {
	_, waits := s.pending[key]
	return waits || seen.Has(key)
}

// Mark lets a revision count as seen once the batch is taken.
func (s *Sink) Mark(seen *window.Seen, key window.Digest, updated time.Time) {
	s.pending[key] = pending{seen, updated}
}

// Then calls f once the batch is taken.
func (s *Sink) Then(f func()) { s.then = append(s.then, f) }

// Full reports whether the batch should be handed on.
func (s *Sink) Full() bool {
	return s.bytes >= batchBytes || s.records.Len() >= batchRecords
}

// Flush hands the batch on. On error, a *ConsumeError, the batch is forgotten
// and its revisions are still unseen. A permanent error drops the batch, as the
// collector's contract demands: no repetition would ever be taken, and all that
// comes after would wait for it.
func (s *Sink) Flush(ctx context.Context) error {
	n := s.records.Len()
	if n == 0 {
		s.commit()
		return nil
	}
	defer s.reset()
	opCtx := s.set.Obs.StartLogsOp(ctx)
	err := s.set.Next.ConsumeLogs(opCtx, s.logs)
	s.set.Obs.EndLogsOp(opCtx, s.set.Format, n, err)
	if consumererror.IsPermanent(err) {
		s.set.Tally.Rejected(ctx, n)
		s.set.Log.Error("the next component rejects records for good; they are dropped", zap.Int("records", n), zap.Error(err))
		s.commit()
		return nil
	}
	if err != nil {
		s.set.Tally.Refused(ctx, n)
		return &ConsumeError{err}
	}
	for event, n := range s.events {
		s.set.Tally.Emitted(ctx, event, n)
	}
	s.commit()
	return nil
}

// commit remembers the batch's revisions as seen.
func (s *Sink) commit() {
	for key, p := range s.pending {
		p.seen.Add(key, p.updated)
	}
	for _, f := range s.then {
		f()
	}
	clear(s.pending)
	s.then = nil
}

// reset begins an empty batch and forgets the one there was.
func (s *Sink) reset() {
	s.logs = plog.NewLogs()
	resource := s.logs.ResourceLogs().AppendEmpty()
	scope := resource.ScopeLogs().AppendEmpty()
	s.set.Prepare(resource, scope)
	s.records, s.bytes = scope.LogRecords(), 0
	s.pending, s.events, s.then = map[window.Digest]pending{}, map[string]int{}, nil
}
