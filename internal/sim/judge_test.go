package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// judge goes through every accepted write of both services, in order, and holds
// the end against the laws: both sides agree; what a person wrote is on both
// sides, or lost a conflict that was recorded, the windows that cannot be closed
// apart; nothing was invented; comments are there once. What a word means on the
// other side it knows from package tally, which shares nothing with the
// connector.
type judge struct {
	*player
	o         outcome
	people    tally.People
	life      *tally.Life
	decisions []decision
	incidents map[string]*tracked // by Defender id
	twins     map[string]string   // Sentinel name → Defender id
}

// tracked is what became of one incident so far.
type tracked struct {
	id      string
	now     [2]map[string]string // by side, nil while there is none
	threads map[string]*thread   // by key of the values
	merged  bool
	hollow  time.Time // when Defender last answered 200 and changed nothing
	deleted time.Time // of the twin, zero while it lives
	twinned int       // how often a twin was made
	opened  time.Time // when Defender last reopened
	closed  time.Time // when Defender closed since the deletion
	revived bool      // and reopened
	missed  bool      // perhaps between two polls
}

// thread is what became of one key of an incident's values.
type thread struct {
	base   string     // what both sides last had in common
	before string     // and what before that
	moved  time.Time  // when the base moved
	edits  [2]*edit   // a person's value that stands and that the other side does not have
	wrote  [2]*edit   // our last write
	last   [2]edit    // the last change of each side
	had    [2]history // all values that a side had
}

type history map[string]bool

// edit is a value that somebody wrote.
type edit struct {
	at            time.Time
	before, after string
}

func (p *player) judge() outcome {
	j := &judge{player: p, people: tally.People{}, decisions: p.decisions.list(), incidents: map[string]*tracked{}, twins: map[string]string{}}
	for defender, sentinel := range owners {
		j.people[defender] = sentinel.(string)
	}
	j.life = tally.NewLife(j.people)
	for _, w := range told(p.emulator.Writes(0)) {
		j.life.Add(w)
		if w.Kind == "incident" || w.Kind == "merge" {
			j.write(w)
		}
		if w.App() {
			j.o.writes++
		}
	}
	j.end()
	j.budgets()
	j.o.requests = p.emulator.Summary().Requests
	return j.o
}

// told are writes as the control interface tells them.
func told(writes []emulator.Write) []tally.Write {
	all := make([]tally.Write, len(writes))
	for i, w := range writes {
		all[i] = tally.Write{
			N: w.N, Time: w.Time, Side: string(w.Side), Tenant: w.Tenant, Workspace: w.Workspace, ID: w.ID, Kind: string(w.Kind), Op: string(w.Op),
			Actor: string(w.Actor), By: w.By, Before: w.Before, After: w.After, Changed: w.Changed, Lost: w.Lost,
		}
	}
	return all
}

func (j *judge) breaks(format string, values ...any) {
	j.o.broken = append(j.o.broken, fmt.Sprintf(format, values...))
}

func (j *judge) incident(id string) *tracked {
	if j.incidents[id] == nil {
		j.incidents[id] = &tracked{id: id, threads: map[string]*thread{}}
	}
	return j.incidents[id]
}

func (i *tracked) thread(key string) *thread {
	if i.threads[key] == nil {
		i.threads[key] = &thread{had: [2]history{{"": true}, {"": true}}}
	}
	return i.threads[key]
}

// write takes one write of an incident of either side.
func (j *judge) write(w tally.Write) {
	side, id := w.On(), w.ID
	if side == tally.Sentinel {
		if j.twins[w.ID] == "" {
			_, j.twins[w.ID] = w.Claim()
		}
		if id = j.twins[w.ID]; id == "" {
			j.breaks("a Sentinel incident %s without its label", w.ID)
			return
		}
	}
	i := j.incident(id)
	was, is := i.now[side], w.Values(j.people)
	if w.App() && w.Lost == string(emulator.FaultNoEffect) {
		i.hollow = w.Time
	}
	if status := string(tally.Status); side == tally.Defender && was[status] == "closed" && is[status] != "closed" {
		i.opened = w.Time
	}
	i.now[side] = is
	i.merged = i.merged || side == tally.Defender && strings.Contains(string(w.After), `"redirectIncidentId":"`)
	if side == tally.Sentinel {
		j.twin(i, w)
	} else if !i.deleted.IsZero() {
		i.reopens(w.Time, is[string(tally.Status)] == "closed", j.seen())
	}
	if is == nil {
		return
	}
	keys := map[string]bool{}
	for key := range was {
		keys[key] = true
	}
	for key := range is {
		keys[key] = true
	}
	for key := range keys {
		if was == nil || was[key] != is[key] {
			j.change(i, key, w, edit{w.Time, was[key], is[key]})
		}
	}
}

// twin follows whether the incident has a twin.
func (j *judge) twin(i *tracked, w tally.Write) {
	switch w.Op {
	case "delete":
		i.deleted, i.closed, i.revived = w.Time, time.Time{}, false
		if i.now[tally.Defender][string(tally.Status)] == "closed" {
			i.closed = w.Time.Add(-j.seen())
		}
	case "create":
		// No time says when a twin was deleted: just after a reopening counts as
		// just before, and what a closing without effect looks like is a reopening
		// (W4). A lost ledger knows of no deletion (W6).
		reopened := i.revived || i.deleted.Sub(i.opened) < j.seen() || j.hollow(i, i.deleted)
		if i.twinned++; i.twinned > 1 && !reopened && len(j.forgot) == 0 {
			j.breaks("%s: its deleted twin was made again", i.id)
		}
		i.deleted = time.Time{}
	}
}

// reopens follows whether Defender closes and reopens an incident whose twin is
// gone; a closing shorter than seen may not be noticed.
func (i *tracked) reopens(at time.Time, closed bool, seen time.Duration) {
	switch {
	case closed && i.closed.IsZero():
		i.closed = at
	case !closed && !i.closed.IsZero() && !i.revived:
		i.revived, i.missed = true, at.Sub(i.closed) < seen
	}
}

// change takes one new value.
func (j *judge) change(i *tracked, key string, w tally.Write, made edit) {
	side, f, t := w.On(), tally.FieldOf(key), i.thread(key)
	other := i.now[1-side]
	t.had[side][made.after] = true
	switch {
	case w.App() && side == tally.Sentinel && w.Op == "create":
		t.edits[side] = nil
	case w.App():
		if lost := t.edits[side]; lost != nil && f != tally.Tags && !i.merged {
			j.overwritten(i, key, side, *lost, made)
		}
		if f != tally.Tags && !t.had[1-side][made.after] && !i.merged {
			j.breaks("%s: %s of %s became %q, which the other side never had", i.id, key, side, made.after)
		}
		t.edits[side], t.wrote[side] = nil, &made
	default:
		if w.Person() {
			j.o.edits++
		}
		t.edits[side] = &made
		visible := j.seen() // how long both must have another to be seen for certain
		if side == tally.Defender {
			visible += settleTime // whose reads may be stale
		}
		unseen := made.after == t.before && w.Time.Sub(t.moved) < visible ||
			made.after == t.last[side].before && w.Time.Sub(t.last[side].at) < visible
		if other != nil && (made.after == t.base || unseen) {
			t.edits[side] = nil // a return to the base is no edit (W2)
		}
	}
	t.last[side] = made
	if other != nil && other[key] == made.after {
		if made.after != t.base {
			t.before, t.moved = t.base, w.Time
		}
		t.base, t.edits = made.after, [2]*edit{}
	}
}

// history is all that was written of an incident, for the reader of a broken
// law.
func (p *player) history(id string) string {
	var b strings.Builder
	twins := map[string]string{}
	for _, w := range told(p.emulator.Writes(0)) {
		of := w.ID
		if w.On() == tally.Sentinel {
			if twins[w.ID] == "" {
				_, twins[w.ID] = w.Claim()
			}
			of = twins[w.ID]
		}
		if of == id {
			fmt.Fprintf(&b, "    %s %-8s %-8s %-7s %-6s %v %s\n", clock(w.Time), w.Side, w.Kind, w.Actor, w.Op, w.Changed, shortened(w.After))
		}
	}
	for _, d := range p.decisions.list() {
		if d.Incident == id {
			fmt.Fprintf(&b, "    %s decision %s: %s, %s %s\n", clock(d.At), d.Field, d.Rule, d.Result, d.Reason)
		}
	}
	return b.String()
}

func shortened(text []byte) string {
	const most = 260
	return string(text[:min(len(text), most)])
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func mustJSON(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // a mistake of this file
	}
	return body
}
