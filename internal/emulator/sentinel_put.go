package emulator

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
)

// armBodyMax bounds a request to ARM. Source: Azure Resource Manager limits, 4
// MB, read 2026-11.
const armBodyMax = 4 << 20

// armBody reads the JSON body of a PUT; ok is false when it was answered.
func (x *exchange) armBody() (text []byte, ok bool) {
	media, _, err := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		x.armError(http.StatusUnsupportedMediaType, "UnsupportedMediaType",
			"The content media type must be 'application/json'.")
		return nil, false
	}
	text, err = io.ReadAll(http.MaxBytesReader(x, x.request.Body, armBodyMax))
	if err != nil {
		x.armError(http.StatusRequestEntityTooLarge, "RequestContentTooLarge", fmt.Sprintf(
			"The request content exceeds %d bytes or could not be read.", armBodyMax))
		return nil, false
	}
	return text, true
}

// refuse answers a refusal; nil is none.
func (x *exchange) refuse(r *armRefusal) bool {
	if r != nil {
		x.armError(r.status, r.code, r.message)
	}
	return r != nil
}

// putSentinel creates or replaces an incident.
func (e *Emulator) putSentinel(x *exchange, w *workspace, c claims, name string) {
	text, ok := x.armBody()
	if !ok {
		return
	}
	in, bad := parseSentinelInput(text)
	if x.refuse(bad) {
		return
	}
	fields, bad := in.Properties.fields()
	if x.refuse(bad) {
		return
	}
	exists := func(Fault) bool { return w.find(name) != nil }
	_, conflict := e.playIf(x, FaultEtagConflict, exists)
	_, stale := e.playIf(x, FaultStaleAnswer, exists)
	e.mu.Lock()
	var body []byte
	status := http.StatusOK
	old := w.find(name)
	switch {
	case old == nil:
		status = http.StatusCreated
	case conflict:
		e.touchLocked(w, old, sentinelWriter("Alert grouping"))
		bad = newerVersion(name)
	case in.Etag == nil || *in.Etag != old.shownEtag():
		bad = newerVersion(name)
	}
	if bad == nil {
		fresh := e.storeLocked(w, name, fields, appWriter(c))
		if stale && old != nil {
			fresh = old
		}
		body = fresh.write(w, "incidents")
	}
	e.mu.Unlock()
	if !x.refuse(bad) {
		x.armJSON(status, body)
	}
}

// newerVersion is the answer to an etag that is stale or missing.
func newerVersion(name string) *armRefusal {
	return &armRefusal{http.StatusConflict, "Conflict", fmt.Sprintf(
		"Newer version of resource '%s' exists. Data was not saved", name)}
}

// storeLocked writes all writable members of an incident, made when there is
// none, and lists the write.
func (e *Emulator) storeLocked(w *workspace, name string, fields sentinelFields, by writer) *sentinelIncident {
	old := w.find(name)
	fresh := &sentinelIncident{name: name, providerName: providerSentinel}
	if old != nil {
		fresh = old.next()
		fields.keepLabelTypes(old.Labels)
	} else {
		w.number++
		fresh.number = w.number
	}
	fields.Owner = w.people.complete(fields.Owner)
	fresh.sentinelFields = fields
	e.commitLocked(w, fresh)
	e.wroteSentinelLocked(w, old, fresh, by)
	return fresh
}

// keepLabelTypes keeps the type of labels that were there before: a client
// cannot write it.
func (f *sentinelFields) keepLabelTypes(old []sentinelLabel) {
	for i := range f.Labels {
		if f.Labels[i].Type == labelUser && slices.Contains(old, sentinelLabel{f.Labels[i].Name, labelAutoAssigned}) {
			f.Labels[i].Type = labelAutoAssigned
		}
	}
}

func sentinelWriter(name string) writer { return writer{ActorService, name, name} }

// touchLocked moves an incident's etag and nothing else, as alert grouping or
// an automation rule may at any moment.
func (e *Emulator) touchLocked(w *workspace, old *sentinelIncident, by writer) {
	fresh := old.next()
	e.commitLocked(w, fresh)
	e.wroteSentinelLocked(w, old, fresh, by)
}

// wroteSentinelLocked lists a write of an incident's own members; nil = there
// was, or is, no incident.
func (e *Emulator) wroteSentinelLocked(w *workspace, old, fresh *sentinelIncident, by writer) {
	write := Write{
		Side: SideSentinel, Tenant: w.TenantID, Workspace: w.ResourceID, Kind: WriteIncident,
		Actor: by.actor, By: by.by,
	}
	switch {
	case old == nil:
		write.ID, write.Op, write.After = fresh.name, WriteCreate, fresh.synced()
	case fresh == nil:
		write.ID, write.Op, write.Before = old.name, WriteDelete, old.synced()
	default:
		write.ID, write.Op, write.Before, write.After = fresh.name, WriteUpdate, old.synced(), fresh.synced()
	}
	e.wroteLocked(write)
}

// getSentinel answers one incident.
func (e *Emulator) getSentinel(x *exchange, w *workspace, name string) {
	e.mu.Lock()
	found := e.readLocked(x, w, name)
	var body []byte
	if found != nil {
		body = found.write(w, "incidents")
	}
	e.mu.Unlock()
	switch {
	case found == nil:
		x.noIncident(name)
	case e.poisons(x, name):
	default:
		x.armJSON(http.StatusOK, body)
	}
}

// readLocked is an incident as a get sees it now, or nil.
func (e *Emulator) readLocked(x *exchange, w *workspace, name string) *sentinelIncident {
	h := w.incidents[lower(name)]
	if h == nil {
		return nil
	}
	return h.seen(e.staleLocked(x, FaultStaleRead))
}

func (x *exchange) noIncident(name string) {
	x.armError(http.StatusNotFound, "NotFound", fmt.Sprintf("Incident '%s' doesn't exist.", name))
}

// deleteSentinel removes an incident with its comments and relations.
func (e *Emulator) deleteSentinel(x *exchange, w *workspace, c claims, name string) {
	e.mu.Lock()
	found := e.removeLocked(w, name, appWriter(c))
	e.mu.Unlock()
	if found {
		x.armEmpty(http.StatusOK)
	} else {
		x.armEmpty(http.StatusNoContent)
	}
}

func (e *Emulator) removeLocked(w *workspace, name string, by writer) bool {
	old := w.find(name)
	if old == nil {
		return false
	}
	gone := &sentinelIncident{name: old.name, deleted: true}
	e.commitLocked(w, gone)
	e.wroteSentinelLocked(w, old, nil, by)
	return true
}
