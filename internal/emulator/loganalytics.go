package emulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// queryMax bounds the text of a query's request.
const queryMax = 1 << 20

// logAnalytics serves the query API of the workspaces, and of its language the
// one query by which alerts are found by their custom details.
func (e *Emulator) logAnalytics(x *exchange) {
	c, err := e.authorize(x)
	if err != nil {
		x.Header().Set("WWW-Authenticate", `Bearer authorization_uri="`+origin(x.request)+`/common/oauth2/authorize"`)
		x.queryError(http.StatusUnauthorized, "AuthorizationRequiredError", "Valid authentication was not provided: "+err.Error()+".")
		return
	}
	w, tenant := e.queried(x.request.URL.Path)
	_, withdrawn := e.play(x, FaultWithdrawRoles)
	switch {
	case w == nil:
		x.queryError(http.StatusNotFound, "PathNotFoundError", "The requested path does not exist.")
	case x.request.Method != http.MethodPost:
		x.queryError(http.StatusMethodNotAllowed, "MethodNotAllowedError", "The requested method is not allowed.")
	case withdrawn || c.Tenant != tenant:
		x.queryError(http.StatusForbidden, "InsufficientAccessError",
			"The provided credentials have insufficient access to perform the requested operation.")
	default:
		e.query(x, w)
	}
}

// queried finds the workspace of /v1{resourceId}/query or
// /v1/workspaces/{customerId}/query, or nil, and its tenant.
func (e *Emulator) queried(path string) (w *workspace, tenant string) {
	id, ok := strings.CutSuffix(strings.TrimPrefix(path, "/v1"), "/query")
	if !ok {
		return nil, ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.workspaces.order {
		if strings.EqualFold(id, w.ResourceID) || strings.EqualFold(id, "/workspaces/"+w.customerID()) {
			e.catchUpLocked(w)
			return w, w.TenantID
		}
	}
	return nil, ""
}

// query answers one query, in the form of the API: tables of columns and rows.
func (e *Emulator) query(x *exchange, w *workspace) {
	text, err := io.ReadAll(http.MaxBytesReader(x, x.request.Body, queryMax))
	var in struct{ Query string }
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	if err != nil || strings.TrimSpace(in.Query) == "" {
		x.queryError(http.StatusBadRequest, "BadArgumentError", "The request had some invalid properties: \"query\" must be a text that is not empty.")
		return
	}
	q, err := parseAlertQuery(in.Query)
	if err != nil {
		x.queryError(http.StatusBadRequest, "BadArgumentError", fmt.Sprintf("The emulator takes one query only, see its README: %v.", err))
		return
	}
	e.mu.Lock()
	found := e.askedLocked(x, w, q)
	e.mu.Unlock()
	columns := []map[string]string{}
	for _, name := range []string{"SystemAlertId", "DefenderTenantId", "DefenderIncidentId", "DefenderAlertId", "AlertType", "ProviderName"} {
		columns = append(columns, map[string]string{"name": name, "type": "string"})
	}
	rows := [][]string{}
	for _, a := range found {
		rows = append(rows, []string{a.id, a.defender.tenant, a.defender.incident, a.defender.alert, a.alertType, a.provider})
	}
	x.armJSON(http.StatusOK, plainJSON(map[string]any{
		"tables": []map[string]any{{"name": "PrimaryResult", "columns": columns, "rows": rows}},
	}))
}

// askedLocked finds the alerts a query asks for, in order of their ids, each
// once. Rows may be late, as in any table.
func (e *Emulator) askedLocked(x *exchange, w *workspace, q alertQuery) []*securityAlert {
	late := e.lateAlertLocked(x)
	found := []*securityAlert{}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(q.alerts))) {
		for _, a := range w.alerts.byDefender[id] {
			if a.defender.tenant == q.tenant && a.generated.After(x.now.Add(-q.since)) && !late(a) {
				found = append(found, a)
			}
		}
	}
	slices.SortFunc(found, func(a, b *securityAlert) int { return strings.Compare(a.id, b.id) })
	return found
}

// lateAlertLocked returns the test of which alerts a fault still hides.
func (e *Emulator) lateAlertLocked(x *exchange) func(*securityAlert) bool {
	var struck []int
	for i, f := range e.faults.plan.Faults {
		if (f.Kind == FaultLate || f.Kind == FaultStaleRead) && f.covers(x.place()) {
			struck = append(struck, i)
		}
	}
	return func(a *securityAlert) bool {
		for _, i := range struck {
			f := e.faults.plan.Faults[i]
			if x.now.Before(a.generated.Add(time.Duration(f.Delay))) && e.faults.chance(i, 0, x.tenant, a.id) < f.rate() {
				e.faults.played[i]++
				return true
			}
		}
		return false
	}
}

func (x *exchange) queryError(status int, code, message string) { x.armError(status, code, message) }
