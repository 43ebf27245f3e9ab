package scenario

import (
	"fmt"
	"time"
)

// The writers of a change as incidents name them.
// Source: payloads published by others; text after "API-App:" is an app's or a person's name.
const (
	byCreation   = "Microsoft 365 Defender-IncidentCreation"
	byAction     = "API-App:API Action"
	byAutomation = "API-App:SOC automation"
)

func byPerson(p *person) string { return "API-App:" + p.upn }

// tracked is an incident under way: the document as it stands and what is still to come.
type tracked struct {
	dice
	org     *org
	id      string
	plot    plot
	pending []draft // alerts that have not joined yet
	doc     object  // the incident without alerts
	alerts  []object
	owner   *person
	unset   any  // how this incident writes a verdict nobody gave: nil or "unknown"
	full    bool // fill every property, no oddities
	changed time.Time
	graded  bool // severity was set by hand
	over    bool // resolved or redirected
}

const portal = "https://security.microsoft.com"

// newTracked tells the story on the tenant's cast; the incident has no alerts yet.
func newTracked(d dice, o *org, id string, tell func(*scene) plot, at time.Time) *tracked {
	s := newScene(d, o, at)
	t := &tracked{dice: d, org: o, id: id, plot: tell(s)}
	t.pending = s.drafts
	if d.oneIn(2) {
		t.unset = "unknown"
	}
	t.doc = object{
		"id": id, "tenantId": o.tenant, "status": "active", "redirectIncidentId": nil,
		"incidentWebUrl": t.webURL(), "displayName": nil,
		"createdDateTime": stamp(at), "lastUpdateDateTime": stamp(at), "lastModifiedBy": byCreation,
		"assignedTo": nil, "classification": t.unset, "determination": t.unset, "severity": "unknown",
		"customTags": list{}, "systemTags": list{}, "description": nil, "summary": nil, "resolvingComment": nil,
		"priorityScore": nil, "comments": list{},
	}
	return t
}

func (t *tracked) webURL() string {
	return portal + "/incident2/" + t.id + "/overview?tid=" + t.org.tenant
}

// document is a copy of the incident with its alerts as they stand.
func (t *tracked) document() object {
	out := cloneObject(t.doc)
	alerts := make(list, len(t.alerts))
	for i, a := range t.alerts {
		alerts[i] = cloneObject(a)
	}
	out["alerts"] = alerts
	return out
}

// touch stamps a change of the incident.
func (t *tracked) touch(at time.Time, by string) {
	t.doc["lastUpdateDateTime"], t.doc["lastModifiedBy"], t.changed = stamp(at), by, at
}

// raise lets the next n drafts become alerts, or as many as are left.
func (t *tracked) raise(at time.Time, n int) {
	for range min(n, len(t.pending)) {
		d := t.pending[0]
		t.pending = t.pending[1:]
		alert := t.newAlert(d, at)
		if !t.full {
			t.oddities(alert, at)
		}
		t.alerts = append(t.alerts, alert)
	}
	t.regrade()
	t.rename()
	t.touch(at, byCreation)
}

// newAlert turns a draft into an alert raised a moment before at.
func (t *tracked) newAlert(d draft, at time.Time) object {
	born := at.Add(-t.span(50*time.Millisecond, 900*time.Millisecond)).Truncate(100)
	id, provider := d.from.newID(t.dice, t.org.workspace)
	for _, e := range d.evidence {
		t.dress(e)
	}
	created(d.evidence, born)
	return object{
		"id": id, "providerAlertId": provider, "incidentId": t.id, "tenantId": t.org.tenant, "status": "new", "severity": d.severity,
		"classification": t.unset, "determination": t.unset,
		"serviceSource": d.from.service, "detectionSource": d.from.detection, "productName": d.from.name, "detectorId": asGUID("detector" + d.title),
		"title": d.title, "description": d.about, "recommendedActions": orNil(t.plot.advice),
		"category": d.category, "categories": strs(append([]string{d.category}, d.also...)...), "mitreTechniques": strs(d.techniques...),
		"assignedTo": nil, "alertWebUrl": portal + "/alerts/" + id + "?tid=" + t.org.tenant, "incidentWebUrl": t.webURL(),
		"actorDisplayName": orNil(d.actor), "threatDisplayName": orNil(d.threat), "threatFamilyName": orNil(d.family), "alertPolicyId": orNil(d.policy),
		"createdDateTime": stamp(born), "lastUpdateDateTime": stamp(at), "resolvedDateTime": nil,
		"firstActivityDateTime": stamp(d.first), "lastActivityDateTime": stamp(d.last),
		"systemTags": list{}, "comments": list{}, "investigationState": investigation(d.from),
		"customDetails": custom(d.details), "additionalData": object{}, "evidence": d.evidence,
	}
}

func custom(details object) object {
	if details == nil {
		return object{}
	}
	return details
}

// investigation is where the automatic investigation stands when an alert is raised.
func investigation(p product) string {
	switch p.prefix {
	case "da", "fa":
		return "queued"
	}
	return "unsupportedAlertType"
}

// regrade lets the incident be as severe as its worst alert, unless somebody decided otherwise.
func (t *tracked) regrade() {
	if t.graded {
		return
	}
	order := map[any]int{"informational": 1, "low": 2, "medium": 3, "high": 4}
	worst := any("unknown")
	for _, a := range t.alerts {
		if order[a["severity"]] > order[worst] {
			worst = a["severity"]
		}
	}
	t.doc["severity"] = worst
}

// rename names the incident after its alerts, or after the story once all of it is known.
func (t *tracked) rename() {
	first := fmt.Sprint(t.alerts[0]["title"])
	var tactics []string
	seen := map[any]bool{}
	for _, a := range t.alerts {
		if tactic := a["category"]; !seen[tactic] {
			seen[tactic] = true
			tactics = append(tactics, spaced(fmt.Sprint(tactic)))
		}
	}
	switch {
	case t.plot.title != "" && len(t.pending) == 0:
		t.doc["displayName"] = t.plot.title
	case len(tactics) > 1:
		t.doc["displayName"] = "Multi-stage incident involving " + tactics[0] + " & " + tactics[1] + t.scope()
	default:
		t.doc["displayName"] = first + t.scope()
	}
}

// scope says how many endpoints, or else users, the alerts speak of.
func (t *tracked) scope() string {
	hosts, users := map[any]bool{}, map[any]bool{}
	for _, a := range t.alerts {
		walk(a["evidence"], func(o object) {
			switch subtypeOf(o) {
			case "deviceEvidence":
				hosts[o["mdeDeviceId"]] = true
			case "userEvidence":
				account, _ := o["userAccount"].(object)
				users[account["userSid"]] = true
			}
		})
	}
	switch {
	case len(hosts) > 1:
		return " on multiple endpoints"
	case len(hosts) == 1:
		return " on one endpoint"
	case len(users) > 1:
		return " involving multiple users"
	case len(users) == 1:
		return " involving one user"
	}
	return ""
}

// spaced writes LateralMovement as Lateral movement.
func spaced(tactic string) string {
	out := []rune{}
	for i, r := range tactic {
		if i > 0 && r >= 'A' && r <= 'Z' {
			out = append(out, ' ', r-'A'+'a')
			continue
		}
		out = append(out, r)
	}
	return string(out)
}
