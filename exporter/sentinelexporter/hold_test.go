package sentinelexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(after time.Duration) time.Time { return noon.Add(after) }

func TestThrottledRuleIsLeftAloneAsLongAsItAsked(t *testing.T) {
	h := newHolds()
	require.Zero(t, h.wait("dcr-1", "S", noon))
	h.throttled("dcr-1", 3*time.Hour, noon)
	h.throttled("dcr-1", time.Second, noon) // a shorter one does not shorten it
	require.Equal(t, 3*time.Hour, h.wait("dcr-1", "S", noon))
	require.Equal(t, time.Hour, h.wait("dcr-1", "other stream of the rule", at(2*time.Hour)))
	require.Zero(t, h.wait("dcr-2", "S", noon), "another rule is not held")
	require.Zero(t, h.wait("dcr-1", "S", at(3*time.Hour)))
}

func TestMisconfiguredStreamIsTriedForThirtyMinutes(t *testing.T) {
	h := newHolds()
	for minute := range 30 {
		require.True(t, h.misconfigured("S", at(time.Duration(minute)*time.Minute)), "minute %d", minute)
	}
	require.False(t, h.misconfigured("S", at(30*time.Minute)))
	require.Zero(t, h.wait("dcr-1", "S", at(30*time.Minute)), "what is given up needs no wait")
	require.True(t, h.misconfigured("T", at(30*time.Minute)), "another stream has its own time")
}

func TestMisconfiguredStreamIsTriedOnceAMinute(t *testing.T) {
	h := newHolds()
	h.misconfigured("S", noon)
	require.Equal(t, time.Minute, h.wait("dcr-1", "S", noon))
	require.Equal(t, 20*time.Second, h.wait("dcr-1", "S", at(40*time.Second)))
	require.Zero(t, h.wait("dcr-1", "S", at(time.Minute)))
	require.Zero(t, h.wait("dcr-1", "T", noon), "another stream is not held")
	h.throttled("dcr-1", 90*time.Second, noon)
	require.Equal(t, 90*time.Second, h.wait("dcr-1", "S", noon), "the longer wait counts")
}

func TestAcceptedStreamBeginsAnew(t *testing.T) {
	h := newHolds()
	h.misconfigured("S", noon)
	h.accepted("S")
	require.Zero(t, h.wait("dcr-1", "S", noon))
	require.True(t, h.misconfigured("S", at(40*time.Minute)))
}

func TestStreamThatNobodyAskedForBeginsAnew(t *testing.T) {
	h := newHolds()
	h.misconfigured("S", noon)
	require.True(t, h.misconfigured("S", at(31*time.Minute)), "31 minutes of silence say nothing about the stream")
	require.False(t, h.misconfigured("S", at(61*time.Minute)))
}

func TestLearnedLimit(t *testing.T) {
	h := newHolds()
	require.Zero(t, h.limit(noon))
	h.learn(500_000, noon)
	h.learn(600_000, at(time.Minute)) // a larger one teaches nothing
	require.Equal(t, 500_000, h.limit(at(time.Minute)))
	h.learn(250_000, at(time.Minute))
	require.Equal(t, 250_000, h.limit(at(time.Hour)))
	require.Zero(t, h.limit(at(time.Hour+time.Minute)), "after an hour the usual limit is tried again")
	h.learn(700_000, at(2*time.Hour))
	require.Equal(t, 700_000, h.limit(at(2*time.Hour)))
}
