package emulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// queueWritesMax is how many writes one answer shows; an older one is not news.
const queueWritesMax = 300

// queues is what the page shows: both sides of one tenant and one workspace,
// whole or what changed since it last asked.
type queues struct {
	Epoch      time.Time         `json:"epoch"`   // of the start or the last reset: numbers begin anew with it
	Version    uint64            `json:"version"` // ask for what comes after it
	Whole      bool              `json:"whole"`   // all rows, not only those that changed
	Paused     bool              `json:"paused"`  // the scenario
	Tenant     string            `json:"tenant"`
	Workspace  string            `json:"workspace"` // its resource id
	Tenants    []string          `json:"tenants"`
	Workspaces []Workspace       `json:"workspaces"`
	Owners     map[string]string `json:"owners"` // who an owner in Defender is in Sentinel
	Defender   []pageRow         `json:"defender"`
	Sentinel   []pageRow         `json:"sentinel"`
	Writes     []queueWrite      `json:"writes"` // oldest first
}

// queueWrite is a write with nothing but the members that it changed, or with
// the whole comment.
type queueWrite struct {
	N       uint64                     `json:"n"`
	Time    time.Time                  `json:"time"`
	Side    Side                       `json:"side"`
	ID      string                     `json:"id"`
	Kind    WriteKind                  `json:"kind"`
	Op      WriteOp                    `json:"op"`
	Actor   Actor                      `json:"actor"`
	By      string                     `json:"by"`
	Changed []string                   `json:"changed"`
	Before  map[string]json.RawMessage `json:"before"`
	After   map[string]json.RawMessage `json:"after"`
	Lost    string                     `json:"lost,omitempty"`
}

func newQueueWrite(w Write) queueWrite {
	q := queueWrite{
		N: w.N, Time: w.Time, Side: w.Side, ID: w.ID, Kind: w.Kind, Op: w.Op, Actor: w.Actor, By: w.By,
		Changed: w.Changed, Before: map[string]json.RawMessage{}, After: map[string]json.RawMessage{}, Lost: w.Lost,
	}
	var before, after map[string]json.RawMessage
	_ = json.Unmarshal(w.Before, &before) // nil has no members
	_ = json.Unmarshal(w.After, &after)
	if w.Kind == WriteComment {
		q.After = after
		return q
	}
	for _, name := range w.Changed {
		if value, ok := before[name]; ok {
			q.Before[name] = value
		}
		if value, ok := after[name]; ok {
			q.After[name] = value
		}
	}
	return q
}

// controlQueues answers the page. What changed is read from the list of writes,
// so that a poll of ten thousand incidents costs what has happened since the
// last one.
func (e *Emulator) controlQueues(w http.ResponseWriter, r *http.Request) {
	tenantID, ok := controlTenant(w, r)
	if !ok {
		return
	}
	since, ok := controlSince(w, r)
	if !ok {
		return
	}
	e.mu.Lock()
	var answer queues
	space, err := e.workspaceLocked(r.URL.Query().Get("workspace"))
	if err == nil {
		answer = e.queuesLocked(tenantID, space, since)
	}
	e.mu.Unlock()
	if refuseSentinel(w, err) {
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone away needs no answer
}

func (e *Emulator) queuesLocked(tenantID string, space *workspace, since uint64) queues {
	q := queues{
		Epoch: e.started, Version: e.writes.next, Paused: e.stage.resumed != nil, Tenant: tenantID, Workspace: space.ResourceID,
		Owners:  e.settings.Owners,
		Tenants: e.tenantIDsLocked(), Workspaces: []Workspace{}, Defender: []pageRow{}, Sentinel: []pageRow{}, Writes: []queueWrite{},
	}
	for _, w := range e.workspaces.order {
		q.Workspaces = append(q.Workspaces, w.Workspace)
	}
	q.Whole = since == 0 || since > e.writes.next || since+e.writes.keep < e.writes.next
	if q.Whole {
		since = e.writes.next - min(e.writes.next, queueWritesMax)
		e.allRowsLocked(&q, tenantID, space)
	}
	changed := [2]map[string]bool{{}, {}}
	for i := max(since, e.writes.next-min(e.writes.next, e.writes.keep)) + 1; i <= e.writes.next; i++ {
		w := e.writes.lines[(i-1)%e.writes.keep]
		switch {
		case w.Side == SideDefender && w.Tenant == tenantID:
			changed[0][w.ID] = true
		case w.Side == SideSentinel && w.Workspace == space.ResourceID:
			changed[1][lower(w.ID)] = true
		default:
			continue
		}
		q.Writes = append(q.Writes, newQueueWrite(w))
	}
	q.Writes = q.Writes[max(0, len(q.Writes)-queueWritesMax):]
	if !q.Whole {
		e.changedRowsLocked(&q, changed, space)
	}
	return q
}

func (e *Emulator) allRowsLocked(q *queues, tenantID string, space *workspace) {
	for _, h := range e.tenantLocked(tenantID).incidents {
		if len(h.revisions) > 0 {
			q.Defender = append(q.Defender, defenderRow(h))
		}
	}
	for _, h := range space.incidents {
		q.Sentinel = append(q.Sentinel, space.row(h.newest()))
	}
}

func (e *Emulator) changedRowsLocked(q *queues, changed [2]map[string]bool, space *workspace) {
	incidents := e.tenantLocked(q.Tenant).incidents
	for id := range changed[0] {
		if h := incidents[id]; h != nil && len(h.revisions) > 0 { // else the id of an alert
			q.Defender = append(q.Defender, defenderRow(h))
		}
	}
	for name := range changed[1] {
		if h := space.incidents[name]; h != nil {
			q.Sentinel = append(q.Sentinel, space.row(h.newest()))
		}
	}
}
