package asim

import (
	"slices"
	"strings"
)

// join lists texts as ASIM does.
func join(texts []string) string { return strings.Join(texts, ", ") }

// severity is ASIM's word for one of Graph's, "" when the service gave none.
func severity(word string) string {
	switch word {
	case "informational":
		return "Informational"
	case "low":
		return "Low"
	case "medium":
		return "Medium"
	case "high":
		return "High"
	}
	return ""
}

// status is Active until the alert is resolved.
func status(word string) string {
	switch word {
	case "resolved":
		return "Closed"
	case "":
		return ""
	}
	return "Active"
}

// verdict is ASIM's word for a classification.
func verdict(classification string) string {
	switch classification {
	case "truePositive":
		return "True Positive"
	case "falsePositive":
		return "False Positive"
	case "informationalExpectedActivity":
		return "Benign Positive"
	}
	return "Unknown"
}

// product is the name of the product behind a serviceSource.
func product(serviceSource string) string {
	switch serviceSource {
	case "microsoftDefenderForEndpoint":
		return "Microsoft Defender for Endpoint"
	case "microsoftDefenderForIdentity":
		return "Microsoft Defender for Identity"
	case "microsoftDefenderForCloudApps":
		return "Microsoft Defender for Cloud Apps"
	case "microsoftDefenderForOffice365":
		return "Microsoft Defender for Office 365"
	case "azureAdIdentityProtection":
		return "Microsoft Entra ID Protection"
	case "microsoftAppGovernance":
		return "Microsoft App Governance"
	case "dataLossPrevention":
		return "Microsoft Purview Data Loss Prevention"
	case "microsoftDefenderForCloud":
		return "Microsoft Defender for Cloud"
	case "microsoftSentinel":
		return "Microsoft Sentinel"
	case "microsoftInsiderRiskManagement":
		return "Microsoft Purview Insider Risk Management"
	case "microsoftThreatIntelligence":
		return "Microsoft Threat Intelligence"
	case "microsoftSecurityForAI":
		return "Microsoft Security for AI"
	}
	return "Microsoft Defender XDR"
}

// detectionMethod is ASIM's word for a detectionSource.
func detectionMethod(source string) string {
	switch source {
	case "", "unknown":
		return ""
	case "microsoftDefenderForEndpoint", "microsoftDefenderForServers":
		return "EDR"
	case "antivirus":
		return "Antivirus"
	case "smartScreen":
		return "Reputation"
	case "customTi":
		return "User Defined Blocked List"
	case "automatedInvestigation":
		return "Automated Investigation"
	case "customDetection", "nrtAlerts", "scheduledAlerts", "microsoftSentinel":
		return "Scheduled Alerts"
	case "microsoftDefenderForIdentity", "azureAdIdentityProtection", "builtInMl", "microsoftInsiderRiskManagement":
		return "Behavioral Analytics"
	case "cloudAppSecurity", "appGovernancePolicy", "appGovernanceDetection":
		return "Cloud Application Security"
	case "microsoftDataLossPrevention":
		return "Data Loss Prevention"
	case "microsoftDefenderForIoT", "microsoftDefenderForDNS", "microsoftDefenderForNetwork":
		return "Intrusion Detection"
	case "microsoftThreatIntelligence", "microsoftDefenderThreatIntelligenceAnalytics":
		return "Threat Intelligence"
	}
	return "Other"
}

// The kinds of event.
const (
	subTypeThreat     = "Threat"
	subTypeSuspicious = "Suspicious Activity"
	subTypeAnomaly    = "Anomaly"
	subTypeCompliance = "Compliance Violation"
)

// subType is what kind of event the alert is: what breaks a policy, what some
// evidence or person calls malicious, what only differs from the usual, or none
// of these.
func (e *event) subType() string {
	service, source := e.text("serviceSource"), e.text("detectionSource")
	switch {
	case slices.Contains([]string{"dataLossPrevention", "microsoftInsiderRiskManagement"}, service),
		slices.Contains([]string{"microsoftDataLossPrevention", "appGovernancePolicy"}, source):
		return subTypeCompliance
	case e.text("classification") == "truePositive", source == "antivirus", e.threatCategory() != "", e.anyMalicious():
		return subTypeThreat
	case service == "azureAdIdentityProtection",
		slices.Contains([]string{"azureAdIdentityProtection", "builtInMl", "appGovernanceDetection"}, source):
		return subTypeAnomaly
	}
	return subTypeSuspicious
}

// threatCategory is the first of the alert's own words for it that ASIM has.
func (e *event) threatCategory() string {
	categories, _ := e.texts("categories")
	for _, word := range append([]string{e.text("category"), e.text("determination")}, categories...) {
		if category := threatCategory(word); category != "" {
			return category
		}
	}
	if e.text("serviceSource") == "dataLossPrevention" {
		return "Security Policy Violation"
	}
	return ""
}

func threatCategory(word string) string {
	for _, known := range []string{
		"Malware", "Ransomware", "Trojan", "Virus", "Worm", "Adware", "Spyware", "Rootkit", "Cryptominor", "Phishing", "Spam",
		"MaliciousUrl", "Spoofing",
	} {
		if strings.EqualFold(known, word) {
			return known
		}
	}
	// ASIM spells it like no other.
	if strings.EqualFold(word, "Cryptominer") || strings.EqualFold(word, "CryptoMining") {
		return "Cryptominor"
	}
	return ""
}

// tactics lists the tactics of MITRE ATT&CK among the alert's categories.
func (e *event) tactics() string {
	words, _ := e.texts("categories")
	if len(words) == 0 {
		words = []string{e.text("category")}
	}
	var out []string
	for _, word := range words {
		if name := tactic(word); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return join(out)
}

// tactic is the name of a tactic that Graph writes without blanks.
//
// Source: MITRE ATT&CK, enterprise and ICS tactics, version 17.
func tactic(word string) string {
	for _, name := range []string{
		"Reconnaissance", "Resource Development", "Initial Access", "Execution", "Persistence", "Privilege Escalation", "Defense Evasion",
		"Credential Access", "Discovery", "Lateral Movement", "Collection", "Command and Control", "Exfiltration", "Impact",
		"Evasion", "Inhibit Response Function", "Impair Process Control",
	} {
		if strings.EqualFold(strings.ReplaceAll(name, " ", ""), strings.ReplaceAll(word, " ", "")) {
			return name
		}
	}
	return ""
}
