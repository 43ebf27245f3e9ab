package sentinelexporter

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func newAttempt(t *testing.T, limit int) *attempt {
	t.Helper()
	counters, err := newTelemetry(componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	return &attempt{
		destination: &destination{telemetry: counters}, limit: limit,
		out: newOutcome(), given: map[reason]*ingest.Owed{},
	}
}

func TestHalvingAlwaysEnds(t *testing.T) {
	tooLarge := &azure.Error{Status: http.StatusRequestEntityTooLarge, Class: azure.ClassSplit}
	for _, c := range []struct {
		name          string
		limit, size   int
		want, givenUp int
	}{
		{"from the usual limit", 0, 900_000, 450_000, 0},
		{"from a smaller one", 450_000, 300_000, 150_000, 0},
		{"from a body over the limit it was made with", 10_000, 50_000, 5_000, 0},
		{"down to the floor", 0, 2 * bodyBytesFloor, bodyBytesFloor, 0},
		{"and no further", 0, 2*bodyBytesFloor - 1, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAttempt(t, c.limit)
			a.split(t.Context(), &ingest.Body{Stream: "S", RawBytes: c.size, Records: []int{0}}, tooLarge)
			require.Equal(t, c.want, a.smaller)
			require.Equal(t, c.want > 0, a.teaches)
			require.Equal(t, 1-c.givenUp, a.refused.Len())
			require.Len(t, a.given, c.givenUp)
		})
	}
}

func TestOnlyAzuresWordAboutSizeIsRemembered(t *testing.T) {
	for _, err := range []error{
		&azure.Error{Status: http.StatusBadRequest, Class: azure.ClassSplit, Reason: azure.ReasonTimeRange},
		&azure.Error{Class: azure.ClassSplit, Cause: errors.New("connection reset")},
	} {
		a := newAttempt(t, 0)
		a.split(t.Context(), &ingest.Body{RawBytes: 900_000, Records: []int{0}}, err)
		require.Equal(t, 450_000, a.smaller)
		require.False(t, a.teaches)
	}
}

func TestSizeIsCountedAsTheLimitIs(t *testing.T) {
	b := &ingest.Body{RawBytes: 1000, Gzip: make([]byte, 100)}
	require.Equal(t, 1000, (&attempt{destination: &destination{}}).size(b))
	require.Equal(t, 100, (&attempt{destination: &destination{compressed: true}}).size(b))
}

func TestOnlyStreamsLeftOutOnPurposeAreNotRouted(t *testing.T) {
	a := newAttempt(t, 0)
	a.unsendable(t.Context(), []ingest.Unsendable{
		{Record: 0, Stream: schema.StreamEntity, Reason: ingest.ReasonStreamNotListed},
		{Record: 1, Stream: schema.StreamEntity, Reason: ingest.ReasonTooLarge},
		{Record: 2, Stream: schema.StreamOriginal, Reason: ingest.ReasonStreamNotListed},
		{Record: 3, Reason: ingest.ReasonNoStream},
	})
	require.Len(t, a.given, 3)
	for _, owed := range a.given {
		require.Equal(t, 1, owed.Len())
	}
}

func TestAzureSaidSo(t *testing.T) {
	require.True(t, azureSaidSo(&azure.Error{Status: 403, Code: "OperationFailed"}))
	require.False(t, azureSaidSo(&azure.Error{Status: 403}), "a proxy's page has no error code")
	require.False(t, azureSaidSo(&azure.Error{Status: 302, Code: "x"}))
	require.False(t, azureSaidSo(errors.New("no answer")))
}
