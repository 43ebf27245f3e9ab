package writer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func TestASingleIncidentsTroubleIsNotTheLanes(t *testing.T) {
	s := writer.NewStanding("contoso")
	for range 10 {
		require.Zero(t, s.Failed(&azure.Error{Status: 400, Class: azure.ClassPermanent}, start))
	}
	require.False(t, s.Until().After(start))
	require.False(t, s.Failing())
}

func TestALaneWaitsFromTheThirdFailureOnAndLongerEachTime(t *testing.T) {
	s := writer.NewStanding("contoso")
	require.Equal(t, 1, s.Failed(&azure.Error{Status: 500}, start))
	require.Equal(t, 2, s.Failed(&azure.Error{Status: 500}, start))
	require.False(t, s.Until().After(start), "two may be unlucky")
	require.True(t, s.Failing())
	longest := time.Duration(0)
	for n := 3; n < 30; n++ {
		require.Equal(t, n, s.Failed(&azure.Error{Status: 500}, start))
		longest = s.Until().Sub(start)
		require.Positive(t, longest)
		require.LessOrEqual(t, longest, 5*time.Minute)
	}
	require.GreaterOrEqual(t, longest, 150*time.Second)
	s.Succeeded()
	require.False(t, s.Failing())
	require.True(t, s.Until().IsZero())
}

func TestALaneWaitsAtOnceForWhatIsNoIncidentsFault(t *testing.T) {
	for _, class := range []azure.Class{azure.ClassThrottled, azure.ClassMisconfigured} {
		s := writer.NewStanding("contoso")
		s.Failed(&azure.Error{Status: 403, Class: class}, start)
		require.True(t, s.Until().After(start), class)
	}
}

func TestAServicesOwnWaitIsObeyedAtAnyLength(t *testing.T) {
	for _, class := range []azure.Class{azure.ClassThrottled, azure.ClassRetryable, azure.ClassMisconfigured} {
		s := writer.NewStanding("contoso")
		s.Failed(&azure.Error{Class: class, RetryAfter: 30 * time.Hour}, start)
		require.Equal(t, start.Add(30*time.Hour), s.Until())
		s.Failed(&azure.Error{Class: class}, start)
		require.Equal(t, start.Add(30*time.Hour), s.Until(), "a shorter wait does not end a longer one")
	}
}

func TestALedgerThatCannotSaveStopsTheLane(t *testing.T) {
	s := writer.NewStanding("contoso")
	s.Broken(start)
	require.True(t, s.Until().After(start))
}

func TestWaitsAreJitteredTheSameInEveryRun(t *testing.T) {
	a, again, b := writer.NewStanding("a"), writer.NewStanding("a"), writer.NewStanding("b")
	differs := false
	for n := 1; n < 12; n++ {
		wait := a.Backoff(n)
		require.Equal(t, wait, again.Backoff(n))
		require.GreaterOrEqual(t, wait, min(5*time.Minute, time.Second<<(n-1))/2)
		require.LessOrEqual(t, wait, min(5*time.Minute, time.Second<<(n-1)))
		differs = differs || wait != b.Backoff(n)
	}
	require.True(t, differs)
}
