package azure

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is what went wrong with one request. Its text never holds a body, a
// token or personal data. Values are immutable once returned.
type Error struct {
	// Operation is what was tried, like `list incidents`.
	Operation string
	// Status is the HTTP status of the service asked, 0 when it gave no answer:
	// the network, or no token to ask with.
	Status int
	// Code is the service's own error code, cleaned and at most 64 characters;
	// empty when it gave none.
	Code string
	// RequestID names the request in Microsoft's logs; empty without an answer.
	RequestID string
	// RetryAfter is how long the service asked to wait, 0 when it did not.
	RetryAfter time.Duration
	// Class says what to do.
	Class Class
	// Reason says why, where that could be told; see [Remedy].
	Reason Reason
	// Roles are the application roles that a 403 said are accepted, at most 8.
	Roles []string
	// Cause is the error below when no answer came: network, TLS, credential.
	Cause error
}

// Error is `operation: cause`, as in
// `list incidents: 429 TooManyRequests, retry in 30s, request 3f2c…`.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	b.WriteString(": ")
	b.WriteString(e.cause())
	if e.RetryAfter > 0 && e.Status != 0 { // Else the cause has said so.
		fmt.Fprintf(&b, ", retry in %s", e.RetryAfter)
	}
	if e.RequestID != "" {
		b.WriteString(", request " + e.RequestID)
	}
	return b.String()
}

func (e *Error) cause() string {
	switch {
	case e.Status != 0 && e.Code != "":
		return fmt.Sprintf("%d %s", e.Status, e.Code)
	case e.Status != 0:
		return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	case e.Cause != nil:
		return e.Cause.Error()
	case e.Code != "":
		return e.Code
	default:
		return e.Class.String()
	}
}

// Unwrap is the cause, or nil.
func (e *Error) Unwrap() error { return e.Cause }
