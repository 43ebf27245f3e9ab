package defenderreceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

const (
	// batchBytes, of JSON, and batchRecords bound what is handed on at once,
	// and with it what every queue behind holds in one piece: a page of 130 MB
	// took 300 MB of memory in pieces of 1 MiB and takes 125 in these.
	batchBytes   = 256 << 10
	batchRecords = 500
	// dataFormat names the wire format in the collector's own metrics.
	dataFormat = "graph"
)

// sink gathers a tenant's records into batches and hands them on. A revision
// counts as seen once the batch that holds it was taken.
type sink struct {
	next      consumer.Logs
	obs       *receiverhelper.ObsReport
	telemetry tenantTelemetry
	origin    record.Origin
	log       *zap.Logger

	// asked is when the request was begun whose answer is being read.
	asked time.Time

	logs    plog.Logs
	records plog.LogRecordSlice
	bytes   int
	pending map[window.Digest]pending
	kinds   map[string]int
}

// pending is a revision in a batch not yet taken.
type pending struct {
	seen    *window.Seen
	updated time.Time
}

// begin makes the sink ready for its first record.
func (s sink) begin() *sink {
	s.reset()
	return &s
}

// known reports whether a revision was handed on or waits in the batch.
func (s *sink) known(seen *window.Seen, key window.Digest) bool {
	_, waits := s.pending[key]
	return waits || seen.Has(key)
}

// add builds an object's record at the end of the batch. bytes is about the
// length of its text.
func (s *sink) add(o *graph.Object, bytes int) plog.LogRecord {
	s.count(o.Kind.Event(), bytes)
	return o.AppendTo(s.records, s.origin, s.asked)
}

// adopt moves a record into the batch that was built elsewhere.
func (s *sink) adopt(r plog.LogRecord, bytes int) {
	s.count(r.EventName(), bytes)
	r.MoveTo(s.records.AppendEmpty())
}

func (s *sink) count(kind string, bytes int) {
	s.kinds[kind]++
	s.bytes += bytes
}

// mark lets a revision count as seen once the batch is taken.
func (s *sink) mark(seen *window.Seen, key window.Digest, updated time.Time) {
	s.pending[key] = pending{seen, updated}
}

func (s *sink) full() bool {
	return s.bytes >= batchBytes || s.records.Len() >= batchRecords
}

// flush hands the batch on. On error, a *consumeError, the batch is forgotten
// and its revisions are still unseen. A permanent error drops the batch, as the
// collector's contract demands: no repetition would ever be taken, and all that
// comes after would wait for it.
func (s *sink) flush(ctx context.Context) error {
	n := s.records.Len()
	if n == 0 {
		s.commit()
		return nil
	}
	defer s.reset()
	opCtx := s.obs.StartLogsOp(ctx)
	err := s.next.ConsumeLogs(opCtx, s.logs)
	s.obs.EndLogsOp(opCtx, dataFormat, n, err)
	if consumererror.IsPermanent(err) {
		s.telemetry.rejected.Add(ctx, int64(n), s.telemetry.with())
		s.log.Error("the next component rejects records for good; they are dropped", zap.Int("records", n), zap.Error(err))
		s.commit()
		return nil
	}
	if err != nil {
		s.telemetry.refused.Add(ctx, int64(n), s.telemetry.with())
		return &consumeError{err}
	}
	for kind, n := range s.kinds {
		s.telemetry.emitted(ctx, kind, n)
	}
	s.commit()
	return nil
}

// commit remembers the batch's revisions as seen.
func (s *sink) commit() {
	for key, p := range s.pending {
		p.seen.Add(key, p.updated)
	}
	clear(s.pending)
}

// reset begins an empty batch and forgets the one there was.
func (s *sink) reset() {
	s.logs = plog.NewLogs()
	resource := s.logs.ResourceLogs().AppendEmpty()
	s.origin.Fill(resource.Resource())
	scope := resource.ScopeLogs().AppendEmpty()
	scope.Scope().SetName(scopeName)
	scope.Scope().SetVersion(version)
	s.records, s.bytes = scope.LogRecords(), 0
	s.pending, s.kinds = map[window.Digest]pending{}, map[string]int{}
}
