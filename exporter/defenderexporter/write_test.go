package defenderexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// inLab runs a test with a started lab, in virtual time.
func inLab(t *testing.T, settings emulator.Settings, test func(t *testing.T, l *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, settings)
		l.start()
		test(t, l)
	})
}

func TestEditsOfEveryFieldReachDefenderInOnePatch(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		require.Empty(t, l.writes(), "nothing to write yet")
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldVerdict, "TruePositive/SuspiciousActivity").
			edit(incident.FieldOwner, "jane@provider.test").edit(incident.FieldSeverity, "Low").
			edit(incident.FieldTags, incident.Tags([]string{"vip", "phish"}))
		twin.deliver()
		l.run(time.Second)
		twin.agrees()
		require.Len(t, l.writes(), 1)
		require.JSONEq(t, `{"status":"resolved","classification":"truePositive","determination":"other",
			"assignedTo":"jane@provider.test","severity":"low","customTags":["phish","vip"]}`, l.wire.sent[0])
	})
}

func TestOnlyWhatDiffersIsSent(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", map[string]any{"classification": "truePositive", "determination": "malware", "assignedTo": "joe@contoso.test"})
		for i, c := range []struct {
			field incident.Field
			value incident.Value
			want  string
		}{
			{incident.FieldStatus, "Active", `{"status":"inProgress"}`},
			{incident.FieldOwner, "", `{"assignedTo":null}`},
			{incident.FieldSeverity, "Medium", `{"severity":"medium"}`},
			{incident.FieldTags, "vip", `{"customTags":["vip"]}`},
			{incident.FieldTags, "", `{"customTags":[]}`},
			{incident.FieldVerdict, "", `{"classification":"unknown","determination":"unknown"}`},
		} {
			twin.edit(c.field, c.value).deliver()
			l.run(time.Second)
			require.Len(t, l.wire.sent, i+1)
			require.JSONEq(t, c.want, l.wire.sent[i])
			twin.agrees()
		}
	})
}

func TestTitleAndDescriptionStayWhatDefenderSays(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", map[string]any{"description": "as Defender tells it"})
		twin.edit(incident.FieldTitle, "another title").edit(incident.FieldDescription, "another story").deliver()
		l.run(time.Hour)
		require.Empty(t, l.writes())
	})
}

func TestAnEchoWritesNothing(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Second)
		for range 3 { // records of both sides, again and again
			l.poll("1")
			twin.work()
			twin.deliver()
			l.run(settle)
		}
		require.Len(t, l.writes(), 1)
		twin.agrees()
		require.Empty(t, l.entry("1").Holds, "what was written was seen")
	})
}

func TestAMalwareVerdictSurvivesWhatSentinelDoes(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", map[string]any{"classification": "truePositive", "determination": "malware"})
		require.Equal(t, incident.Value("TruePositive/SuspiciousActivity"), twin.values[incident.FieldVerdict])
		twin.comment("looks bad").deliver()
		l.run(time.Second)
		twin.edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Second)
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldVerdict, "TruePositive/SuspiciousActivity").deliver()
		l.run(time.Second)
		got := l.defender(contoso, "1")
		require.Equal(t, incident.Value("truePositive/malware"), got.Values[incident.FieldVerdict])
		require.Equal(t, incident.DefenderResolved, got.Values[incident.FieldStatus])
		require.Equal(t, incident.Value("jane@provider.test"), got.Values[incident.FieldOwner])
		require.Len(t, got.Comments, 1)
	})
}

func TestIncorrectAlertLogicComesBackAsItWas(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldVerdict, "FalsePositive/IncorrectAlertLogic").deliver()
		l.run(time.Second)
		require.Equal(t, incident.Value("falsePositive/other"), l.value("1", incident.FieldVerdict))
		l.poll("1")
		twin.work()
		l.edit("1", `{"determination":"notMalicious","assignedTo":"joe@contoso.test"}`)
		l.poll("1")
		twin.work()
		twin.deliver()
		l.run(time.Hour)
		require.Equal(t, incident.Value("FalsePositive/IncorrectAlertLogic"), twin.values[incident.FieldVerdict])
		require.Equal(t, incident.Value("falsePositive/notMalicious"), l.value("1", incident.FieldVerdict))
		require.Len(t, l.writes(), 1)
	})
}

func TestTagsOfBothSidesAndOfTheSystemStay(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", map[string]any{"customTags": []string{"old", "both"}, "systemTags": []string{"Defender Experts"}})
		l.edit("1", `{"addTags":["theirs"]}`)
		twin.edit(incident.FieldTags, incident.Tags([]string{"both", "ours"})).deliver()
		l.run(time.Second)
		require.Equal(t, incident.Tags([]string{"both", "ours", "theirs"}), l.value("1", incident.FieldTags),
			"removed here, added here and there")
		require.Contains(t, l.document("1"), `"systemTags":["Defender Experts"]`)
		l.poll("1")
		twin.work()
		twin.agrees()
	})
}

func TestOwnersAreMapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.settings.Vocabulary.Owners = incident.NewOwners(map[string]string{"joe@contoso.test": "j.doe@provider.test"})
		l.start()
		twin := l.pair("1", nil)
		twin.edit(incident.FieldOwner, "j.doe@provider.test").deliver()
		l.run(time.Second)
		require.Equal(t, incident.Value("joe@contoso.test"), l.value("1", incident.FieldOwner))
		twin.edit(incident.FieldOwner, "nobody-else-knows@provider.test").deliver()
		l.run(time.Second)
		require.Equal(t, incident.Value("nobody-else-knows@provider.test"), l.value("1", incident.FieldOwner), "as it is")
		l.poll("1")
		twin.work()
		l.run(time.Hour)
		require.Len(t, l.writes(), 2)
	})
}

func TestClosingCascadesToAlertsAndComesToRest(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", map[string]any{"alerts": []any{map[string]any{
			"id": "da1", "incidentId": "1", "status": "new", "severity": "high", "title": "an alert",
			"createdDateTime": "2000-01-01T00:00:00Z", "lastUpdateDateTime": "2000-01-01T00:00:00Z",
		}}})
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldOwner, "jane@provider.test").
			edit(incident.FieldVerdict, "BenignPositive/SuspiciousButExpected").deliver()
		l.run(time.Second)
		require.Contains(t, l.document("1"), `"classification":"informationalExpectedActivity"`)
		cascades := 0
		for _, w := range l.emulator.Writes(0) {
			if w.Kind == emulator.WriteAlert && w.Actor == emulator.ActorService && len(w.Changed) > 0 && w.Op == emulator.WriteUpdate {
				cascades++
			}
		}
		require.Positive(t, cascades)
		l.poll("1")
		twin.work()
		twin.deliver()
		l.run(24 * time.Hour)
		require.Len(t, l.writes(), 1)
		require.Zero(t, l.ledger.Open(), "closed on both sides and quiet")
	})
}

func TestTheLaterEditWinsAConflictAndTheLoserIsRecorded(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.edit("1", `{"severity":"low"}`)
		l.run(time.Minute)
		twin.edit(incident.FieldSeverity, "Medium").deliver()
		l.run(time.Second)
		require.Equal(t, incident.Value("medium"), l.value("1", incident.FieldSeverity), "the own read saw both")
		conflicts := 0
		for _, d := range l.told() {
			if d.Conflict() && d.Result == ledger.ResultWritten {
				conflicts++
				require.Equal(t, incident.Value("low"), d.Defender)
				require.Equal(t, "sentinel", d.Winner)
			}
		}
		require.Equal(t, 1, conflicts)

		twin.edit(incident.FieldOwner, "jane@provider.test")
		l.run(time.Minute)
		l.edit("1", `{"assignedTo":"joe@contoso.test"}`)
		twin.deliver()
		l.run(time.Second)
		l.poll("1")
		twin.work()
		require.Equal(t, incident.Value("joe@contoso.test"), l.value("1", incident.FieldOwner))
		twin.agrees()
	})
}
