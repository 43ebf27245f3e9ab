package scenario

import (
	"fmt"
	"time"
)

// providers are the analysts of whoever runs the workspace. As many as a tenant
// has of its own, so that owners can be mapped one to one.
func providers() []string {
	return []string{"alex.reed@provider.com", "kim.sato@provider.com", "noor.aziz@provider.com"}
}

// worker is a person on duty for one incident.
type worker struct {
	side Side
	name string
}

// workerOn picks who works on the incident on a side.
func (t *tracked) workerOn(side Side) worker {
	if side == Sentinel {
		return worker{side, pick(t.dice, providers())}
	}
	return worker{side, pick(t.dice, t.org.analysts).upn}
}

func other(side Side) Side {
	if side == Sentinel {
		return Defender
	}
	return Sentinel
}

// says makes an act of a change that a person makes.
func (w worker) says(said string, change object) act {
	return func(st *stage, t *tracked, at time.Time) {
		if !t.over {
			st.move(at, t, Move{By: w.name, Side: w.side, Change: change, Note: said})
		}
	}
}

// takes: the person takes the incident and begins.
func (w worker) takes() act {
	if w.side == Sentinel {
		return w.says("taken", object{"owner": object{"userPrincipalName": w.name}, "status": "Active"})
	}
	return w.says("taken", object{"assignedTo": w.name, "status": "inProgress"})
}

func (w worker) tags(tags ...string) act {
	return w.says(fmt.Sprintf("tagged %q", tags), object{"addTags": strs(tags...)})
}

func (w worker) untags(tags ...string) act {
	return w.says(fmt.Sprintf("tag %q removed", tags), object{"removeTags": strs(tags...)})
}

func (w worker) comments(text string) act {
	return w.says("commented", object{"comment": text})
}

func (w worker) regrades(severity string) act {
	word := severity
	if w.side == Sentinel {
		word = map[string]string{"low": "Low", "medium": "Medium", "high": "High"}[severity]
	}
	return w.says("severity "+severity, object{"severity": word})
}

// closes: the person gives a verdict, in the words of their side.
func (w worker) closes(v verdict, why string) act {
	said := fmt.Sprintf("closed as %s, %s", v.classification, v.determination)
	if w.side == Defender {
		return w.says(said, object{
			"status": "resolved", "classification": v.classification, "determination": v.determination, "resolvingComment": why,
		})
	}
	class, reason := sentinelWords(v)
	return w.says(said, object{"status": "Closed", "classification": class, "classificationReason": reason, "classificationComment": why})
}

// sentinelWords are the coarser pair of the other service; an alert that was
// not worth its noise is the rule's fault there.
func sentinelWords(v verdict) (classification, reason string) {
	switch v.classification {
	case "truePositive":
		return "TruePositive", "SuspiciousActivity"
	case "informationalExpectedActivity":
		return "BenignPositive", "SuspiciousButExpected"
	}
	if v.determination == "notEnoughDataToValidate" {
		return "FalsePositive", "IncorrectAlertLogic"
	}
	return "FalsePositive", "InaccurateData"
}

// reopens: the person is not done with it.
func (w worker) reopens() act {
	status := "inProgress"
	if w.side == Sentinel {
		status = "Active"
	}
	return w.says("reopened", object{"status": status})
}

// rests stops the service's own story once people are through with an incident:
// no alert joins a closed one.
func rests(_ *stage, t *tracked, _ time.Time) { t.over = true }

// merging: a person in Defender folds the incident into an older open one.
func (w worker) merging(st *stage, t *tracked, at time.Time) {
	for _, older := range st.open {
		if older == t || older.org != t.org || older.over || t.over || older.id == t.id {
			continue
		}
		t.over = true
		st.move(at, t, Move{By: w.name, Side: Defender, Merge: []string{older.id, t.id}, Note: "merged with incident " + older.id})
		return
	}
}
