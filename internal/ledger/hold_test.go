package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// TestAnEditSeenDuringAHoldIsNotWrittenOver: Defender was patched from A to B, a
// person there made it C before anybody saw B, and Sentinel is D now. The own
// read shows C, which is a person's edit or stale: the next write waits until
// that is known, and then it is a conflict that is recorded.
func TestAnEditSeenDuringAHoldIsNotWrittenOver(t *testing.T) {
	settings := ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute}
	start := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	is := func(owner incident.Value, at int) incident.Snapshot {
		var s incident.Snapshot
		s.Values[incident.FieldOwner], s.Revision = owner, second(at)
		return s
	}
	e := ledger.NewEntry(link("1"), workspace, start.Add(-time.Hour))
	for _, side := range incident.Sides() {
		e.Read(side, is("a", 0), e.Begin(second(0)))
	}
	e.Settle(e.Plan(incident.SideDefender, settings), second(0))
	e.Observe(incident.SideSentinel, is("b", 10), ledger.Reading{Began: second(11)})
	e.Read(incident.SideDefender, is("a", 0), e.Begin(second(12)))
	e.Intend(incident.SideDefender, e.Plan(incident.SideDefender, settings), second(12))
	e.Answered(is("b", 12), second(12), settings)

	e.Observe(incident.SideSentinel, is("d", 40), ledger.Reading{Began: second(41)})
	require.Len(t, e.Plan(incident.SideDefender, settings).Writes, 1, "nothing speaks against it yet")
	e.Read(incident.SideDefender, is("c", 20), e.Begin(second(42)))
	require.Empty(t, e.Plan(incident.SideDefender, settings).Writes, "what was read may be a person's")
	needs := e.Needs(incident.SideDefender, settings)
	require.Len(t, needs, 1)
	require.Equal(t, ledger.Need{Kind: ledger.KindRead, At: second(12).Add(settings.SettleTime)}, needs[0])

	e.Fresh()
	e.Read(incident.SideDefender, is("c", 20), e.Begin(needs[0].At))
	plan := e.Plan(incident.SideDefender, settings)
	require.Len(t, plan.Writes, 1)
	require.Equal(t, reconcile.RuleConflict, plan.Writes[0].Rule)
	require.Equal(t, incident.Value("d"), plan.Writes[0].Asked, "the later one")
}
