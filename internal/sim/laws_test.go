package sim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// overwritten judges a person's value that gave way to a write of ours before
// the other side had it.
func (j *judge) overwritten(i *tracked, key string, side tally.Side, lost, by edit) {
	if f := tally.FieldOf(key); f == tally.Title || f == tally.Description {
		return // Sentinel's own stands until Defender's next
	}
	for _, d := range j.decisions {
		if d.Incident == i.id && d.Field == key &&
			(d.Rule == "conflict" || d.Rule == "first meeting" || d.Result == "overwritten" || d.Result == "taken as an edit") {
			j.o.lost++
			return
		}
	}
	if j.inWindow(i, key, side, lost, by) {
		j.o.excused++
		return
	}
	j.breaks("%s: %s edited to %q at %s was written over with %q at %s, and no conflict is recorded",
		i.id, key, lost.after, clock(lost.at), by.after, clock(by.at))
}

// settleTime is the ledger's, as shipped.
const settleTime = 2 * time.Minute

// inWindow tells whether an edit fell into a window that cannot be closed: just
// before our PATCH, which has no etag (W1); or, where an answer was lost or the
// collector died since our last write, back to what was there before or was
// asked (W3); while a PATCH that changed nothing is not found out (W4); or after a
// lost ledger (W6).
func (j *judge) inWindow(i *tracked, key string, side tally.Side, lost, by edit) bool {
	t := i.thread(key)
	if side == tally.Defender && by.at.Sub(lost.at) <= j.staleness() || j.script.has(deedForget) {
		return true
	}
	if side == tally.Defender && j.hollow(i, lost.at) {
		return true
	}
	if !j.script.interrupted() && !j.script.plays(emulator.FaultLostAnswer, emulator.FaultCut, emulator.FaultStatus) {
		return false
	}
	w := t.wrote[side]
	return w != nil && (lost.after == w.before || lost.after == w.after) || j.takenForOurs(i, key, lost, by)
}

// hollow tells whether a PATCH that changed nothing may not be found out at a time.
func (j *judge) hollow(i *tracked, at time.Time) bool {
	return !i.hollow.IsZero() && at.Sub(i.hollow) <= settleTime+j.seen()
}

// takenForOurs tells whether an edit is what we had asked for in a request that
// never arrived, so that it was taken for our write, or what a stale read had
// shown before one that did, so that it was taken for its failure (W3).
func (j *judge) takenForOurs(i *tracked, key string, lost, by edit) bool {
	return slices.ContainsFunc(j.decisions, func(d decision) bool {
		return d.Incident == i.id && d.Field == key && !d.At.Before(lost.at) && !d.At.After(by.at) &&
			(d.Reason == "found after a lost answer" || d.Reason == "not found after a lost answer")
	})
}

// staleness is how old what was read may be, with the time of a round trip.
func (j *judge) staleness() time.Duration {
	longest := time.Second
	for _, f := range j.script.Faults {
		switch f.Kind {
		case emulator.FaultStaleRead, emulator.FaultSlow, emulator.FaultLate:
			longest += time.Duration(f.Delay)
		default:
		}
	}
	return longest
}

// seen is how long a state must last to be seen for certain.
func (j *judge) seen() time.Duration {
	longest := 2*j.script.Poll + j.staleness()
	for _, a := range j.script.Acts {
		longest += a.Down
	}
	return longest
}

// end holds both queues against each other, and against what people did.
func (j *judge) end() {
	defender, err := j.queue("/control/defender/incidents")
	if err != nil {
		j.breaks("%v", err)
		return
	}
	sentinel, err := j.queue("/control/sentinel/incidents")
	if err != nil {
		j.breaks("%v", err)
		return
	}
	for _, f := range j.life.Compare(tenant, defender, sentinel).Differ() {
		if j.outOfSight(f) {
			continue
		}
		if j.parked(f) {
			j.o.parked++
			continue
		}
		j.breaks("%s: %s", f.Incident, f.What)
	}
	for _, i := range j.incidents {
		if i.now[tally.Sentinel] == nil && i.revived && !i.missed && !i.merged && i.now[tally.Defender][string(tally.Status)] != "closed" {
			j.breaks("%s: its deleted twin was not made again after Defender reopened it", i.id)
		}
	}
	j.announced(defender, sentinel)
}

// outOfSight tells whether what differs is of a time before the ledger was lost
// and no resync shows it: alerts, and incidents that are closed (W6).
func (j *judge) outOfSight(f tally.Finding) bool {
	if len(j.forgot) == 0 {
		return false
	}
	i := j.incident(f.Incident)
	return len(f.Fields) == 1 && f.Fields[0] == tally.Alerts || i.now[tally.Defender][string(tally.Status)] == "closed"
}

// parked tells whether all that differs is what Defender answered 200 to and did
// not change, three times over, and the ledger says so.
func (j *judge) parked(f tally.Finding) bool {
	if !j.script.plays(emulator.FaultNoEffect) || len(f.Fields) == 0 {
		return false
	}
	for _, field := range f.Fields {
		last := ""
		for _, d := range j.decisions {
			if d.Incident == f.Incident && d.Field == string(field) {
				last = d.Result
			}
		}
		if last != "parked" {
			return false
		}
	}
	return true
}

// announced requires that the twin of each merged incident says once where it
// went.
func (j *judge) announced(defender, sentinel []json.RawMessage) {
	merged := map[string]string{} // by our label
	for _, text := range defender {
		var d struct{ ID, RedirectIncidentID string }
		if json.Unmarshal(text, &d) == nil && d.RedirectIncidentID != "" {
			merged[labelOf(d.ID)] = d.RedirectIncidentID
		}
	}
	for _, text := range sentinel {
		for label, into := range merged {
			if !strings.Contains(string(text), label) {
				continue
			}
			if n := strings.Count(string(text), "This incident was merged into incident"); n != 1 {
				j.breaks("%s: merged into %s, which its twin says %d times", label, into, n)
			}
		}
	}
}

// budgets are never exceeded, and a calm life has no write without a change.
func (j *judge) budgets() {
	summary := j.emulator.Summary()
	if !j.script.interrupted() && !j.script.plays(emulator.FaultStatus, emulator.FaultCut, emulator.FaultLostAnswer) {
		for name, limit := range summary.ARM.Limits {
			if limit.Refused > 0 {
				j.breaks("limit %s exceeded %d times", name, limit.Refused)
			}
		}
	}
	if j.script.calm() {
		for side, n := range summary.Sync.Idle {
			j.breaks("%d writes to %s changed nothing", n, side)
		}
	}
}
