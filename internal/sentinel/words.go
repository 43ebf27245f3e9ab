package sentinel

import (
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// The service's words for what is kept in step.
// Source: Microsoft.SecurityInsights 2025-09-01, IncidentTypes.json, read 2026-11.
var (
	statuses   = []string{string(incident.SentinelNew), string(incident.SentinelActive), string(incident.SentinelClosed)}
	severities = []string{"High", "Medium", "Low", "Informational"}
)

const undetermined = "Undetermined"

// verdictPair is a classification with the reasons that it may have, the first
// where none is known.
// Source: Azure-Sentinel playbook templates; demisto/content pull request
// 34306; read 2026-11.
type verdictPair struct {
	class   string
	reasons []string
}

var verdictPairs = []verdictPair{
	{"TruePositive", []string{"SuspiciousActivity"}},
	{"BenignPositive", []string{"SuspiciousButExpected"}},
	{"FalsePositive", []string{"InaccurateData", "IncorrectAlertLogic"}},
}

// pairOf is the pair of a classification.
func pairOf(class string) (verdictPair, bool) {
	i := slices.IndexFunc(verdictPairs, func(p verdictPair) bool { return p.class == class })
	if i < 0 {
		return verdictPair{}, false
	}
	return verdictPairs[i], true
}

// spell is a word as the specification spells it; one that it does not know
// stays as it is.
func spell(word string, known ...string) string {
	for _, k := range known {
		if strings.EqualFold(k, word) {
			return k
		}
	}
	return word
}

func spellClass(word string) string {
	for _, p := range verdictPairs {
		word = spell(word, p.class)
	}
	return word
}

func spellReason(word string) string {
	for _, p := range verdictPairs {
		word = spell(word, p.reasons...)
	}
	return word
}
