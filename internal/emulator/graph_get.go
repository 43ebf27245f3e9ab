package emulator

import "net/http"

// graphGet answers one incident or alert by id. It reads what is stored, not
// what the lists show yet: a late row is late in lists only.
func (e *Emulator) graphGet(x *exchange, op operation, id string) {
	expand := x.request.URL.Query().Get("$expand")
	if expand != "" && (expand != "alerts" || op != opIncident) {
		x.graphError(http.StatusBadRequest, "BadRequest",
			"Parsing OData Select and Expand failed: could not find a property named '"+expand+"' to expand.")
		return
	}
	r, found := e.find(x.tenant, op, id, expand != "")
	if !found {
		x.graphError(http.StatusNotFound, "NotFound", "Resource '"+id+"' does not exist.")
		return
	}
	if !e.failsOn(x, []row{r}, expand != "") {
		e.writeObject(x, op, r, expand != "")
	}
}

func (e *Emulator) find(tenantID string, op operation, id string, expand bool) (row, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(tenantID)
	h := t.incidents[id]
	if op == opAlert {
		h = t.alerts[id]
	}
	if h == nil {
		return row{}, false
	}
	r := row{revision: h.newest()}
	if expand {
		r.alerts = t.alertsOf(r.revision)
	}
	return r, true
}
