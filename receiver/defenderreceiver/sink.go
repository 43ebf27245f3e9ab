package defenderreceiver

import (
	"errors"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// dataFormat names the wire format in the collector's own metrics.
const dataFormat = "graph"

// sink is a tenant's batches, and what goes into each record.
type sink struct {
	*polling.Sink
	origin record.Origin
	// asked is when the request was begun whose answer is being read.
	asked time.Time
}

// add builds an object's record at the end of the batch. bytes is about the
// length of its text.
func (s *sink) add(o *graph.Object, bytes int) plog.LogRecord {
	s.Count(o.Kind.Event(), bytes)
	return o.AppendTo(s.Records(), s.origin, s.asked)
}

// unreadable marks the error of an answer that came whole and cannot be read.
func unreadable(err error) error {
	var e *graph.Error
	var problem record.Problem
	if errors.As(err, &e) && errors.As(err, &problem) {
		return &polling.UnreadableError{Err: err}
	}
	return err
}
