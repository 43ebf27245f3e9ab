package emulator

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// lateMax is the longest a late row or a fresh edit may stay unseen, and so how long replaced
// revisions are kept. Peers read fifteen minutes again for fear of late rows.
const lateMax = 15 * time.Minute

// revision is a document at one moment of its life. It never changes once
// stored, but for through.
type revision struct {
	*document
	stored  time.Time
	first   bool   // there was none before it
	seq     uint64 // when it was stored, among all revisions of the emulator
	through uint64 // of an incident: the newest seq of an alert that goes with it
}

// history is one incident or alert: its revisions, oldest first, never empty.
type history struct {
	revisions []*revision
	alerts    []string  // of an incident: the ids of its alerts, in order of arrival
	incident  string    // of an alert: the incident it belongs to
	graded    bool      // of an incident: somebody set its severity
	latest    time.Time // no earlier than lastUpdateDateTime of any revision kept
}

func (h *history) newest() *revision { return h.revisions[len(h.revisions)-1] }

// seen returns the newest revision that the test lets be seen, or nil.
func (h *history) seen(visible func(*revision) bool) *revision {
	for _, r := range slices.Backward(h.revisions) {
		if visible(r) {
			return r
		}
	}
	return nil
}

// at returns the newest revision stored no later than seq, or nil.
func (h *history) at(seq uint64) *revision {
	return h.seen(func(r *revision) bool { return r.seq <= seq })
}

// add stores a copy of the document if it differs from the newest revision.
func (h *history) add(d *document, now time.Time, seq uint64) bool {
	if len(h.revisions) > 0 && h.newest().equal(d) {
		return false
	}
	return h.keep(d.clone(), now, seq)
}

// keep stores the document itself if it differs from the newest revision, and
// forgets those that a late row or a stale read can no longer bring back.
func (h *history) keep(d *document, now time.Time, seq uint64) bool {
	if len(h.revisions) > 0 && h.newest().equal(d) {
		return false
	}
	for len(h.revisions) > 1 && h.revisions[1].settled(now) {
		h.revisions = h.revisions[1:]
	}
	h.revisions = append(h.revisions, &revision{
		document: d, stored: now, first: len(h.revisions) == 0, seq: seq, through: seq,
	})
	return true
}

// settled tells whether every reader sees a revision, however late or stale.
func (r *revision) settled(now time.Time) bool {
	return r.updated.Add(lateMax).Before(now) && r.stored.Add(lateMax).Before(now)
}

// tenant is one tenant's documents.
type tenant struct {
	incidents map[string]*history
	alerts    map[string]*history
	updated   map[Kind]*updateIndex
	highest   int64 // number among the ids of incidents put in
	openedID  int64 // of the newest incident that the emulator opened itself
}

func (e *Emulator) tenantLocked(id string) *tenant {
	t := e.tenants[id]
	if t == nil {
		t = &tenant{
			incidents: map[string]*history{}, alerts: map[string]*history{},
			updated: map[Kind]*updateIndex{KindIncident: {}, KindAlert: {}},
		}
		e.tenants[id] = t
	}
	return t
}

// bundle is one incident and its alerts, as put in together.
type bundle struct {
	incident *document
	alerts   []*document
}

// Stored says what a put changed.
type Stored struct {
	Incidents         int `json:"incidents"` // documents given
	Alerts            int `json:"alerts"`
	IncidentRevisions int `json:"incident_revisions"` // of those, new or changed
	AlertRevisions    int `json:"alert_revisions"`
}

// store puts bundles into a tenant. Content equal to what is there is no new
// revision. An alert that is missing from a later put stays, and an alert that
// comes with another incident moves there.
func (e *Emulator) store(tenantID string, bundles []bundle) Stored {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.storeBundlesLocked(tenantID, bundles)
}

func (e *Emulator) storeBundlesLocked(tenantID string, bundles []bundle) Stored {
	now := e.settings.Now()
	t := e.tenantLocked(tenantID)
	var did Stored
	for _, b := range bundles {
		e.tieLocked(tenantID, b)
		for _, alert := range b.alerts {
			e.revision++
			h := t.alerts[alert.id]
			if h == nil {
				h = &history{}
				t.alerts[alert.id] = h
			}
			t.move(h, alert.id, b.incident.id)
			if h.add(alert, now, e.revision) {
				did.AlertRevisions++
				t.updated[KindAlert].note(h)
				e.lag.stored(newRevisionKey(objectKey{KindAlert, tenantID, alert.id}, alert.updated, alert.timed), now)
			}
			did.Alerts++
		}
		e.revision++
		t.number(b.incident.id)
		h := t.incident(b.incident.id)
		before := h.synced(KindIncident)
		if h.add(b.incident, now, e.revision) {
			e.putLocked(tenantID, h, before, now)
			did.IncidentRevisions++
			t.updated[KindIncident].note(h)
			e.lag.stored(newRevisionKey(objectKey{KindIncident, tenantID, b.incident.id}, b.incident.updated, true), now)
		}
		h.newest().through = e.revision
		did.Incidents++
	}
	return did
}

// synced is the object with nothing but the members that the two services keep
// in step; nil before its first revision.
func (h *history) synced(kind Kind) json.RawMessage {
	if len(h.revisions) == 0 {
		return nil
	}
	return syncedOf(kind, h.newest().document)
}

// putLocked lists an incident that was put in as a write of the service. Alerts
// put in are not listed.
func (e *Emulator) putLocked(tenantID string, h *history, before json.RawMessage, now time.Time) {
	who, kind, op := serviceWriter(), WriteIncident, WriteUpdate
	after := h.synced(KindIncident)
	switch {
	case before == nil:
		op = WriteCreate
	case string(before) == string(after):
		after = before // one text in memory for both
	case h.newest().hasStatus("redirected"):
		kind = WriteMerge
	}
	e.wroteLocked(Write{
		Time: now, Side: SideDefender, Tenant: tenantID, ID: h.newest().id, Kind: kind, Op: op,
		Actor: who.actor, By: who.by, Before: before, After: after,
	})
}

// number notes the id of an incident that was put in, if it is a number.
func (t *tenant) number(id string) {
	if n, err := strconv.ParseInt(id, 10, 63); err == nil {
		t.highest = max(t.highest, n)
	}
}

func (t *tenant) incident(id string) *history {
	h := t.incidents[id]
	if h == nil {
		h = &history{}
		t.incidents[id] = h
	}
	return h
}

// move makes an alert belong to one incident only.
func (t *tenant) move(alert *history, id, incident string) {
	if alert.incident == incident {
		return
	}
	if old := t.incidents[alert.incident]; old != nil {
		old.alerts = slices.DeleteFunc(old.alerts, func(a string) bool { return a == id })
	}
	alert.incident = incident
	h := t.incident(incident)
	h.alerts = append(h.alerts, id)
}
