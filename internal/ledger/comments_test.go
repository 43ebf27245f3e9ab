package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// afterLoss is a new entry of a pair whose comments were copied before.
func afterLoss() (*ledger.Entry, time.Time) {
	start := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	e := ledger.NewEntry(link("1"), workspace, start)
	e.Read(incident.SideDefender, *snapshotOf("active", "high", start), e.Begin(start))
	e.Read(incident.SideSentinel, *snapshotOf("New", "High", start), e.Begin(start))
	return e, start
}

func TestACopyMetBeforeItsOriginalIsNotCopied(t *testing.T) {
	e, start := afterLoss()
	written := incident.Comment{Author: "Jane", Created: start, Text: "isolated the host"}
	copied := incident.Comment{Name: incident.CopyName(e.SentinelName(), written), Created: start, Text: written.ToSentinel()}
	read := e.Begin(start.Add(2 * time.Minute))
	e.ObserveComments(incident.SideSentinel, []incident.Comment{copied}, read)
	e.ObserveComments(incident.SideDefender, []incident.Comment{written}, read)
	for _, side := range incident.Sides() {
		require.Empty(t, e.Comments.Pending[side], side)
	}
}

func TestAnOldListOfCommentsIsNotPostedFrom(t *testing.T) {
	e, start := afterLoss()
	original := incident.Comment{Name: "n1", Author: "Jane", Created: start, Text: "isolated the host"}
	copied := incident.Comment{Created: start, Text: original.ToDefender()}
	e.ObserveComments(incident.SideSentinel, nil, ledger.Reading{Began: start.Add(-time.Minute)})
	e.ObserveComments(incident.SideDefender, []incident.Comment{copied}, ledger.Reading{Began: start})
	plan := e.PlanComments(incident.SideSentinel, afterDeletion)
	require.Equal(t, ledger.CommentPlan{List: true, Wait: start.Add(2 * time.Minute)}, plan, "what is copied may not be in the old list")
	e.ObserveComments(incident.SideSentinel, []incident.Comment{original}, e.Begin(plan.Wait))
	require.Equal(t, ledger.CommentPlan{}, e.PlanComments(incident.SideSentinel, afterDeletion))
}
