package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

var (
	commentStart    = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	commentSettings = ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute}
)

func commentSecond(n int) time.Time { return commentStart.Add(time.Duration(n) * time.Second) }

// inStep is an entry whose sides agree since the start.
func inStep() *ledger.Entry {
	e := ledger.NewEntry(link("1"), workspace, commentStart.Add(-time.Hour))
	e.Read(incident.SideDefender, *snapshotOf("active", "high", commentStart), e.Begin(commentStart))
	e.Read(incident.SideSentinel, *snapshotOf("New", "High", commentStart), e.Begin(commentStart))
	e.Settle(e.Plan(incident.SideSentinel, commentSettings), commentStart)
	return e
}

// After a lost ledger a copy on the twin is taken for a person's comment until it
// is made once more, which says what it is.
func TestACopyThatIsMadeAgainIsNotCarriedBack(t *testing.T) {
	original := incident.Comment{Author: "jane", Created: commentSecond(1), Text: "look at the mailbox"}
	twins := []incident.Comment{{Name: incident.CopyName(link("1").SentinelName(), original), Author: "app", Text: original.ToSentinel()}}
	read := ledger.Reading{Began: commentSecond(200)}
	e := inStep()
	e.ObserveComments(incident.SideDefender, []incident.Comment{original}, read)
	e.Comments.Pending[incident.SideDefender] = twins
	e.Posted(incident.SideSentinel, original, commentSecond(201))
	require.Empty(t, e.Comments.Pending[incident.SideDefender])
	require.Empty(t, e.Comments.Pending[incident.SideSentinel])
}

// A twin that is made again gets Defender's comments again, and those that it had
// before come from their copies in Defender.
func TestANewTwinGetsTheCommentsAgain(t *testing.T) {
	e := inStep()
	theirs := incident.Comment{Author: "jane", Created: commentSecond(1), Text: "look at the mailbox"}
	e.ObserveComments(incident.SideDefender, []incident.Comment{theirs}, ledger.Reading{Began: commentSecond(2)})
	e.ObserveComments(incident.SideSentinel, nil, ledger.Reading{Began: commentSecond(2)})
	e.Posted(incident.SideSentinel, theirs, commentSecond(3))
	require.Empty(t, e.Comments.Pending[incident.SideSentinel])

	e.Missing(incident.SideSentinel, e.Begin(commentSecond(60)))
	e.Observe(incident.SideDefender, *snapshotOf("resolved", "high", commentSecond(70)), ledger.Reading{Began: commentSecond(71)})
	e.Observe(incident.SideDefender, *snapshotOf("active", "high", commentSecond(80)), ledger.Reading{Began: commentSecond(81)})
	e.ObserveComments(incident.SideDefender, []incident.Comment{theirs}, ledger.Reading{Began: commentSecond(81)})
	plan := e.Plan(incident.SideSentinel, commentSettings)
	require.True(t, plan.Create)
	e.Intend(incident.SideSentinel, plan, commentSecond(82))
	e.Answered(*snapshotOf("New", "High", commentSecond(82)), commentSecond(82), commentSettings)
	require.Equal(t, &theirs, e.PlanComments(incident.SideSentinel, commentSettings).Next)
}

// Whether the answer to the new twin's PUT was had makes no difference.
func TestANewTwinGetsItsAlertsAgain(t *testing.T) {
	e := inStep()
	e.ObserveAlerts([]string{"da1"})
	e.AlertRelated("da1", commentSecond(3))
	e.Missing(incident.SideSentinel, e.Begin(commentSecond(60)))
	e.Observe(incident.SideDefender, *snapshotOf("resolved", "high", commentSecond(70)), ledger.Reading{Began: commentSecond(71)})
	e.Observe(incident.SideDefender, *snapshotOf("active", "high", commentSecond(80)), ledger.Reading{Began: commentSecond(81)})
	e.Intend(incident.SideSentinel, e.Plan(incident.SideSentinel, commentSettings), commentSecond(82))
	e.Read(incident.SideSentinel, *snapshotOf("New", "High", commentSecond(82)), e.Begin(commentSecond(83)))
	require.Equal(t, []string{"da1"}, e.Alerts.Waiting)
	require.Contains(t, e.Needs(incident.SideSentinel, commentSettings), ledger.Need{Kind: ledger.KindRelation, Severity: 3})
}
