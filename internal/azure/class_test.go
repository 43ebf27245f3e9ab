package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryStatusHasItsClass(t *testing.T) {
	want := map[int]Class{
		302: ClassMisconfigured, 304: ClassMisconfigured, 307: ClassMisconfigured,
		400: ClassPermanent, 401: ClassMisconfigured, 403: ClassMisconfigured, 404: ClassPermanent,
		405: ClassPermanent, 407: ClassMisconfigured, 408: ClassRetryable, 409: ClassConflictETag,
		410: ClassPermanent, 411: ClassPermanent, 412: ClassConflictETag, 413: ClassSplit,
		415: ClassPermanent, 422: ClassPermanent, 425: ClassRetryable, 429: ClassThrottled,
		500: ClassRetryable, 501: ClassPermanent, 502: ClassRetryable, 503: ClassRetryable,
		504: ClassRetryable, 505: ClassPermanent, 507: ClassRetryable, 529: ClassRetryable,
	}
	for status, class := range want {
		require.Equal(t, class, classOfStatus(status, 0), "%d %s", status, http.StatusText(status))
	}
	require.Equal(t, ClassThrottled, classOfStatus(503, time.Second), "a 503 that says when is a throttle")
	require.Equal(t, ClassThrottled, classOfStatus(429, time.Second))
	for status := 300; status < 600; status++ {
		require.NotEqual(t, "unknown", classOfStatus(status, 0).String())
	}
}

func TestClassOfFindsTheErrorInTheChain(t *testing.T) {
	throttled := &Error{Operation: "list incidents", Class: ClassThrottled, RetryAfter: time.Minute}
	wrapped := fmt.Errorf("poll contoso: %w", throttled)
	require.Equal(t, ClassThrottled, ClassOf(wrapped))
	require.Equal(t, time.Minute, RetryAfterOf(wrapped))
	for _, err := range []error{errors.New("x"), context.Canceled, context.DeadlineExceeded} {
		require.Equal(t, ClassRetryable, ClassOf(err), "unknown never costs data")
		require.Zero(t, RetryAfterOf(err))
	}
}

func TestEveryClassHasItsWord(t *testing.T) {
	for class, word := range map[Class]string{
		ClassRetryable: "retryable", ClassThrottled: "throttled", ClassPermanent: "permanent",
		ClassMisconfigured: "misconfigured", ClassSplit: "split", ClassConflictETag: "conflict_etag", 99: "unknown",
	} {
		require.Equal(t, word, class.String())
	}
}

func TestErrorsReadAsOperationAndCause(t *testing.T) {
	for _, tt := range []struct {
		err  Error
		want string
	}{
		{
			Error{Operation: "list incidents", Status: 429, Code: "TooManyRequests", RetryAfter: 30 * time.Second, RequestID: "3f2c"},
			"list incidents: 429 TooManyRequests, retry in 30s, request 3f2c",
		},
		{Error{Operation: "list incidents", Status: 400}, "list incidents: 400 Bad Request"},
		{Error{Operation: "list incidents", Status: 599}, "list incidents: 599"},
		{Error{Operation: "upload rows", Cause: errors.New("dial tcp: refused")}, "upload rows: dial tcp: refused"},
		{Error{Operation: "upload rows", Code: "Odd"}, "upload rows: Odd"},
		{Error{Operation: "upload rows", Class: ClassSplit}, "upload rows: split"},
	} {
		require.EqualError(t, &tt.err, tt.want)
	}
}
