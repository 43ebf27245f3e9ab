package incident

import (
	"slices"
	"strings"
)

// Graph's words for an incident's status.
// Source: Microsoft Graph v1.0, security incidentStatus, read 2026-11.
const (
	DefenderActive         Value = "active"
	DefenderInProgress     Value = "inProgress"
	DefenderAwaitingAction Value = "awaitingAction"
	DefenderResolved       Value = "resolved"
	DefenderRedirected     Value = "redirected"
)

// Sentinel's words for an incident's status.
// Source: Microsoft.SecurityInsights 2025-09-01, IncidentStatus, read 2026-11.
const (
	SentinelNew    Value = "New"
	SentinelActive Value = "Active"
	SentinelClosed Value = "Closed"
)

// Closed reports whether a status of the side means that the incident is
// closed.
func Closed(side Side, status Value) bool {
	if side == SideDefender {
		return status == DefenderResolved || status == DefenderRedirected
	}
	return status == SentinelClosed
}

// statusToSentinel is what a Defender status means in Sentinel; false for a
// word we do not know, which has nothing to say.
// Source: Microsoft, integration of Defender XDR with Sentinel, read 2026-11.
func statusToSentinel(d Value) (Value, bool) {
	switch d {
	case DefenderActive:
		return SentinelNew, true
	case DefenderInProgress, DefenderAwaitingAction:
		return SentinelActive, true
	case DefenderResolved, DefenderRedirected:
		return SentinelClosed, true
	case SentinelNew, SentinelActive, SentinelClosed: // the other side's words
	}
	return "", false
}

func statusToDefender(s Value) (Value, bool) {
	switch s {
	case SentinelNew:
		return DefenderActive, true
	case SentinelActive:
		return DefenderInProgress, true
	case SentinelClosed:
		return DefenderResolved, true
	case DefenderActive, DefenderInProgress, DefenderAwaitingAction, DefenderResolved, DefenderRedirected: // the other side's words
	}
	return "", false
}

var severities = []struct{ defender, sentinel Value }{
	{"informational", "Informational"}, {"low", "Low"}, {"medium", "Medium"}, {"high", "High"},
}

func severityToSentinel(d Value) (Value, bool) {
	for _, level := range severities {
		if level.defender == d {
			return level.sentinel, true
		}
	}
	return "", false
}

func severityToDefender(s Value) (Value, bool) {
	for _, level := range severities {
		if level.sentinel == s {
			return level.defender, true
		}
	}
	return "", false
}

// SeverityRank orders severities of either side: high 3, medium 2, low 1,
// everything else 0.
func SeverityRank(severity Value) int {
	return max(0, slices.IndexFunc(severities, func(level struct{ defender, sentinel Value }) bool {
		return strings.EqualFold(string(level.sentinel), string(severity))
	}))
}

// NewVerdict spells a verdict: the class (classification), a slash, and the
// finer word (determination or classification reason). A class that is unset,
// which Graph shows as null or `unknown` and Sentinel as null or
// `Undetermined`, is empty; so is an unset finer word. Both unset is "".
func NewVerdict(class, fine string) Value {
	class, fine = unset(class), unset(fine)
	if class == "" && fine == "" {
		return ""
	}
	return Value(class + "/" + fine)
}

func unset(word string) string {
	if strings.EqualFold(word, "unknown") || strings.EqualFold(word, "undetermined") {
		return ""
	}
	return word
}

// SplitVerdict is NewVerdict taken apart.
func SplitVerdict(v Value) (class, fine string) {
	class, fine, _ = strings.Cut(string(v), "/")
	return class, fine
}

// verdictClass is one row of the map of classes, with the finer words that may be
// sent to each side, the one for when nothing better is known first. Deprecated
// determinations (apt, securityPersonnel) stay where they are, and are not among
// them.
//
// Source: Microsoft, integration of Defender XDR with Sentinel; determinations
// by classification, Defender XDR update incidents API; both read 2026-11.
type verdictClass struct {
	defender, sentinel string
	determinations     []string
	reasons            []string
}

var verdictClasses = []verdictClass{
	{
		"truePositive", "TruePositive",
		[]string{
			"other", "multiStagedAttack", "maliciousUserActivity", "compromisedAccount", "malware", "phishing",
			"unwantedSoftware",
		},
		[]string{"SuspiciousActivity"},
	},
	{
		"informationalExpectedActivity", "BenignPositive",
		[]string{"other", "securityTesting", "lineOfBusinessApplication", "confirmedActivity"},
		[]string{"SuspiciousButExpected"},
	},
	{
		"falsePositive", "FalsePositive",
		[]string{"other", "notMalicious", "notEnoughDataToValidate"},
		[]string{"InaccurateData", "IncorrectAlertLogic"},
	},
	{"", "", nil, nil},
}

func classOf(side Side, v Value) (verdictClass, bool) {
	word, _ := SplitVerdict(v)
	for _, class := range verdictClasses {
		if side == SideDefender && class.defender == word || side == SideSentinel && class.sentinel == word {
			return class, true
		}
	}
	return verdictClass{}, false
}

// verdictAgrees compares the coarse classes: a finer word has no equal on the
// other side.
func verdictAgrees(d, s Value) bool {
	dc, known := classOf(SideDefender, d)
	sc, known2 := classOf(SideSentinel, s)
	return !known || !known2 || dc.defender == sc.defender
}

// verdictToSentinel keeps s within its class, else takes the class's first
// reason.
func verdictToSentinel(d, s Value) Value {
	class, known := classOf(SideDefender, d)
	if !known || verdictAgrees(d, s) {
		return s
	}
	if class.sentinel == "" {
		return ""
	}
	return NewVerdict(class.sentinel, class.reasons[0])
}

// verdictToDefender keeps the determination where the new class allows it,
// else sends the one that says least.
func verdictToDefender(s, d Value) Value {
	class, known := classOf(SideSentinel, s)
	if !known || verdictAgrees(d, s) {
		return d
	}
	if class.defender == "" {
		return ""
	}
	_, fine := SplitVerdict(d)
	if !slices.Contains(class.determinations, fine) {
		fine = class.determinations[0]
	}
	return NewVerdict(class.defender, fine)
}
