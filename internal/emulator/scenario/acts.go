package scenario

import (
	"fmt"
	"time"
)

// Everything that may befall an incident. Each act changes the document at a moment and says in one
// line what happened.

func (t *tracked) opened(at time.Time, n int) string {
	t.raise(at, n)
	return fmt.Sprintf("opened with %d of %d alerts: %v", len(t.alerts), len(t.alerts)+len(t.pending), t.doc["displayName"])
}

func (t *tracked) joined(at time.Time) string {
	t.raise(at, 1)
	return fmt.Sprintf("alert joined: %v", t.alerts[len(t.alerts)-1]["title"])
}

// scored: the service worked out priority, summary and description.
func (t *tracked) scored(at time.Time) string {
	points := map[any]int64{"informational": 3, "low": 14, "medium": 55, "high": 86}
	score := points[t.doc["severity"]] + t.between(0, 14)
	t.doc["priorityScore"], t.doc["summary"] = score, t.plot.summary
	t.doc["description"] = fmt.Sprintf("Microsoft Defender correlated %d alerts. Suggested: %s", len(t.alerts), t.plot.advice)
	t.touch(at, byCreation)
	return fmt.Sprintf("scored %d of 100", score)
}

// assigned: an analyst takes the incident, and its alerts with it.
func (t *tracked) assigned(at time.Time) string {
	t.owner = pick(t.dice, t.org.analysts)
	t.doc["assignedTo"] = t.owner.upn
	t.everyAlert(at, func(a object) { a["assignedTo"] = t.owner.upn })
	t.touch(at, byPerson(t.owner))
	return "assigned to an analyst"
}

// begun: work on the incident starts.
func (t *tracked) begun(at time.Time) string {
	t.doc["status"] = "inProgress"
	t.everyAlert(at, func(a object) { a["status"] = "inProgress" })
	t.touch(at, t.worker())
	return "status inProgress"
}

func (t *tracked) tagged(at time.Time) string {
	tags := append([]string(nil), t.plot.tags...)
	tags = append(tags, pick(t.dice, []string{"Shift A", "Shift B", "Tier 2", "Customer informed"}))
	t.doc["customTags"] = strs(tags...)
	t.touch(at, byAutomation)
	return fmt.Sprintf("tagged %q", tags)
}

func (t *tracked) commented(at time.Time) string {
	text := pick(t.dice, []string{
		"Called the user: they did not sign in at that time.", "Device isolated, waiting for the memory image.",
		"Same sender as last week, added to the block list.", "Handing over to the next shift.",
		"Zweite Prüfung läuft – bitte nicht schließen.", "Ticket CHG-" + t.hex(5) + " opened for the reset.",
	})
	t.doc["comments"] = append(t.comments(t.doc), t.comment(at, text))
	t.touch(at, t.worker())
	return "commented"
}

func (t *tracked) alertCommented(at time.Time) string {
	a := pick(t.dice, t.alerts)
	a["comments"] = append(t.comments(a), t.comment(at, "Checked against the baseline of this host: new."))
	a["lastUpdateDateTime"] = stamp(at)
	t.touch(at, t.worker())
	return "alert commented"
}

func (t *tracked) comments(of object) list {
	have, _ := of["comments"].(list)
	return have
}

func (t *tracked) comment(at time.Time, text string) object {
	name := "SOC automation"
	if t.owner != nil {
		name = t.owner.display
	}
	return object{"comment": text, "createdByDisplayName": name, "createdDateTime": stamp(at)}
}

// investigated: the automatic investigation came to an end and acted on what it found.
func (t *tracked) investigated(at time.Time) string {
	a := pick(t.dice, t.alerts)
	a["investigationState"] = pick(t.dice, []string{"successfullyRemediated", "partiallyRemediated", "pendingApproval", "benign", "terminatedBySystem"})
	acted := 0
	walk(a["evidence"], func(o object) {
		if o["verdict"] == "malicious" && o["remediationStatus"] == "active" {
			choice := pick(t.dice, []string{"remediated", "blocked", "pendingApproval", "running", "partiallyRemediated", "notFound", "prevented"})
			remediation(o, choice, remediationWords(choice))
			acted++
		}
	})
	a["lastUpdateDateTime"] = stamp(at)
	t.touch(at, byAction)
	return fmt.Sprintf("investigated an alert: %v, %d entities acted on", a["investigationState"], acted)
}

// regraded: somebody overrules the severity; later alerts do not change it any more.
func (t *tracked) regraded(at time.Time) string {
	t.graded = true
	t.doc["severity"] = pick(t.dice, []string{"low", "medium", "high"})
	t.touch(at, t.worker())
	return fmt.Sprintf("severity set to %v by hand", t.doc["severity"])
}

// awaited: Microsoft's experts ask the customer to act. Seen only by callers that send the Prefer header.
func (t *tracked) awaited(at time.Time) string {
	t.doc["status"] = "awaitingAction"
	t.doc["systemTags"] = append(t.systemTags(), "Defender Experts")
	t.everyAlert(at, func(a object) { a["systemTags"] = strs("Defender Experts") })
	t.touch(at, byCreation)
	return "experts await an action"
}

func (t *tracked) systemTags() list {
	have, _ := t.doc["systemTags"].(list)
	return have
}

// resolved: the analyst's verdict closes the incident and every alert of it.
func (t *tracked) resolved(at time.Time) string {
	v := t.plot.truth
	if t.oneIn(8) {
		v = pick(t.dice, []verdict{
			{"falsePositive", "notEnoughDataToValidate"},
			{"falsePositive", "other"},
			{"informationalExpectedActivity", "lineOfBusinessApplication"},
			{"informationalExpectedActivity", "confirmedActivity"},
			{"informationalExpectedActivity", "other"},
		})
	}
	t.doc["resolvingComment"] = t.plot.advice + " Done."
	t.close(at, v, t.worker())
	return fmt.Sprintf("resolved as %s, %s", v.classification, v.determination)
}

// autoResolved: a rule closes the incident without a verdict.
func (t *tracked) autoResolved(at time.Time) string {
	for _, a := range t.alerts {
		a["assignedTo"] = "Automation"
	}
	t.close(at, verdict{}, byAction)
	return "resolved by automation"
}

func (t *tracked) close(at time.Time, v verdict, by string) {
	t.doc["status"] = "resolved"
	if v != (verdict{}) {
		t.doc["classification"], t.doc["determination"] = v.classification, v.determination
	}
	t.everyAlert(at, func(a object) {
		a["status"], a["classification"], a["determination"] = "resolved", t.doc["classification"], t.doc["determination"]
		if a["resolvedDateTime"] == nil {
			a["resolvedDateTime"] = stamp(at)
		}
	})
	t.over = true
	t.touch(at, by)
}

// revised: somebody thinks again after the incident was resolved.
func (t *tracked) revised(at time.Time) string {
	v := truly("other")
	t.doc["classification"], t.doc["determination"] = v.classification, v.determination
	t.everyAlert(at, func(a object) { a["classification"], a["determination"] = v.classification, v.determination })
	t.touch(at, t.worker())
	return "verdict revised"
}

// everyAlert changes all alerts that are not resolved, or all once the incident itself is.
func (t *tracked) everyAlert(at time.Time, change func(object)) {
	for _, a := range t.alerts {
		if a["status"] == "resolved" && t.doc["status"] != "resolved" {
			continue
		}
		change(a)
		a["lastUpdateDateTime"] = stamp(at)
	}
}

func (t *tracked) worker() string {
	if t.owner == nil {
		return byAutomation
	}
	return byPerson(t.owner)
}
