package defenderexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// The value maps, row by row, written by hand.
// Source: Microsoft, integration of Defender XDR with Sentinel; determinations by
// classification; both read 2026-11.
var (
	statusRows = map[incident.Value]incident.Value{
		"New": "active", "Active": "inProgress", "Closed": "resolved",
	}
	severityRows = map[incident.Value]incident.Value{
		"High": "high", "Medium": "medium", "Low": "low", "Informational": "informational",
	}
	verdictRows = map[incident.Value]incident.Value{
		"TruePositive/SuspiciousActivity":      "truePositive/other",
		"BenignPositive/SuspiciousButExpected": "informationalExpectedActivity/other",
		"FalsePositive/InaccurateData":         "falsePositive/other",
		"FalsePositive/IncorrectAlertLogic":    "falsePositive/other",
		"":                                     "",
	}
	// fineRows is every verdict Defender may show, with its image in Sentinel.
	fineRows = map[incident.Value]incident.Value{
		"truePositive/multiStagedAttack": "TruePositive/SuspiciousActivity", "truePositive/maliciousUserActivity": "TruePositive/SuspiciousActivity",
		"truePositive/compromisedAccount": "TruePositive/SuspiciousActivity", "truePositive/malware": "TruePositive/SuspiciousActivity",
		"truePositive/phishing": "TruePositive/SuspiciousActivity", "truePositive/unwantedSoftware": "TruePositive/SuspiciousActivity",
		"truePositive/other": "TruePositive/SuspiciousActivity", "truePositive/apt": "TruePositive/SuspiciousActivity",
		"truePositive/": "TruePositive/SuspiciousActivity",
		"informationalExpectedActivity/securityTesting":           "BenignPositive/SuspiciousButExpected",
		"informationalExpectedActivity/lineOfBusinessApplication": "BenignPositive/SuspiciousButExpected",
		"informationalExpectedActivity/confirmedActivity":         "BenignPositive/SuspiciousButExpected",
		"informationalExpectedActivity/securityPersonnel":         "BenignPositive/SuspiciousButExpected",
		"informationalExpectedActivity/other":                     "BenignPositive/SuspiciousButExpected",
		"falsePositive/notMalicious":                              "FalsePositive/InaccurateData",
		"falsePositive/notEnoughDataToValidate":                   "FalsePositive/InaccurateData",
		"falsePositive/other":                                     "FalsePositive/InaccurateData",
		"":                                                        "",
	}
)

// rows plays every row of a map from Sentinel to Defender, from each other row,
// and back: what Defender shows afterwards changes nothing.
func rows(t *testing.T, f incident.Field, want map[incident.Value]incident.Value) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		id := "1"
		for from := range want {
			for to := range want {
				twin.edit(f, from).deliver()
				l.run(settle)
				l.poll(id)
				twin.work()
				twin.edit(f, to).deliver()
				l.run(settle)
				got := l.value(id, f)
				wantClass, _ := incident.SplitVerdict(want[to])
				gotClass, _ := incident.SplitVerdict(got)
				require.Equal(t, wantClass, gotClass, "%q to %q", from, to)
				l.poll(id)
				twin.work()
				require.Equal(t, to, twin.values[f], "%q comes back as it was", to)
				require.Equal(t, got, l.value(id, f))
				twin.agrees()
			}
		}
		require.Empty(t, l.entry(id).Parks)
	})
}

func TestEveryStatusRoundTrips(t *testing.T)   { rows(t, incident.FieldStatus, statusRows) }
func TestEverySeverityRoundTrips(t *testing.T) { rows(t, incident.FieldSeverity, severityRows) }
func TestEveryVerdictOfSentinelRoundTrips(t *testing.T) {
	rows(t, incident.FieldVerdict, verdictRows)
}

func TestEveryVerdictOfDefenderRoundTripsAndSurvives(t *testing.T) {
	n := 0
	for d, s := range fineRows {
		n++
		t.Run(string(d), func(t *testing.T) {
			inLab(t, emulator.Settings{LoosePairs: true}, func(t *testing.T, l *lab) {
				class, fine := incident.SplitVerdict(d)
				or := func(word string) string {
					if word == "" {
						return "unknown"
					}
					return word
				}
				id := fmt.Sprint(n)
				twin := l.pair(id, map[string]any{"classification": or(class), "determination": or(fine)})
				require.Equal(t, s, twin.values[incident.FieldVerdict])
				twin.comment("noted").edit(incident.FieldOwner, "jane@provider.test").edit(incident.FieldSeverity, "Low").
					edit(incident.FieldTags, "vip").edit(incident.FieldStatus, "Active").deliver()
				l.run(time.Second)
				twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldVerdict, s).deliver()
				l.run(settle)
				require.Equal(t, d, l.value(id, incident.FieldVerdict))
				l.poll(id)
				twin.work()
				twin.deliver()
				l.run(time.Hour)
				require.Equal(t, s, twin.values[incident.FieldVerdict])
				require.Equal(t, d, l.value(id, incident.FieldVerdict))
				for _, sent := range l.wire.sent {
					require.NotContains(t, sent, "classification")
					require.NotContains(t, sent, "determination")
				}
			})
		})
	}
}

func TestEveryVerdictOfDefenderGivesWayToEveryVerdictOfSentinel(t *testing.T) {
	for d := range fineRows {
		for s, want := range verdictRows {
			t.Run(fmt.Sprintf("%s to %s", d, s), func(t *testing.T) {
				inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) { // strict about pairs
					class, fine := incident.SplitVerdict(d)
					twin := l.pair("1", map[string]any{"classification": class, "determination": fine})
					twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldVerdict, s).deliver()
					l.run(time.Minute)
					wantClass, _ := incident.SplitVerdict(want)
					if wantClass == class {
						want = d
					}
					require.Equal(t, want, l.value("1", incident.FieldVerdict))
					require.Empty(t, l.entry("1").Parks)
				})
			})
		}
	}
}

func TestAwaitingActionSurvivesUntilSomebodyCloses(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", map[string]any{"status": "awaitingAction"})
		require.Equal(t, incident.SentinelActive, twin.values[incident.FieldStatus])
		twin.edit(incident.FieldOwner, "jane@provider.test").comment("noted").deliver()
		l.run(settle)
		require.Equal(t, incident.DefenderAwaitingAction, l.value("1", incident.FieldStatus))
		twin.edit(incident.FieldStatus, "Closed").deliver()
		l.run(settle)
		require.Equal(t, incident.DefenderResolved, l.value("1", incident.FieldStatus))
	})
}
