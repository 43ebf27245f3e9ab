package defenderreceiver

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// verdict is what an error of one request leads to.
type verdict int

const (
	// verdictGood: no error.
	verdictGood verdict = iota
	// verdictRefused: the service refuses what was asked for (400).
	verdictRefused
	// verdictGone: there is no such object (404).
	verdictGone
	// verdictHeavy: the service cannot give this page, or it cannot be read.
	verdictHeavy
	// verdictWait: later.
	verdictWait
	// verdictStop: not before somebody has done something.
	verdictStop
	// verdictUnconsumed: the next component refused the records.
	verdictUnconsumed
	// verdictEnd: the receiver is being shut down.
	verdictEnd
)

// consumeError is the next component's refusal.
type consumeError struct{ err error }

func (e *consumeError) Error() string { return "hand on records: " + e.err.Error() }
func (e *consumeError) Unwrap() error { return e.err }

// judge is the verdict on an error.
func judge(ctx context.Context, err error) verdict {
	var refusal *consumeError
	var problem record.Problem
	var never *unavailable
	switch {
	case err == nil:
		return verdictGood
	case ctx.Err() != nil:
		return verdictEnd
	case errors.As(err, &refusal):
		return verdictUnconsumed
	case errors.As(err, &never):
		return verdictHeavy
	case isGraphError(err) && errors.As(err, &problem):
		return verdictHeavy // whole, but not to be read: asking again will not help
	}
	return judgeAnswer(err)
}

func isGraphError(err error) bool {
	var e *graph.Error
	return errors.As(err, &e)
}

func judgeAnswer(err error) verdict {
	status := 0
	if e := (*azure.Error)(nil); errors.As(err, &e) {
		status = e.Status
	}
	switch status {
	case http.StatusBadRequest:
		return verdictRefused
	case http.StatusNotFound:
		return verdictGone
	case http.StatusInternalServerError, http.StatusGatewayTimeout:
		return verdictHeavy
	}
	switch azure.ClassOf(err) {
	case azure.ClassRetryable, azure.ClassThrottled:
		return verdictWait
	case azure.ClassSplit:
		return verdictHeavy
	case azure.ClassPermanent, azure.ClassMisconfigured, azure.ClassConflictETag:
		return verdictStop
	}
	return verdictWait
}

// waitFor is how long to wait after an error: as long as the service said,
// else by back-off.
func (p *pace) waitFor(err error, failures int) time.Duration {
	if asked := azure.RetryAfterOf(err); asked > 0 {
		return asked
	}
	return p.backoff(failures)
}
