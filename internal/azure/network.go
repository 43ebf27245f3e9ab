package azure

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// causeCharsMax bounds the text of a network error.
const causeCharsMax = 256

// NewNetworkError is what became of a request, or of reading its answer, when
// the connection or the context ended it. A context error passes through,
// wrapped; all else is an [*Error] of this operation. One from below, like a
// refused token, hands on class, reason and wait, but not its status: that is
// the login's, and a 404 of the login says nothing about the object asked for.
func NewNetworkError(ctx context.Context, operation string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", operation, ctx.Err())
	}
	var below *Error
	if errors.As(err, &below) {
		return &Error{
			Operation: operation, Class: below.Class, Reason: below.Reason,
			RetryAfter: below.RetryAfter, Cause: err,
		}
	}
	return networkError(operation, err)
}

func networkError(operation string, err error) *Error {
	return &Error{Operation: operation, Reason: reasonOfNetwork(err), Cause: networkCause{err}}
}

// networkCause prints a network error without the request's URL, whose query is
// long, and without bytes of a malformed answer.
type networkCause struct{ err error }

// Error is at most 256 characters on one line.
func (c networkCause) Error() string {
	inner := c.err
	var u *url.Error
	if errors.As(inner, &u) {
		inner = u.Err
	}
	text := inner.Error()
	if i := strings.Index(text, "malformed"); i >= 0 {
		text = text[:i] + "malformed answer"
	}
	return CleanText(text, causeCharsMax)
}

// Unwrap is the error itself.
func (c networkCause) Unwrap() error { return c.err }

// CleanText keeps text on one line of printable characters, cut at limit bytes;
// for the few words of a service that are worth showing.
func CleanText(text string, limit int) string {
	var b strings.Builder
	for _, r := range text {
		if r < ' ' || r == 0x7f || r > 0xffff {
			r = ' '
		}
		if b.Len()+len(string(r)) > limit {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

func reasonOfNetwork(err error) Reason {
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var dns *net.DNSError
	var timeout net.Error
	var op *net.OpError
	switch {
	case errors.As(err, &unknown):
		return ReasonUnknownAuthority
	case errors.As(err, &hostname), errors.As(err, &invalid):
		return ReasonBadCertificate
	case errors.As(err, &dns):
		return ReasonDNS
	case errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTimeout
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return ReasonConnect
	default:
		return ""
	}
}
