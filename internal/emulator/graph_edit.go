package emulator

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// byCorrelation signs what the service does to incidents of its own accord.
const byCorrelation = "Microsoft 365 Defender-AlertCorrelation"

// writer is who writes: for the list of writes, and as incidents name it.
type writer struct {
	actor  Actor
	by     string
	signed string // lastModifiedBy, and the author of comments
}

// appWriter is an app that came with a token. What follows "API-App:" is an
// app's display name at the real service; here it is the client id.
func appWriter(c claims) writer { return writer{ActorApp, c.AppID, "API-App:" + c.AppID} }

func personWriter(name string) writer { return writer{ActorPerson, name, name} }

// object is one incident or alert that an edit changes: its next revision, not
// stored yet.
type object struct {
	kind    Kind
	history *history
	draft   *document
	before  json.RawMessage // the members of the list of writes, as they were
}

func newObject(kind Kind, h *history) *object {
	o := &object{kind: kind, history: h, draft: h.newest().derive()}
	o.before = o.synced()
	return o
}

// synced is the object with nothing but the members that the two services keep
// in step.
func (o *object) synced() json.RawMessage { return syncedOf(o.kind, o.draft) }

func syncedOf(kind Kind, d *document) json.RawMessage {
	names := []string{
		"status", "classification", "determination", "severity", "assignedTo", "customTags", "displayName", "description",
		"resolvingComment", "redirectIncidentId",
	}
	if kind == KindAlert {
		names = []string{"status", "classification", "determination", "severity", "assignedTo", "title", "incidentId"}
	}
	text := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			text = append(text, ',')
		}
		value := d.value(name)
		if value == nil {
			value = []byte("null")
		}
		text = append(append(append(append(text, '"'), name...), `":`...), value...)
	}
	return append(text, '}')
}

// edit is a change of several objects of one tenant that become visible
// together, all with one lastUpdateDateTime.
type edit struct {
	e        *Emulator
	tenant   *tenant
	tenantID string
	who      writer
	now      time.Time
	at       time.Time // lastUpdateDateTime of all that it changes
	touched  []*object
	seen     map[*history]*object
}

// editLocked begins an edit of these objects and whatever it takes along. Its
// time is later than that of each of them, in steps of 100 ns, unless a fault
// lets times be equal.
func (e *Emulator) editLocked(at place, who writer, histories ...*history) *edit {
	now := e.settings.Now()
	ed := &edit{e: e, tenant: e.tenantLocked(at.tenant), tenantID: at.tenant, who: who, now: now, seen: map[*history]*object{}}
	ed.at = now.UTC().Truncate(100 * time.Nanosecond)
	step := 100 * time.Nanosecond
	if _, played := e.faults.strike(FaultTies, at, nil); played {
		ed.at, step = ed.at.Truncate(time.Second), 0
	}
	for _, h := range histories {
		if next := h.newest().updated.Add(step); next.After(ed.at) {
			ed.at = next.UTC().Truncate(100 * time.Nanosecond)
		}
	}
	return ed
}

// stamp is the edit's time as documents write it.
func (ed *edit) stamp() []byte { return rawjson.Quote(graphTime(ed.at)) }

// store makes the drafts the newest revisions, alerts first, so that whoever
// sees an incident sees its alerts as they were changed with it.
func (ed *edit) store() {
	slices.SortStableFunc(ed.touched, func(a, b *object) int { return rank(a.kind) - rank(b.kind) })
	for _, o := range ed.touched {
		o.draft.setUpdated(ed.at)
		if o.kind == KindIncident {
			o.draft.set("lastModifiedBy", rawjson.Quote(ed.who.signed))
			o.draft.measure()
		}
		ed.e.revision++
		if o.history.keep(o.draft, ed.now, ed.e.revision) {
			ed.tenant.updated[o.kind].note(o.history)
			ed.e.lag.stored(newRevisionKey(objectKey{o.kind, ed.tenantID, o.draft.id}, o.draft.updated, true), ed.now)
		}
	}
	for _, o := range ed.touched {
		if o.kind == KindIncident {
			o.history.newest().through = ed.e.revision
		}
	}
}

func rank(k Kind) int {
	if k == KindAlert {
		return 0
	}
	return 1
}

// touch takes an object into the edit; the same one only once.
func (ed *edit) touch(kind Kind, h *history) *object {
	if o := ed.seen[h]; o != nil {
		return o
	}
	o := newObject(kind, h)
	ed.touched, ed.seen[h] = append(ed.touched, o), o
	return o
}

// alertsIn are the histories of an incident's alerts.
func (t *tenant) alertsIn(incident *history) []*history {
	found := make([]*history, 0, len(incident.alerts))
	for _, id := range incident.alerts {
		found = append(found, t.alerts[id])
	}
	return found
}

// wrote lists what the edit did to one object.
func (ed *edit) wrote(o *object, kind WriteKind, op WriteOp, who writer) {
	after := o.synced()
	if string(after) == string(o.before) {
		after = o.before // one text in memory for both
	}
	ed.e.wroteLocked(Write{
		Time: ed.now, Side: SideDefender, Tenant: ed.tenantID, ID: o.draft.id, Kind: kind, Op: op,
		Actor: who.actor, By: who.by, Before: o.before, After: after,
	})
}
