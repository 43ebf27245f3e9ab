package ocsf

import "strings"

// word is a member of an enumeration: its number and its caption.
type word struct {
	id      int64
	caption string
}

func unknown() word { return word{0, "Unknown"} }

// other is a member for what an enumeration does not have: the source's word.
func other(text string) word { return word{99, text} }

// severity is OCSF's for a severity of Graph.
func severity(text string) word {
	switch text {
	case "", "unknown", "unknownFutureValue":
		return unknown()
	case "informational":
		return word{1, "Informational"}
	case "low":
		return word{2, "Low"}
	case "medium":
		return word{3, "Medium"}
	case "high":
		return word{4, "High"}
	}
	return other(text)
}

// alertStatus is a Detection Finding's status.
func alertStatus(text string) word {
	switch text {
	case "", "unknown", "unknownFutureValue":
		return unknown()
	case "new":
		return word{1, "New"}
	case "inProgress":
		return word{2, "In Progress"}
	case "resolved":
		return word{4, "Resolved"}
	}
	return other(text)
}

// incidentStatus is an Incident Finding's status. One that was merged into
// another is closed; one that waits for the customer is on hold.
func incidentStatus(text string) word {
	switch text {
	case "", "unknown", "unknownFutureValue":
		return unknown()
	case "active":
		return word{1, "New"}
	case "inProgress":
		return word{2, "In Progress"}
	case "awaitingAction":
		return word{3, "On Hold"}
	case "resolved":
		return word{4, "Resolved"}
	case "redirected":
		return word{5, "Closed"}
	}
	return other(text)
}

// verdict is what a person found: the classification, and where that leaves it
// open the determination.
func verdict(classification, determination string) word {
	switch {
	case determination == "securityTesting":
		return word{6, "Test"}
	case classification == "falsePositive":
		return word{1, "False Positive"}
	case classification == "truePositive":
		return word{2, "True Positive"}
	case classification == "informationalExpectedActivity":
		return word{5, "Benign"}
	case determination == "notEnoughDataToValidate":
		return word{7, "Insufficient Data"}
	}
	return unknown()
}

// evidenceVerdict is what Defender found of one piece of evidence.
func evidenceVerdict(text string) word {
	switch text {
	case "", "unknown", "unknownFutureValue":
		return unknown()
	case "malicious":
		return word{2, "True Positive"}
	case "suspicious":
		return word{4, "Suspicious"}
	case "noThreatsFound":
		return word{5, "Benign"}
	}
	return other(text)
}

// riskLevel is a device's risk.
func riskLevel(text string) (w word, ok bool) {
	switch text {
	case "":
		return word{}, false
	case "none", "informational":
		return word{0, "Info"}, true
	case "low":
		return word{1, "Low"}, true
	case "medium":
		return word{2, "Medium"}, true
	case "high":
		return word{3, "High"}, true
	}
	return other(text), true
}

// activity is what happened to the finding last.
func activity(closed bool, created, updated string) word {
	switch {
	case closed:
		return word{3, "Close"}
	case created != "" && created == updated:
		return word{1, "Create"}
	}
	return word{2, "Update"}
}

// priority is an incident's, from its score of 0 to 100.
//
// Source: Microsoft Graph v1.0, incident priorityScore, read 2026-11: over 85
// top, under 15 low.
func priority(score int64) word {
	switch {
	case score > 85:
		return word{3, "High"}
	case score >= 15:
		return word{2, "Medium"}
	}
	return word{1, "Low"}
}

// analytic is the kind of analytic behind a detectionSource.
func analytic(detectionSource string) word {
	switch detectionSource {
	case "", "unknown", "unknownFutureValue":
		return unknown()
	case "customDetection", "scheduledAlerts", "nrtAlerts", "microsoftDataLossPrevention", "appGovernancePolicy":
		return word{1, "Rule"}
	case "microsoftDefenderForIdentity", "azureAdIdentityProtection", "microsoftInsiderRiskManagement", "appGovernanceDetection", "cloudAppSecurity":
		return word{2, "Behavioral"}
	case "builtInMl":
		return word{4, "Learning (ML/DL)"}
	case "antivirus":
		return word{5, "Fingerprinting"}
	case "customTi", "smartScreen", "microsoftThreatIntelligence", "microsoftDefenderThreatIntelligenceAnalytics":
		return word{9, "Exact Data Match"}
	}
	return other(detectionSource)
}

// malwareClass is the class of malware that an alert's category, or a
// malware's, names.
func malwareClass(category string) word {
	for i, name := range []string{
		"Adware", "Backdoor", "Bot", "Bootkit", "DDOS", "Downloader", "Dropper", "Exploit-Kit", "Keylogger", "Ransomware",
		"Remote-Access-Trojan", "", "Resource-Exploitation", "Rogue-Security-Software", "Rootkit", "Screen-Capture", "Spyware", "Trojan",
		"Virus", "Webshell", "Wiper", "Worm",
	} {
		if name != "" && strings.EqualFold(strings.ReplaceAll(name, "-", ""), strings.ReplaceAll(category, " ", "")) {
			return word{int64(i + 1), name}
		}
	}
	if category == "" || strings.EqualFold(category, "malware") {
		return unknown()
	}
	return other(category)
}

// isMalware reports a category that is a kind of malware.
func isMalware(category string) bool {
	w := malwareClass(category)
	return strings.EqualFold(category, "malware") || w.id != 0 && w.id != 99
}

// osType is the operating system of a platform that Defender names.
func osType(family string) word {
	switch family {
	case "Windows":
		return word{100, "Windows"}
	case "Linux":
		return word{200, "Linux"}
	case "Android":
		return word{201, "Android"}
	case "Mac":
		return word{300, "macOS"}
	case "IOS":
		return word{301, "iOS"}
	}
	return unknown()
}

// hashAlgorithm is OCSF's for Sentinel's name of a file hash's algorithm.
func hashAlgorithm(name string) word {
	switch strings.ToUpper(name) {
	case "MD5":
		return word{1, "MD5"}
	case "SHA1":
		return word{2, "SHA-1"}
	case "SHA256":
		return word{3, "SHA-256"}
	case "", "UNKNOWN":
		return unknown()
	}
	return other(name)
}

// tacticUID is the id of a tactic of MITRE ATT&CK that Graph writes without
// blanks, "" when it is none; name is its name.
//
// Source: MITRE ATT&CK, enterprise tactics, version 17.
func tacticUID(category string) (uid, name string) {
	for uid, name := range map[string]string{
		"TA0043": "Reconnaissance", "TA0042": "Resource Development", "TA0001": "Initial Access", "TA0002": "Execution", "TA0003": "Persistence",
		"TA0004": "Privilege Escalation", "TA0005": "Defense Evasion", "TA0006": "Credential Access", "TA0007": "Discovery",
		"TA0008": "Lateral Movement", "TA0009": "Collection", "TA0011": "Command and Control", "TA0010": "Exfiltration", "TA0040": "Impact",
	} {
		if strings.EqualFold(strings.ReplaceAll(name, " ", ""), strings.ReplaceAll(category, " ", "")) {
			return uid, name
		}
	}
	return "", ""
}
