package emulator

import "net/http"

// graphGet answers one incident or alert by id. It reads what is stored, not
// what the lists show yet: a late row is late in lists only, a stale one in both.
func (e *Emulator) graphGet(x *exchange, op operation, id string) {
	expand := x.request.URL.Query().Get("$expand")
	if expand != "" && (expand != "alerts" || op != opIncident) {
		x.graphError(http.StatusBadRequest, "BadRequest",
			"Parsing OData Select and Expand failed: could not find a property named '"+expand+"' to expand.")
		return
	}
	r, found := e.find(x, op, id, expand != "")
	if !found {
		x.graphNotFound(id)
		return
	}
	if !e.failsOn(x, []row{r}, expand != "") {
		e.writeObject(x, op, r, expand != "")
	}
}

// find reads one object as this caller sees it now.
func (e *Emulator) find(x *exchange, op operation, id string, expand bool) (row, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tenantLocked(x.tenant).find(op.getting(), id, expand, e.freshLocked(x))
}

// find reads the newest revision of an object that the test lets be seen.
func (t *tenant) find(op operation, id string, expand bool, visible func(*revision) bool) (row, bool) {
	h := t.incidents[id]
	if op == opAlert {
		h = t.alerts[id]
	}
	if h == nil {
		return row{}, false
	}
	r := row{revision: h.seen(visible)}
	if r.revision == nil {
		return row{}, false
	}
	if expand {
		r.alerts = t.alertsOf(r.revision)
	}
	return r, true
}
