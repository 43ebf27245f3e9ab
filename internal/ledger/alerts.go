package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

const (
	// AlertsMax is how many alerts a Sentinel incident holds.
	// Source: Microsoft Sentinel service limits, read 2026-11.
	AlertsMax = 150
	// alertWaitFirst and alertWaitMax bound the wait for a Sentinel alert that
	// does not exist yet, which doubles. The rule that makes it takes 3 to 10
	// minutes, or seconds where it is the emulator's; one query looks for all.
	alertWaitFirst = 5 * time.Second
	alertWaitMax   = 15 * time.Minute
	// The waits after that: the rule raises nothing that is older than two days,
	// and nothing at all where it is not deployed.
	alertWaitHourly = time.Hour
	alertWaitDaily  = 6 * time.Hour
	// alertTriesFirst tries double the wait, those until alertTriesOften fill 8
	// hours, until alertTriesHourly two days, until alertTriesMax two weeks, the
	// time that a query looks back.
	alertTriesFirst  = 8
	alertTriesOften  = 40
	alertTriesHourly = 80
	alertTriesMax    = 128
)

// Alerts are the Defender alerts of an incident: the Sentinel alerts that the
// rule makes of them are related to the twin once they exist.
type Alerts struct {
	// Waiting are ids of alerts that are not related yet, oldest first.
	Waiting []string `json:"waiting,omitempty"`
	// Done are ids, sorted, of those that are, or cannot be.
	Done []string `json:"done,omitempty"`
	// Related is how many relations were made.
	Related int `json:"related,omitempty"`
	// Over is how many do not fit into AlertsMax.
	Over int `json:"over,omitempty"`
	// Next is when they are looked for again, Tries how often they were.
	Next  time.Time `json:"next,omitzero"`
	Tries int       `json:"tries,omitempty"`
}

// ObserveAlerts takes ids of Defender alerts that belong to the incident, and
// reports whether one is new.
func (e *Entry) ObserveAlerts(ids []string) bool {
	a := &e.Alerts
	changed := false
	for _, id := range ids {
		if _, done := slices.BinarySearch(a.Done, id); done || id == "" || slices.Contains(a.Waiting, id) {
			continue
		}
		if len(a.Waiting)+a.Related >= AlertsMax {
			a.finish(id)
			a.Over++
			changed = true
			continue
		}
		a.Waiting = append(a.Waiting, id)
		a.Next, a.Tries = time.Time{}, 0
		changed = true
	}
	return changed
}

// again lets all alerts wait: the twin that had them is gone.
func (a *Alerts) again() {
	all := slices.Concat(a.Done, a.Waiting)
	*a = Alerts{}
	for _, id := range all {
		if len(a.Waiting) < AlertsMax {
			a.Waiting = append(a.Waiting, id)
			continue
		}
		a.finish(id)
		a.Over++
	}
}

func (a *Alerts) finish(id string) {
	if at, done := slices.BinarySearch(a.Done, id); !done {
		a.Done = slices.Insert(a.Done, at, id)
	}
	a.Waiting = slices.DeleteFunc(a.Waiting, func(w string) bool { return w == id })
}

// relate is whether and when alerts are to be looked for.
func (e *Entry) relate() (time.Time, bool) {
	t := e.Sides[incident.SideSentinel]
	if !t.Known || t.Gone || e.Redirect != nil || len(e.Alerts.Waiting) == 0 {
		return time.Time{}, false
	}
	return e.Alerts.Next, true
}

// AlertRelated notes that an alert is related to the twin now.
func (e *Entry) AlertRelated(id string, now time.Time) {
	e.Alerts.finish(id)
	e.Alerts.Related++
	e.decide(Decision{At: now, Field: "relation", Rule: "relate", Side: incident.SideSentinel.String(), Result: ResultWritten, Reason: "alert " + id})
}

// AlertRefused notes that an alert can never be related.
func (e *Entry) AlertRefused(id, reason string, now time.Time) {
	e.Alerts.finish(id)
	e.decide(Decision{At: now, Field: "relation", Rule: "relate", Side: incident.SideSentinel.String(), Result: ResultParked, Reason: "alert " + id + ": " + reason})
}

// AlertsLater puts off looking for the alerts that do not exist yet. Those that
// no rule raises in days are given up, sooner where the incident is closed: it
// could never rest.
func (e *Entry) AlertsLater(now time.Time) {
	a := &e.Alerts
	a.Tries++
	if a.Tries > alertTriesMax || a.Tries > alertTriesHourly && e.bothClosed() {
		reason := fmt.Sprintf("%d alerts were not raised in Sentinel", len(a.Waiting))
		for _, id := range slices.Clone(a.Waiting) {
			a.finish(id)
		}
		e.decide(Decision{At: now, Field: "relation", Rule: "relate", Side: incident.SideSentinel.String(), Result: ResultParked, Reason: reason})
		return
	}
	wait := alertWaitMax
	switch {
	case a.Tries <= alertTriesFirst:
		wait = alertWaitFirst << (a.Tries - 1)
	case a.Tries > alertTriesHourly:
		wait = alertWaitDaily
	case a.Tries > alertTriesOften:
		wait = alertWaitHourly
	}
	a.Next = now.Add(wait)
}
