package asim

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// indicator writes what kind of thing the alert is about: of its evidence the
// first of the gravest verdict.
func (e *event) indicator() {
	at, gravest := -1, -1
	for i := range e.alert.List.Len() {
		if g := gravity(member(e.alert.List.At(i), "Verdict")); g > gravest {
			at, gravest = i, g
		}
	}
	if at < 0 {
		return
	}
	of := e.alert.List.At(at)
	e.put("IndicatorType", indicatorType(member(of, "Type")))
	e.put("IndicatorAssociation", association(of))
}

func (e *event) anyMalicious() bool {
	for i := range e.alert.List.Len() {
		if member(e.alert.List.At(i), "Verdict") == "malicious" {
			return true
		}
	}
	return false
}

// gravity orders verdicts; what is only mentioned has none.
func gravity(verdict string) int {
	switch verdict {
	case "":
		return 0
	case "noThreatsFound":
		return 1
	case "suspicious":
		return 3
	case "malicious":
		return 4
	}
	return 2
}

// association says whether the thing was hit, "" when its roles do not tell.
func association(of pcommon.Map) string {
	roles, ok := of.Get("Roles")
	if !ok || roles.Type() != pcommon.ValueTypeSlice || roles.Slice().Len() == 0 {
		return ""
	}
	for _, role := range roles.Slice().All() {
		if slices.Contains([]string{"attacked", "compromised", "destination", "scanned"}, role.AsString()) {
			return "Targeted"
		}
	}
	return "Associated"
}

// indicatorType is ASIM's word for an entity type; Cloud Resource for one that
// is not known yet.
func indicatorType(entityType string) string {
	switch entityType {
	case "ip", "network-connection":
		return "Ip"
	case "account", "security-group", "service-principal", "github-user":
		return "User"
	case "process":
		return "Process"
	case "registry-key", "registry-value":
		return "Registry"
	case "url", "dns":
		return "Url"
	case "host", "iotdevice", "nic", "active-directory-domain":
		return "Host"
	case "cloud-application", "ai-agent":
		return "Application"
	case "file", "filehash", "malware":
		return "File"
	case "mail-message", "mail-cluster", "SubmissionMail", "teams-message":
		return "Email"
	case "mailbox", "mailbox-configuration":
		return "Mailbox"
	case "host-logon-session", "cloud-logon-session", "cloud-logon-request":
		return "Logon Session"
	}
	return "Cloud Resource"
}
