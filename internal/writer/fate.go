package writer

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Fate is what is known of a write.
type Fate uint8

// The fates. The zero value promises nothing.
const (
	// FateUnknown: it may have been carried out, or not.
	FateUnknown Fate = iota
	// FateDone: the service took it.
	FateDone
	// FateUnsent: it was not carried out, and may be tried again.
	FateUnsent
	// FateRefused: it was not carried out, and never will be as it is.
	FateRefused
)

// String is the fate's word in metrics.
func (f Fate) String() string {
	switch f {
	case FateDone:
		return "written"
	case FateUnsent:
		return "unsent"
	case FateRefused:
		return "refused"
	case FateUnknown:
	}
	return "unknown"
}

// FateOf is what an error says of the write that met it. An answer by status 5xx
// says nothing, unless it asks to come again later, and neither does silence;
// but a request without a token, or without a connection, was never sent.
func FateOf(err error) Fate {
	if err == nil {
		return FateDone
	}
	var e *azure.Error
	if !errors.As(err, &e) {
		return FateUnknown
	}
	switch e.Class {
	case azure.ClassThrottled, azure.ClassConflictETag, azure.ClassMisconfigured:
		return FateUnsent
	case azure.ClassPermanent, azure.ClassSplit:
		if e.Status == http.StatusNotFound {
			return FateUnsent // it is no more there, which a read will tell
		}
		return FateRefused
	case azure.ClassRetryable:
	}
	if neverSent(e) {
		return FateUnsent
	}
	return FateUnknown
}

// neverSent reports trouble that comes before a request leaves: there was no
// token, or no connection.
func neverSent(e *azure.Error) bool {
	if e.Status != 0 {
		return false
	}
	var below *azure.Error
	if errors.As(e.Cause, &below) && !errors.Is(e.Cause, context.Canceled) {
		return true // it stands for the token's own request
	}
	switch e.Reason {
	case azure.ReasonDNS, azure.ReasonConnect, azure.ReasonUnknownAuthority, azure.ReasonBadCertificate:
		return true
	default:
		return false
	}
}

// Reason is an error in few words for a decision: without request id and wait,
// so that the same again is the same.
func Reason(err error) string {
	var e *azure.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	plain := *e
	plain.RequestID, plain.RetryAfter = "", 0
	return plain.Error()
}
