package emulator

import (
	"slices"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// unknownFutureValue stands in for every member that a caller without the
// Prefer header may not see.
const unknownFutureValue = "unknownFutureValue"

// The members below the sentinel, in declaration order, the sentinel with them.
// Source: Microsoft Graph v1.0 $metadata, microsoft.graph.security, read 2026-11.

func classifications() []string {
	return []string{"unknown", "falsePositive", "truePositive", "informationalExpectedActivity", unknownFutureValue}
}

func determinations() []string {
	return []string{
		"unknown", "apt", "malware", "securityPersonnel", "securityTesting", "unwantedSoftware", "other",
		"multiStagedAttack", "compromisedAccount", "phishing", "maliciousUserActivity", "notMalicious",
		"notEnoughDataToValidate", "confirmedActivity", "lineOfBusinessApplication", unknownFutureValue,
	}
}

func severities() []string {
	return []string{"unknown", "informational", "low", "medium", "high", unknownFutureValue}
}

func incidentStatuses() []string {
	return []string{"active", "resolved", "inProgress", "redirected", unknownFutureValue}
}

func alertStatuses() []string {
	return []string{"unknown", "new", "inProgress", "resolved", unknownFutureValue}
}

func serviceSources() []string {
	return []string{
		"unknown", "microsoftDefenderForEndpoint", "microsoftDefenderForIdentity", "microsoftDefenderForCloudApps",
		"microsoftDefenderForOffice365", "microsoft365Defender", "azureAdIdentityProtection", "microsoftAppGovernance",
		"dataLossPrevention", unknownFutureValue,
	}
}

// hiddenServiceSources are the members above the sentinel.
func hiddenServiceSources() []string {
	return []string{
		"microsoftDefenderForCloud", "microsoftSentinel", "microsoftInsiderRiskManagement",
		"microsoftThreatIntelligence", "microsoftSecurityForAI",
	}
}

func detectionSources() []string {
	return []string{
		"unknown", "microsoftDefenderForEndpoint", "antivirus", "smartScreen", "customTi",
		"microsoftDefenderForOffice365", "automatedInvestigation", "microsoftThreatExperts", "customDetection",
		"microsoftDefenderForIdentity", "cloudAppSecurity", "microsoft365Defender", "azureAdIdentityProtection",
		"manual", "microsoftDataLossPrevention", "appGovernancePolicy", "appGovernanceDetection", unknownFutureValue,
	}
}

func investigationStates() []string {
	return []string{
		"unknown", "terminated", "successfullyRemediated", "benign", "failed", "partiallyRemediated", "running",
		"pendingApproval", "pendingResource", "queued", "innerFailure", "preexistingAlert", "unsupportedOs",
		"unsupportedAlertType", "suppressedAlert", "partiallyInvestigated", "terminatedByUser",
		"terminatedBySystem", unknownFutureValue,
	}
}

// evidenceEnums are the enum properties that every evidence object has, and
// those of one type whose name means nothing else anywhere in evidence.
func evidenceEnums() map[string][]string {
	return map[string][]string{
		"verdict":           {"unknown", "suspicious", "malicious", "noThreatsFound", unknownFutureValue},
		"remediationStatus": {"none", "remediated", "prevented", "blocked", "notFound", unknownFutureValue},
		"roles": {
			"unknown", "contextual", "scanned", "source", "destination", "created", "added", "compromised", "edited",
			"attacked", "attacker", "commandAndControl", "loaded", "suspicious", "policyViolator", unknownFutureValue,
		},
		"defenderAvStatus": {"notReporting", "disabled", "notUpdated", "updated", "unknown", "notSupported", unknownFutureValue},
		"healthStatus": {
			"active", "inactive", "impairedCommunication", "noSensorData", "noSensorDataImpairedCommunication", "unknown",
			unknownFutureValue,
		},
		"onboardingStatus": {"insufficientInfo", "onboarded", "canBeOnboarded", "unsupported", unknownFutureValue},
		"riskScore":        {"none", "informational", "low", "medium", "high", unknownFutureValue},
		"detectionStatus":  {"detected", "blocked", "prevented", unknownFutureValue},
	}
}

// objectEnums are the enum properties of an incident or an alert itself.
func objectEnums(alert bool) map[string][]string {
	if !alert {
		return map[string][]string{
			"status": incidentStatuses(), "severity": severities(),
			"classification": classifications(), "determination": determinations(),
		}
	}
	return map[string][]string{
		"status": alertStatuses(), "severity": severities(),
		"classification": classifications(), "determination": determinations(),
		"serviceSource": serviceSources(), "detectionSource": detectionSources(),
		"investigationState": investigationStates(),
	}
}

// masker hides the members above the sentinel. The nil masker hides nothing.
type masker struct {
	incident, alert, evidence map[string][]string
}

func newMasker() *masker {
	return &masker{incident: objectEnums(false), alert: objectEnums(true), evidence: evidenceEnums()}
}

// value returns a member's text as a caller without the Prefer header sees it.
// A member that this list does not know is one of the future, so it is hidden too.
func (m *masker) value(alert bool, name string, text []byte) []byte {
	if m == nil {
		return text
	}
	own := m.incident
	if alert {
		own = m.alert
	}
	if members, ok := own[name]; ok {
		if word, isString := rawjson.String(text); isString && !slices.Contains(members, word) {
			return rawjson.Quote(unknownFutureValue)
		}
		return text
	}
	if alert && name == "evidence" {
		for property, members := range m.evidence {
			text = rawjson.ReplaceStrings(text, property, func(word string) string {
				if slices.Contains(members, word) {
					return word
				}
				return unknownFutureValue
			})
		}
	}
	return text
}
