package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// operation names what a request of a service asks for; faults can be bound to
// one.
type operation string

const (
	opIncidents       operation = "list_incidents"
	opIncident        operation = "get_incident"
	opPatchIncident   operation = "patch_incident"
	opCommentIncident operation = "comment_incident"
	opMerge           operation = "merge_incidents"
	opAlerts          operation = "list_alerts"
	opAlert           operation = "get_alert"
	opPatchAlert      operation = "patch_alert"
	opCommentAlert    operation = "comment_alert"
	opMove            operation = "move_alerts"
	opToken           operation = "token"
	opUpload          operation = "upload"
)

// operationOf reads method and path; id is that of a single object. An empty
// operation means that nothing is served there.
func operationOf(name service, r *http.Request) (op operation, id string) {
	switch name {
	case serviceLogin:
		if strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
			return opToken, ""
		}
		return "", ""
	case serviceIngestion:
		return opUpload, ""
	case serviceARM, serviceLogAnalytics:
		return armOperation(name, r), ""
	case serviceGraph:
	}
	op, id, _ = graphOperation(r)
	return op, id
}

// graph serves the Graph security API.
func (e *Emulator) graph(x *exchange) {
	x.graphHeaders()
	c, err := e.authorize(x)
	if err != nil {
		x.graphUnauthorized(err)
		return
	}
	op, id, known := graphOperation(x.request)
	switch {
	case !known:
		x.graphError(http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+lastSegment(x.request.URL.Path)+"'.")
	case op == "":
		x.graphError(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
	case e.unprovisioned(x, op) || e.missingRoles(x, op, c.Roles):
	default:
		e.graphServe(x, op, id, appWriter(c))
	}
}

// graphServe carries an operation out that the caller may ask for.
func (e *Emulator) graphServe(x *exchange, op operation, id string, who writer) {
	is := func(wanted ...operation) bool { return slices.Contains(wanted, op) }
	switch {
	case is(opIncidents, opAlerts):
		e.graphList(x, op)
	case is(opIncident, opAlert):
		e.graphGet(x, op, id)
	case is(opPatchIncident, opPatchAlert):
		e.graphPatch(x, op, id, who)
	case is(opCommentIncident, opCommentAlert):
		e.graphComment(x, op, id, who)
	case is(opMerge):
		e.graphMerge(x, who)
	case is(opMove):
		e.graphMove(x, who)
	}
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// graphHeaders are on every answer of Graph. There is never an ETag.
func (x *exchange) graphHeaders() {
	h := x.Header()
	h.Set("request-id", x.id)
	h.Set("client-request-id", x.clientRequestID())
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Loopback","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"EMULATOR"}}`)
	h.Set("OData-Version", "4.0")
	h.Set("Vary", "Accept-Encoding")
}

// clientRequestID is the caller's, or the request's own id.
func (x *exchange) clientRequestID() string {
	if id := x.request.Header.Get("client-request-id"); id != "" && len(id) <= 64 {
		return id
	}
	return x.id
}

// graphError answers in Graph's form.
func (x *exchange) graphError(status int, code, message string) {
	x.graphErrorDetails(status, code, message, nil)
}

// graphErrorDetails adds details, which are not always there.
func (x *exchange) graphErrorDetails(status int, code, message string, details []map[string]string) {
	failure := map[string]any{
		"code": code, "message": message,
		"innerError": map[string]string{
			"date":       x.now.UTC().Format("2006-01-02T15:04:05"),
			"request-id": x.id, "client-request-id": x.clientRequestID(),
		},
	}
	if details != nil {
		failure["details"] = details
	}
	body, err := json.Marshal(map[string]any{"error": failure})
	if err != nil {
		body = []byte(`{}`)
	}
	x.Header().Set("Content-Type", "application/json")
	x.WriteHeader(status)
	_, _ = x.Write(body) // a client that has gone away needs no answer
}

func (x *exchange) graphUnauthorized(reason error) {
	message := "Access token validation failure."
	switch {
	case errors.Is(reason, errNoToken):
		message = "Access token is empty."
	case errors.Is(reason, errExpiredToken):
		message = "Lifetime validation failed, the token is expired."
	case errors.Is(reason, errWrongAudience):
		message = "Access token validation failure. Invalid audience."
	}
	x.Header().Set("WWW-Authenticate", fmt.Sprintf(
		`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`,
		origin(x.request)))
	x.graphError(http.StatusUnauthorized, "InvalidAuthenticationToken", message)
}

// missingRoles answers 403 when the app's roles, less those a fault withdrew,
// do not allow the operation.
func (e *Emulator) missingRoles(x *exchange, op operation, present []string) bool {
	wanted := wantedRoles(op)
	if f, played := e.play(x, FaultWithdrawRoles); played {
		present = slices.DeleteFunc(slices.Clone(present), func(role string) bool {
			return len(f.Roles) == 0 || slices.Contains(f.Roles, role)
		})
	}
	if slices.ContainsFunc(wanted, func(role string) bool { return slices.Contains(present, role) }) {
		return false
	}
	x.graphError(http.StatusForbidden, "Forbidden", fmt.Sprintf(
		"Missing application roles. API required roles: %s, application roles: %s.",
		strings.Join(wanted, ","), strings.Join(present, ",")))
	return true
}

// wantedRoles are the application roles of which an operation needs one.
func wantedRoles(op operation) []string {
	switch {
	case op == opPatchIncident || op == opCommentIncident:
		return []string{"SecurityIncident.ReadWrite.All"}
	case op == opPatchAlert || op == opCommentAlert:
		return []string{"SecurityAlert.ReadWrite.All"}
	case op == opMerge || op == opMove:
		return []string{"SecurityData.Manage.All"}
	case op.ofAlerts():
		return []string{
			"SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All", "SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All",
		}
	default:
		return []string{"SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"}
	}
}

// unprovisioned answers as a tenant without Defender does: 403 for incidents,
// 404 for alerts.
func (e *Emulator) unprovisioned(x *exchange, op operation) bool {
	f, played := e.play(x, FaultUnprovisioned)
	switch {
	case !played:
		return false
	case f.Status != 0:
		x.graphError(f.Status, "Unauthorized", "The account is not provisioned.")
	case op.ofAlerts():
		x.graphError(http.StatusNotFound, "NotFound", "The tenant has no onboarded Microsoft Defender service.")
	default:
		x.graphError(http.StatusForbidden, "Forbidden", "The account is not provisioned.")
	}
	return true
}
