package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// graphPatch changes an incident or an alert and answers it as it then stands.
//
// Chosen, since nobody has measured it: a PATCH that asks for what is there
// already moves lastUpdateDateTime and lastModifiedBy all the same, so that a
// client that answers each of its own echoes never comes to rest; a change of an
// alert moves its incident's lastUpdateDateTime; members that cannot be written
// are refused.
func (e *Emulator) graphPatch(x *exchange, op operation, id string, who writer) {
	changes, bad := x.graphBody()
	if bad == nil {
		bad = checkPatch(op, changes)
	}
	if bad != nil {
		x.graphRefuse(bad)
		return
	}
	before, found := e.find(x, op, id, false)
	if !found {
		x.graphNotFound(id)
		return
	}
	_, idle := e.play(x, FaultNoEffect)
	if _, played := e.play(x, FaultRewrite); played {
		changes = rewritten(changes)
	}
	after, bad := e.patch(x, op, before, changes, who, idle)
	if bad != nil {
		x.graphRefuse(bad)
		return
	}
	if _, stale := e.play(x, FaultStaleAnswer); stale {
		after = before
	}
	if !e.failsOn(x, []row{after}, false) {
		e.writeObject(x, op.getting(), after, false)
	}
}

// getting is the operation that reads what op changes.
func (op operation) getting() operation {
	if op.ofAlerts() {
		return opAlert
	}
	return opIncident
}

// patch carries a change out. An incident that was merged away takes none, and
// the answer says so by showing it.
func (e *Emulator) patch(x *exchange, op operation, was row, changes []rawjson.Member, who writer, idle bool) (row, *errQuery) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(x.tenant)
	h, kind := t.incidents[was.id], KindIncident
	if op == opPatchAlert {
		h, kind = t.alerts[was.id], KindAlert
	}
	if h == nil { // forgotten by a reset in between
		return was, nil
	}
	if bad := e.checkVerdict(h.newest().document, changes); bad != nil {
		return row{}, bad
	}
	if lost := lostReason(h, idle); lost != "" {
		e.wroteNothingLocked(x, kind, h, who, lost)
		return row{revision: h.newest()}, nil
	}
	var named *object
	if kind == KindIncident {
		ed := e.editLocked(x.place(), who, append(t.alertsIn(h), h)...)
		named = ed.changeIncident(h, changes)
		ed.finish(WriteIncident, WriteUpdate, named)
	} else {
		e.patchAlertLocked(x, h, changes, who)
	}
	return row{revision: h.newest()}, nil
}

// patchAlertLocked changes an alert, even if only its time, and moves its
// incident's time with it.
func (e *Emulator) patchAlertLocked(x *exchange, h *history, changes []rawjson.Member, who writer) {
	t := e.tenantLocked(x.tenant)
	incident := t.incidents[h.incident]
	ed := e.editLocked(x.place(), who, h, incident)
	named := ed.touch(KindAlert, h)
	ed.changeAlert(h, changes)
	ed.touch(KindIncident, incident)
	ed.finish(WriteAlert, WriteUpdate, named)
}

// finish stores the edit and lists it: one write of the object that the writer
// named, and the service's own of all that it took along.
func (ed *edit) finish(kind WriteKind, op WriteOp, named *object) {
	ed.store()
	ed.wrote(named, kind, op, ed.who)
	ed.wroteCascade(named)
}

// lostReason says why a change of an object will have no effect, if so.
func lostReason(h *history, idle bool) string {
	switch {
	case h.newest().hasStatus("redirected"):
		return "redirected"
	case idle:
		return string(FaultNoEffect)
	}
	return ""
}

func (e *Emulator) wroteNothingLocked(x *exchange, kind Kind, h *history, who writer, lost string) {
	state := syncedOf(kind, h.newest().document)
	written := WriteIncident
	if kind == KindAlert {
		written = WriteAlert
	}
	e.wroteLocked(Write{
		Time: x.now, Side: SideDefender, Tenant: x.tenant, ID: h.newest().id, Kind: written, Op: WriteUpdate,
		Actor: who.actor, By: who.by, Before: state, After: state, Lost: lost,
	})
}

func (x *exchange) graphNotFound(id string) {
	x.graphError(http.StatusNotFound, "NotFound", "Resource '"+id+"' does not exist.")
}

// rewritten is a change as a service that knows better stores it.
func rewritten(changes []rawjson.Member) []rawjson.Member {
	tidy := func(text string) string { return strings.ToLower(strings.TrimSpace(text)) }
	stored := slices.Clone(changes)
	for i, m := range stored {
		switch m.Name {
		case "assignedTo":
			if text, ok := rawjson.String(m.Value); ok {
				stored[i].Value = rawjson.Quote(tidy(text))
			}
		case "customTags":
			tags, _ := textsOf(m) // it was checked
			for n := range tags {
				tags[n] = tidy(tags[n])
			}
			stored[i].Value = plainJSON(changeTags(tags, nil, nil))
		}
	}
	return stored
}
