package sentinelexporter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"an outage heals by itself", &azure.Error{Status: 503}, ""},
		{"an expired secret does not", &azure.Error{Reason: azure.ReasonSecretExpired}, "rows of S do not reach dcr-1 and wait in the queue. Make a new client secret"},
		{"throttling heals by itself", &azure.Error{Status: 429, Class: azure.ClassThrottled}, ""},
		{"a body too large is cut", &azure.Error{Status: 413, Class: azure.ClassSplit}, ""},
		{"a role is missing", &azure.Error{Status: 403, Class: azure.ClassMisconfigured, Reason: azure.ReasonNoDCRAccess}, "rows of S are not taken by dcr-1 and wait, since Azure may still be applying a change. Assign the role Monitoring Metrics Publisher"},
		{"a DCR is gone", &azure.Error{Status: 404, Class: azure.ClassPermanent, Reason: azure.ReasonNoDCR}, "rows of S are refused by dcr-1 for good. Check `immutable_id`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := sentenceFor("dcr-1", "S", c.err)
			if c.want == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, c.want)
		})
	}
}

func TestHealthBeforeStartOnlyLogs(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	h := newHealth(zap.New(core))
	trouble := &azure.Error{Status: 404, Class: azure.ClassPermanent}
	h.failed("d", "dcr-1", "S", trouble)
	h.failed("d", "dcr-1", "S", trouble)
	require.Equal(t, 1, logs.Len())
	h.accepted("d", "T") // was never ill
	require.Equal(t, 1, logs.Len())
	h.accepted("d", "S")
	h.accepted("d", "S")
	require.Equal(t, 2, logs.Len())
}
