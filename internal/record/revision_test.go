package record

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"
)

func TestOriginFillsTheResource(t *testing.T) {
	resource := pcommon.NewResource()
	resource.Attributes().PutStr("other", "stays")
	Origin{Cloud: "usgov", TenantID: "t-1", TenantName: "contoso"}.Fill(resource)
	require.Equal(t, map[string]any{
		"other": "stays", "cloud.provider": "azure", "microsoft.cloud": "usgov", "microsoft.tenant.id": "t-1", "microsoft.tenant.name": "contoso",
	}, resource.Attributes().AsRaw())

	unnamed := pcommon.NewResource()
	Origin{Cloud: "public", TenantID: "t-2"}.Fill(unnamed)
	require.Equal(t, map[string]any{"cloud.provider": "azure", "microsoft.cloud": "public", "microsoft.tenant.id": "t-2"}, unnamed.Attributes().AsRaw())
}

func TestRevisionFillsTheRecord(t *testing.T) {
	rec := plog.NewLogRecord()
	updated, observed := time.Unix(1_700_000_000, 123_456_700), time.Unix(1_700_000_100, 0)
	revision := Revision{Event: EventDefenderAlert, ID: "da1", Hash: Hash{1}, Updated: updated, Observed: observed, Severity: "medium"}
	revision.Fill(rec, Origin{Cloud: "public", TenantID: "t-1"})
	require.Equal(t, EventDefenderAlert, rec.EventName())
	require.Equal(t, pcommon.Timestamp(1_700_000_000_123_456_700), rec.Timestamp())
	require.Equal(t, pcommon.Timestamp(1_700_000_100_000_000_000), rec.ObservedTimestamp())
	require.Equal(t, plog.SeverityNumber(13), rec.SeverityNumber())
	require.Equal(t, "medium", rec.SeverityText())
	require.Equal(t, map[string]any{"log.record.uid": UID("public", "t-1", EventDefenderAlert, "da1", Hash{1})}, rec.Attributes().AsRaw())
}

func TestSeverityNumber(t *testing.T) {
	for word, want := range map[string]int{
		"informational": 9, "Informational": 9, "low": 10, "Low": 10, "medium": 13, "MEDIUM": 13, "high": 17, "High": 17,
		"unknown": 0, "unknownFutureValue": 0, "": 0, "critical": 0,
	} {
		require.Equal(t, plog.SeverityNumber(want), SeverityNumber(word), word)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-01-02T03:04:05Z":         time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"2026-01-02T03:04:05.6Z":       time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC),
		"2026-01-02T03:04:05.67Z":      time.Date(2026, 1, 2, 3, 4, 5, 670_000_000, time.UTC),
		"2026-01-02T03:04:05.7890123Z": time.Date(2026, 1, 2, 3, 4, 5, 789_012_300, time.UTC),
		"2026-01-02T05:04:05+02:00":    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"0001-01-01T00:00:00Z":         {},
	} {
		got, ok := ParseTime(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "null", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "1767323045"} {
		_, ok := ParseTime(text)
		require.False(t, ok, text)
	}
}

func TestTimestampOfWhatPdataCannotHoldIsUnknown(t *testing.T) {
	for _, unheld := range []time.Time{{}, time.Unix(-1, 0), time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)} {
		require.Zero(t, Timestamp(unheld), unheld.String())
	}
	require.Equal(t, pcommon.Timestamp(1), Timestamp(time.Unix(0, 1)))
	last := time.Date(2262, 4, 11, 23, 47, 15, 0, time.UTC)
	require.Equal(t, last, Timestamp(last).AsTime())
}

func TestUIDIsFixedForEver(t *testing.T) {
	// Rows already written carry these ids: a change here breaks the folding
	// of duplicates across versions.
	hash := parse(t, `{"id":"29"}`).Hash()
	require.Equal(t, "7c99b00287e9eae5cb7c8c2963f30c37", hash.String())
	require.Equal(t, "b7036439-c0cf-577f-a35b-4ad6d3678f76", UID("public", "00000000-0000-4000-8000-000000000001", EventDefenderIncident, "29", hash))
}

func TestUUID5IsTheLibrarys(t *testing.T) {
	for _, name := range []string{"", "a", strings.Repeat("long", 100)} {
		require.Equal(t, uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String(), UUID5(append(uuid.NameSpaceURL[:], name...)).String())
	}
}

func TestLawUIDTellsEveryPartApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a:1]{0,3}`)
		draw := func() [5]string {
			return [5]string{part.Draw(t, "cloud"), part.Draw(t, "tenant"), part.Draw(t, "kind"), part.Draw(t, "id"), part.Draw(t, "hash")}
		}
		uid := func(p [5]string) string {
			var hash Hash
			copy(hash[:], p[4])
			return UID(p[0], p[1], p[2], p[3], hash)
		}
		a, b := draw(), draw()
		require.Equal(t, a == b, uid(a) == uid(b))
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, uid(a))
	})
}
