package writer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

func TestWhatAnErrorSaysOfAWrite(t *testing.T) {
	noToken := &azure.Error{Operation: "get token", Status: 401, Reason: azure.ReasonSecretExpired}
	for name, c := range map[string]struct {
		err  error
		want writer.Fate
	}{
		"none":                       {nil, writer.FateDone},
		"something else":             {errors.New("?"), writer.FateUnknown},
		"a context's end":            {fmt.Errorf("update incident: %w", context.Canceled), writer.FateUnknown},
		"silence":                    {&azure.Error{Reason: azure.ReasonTimeout, Cause: errors.New("?")}, writer.FateUnknown},
		"a connection that broke":    {&azure.Error{Cause: errors.New("reset")}, writer.FateUnknown},
		"no connection":              {&azure.Error{Reason: azure.ReasonConnect, Cause: errors.New("?")}, writer.FateUnsent},
		"no such host":               {&azure.Error{Reason: azure.ReasonDNS, Cause: errors.New("?")}, writer.FateUnsent},
		"another's certificate":      {&azure.Error{Reason: azure.ReasonBadCertificate, Cause: errors.New("?")}, writer.FateUnsent},
		"no token":                   {&azure.Error{Operation: "update incident", Reason: noToken.Reason, Cause: noToken}, writer.FateUnsent},
		"no token for now":           {&azure.Error{Operation: "update incident", Class: azure.ClassThrottled, Cause: noToken}, writer.FateUnsent},
		"a refused request":          {&azure.Error{Status: 400, Class: azure.ClassPermanent}, writer.FateRefused},
		"too large a request":        {&azure.Error{Status: 413, Class: azure.ClassSplit}, writer.FateRefused},
		"a stale etag":               {&azure.Error{Status: 409, Class: azure.ClassConflictETag}, writer.FateUnsent},
		"an incident that is gone":   {&azure.Error{Status: 404, Class: azure.ClassPermanent}, writer.FateUnsent},
		"a forbidden request":        {&azure.Error{Status: 403, Class: azure.ClassMisconfigured}, writer.FateUnsent},
		"a throttled request":        {&azure.Error{Status: 429, Class: azure.ClassThrottled}, writer.FateUnsent},
		"a service that is down":     {&azure.Error{Status: 503}, writer.FateUnknown},
		"a gateway's patience":       {&azure.Error{Status: 504}, writer.FateUnknown},
		"a page of somebody between": {&azure.Error{Status: 200, Reason: azure.ReasonNotMicrosoft}, writer.FateUnknown},
	} {
		require.Equal(t, c.want, writer.FateOf(c.err), name)
		if c.err != nil {
			require.Equal(t, c.want, writer.FateOf(fmt.Errorf("wrapped: %w", c.err)), name)
		}
	}
	require.Equal(t, []string{"unknown", "written", "unsent", "refused"},
		[]string{writer.FateUnknown.String(), writer.FateDone.String(), writer.FateUnsent.String(), writer.FateRefused.String()})
}

func TestAReasonIsTheSameWhenTheSameHappensAgain(t *testing.T) {
	first := &azure.Error{Operation: "update incident", Status: 429, Code: "TooManyRequests", RequestID: "a", RetryAfter: 1}
	second := &azure.Error{Operation: "update incident", Status: 429, Code: "TooManyRequests", RequestID: "b", RetryAfter: 2}
	require.Equal(t, "update incident: 429 TooManyRequests", writer.Reason(first))
	require.Equal(t, writer.Reason(first), writer.Reason(second))
	require.Equal(t, "plain", writer.Reason(errors.New("plain")))
}
