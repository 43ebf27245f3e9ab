package incident_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// allowed is which determination may stand beside which classification.
// Source: Microsoft Defender XDR, update incidents API, in Graph's names, read
// 2026-11.
var allowed = map[string][]string{
	"truePositive":                  {"multiStagedAttack", "maliciousUserActivity", "compromisedAccount", "malware", "phishing", "unwantedSoftware", "other"},
	"informationalExpectedActivity": {"securityTesting", "lineOfBusinessApplication", "confirmedActivity", "other"},
	"falsePositive":                 {"notMalicious", "notEnoughDataToValidate", "other"},
}

// reasons are Sentinel's classifications with their reasons, and what each is in
// Defender.
var reasons = map[incident.Value]string{
	"TruePositive/SuspiciousActivity":      "truePositive",
	"BenignPositive/SuspiciousButExpected": "informationalExpectedActivity",
	"FalsePositive/InaccurateData":         "falsePositive",
	"FalsePositive/IncorrectAlertLogic":    "falsePositive",
}

// everyVerdict is all pairs that Defender may show: those it allows, deprecated
// ones, those without either half, and ones that fit not at all.
func everyVerdict() []incident.Value {
	all := []incident.Value{""}
	fine := map[string]bool{"apt": true, "securityPersonnel": true, "": true}
	for _, words := range allowed {
		for _, word := range words {
			fine[word] = true
		}
	}
	for word := range fine {
		for class := range allowed {
			all = append(all, incident.NewVerdict(class, word))
		}
		all = append(all, incident.NewVerdict("unknown", word))
	}
	return all
}

func TestAVerdictFromSentinelKeepsOrChoosesAValidDetermination(t *testing.T) {
	var v incident.Vocabulary
	for s, class := range reasons {
		for _, d := range everyVerdict() {
			got := v.Translate(incident.FieldVerdict, incident.SideSentinel, s, d)
			had, fine := incident.SplitVerdict(d)
			gotClass, gotFine := incident.SplitVerdict(got)
			require.Equal(t, class, gotClass, "%s over %s", s, d)
			if had == class {
				require.Equal(t, d, got, "the same class keeps the finer word")
				continue
			}
			require.Contains(t, allowed[class], gotFine, "%s over %s", s, d)
			if slices.Contains(allowed[class], fine) {
				require.Equal(t, fine, gotFine, "a word that fits is kept")
			} else {
				require.Equal(t, "other", gotFine, "else the one that says least")
			}
		}
	}
	for _, d := range everyVerdict() {
		got := v.Translate(incident.FieldVerdict, incident.SideSentinel, "", d)
		if class, _ := incident.SplitVerdict(d); class == "" {
			require.Equal(t, d, got, "no classification on either side")
		} else {
			require.Empty(t, got, "%s is taken back", d)
		}
	}
}

func TestEveryVerdictRoundTrips(t *testing.T) {
	var v incident.Vocabulary
	for _, d := range everyVerdict() {
		s := v.Translate(incident.FieldVerdict, incident.SideDefender, d, "")
		require.True(t, v.Agree(incident.FieldVerdict, d, s))
		require.Equal(t, d, v.Translate(incident.FieldVerdict, incident.SideSentinel, s, d), "%s comes back as it was", d)
	}
	for s := range reasons {
		d := v.Translate(incident.FieldVerdict, incident.SideSentinel, s, "")
		require.True(t, v.Agree(incident.FieldVerdict, d, s))
		require.Equal(t, s, v.Translate(incident.FieldVerdict, incident.SideDefender, d, s), "%s comes back as it was", s)
	}
}
