package scenario

import (
	"slices"
	"time"
)

// mergeMax is how many alerts a merged incident may have here; the service has an entity cap of its own.
const mergeMax = 150

// mayMerge follows the service's rules: never with a closed incident, nor across owners or verdicts.
// Source: MicrosoftDocs/defender-docs defender-xdr/alerts-incidents-correlation.md.
func mayMerge(source, target *tracked) bool {
	return source != target && source.org == target.org && !source.over && !target.over &&
		source.owner == target.owner && source.doc["status"] == target.doc["status"] &&
		len(source.alerts)+len(target.alerts) <= mergeMax
}

// mergeInto moves all alerts and tags of an incident into another one and closes it as redirected.
// Comments stay where they are. Alerts that were still to join never do.
func (t *tracked) mergeInto(target *tracked, at time.Time) {
	for _, a := range t.alerts {
		a["incidentId"], a["incidentWebUrl"], a["lastUpdateDateTime"] = target.id, target.webURL(), stamp(at)
	}
	target.alerts = append(target.alerts, t.alerts...)
	target.doc["customTags"] = union(target.doc["customTags"], t.doc["customTags"])
	target.regrade()
	target.rename()
	target.touch(at, byCreation)

	t.alerts, t.pending, t.over = nil, nil, true
	t.doc["status"], t.doc["redirectIncidentId"] = "redirected", target.id
	t.doc["systemTags"] = append(t.systemTags(), "Redirected")
	t.touch(at, byCreation)
}

func union(a, b any) list {
	out := list{}
	for _, tags := range []any{a, b} {
		items, _ := tags.(list)
		for _, tag := range items {
			if !slices.Contains(out, tag) {
				out = append(out, tag)
			}
		}
	}
	return out
}
