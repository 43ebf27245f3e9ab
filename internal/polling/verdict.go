package polling

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Verdict is what an error of one request leads to.
type Verdict int

const (
	// VerdictGood: no error.
	VerdictGood Verdict = iota
	// VerdictRefused: the service refuses what was asked for (400).
	VerdictRefused
	// VerdictGone: there is no such object (404).
	VerdictGone
	// VerdictHeavy: the service cannot give this page, or it cannot be read.
	VerdictHeavy
	// VerdictWait: later.
	VerdictWait
	// VerdictStop: not before somebody has done something.
	VerdictStop
	// VerdictUnconsumed: the next component refused the records.
	VerdictUnconsumed
	// VerdictEnd: the receiver is being shut down.
	VerdictEnd
)

// ConsumeError is the next component's refusal.
type ConsumeError struct{ Err error }

func (e *ConsumeError) Error() string { return "hand on records: " + e.Err.Error() }

// Unwrap is the refusal.
func (e *ConsumeError) Unwrap() error { return e.Err }

// UnreadableError is an answer that came whole and cannot be read, or an object
// that does not come whole however often it is asked for.
type UnreadableError struct{ Err error }

func (e *UnreadableError) Error() string { return e.Err.Error() }

// Unwrap is why.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Judge is the verdict on an error of a request made under ctx.
func Judge(ctx context.Context, err error) Verdict {
	var refusal *ConsumeError
	var unreadable *UnreadableError
	switch {
	case err == nil:
		return VerdictGood
	case ctx.Err() != nil:
		return VerdictEnd
	case errors.As(err, &refusal):
		return VerdictUnconsumed
	case errors.As(err, &unreadable):
		return VerdictHeavy // asking for the same again will not help
	}
	return judgeAnswer(err)
}

func judgeAnswer(err error) Verdict {
	status := 0
	if e := (*azure.Error)(nil); errors.As(err, &e) {
		status = e.Status
	}
	switch status {
	case http.StatusBadRequest:
		return VerdictRefused
	case http.StatusNotFound:
		return VerdictGone
	case http.StatusInternalServerError, http.StatusGatewayTimeout:
		return VerdictHeavy
	}
	switch azure.ClassOf(err) {
	case azure.ClassRetryable, azure.ClassThrottled:
		return VerdictWait
	case azure.ClassSplit:
		return VerdictHeavy
	case azure.ClassPermanent, azure.ClassMisconfigured, azure.ClassConflictETag:
		return VerdictStop
	}
	return VerdictWait
}

// KindOf is what an error is about, without request ids and times: two errors of
// one kind are one trouble.
func KindOf(err error) string {
	if e := (*azure.Error)(nil); errors.As(err, &e) {
		return fmt.Sprint(e.Operation, e.Status, e.Reason, e.Class)
	}
	return "other"
}
