package emulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// writesKeep is how many writes are kept when the settings do not say.
const writesKeep = 200_000

// Side is the service whose object a write changed.
type Side string

// The sides.
const (
	SideDefender Side = "defender"
	SideSentinel Side = "sentinel"
)

// WriteKind is what a write changed.
type WriteKind string

// The kinds of writes.
const (
	WriteIncident WriteKind = "incident"
	WriteComment  WriteKind = "comment"
	WriteRelation WriteKind = "relation"
	WriteAlert    WriteKind = "alert"
	WriteMerge    WriteKind = "merge"
	WriteMove     WriteKind = "move"
)

// WriteOp is what was done to it.
type WriteOp string

// The operations.
const (
	WriteCreate WriteOp = "create"
	WriteUpdate WriteOp = "update"
	WriteDelete WriteOp = "delete"
)

// Actor tells who writes.
type Actor string

// The actors.
const (
	ActorApp     Actor = "app"     // over the service's API, with a token
	ActorPerson  Actor = "person"  // over a control edit
	ActorService Actor = "service" // the service itself: cascades, correlation, rules, mirroring, documents put in
)

// Write is one accepted write of either side. Before and After hold the few
// members that the two services keep in step, under the names of the service
// that was written to; nil = there was, or is, no such object.
type Write struct {
	N         uint64          `json:"n"` // from 1
	Time      time.Time       `json:"time"`
	Side      Side            `json:"side"`
	Tenant    string          `json:"tenant"`
	Workspace string          `json:"workspace"` // resource id; "" on Defender
	ID        string          `json:"id"`        // of the Defender incident or alert, name of the Sentinel incident
	Kind      WriteKind       `json:"kind"`
	Op        WriteOp         `json:"op"`
	Actor     Actor           `json:"actor"`
	By        string          `json:"by"` // client id or name
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	Changed   []string        `json:"changed"`        // never nil; empty = it left everything as it was
	Lost      string          `json:"lost,omitempty"` // why it was accepted and yet had no effect: no_effect, redirected
}

// writeLog keeps the newest writes and counts all of them.
type writeLog struct {
	lines  []Write
	keep   uint64
	next   uint64 // number of writes ever
	counts map[writeCount]int
	idle   map[Side]int // of apps: they left everything as it was, not for want of effect
	lost   map[Side]int // they were accepted and had no effect
}

// writeCount is what writes are counted by.
type writeCount struct {
	side  Side
	kind  WriteKind
	actor Actor
}

func newWriteLog(keep int) writeLog {
	return writeLog{keep: uint64(max(keep, 1)), counts: map[writeCount]int{}, idle: map[Side]int{}, lost: map[Side]int{}}
}

func (l *writeLog) add(w Write) Write {
	l.next++
	w.N = l.next
	if uint64(len(l.lines)) < l.keep {
		l.lines = append(l.lines, w)
	} else {
		l.lines[(l.next-1)%l.keep] = w
	}
	l.counts[writeCount{w.Side, w.Kind, w.Actor}]++
	switch {
	case w.Lost != "":
		l.lost[w.Side]++
	case w.Actor == ActorApp && len(w.Changed) == 0:
		l.idle[w.Side]++
	}
	return w
}

// Sync is the writes of both sides in numbers, since the start.
type Sync struct {
	Writes uint64                               `json:"writes"` // all; the number of the newest
	Counts map[Side]map[WriteKind]map[Actor]int `json:"counts"` // what never happened is absent
	Idle   map[Side]int                         `json:"idle"`   // writes of apps that left everything as it was
	Lost   map[Side]int                         `json:"lost"`   // writes that were accepted and had no effect
}

func (l *writeLog) report() Sync {
	s := Sync{Writes: l.next, Counts: map[Side]map[WriteKind]map[Actor]int{}, Idle: maps.Clone(l.idle), Lost: maps.Clone(l.lost)}
	for key, n := range l.counts {
		if s.Counts[key.side] == nil {
			s.Counts[key.side] = map[WriteKind]map[Actor]int{}
		}
		if s.Counts[key.side][key.kind] == nil {
			s.Counts[key.side][key.kind] = map[Actor]int{}
		}
		s.Counts[key.side][key.kind][key.actor] = n
	}
	return s
}

// since returns the writes numbered above n that are still kept, oldest first.
func (l *writeLog) since(n uint64) []Write {
	first := uint64(1)
	if l.next > l.keep {
		first = l.next - l.keep + 1
	}
	writes := []Write{}
	for i := max(first, n+1); i <= l.next; i++ {
		writes = append(writes, l.lines[(i-1)%l.keep])
	}
	return writes
}

// wroteLocked lists an accepted write: it gives it its number, and the time and
// the changed members when they are not given.
func (e *Emulator) wroteLocked(w Write) {
	if w.Time.IsZero() {
		w.Time = e.settings.Now()
	}
	w.Time = w.Time.UTC()
	if w.Changed == nil {
		w.Changed = changedMembers(w.Before, w.After)
	}
	e.writes.add(w)
}

// changedMembers names the members of two objects whose values differ, in the
// order of after; those that only before has come last.
func changedMembers(before, after json.RawMessage) []string {
	changed := []string{}
	old, _ := rawjson.Object(before) // nil is no object and has no members
	fresh, _ := rawjson.Object(after)
	for _, m := range fresh {
		if value, ok := memberOf(old, m.Name); !ok || string(value) != string(m.Value) {
			changed = append(changed, m.Name)
		}
	}
	for _, m := range old {
		if _, ok := memberOf(fresh, m.Name); !ok {
			changed = append(changed, m.Name)
		}
	}
	return changed
}

func memberOf(members []rawjson.Member, name string) ([]byte, bool) {
	for i := range members {
		if members[i].Name == name {
			return members[i].Value, true
		}
	}
	return nil, false
}

// Writes returns the accepted writes numbered above since, oldest first, as far
// as they are still kept.
func (e *Emulator) Writes(since uint64) []Write {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.catchUpAllLocked()
	return e.writes.since(since)
}

func (e *Emulator) controlWrites(w http.ResponseWriter, r *http.Request) {
	since, ok := controlSince(w, r)
	if ok {
		reply(w, http.StatusOK, e.Writes(since))
	}
}
