package emulator

import (
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// checkPatch looks at each member that a PATCH wants to set. Enum members are
// taken in the case of the schema only.
func checkPatch(op operation, changes []rawjson.Member) *errQuery {
	for _, m := range changes {
		check := checkIncidentMember
		if op == opPatchAlert {
			check = checkAlertMember
		}
		if bad := check(m); bad != nil {
			return bad
		}
	}
	return nil
}

// checkIncidentMember takes the ten members that can be written.
// Source: Microsoft Graph v1.0, update incident, revision of 2026-03-19.
func checkIncidentMember(m rawjson.Member) *errQuery {
	switch m.Name {
	case "@odata.type":
		return checkType(m, "incident")
	case "assignedTo", "description", "displayName", "resolvingComment", "summary":
		_, bad := textOf(m, true)
		return bad
	case "customTags":
		_, bad := textsOf(m)
		return bad
	case "classification":
		return checkEnum(m, true, classifications())
	case "determination":
		return checkEnum(m, true, determinations())
	case "severity":
		return checkEnum(m, false, severities())
	case "status":
		// "redirected" leaves an incident that the portal cannot open, and
		// "awaitingAction" is for Microsoft's experts: both chosen to be refused.
		return checkEnum(m, false, []string{"active", "inProgress", "resolved"})
	}
	return refuseBody("%q cannot be written", m.Name)
}

// checkAlertMember takes the five members that can be written.
// Source: Microsoft Graph v1.0, update alert, with customDetails of 2026.
func checkAlertMember(m rawjson.Member) *errQuery {
	switch m.Name {
	case "@odata.type":
		return checkType(m, "alert")
	case "assignedTo":
		_, bad := textOf(m, true)
		return bad
	case "classification":
		return checkEnum(m, true, classifications())
	case "determination":
		return checkEnum(m, true, determinations())
	case "status":
		return checkEnum(m, false, []string{"new", "inProgress", "resolved"})
	case "customDetails":
		if kind := rawjson.Kind(m.Value); kind != "object" && kind != "null" {
			return refuseBody("%q must be an object, got %s", m.Name, kind)
		}
		return nil
	}
	return refuseBody("%q cannot be written", m.Name)
}

// checkType takes the name of a type with or without its hash.
func checkType(m rawjson.Member, name string) *errQuery {
	text, bad := textOf(m, false)
	if bad == nil && strings.TrimPrefix(text, "#") != qualifier+name {
		bad = refuseBody("%q must be %s%s, got %q", m.Name, qualifier, name, text)
	}
	return bad
}

func checkEnum(m rawjson.Member, nullable bool, members []string) *errQuery {
	text, bad := textOf(m, nullable)
	switch {
	case bad != nil:
		return bad
	case nullable && rawjson.IsNull(m.Value):
		return nil
	case text == unknownFutureValue || !slices.Contains(members, text):
		return refuseBody("%q is no value of %q", text, m.Name)
	}
	return nil
}

// checkVerdict refuses a change that leaves a determination beside a
// classification it does not suit. Whether Graph does that is not known.
// Source of the pairs: MicrosoftDocs/defender-docs, api-update-incidents.md.
func (e *Emulator) checkVerdict(d *document, changes []rawjson.Member) *errQuery {
	if e.settings.LoosePairs {
		return nil
	}
	asked := func(name string) (value string, differs bool) {
		old := verdictOf(d.value(name))
		if text, ok := memberOf(changes, name); ok {
			return verdictOf(text), verdictOf(text) != old
		}
		return old, false
	}
	classification, moved := asked("classification")
	determination, turned := asked("determination")
	if (moved || turned) && !suits(classification, determination) {
		return refuseBody("determination %q does not suit classification %q", determination, classification)
	}
	return nil
}

// verdictOf reads one half of a verdict; unset is null, "unknown" or absent.
func verdictOf(value []byte) string {
	text, ok := rawjson.String(value)
	if !ok || text == "" {
		return "unknown"
	}
	return text
}

// suits tells whether a determination may stand beside a classification. None
// yet goes with any.
func suits(classification, determination string) bool {
	if determination == "unknown" {
		return true
	}
	switch classification {
	case "truePositive":
		return slices.Contains([]string{
			"multiStagedAttack", "maliciousUserActivity", "compromisedAccount", "malware", "phishing", "unwantedSoftware", "other",
		}, determination)
	case "informationalExpectedActivity":
		return slices.Contains([]string{"securityTesting", "lineOfBusinessApplication", "confirmedActivity", "other"}, determination)
	case "falsePositive":
		return slices.Contains([]string{"notMalicious", "notEnoughDataToValidate", "other"}, determination)
	}
	return false
}
