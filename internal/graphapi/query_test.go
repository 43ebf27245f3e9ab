package graphapi

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAQueryBecomesOptions(t *testing.T) {
	for _, tt := range []struct {
		name      string
		query     Query
		incidents string
		alerts    string
	}{
		{"everything", Query{}, "", ""},
		{
			"a window of whole seconds",
			Query{From: at("2026-01-02T03:04:05Z"), To: at("2026-01-02T04:04:05Z")},
			"$filter=lastUpdateDateTime ge 2026-01-02T03:04:05Z and lastUpdateDateTime lt 2026-01-02T04:04:05Z",
			"same",
		},
		{
			"fractions only widen, other zones become UTC",
			Query{From: at("2026-01-02T03:04:05.9999999+01:00"), To: at("2026-01-02T04:04:05.0000001Z")},
			"$filter=lastUpdateDateTime ge 2026-01-02T02:04:05Z and lastUpdateDateTime lt 2026-01-02T04:04:06Z",
			"same",
		},
		{
			"one second of updates, halved by creation",
			Query{
				From: at("2026-01-02T03:04:05Z"), To: at("2026-01-02T03:04:06Z"),
				CreatedFrom: at("2026-01-01T00:00:00Z"), CreatedTo: at("2026-01-01T12:00:00.5Z"),
			},
			"$filter=lastUpdateDateTime ge 2026-01-02T03:04:05Z and lastUpdateDateTime lt 2026-01-02T03:04:06Z" +
				" and createdDateTime ge 2026-01-01T00:00:00Z and createdDateTime lt 2026-01-01T12:00:01Z",
			"same",
		},
		{
			"open ones of a resync",
			Query{From: at("2026-01-02T03:04:05Z"), OpenOnly: true},
			"$filter=lastUpdateDateTime ge 2026-01-02T03:04:05Z and status ne 'resolved' and status ne 'redirected'",
			"$filter=lastUpdateDateTime ge 2026-01-02T03:04:05Z and status ne 'resolved'",
		},
		{
			"a page size over the maximum is lowered to it",
			Query{Top: 5000, Skip: 100, Count: true},
			"$top=50&$skip=100&$count=true",
			"$top=1000&$skip=100&$count=true",
		},
		{"the smallest page", Query{Top: 1}, "$top=1", "same"},
		{"nonsense asks for nothing", Query{Top: -1, Skip: -1}, "", ""},
		{"expansion is for incidents", Query{Top: 10, ExpandAlerts: true}, "$top=10&$expand=alerts", "$top=10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.alerts
			if want == "same" {
				want = tt.incidents
			}
			require.Equal(t, tt.incidents, plain(t, tt.query.incidents()))
			require.Equal(t, want, plain(t, tt.query.alerts()))
		})
	}
}

// plain undoes the escaping, which must not lean on the plus sign.
func plain(t *testing.T, query string) string {
	t.Helper()
	require.NotContains(t, query, "+")
	require.NotContains(t, query, " ")
	text, err := url.PathUnescape(strings.TrimPrefix(query, "?"))
	require.NoError(t, err)
	return text
}

func TestTheSpanAskedForNeverLosesAMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(0, rapid.Int64Range(0, 4e18).Draw(t, "from"))
		to := from.Add(time.Duration(rapid.Int64Range(1, 1e15).Draw(t, "span")))
		filter := Query{From: from, To: to}.filter("")
		words := strings.Fields(filter)
		require.Len(t, words, 7)
		require.False(t, at(words[2]).After(from), filter)
		require.False(t, at(words[6]).Before(to), filter)
		require.Less(t, at(words[6]).Sub(to), time.Second)
		require.Less(t, from.Sub(at(words[2])), time.Second)
	})
}
