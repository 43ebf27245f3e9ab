package azure

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func urlError(err error) error {
	return &url.Error{Op: "Get", URL: "https://graph.test/?$skiptoken=geheim", Err: err}
}

func TestNetworkErrorsAreRetryableAndSayWhy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		reason Reason
		text   string
	}{
		{"unknown authority", urlError(x509.UnknownAuthorityError{}), ReasonUnknownAuthority, "x509: certificate signed by unknown authority"},
		{"another host's certificate", urlError(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "graph.test"}), ReasonBadCertificate, "x509: "},
		{"an expired certificate", urlError(x509.CertificateInvalidError{Reason: x509.Expired}), ReasonBadCertificate, "x509: "},
		{"no such host", urlError(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "graph.test"}}), ReasonDNS, "no such host"},
		{"refused", urlError(&net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), ReasonConnect, "connection refused"},
		{"a proxy that refuses", urlError(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: syscall.ECONNREFUSED}), ReasonConnect, "proxyconnect"},
		{"timeout", urlError(os.ErrDeadlineExceeded), ReasonTimeout, "i/o timeout"},
		{"cut", urlError(io.ErrUnexpectedEOF), "", "unexpected EOF"},
		{"bytes of a strange answer stay out", urlError(fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q", "geheim")), "", "malformed answer"},
		{"one line, and short", errors.New("a\nb" + strings.Repeat("x", 1000)), "", "a bxxx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := NewNetworkError(t.Context(), "list incidents", tt.err)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, ClassRetryable, ClassOf(err))
			require.Equal(t, tt.reason, e.Reason)
			require.ErrorIs(t, err, tt.err)
			require.ErrorContains(t, err, "list incidents: ")
			require.ErrorContains(t, err, tt.text)
			require.NotContains(t, err.Error(), "geheim")
			require.NotContains(t, err.Error(), "\n")
			require.LessOrEqual(t, len(err.Error()), causeCharsMax+len("list incidents: "))
		})
	}
}

func TestACancelledContextPassesThrough(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := NewNetworkError(ctx, "list incidents", urlError(context.Canceled))
	require.EqualError(t, err, "list incidents: context canceled")
	require.ErrorIs(t, err, context.Canceled)
	var e *Error
	require.NotErrorAs(t, err, &e)
}

func TestAnErrorFromBelowKeepsItsClass(t *testing.T) {
	below := &Error{
		Operation: operationToken, Status: 429, Class: ClassThrottled, RetryAfter: time.Minute, RequestID: "r",
		Reason: ReasonNoConsent,
	}
	err := NewNetworkError(t.Context(), "list incidents", below)
	require.EqualError(t, err, "list incidents: get token: 429 Too Many Requests, retry in 1m0s, request r")
	require.Equal(t, ClassThrottled, ClassOf(err))
	require.Equal(t, time.Minute, RetryAfterOf(err))
	require.Equal(t, Remedy(below), Remedy(err))
	require.ErrorIs(t, err, below)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Zero(t, e.Status, "a login's 404 must not pass for the object's")
	require.Equal(t, "list incidents", e.Operation)

	bare := NewNetworkError(t.Context(), "list incidents", &Error{Operation: operationToken, Status: 407})
	require.Contains(t, Remedy(bare), "`http::proxy_url`", "the remedy of a status is found below")
}
