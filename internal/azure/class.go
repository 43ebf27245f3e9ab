package azure

import (
	"errors"
	"net/http"
	"time"
)

// Class is what a caller should do about an error. It is decided by status and
// code, never by text.
type Class uint8

// The classes. The zero value is retryable, so that an unknown error costs a
// repetition and never data.
const (
	// ClassRetryable heals by itself: network, 5xx, a token not to be had.
	ClassRetryable Class = iota
	// ClassThrottled is retryable, not before [RetryAfterOf] when that is set.
	ClassThrottled
	// ClassPermanent will never succeed as it is.
	ClassPermanent
	// ClassMisconfigured needs a change in Azure or in the configuration.
	// Azure may still be applying one, up to 30 minutes long.
	ClassMisconfigured
	// ClassSplit is a body too large: send it in halves.
	ClassSplit
	// ClassConflictETag is a stale etag: read again, then write.
	ClassConflictETag
)

// String is the class's word in metrics and logs.
func (c Class) String() string {
	switch c {
	case ClassRetryable:
		return "retryable"
	case ClassThrottled:
		return "throttled"
	case ClassPermanent:
		return "permanent"
	case ClassMisconfigured:
		return "misconfigured"
	case ClassSplit:
		return "split"
	case ClassConflictETag:
		return "conflict_etag"
	default:
		return "unknown"
	}
}

// ClassOf is the class of the first [Error] in err's chain; retryable for every
// other error, context.Canceled among them. Nil has no class: ask only about
// an error.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ClassRetryable
}

// RetryAfterOf is how long the service asked to wait, of any length; zero when
// it did not ask. It may be set beside any class.
func RetryAfterOf(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// classOfStatus is the rule that holds for every service. A client refines it
// by error code where its service's contract says more.
func classOfStatus(status int, retryAfter time.Duration) Class {
	switch status {
	case http.StatusTooManyRequests:
		return ClassThrottled
	case http.StatusServiceUnavailable:
		if retryAfter > 0 {
			return ClassThrottled
		}
		return ClassRetryable
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return ClassMisconfigured
	case http.StatusConflict, http.StatusPreconditionFailed:
		return ClassConflictETag
	case http.StatusRequestEntityTooLarge:
		return ClassSplit
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return ClassRetryable
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return ClassPermanent
	}
	switch {
	case status >= 500:
		return ClassRetryable
	case status >= 400:
		return ClassPermanent
	default:
		// A redirect, or a success where it makes no sense: a proxy or a
		// captive portal in between. Not the request's fault.
		return ClassMisconfigured
	}
}
