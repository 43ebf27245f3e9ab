package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// TestAPutAnsweredWithTheOldEtagIsReadBack: an answer that shows the incident
// before the PUT would make a base of what Sentinel no longer holds, and a person
// who then puts the old value back would not be heard.
func TestAPutAnsweredWithTheOldEtagIsReadBack(t *testing.T) {
	settings := ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute}
	start := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	is := func(owner incident.Value, at int, etag string) incident.Snapshot {
		var s incident.Snapshot
		s.Values[incident.FieldOwner], s.Revision, s.Etag = owner, second(at), etag
		return s
	}
	e := ledger.NewEntry(link("1"), workspace, start.Add(-time.Hour))
	e.Read(incident.SideDefender, is("a", 0, ""), e.Begin(second(0)))
	e.Read(incident.SideSentinel, is("a", 0, "1"), e.Begin(second(0)))
	e.Settle(e.Plan(incident.SideSentinel, settings), second(0))
	e.Observe(incident.SideDefender, is("b", 10, ""), ledger.Reading{Began: second(11)})
	e.Read(incident.SideSentinel, is("a", 0, "1"), e.Begin(second(12)))
	e.Intend(incident.SideSentinel, e.Plan(incident.SideSentinel, settings), second(12))

	e.Answered(is("a", 0, "1"), second(12), settings)
	require.Equal(t, []ledger.Need{{Kind: ledger.KindRead, At: second(12)}}, e.Needs(incident.SideSentinel, settings))
	e.Read(incident.SideSentinel, is("b", 12, "2"), e.Begin(second(13)))
	require.Equal(t, &reconcile.Pair{"b", "b"}, e.Base[incident.FieldOwner])

	e.Observe(incident.SideSentinel, is("a", 20, "3"), ledger.Reading{Began: second(21)})
	require.Len(t, e.Plan(incident.SideDefender, settings).Writes, 1, "the old value is an edit now")
}
