package defenderexporter

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

func TestAStaleAnswerIsNotTakenForAnEdit(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultStaleAnswer})
		twin.edit(incident.FieldStatus, "Active").comment("only once").deliver()
		l.run(time.Second)
		require.Equal(t, incident.DefenderInProgress, l.value("1", incident.FieldStatus))
		// The next edit comes while nothing has shown the first one yet.
		twin.edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Hour)
		twin.agrees()
		require.Equal(t, incident.SentinelClosed, twin.values[incident.FieldStatus], "the echo has not won")
		require.Equal(t, 2, l.effective(emulator.WriteIncident))
		require.Equal(t, 1, l.said("1", "only once"))
		l.poll("1")
		twin.work()
		require.Equal(t, incident.SentinelClosed, twin.values[incident.FieldStatus])
		require.Len(t, twin.comments, 1)
	})
}

func TestStaleReadsWithinSettleTimeLoseNothing(t *testing.T) {
	for _, delay := range []time.Duration{time.Second, 30 * time.Second, settle - time.Second} {
		t.Run(delay.String(), func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", nil)
				l.faults(
					emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(delay)},
					emulator.Fault{Kind: emulator.FaultStaleAnswer},
				)
				for _, status := range []incident.Value{"Active", "Closed", "Active", "New", "Closed"} {
					twin.edit(incident.FieldStatus, status).comment("about " + string(status)).deliver()
					l.run(20 * time.Second)
				}
				l.run(time.Hour)
				l.faults()
				l.run(time.Hour)
				l.poll("1")
				twin.work()
				twin.deliver()
				l.run(time.Hour)
				twin.agrees()
				require.Equal(t, incident.SentinelClosed, twin.values[incident.FieldStatus])
				require.Len(t, l.defender(contoso, "1").Comments, 5)
				require.Len(t, twin.comments, 5)
				l.effective(emulator.WriteIncident) // each changed something
			})
		})
	}
}

func TestALostAnswerWithStaleReadsPostsACommentOnce(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(
			emulator.Fault{Kind: emulator.FaultLostAnswer, Operation: "comment_incident", Count: 1},
			emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(settle - 5*time.Second)},
		)
		twin.comment("only once").deliver()
		l.run(settle - 10*time.Second)
		require.Equal(t, 1, l.requests(http.MethodPost, "/comments"), "nothing is posted before it was looked for")
		l.run(time.Hour)
		require.Equal(t, 1, l.said("1", "only once"))
		require.Equal(t, 1, l.requests(http.MethodPost, "/comments"))
	})
}

func TestACommentThatNeverArrivedIsPostedAfterAll(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultCut, Operation: "comment_incident", Count: 2})
		twin.comment("only once").deliver()
		l.run(time.Hour)
		require.Equal(t, 1, l.said("1", "only once"))
		require.Equal(t, 3, l.requests(http.MethodPost, "/comments"))
	})
}

func TestAPatchWithoutEffectIsRepeatedAndThenParked(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultNoEffect})
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(24 * time.Hour)
		require.Len(t, l.wire.sent, 3)
		parks := l.entry("1").Parks
		require.Len(t, parks, 1)
		require.Contains(t, parks[0].Reason, "does not change it")
		require.Equal(t, incident.SentinelActive, twin.values[incident.FieldStatus], "and Sentinel keeps its own")

		l.faults()
		twin.edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Second)
		twin.agrees()
	})
}

func TestAPatchWithoutEffectOnceIsDoneAgain(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultNoEffect, Count: 1})
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(2*settle + time.Minute)
		twin.agrees()
		require.Len(t, l.wire.sent, 2)
		require.Contains(t, results(l), ledger.ResultRetry)
	})
}

func TestWhatGraphStoresOtherwiseComesToRest(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultRewrite})
		twin.edit(incident.FieldTags, incident.Tags([]string{"VIP", "Phish"})).deliver()
		l.run(time.Hour)
		for range 5 {
			l.poll("1")
			twin.work()
			twin.deliver()
			l.run(time.Hour)
		}
		twin.agrees()
		require.Len(t, l.wire.sent, 1)
	})
}

func TestAnIncidentThatReadsDoNotShowYetIsWaitedFor(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 404, Operation: "get_incident", Count: 1})
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(settle - 2*time.Second)
		require.False(t, l.entry("1").Sides[incident.SideDefender].Gone, "it was seen a moment ago")
		l.run(3 * time.Second)
		twin.agrees()
	})
}

func TestAnIncidentThatIsGoneIsLeftAloneUntilItIsSeen(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.run(settle)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 404, Operation: "get_incident"})
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(24 * time.Hour)
		require.True(t, l.entry("1").Sides[incident.SideDefender].Gone)
		require.Equal(t, 1, l.requests(http.MethodGet, "/incidents/1"))
		l.faults()
		l.poll("1")
		l.run(time.Second)
		twin.agrees()
	})
}

// results are those of all decisions.
func results(l *lab) []ledger.Result {
	var all []ledger.Result
	for _, d := range l.told() {
		all = append(all, d.Result)
	}
	return all
}

func TestTheEchoOfALostAnswerBeatsNoLaterEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		for f := range l.settings.Policy {
			l.settings.Policy[f].Conflict = reconcile.ConflictDefender
		}
		l.start()
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultLostAnswer, Operation: "patch_incident", Count: 1})
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Second)
		require.Equal(t, incident.DefenderInProgress, l.value("1", incident.FieldStatus))
		l.poll("1")
		twin.work()
		twin.edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Hour)
		l.poll("1")
		twin.work()
		require.Equal(t, incident.SentinelClosed, twin.values[incident.FieldStatus], "it was our own value that Defender held")
		twin.agrees()
	})
}

func TestAnOwnReadOlderThanWhatIsKnownIsRepeatedWithoutHaste(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		l.pair("1", nil)
		l.run(time.Hour)
		l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(time.Minute)})
		l.edit("1", `{"severity":"low"}`)
		l.poll("1")
		other := l.defender(contoso, "1") // the same time, other content (R6)
		other.Values[incident.FieldOwner] = "somebody@contoso.test"
		require.NoError(t, l.ledger.Observe(t.Context(), ledger.News{
			Side: incident.SideDefender, Link: linkOf("1"), Workspace: workspace, Snapshot: &other, Began: time.Now(),
		}))
		l.run(time.Minute - time.Second)
		require.True(t, l.entry("1").Sides[incident.SideDefender].Wanted)
		require.Less(t, l.requests(http.MethodGet, "/incidents/1"), 10)
		l.run(2 * time.Minute)
		require.False(t, l.entry("1").Sides[incident.SideDefender].Wanted)
		require.Empty(t, l.entry("1").Sides[incident.SideDefender].Values[incident.FieldOwner])
	})
}

func TestTheAnswerToACommentTellsOfOthers(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.edit("1", `{"comment":"theirs"}`)
		twin.comment("ours").deliver()
		l.run(time.Second)
		twin.work()
		require.Equal(t, 1, twin.said("theirs"))
		require.Len(t, twin.comments, 2, "and our copy is known for one")
	})
}
