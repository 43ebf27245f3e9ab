package emulator

import (
	"net/http"
	"strings"
)

const (
	incidentsPath = "/v1.0/security/incidents"
	alertsPath    = "/v1.0/security/alerts_v2"
)

// qualifier may stand before the name of an action.
const qualifier = "microsoft.graph.security."

// collection is one of the two that the Graph security API has, and what can be
// asked of it.
type collection struct {
	path, action                      string
	list, get, patch, comment, acting operation
}

func collections() [2]collection {
	return [2]collection{
		{incidentsPath, "mergeIncidents", opIncidents, opIncident, opPatchIncident, opCommentIncident, opMerge},
		{alertsPath, "moveAlerts", opAlerts, opAlert, opPatchAlert, opCommentAlert, opMove},
	}
}

// graphOperation reads method and path. known is false where nothing is served
// at all; an empty operation at a known path means that its method is not
// served.
func graphOperation(r *http.Request) (op operation, id string, known bool) {
	for _, of := range collections() {
		rest, ok := strings.CutPrefix(r.URL.Path, of.path)
		if ok && (rest == "" || rest[0] == '/') {
			return of.operation(r.Method, strings.TrimPrefix(rest, "/"))
		}
	}
	return "", "", false
}

// operation reads what follows the collection's path.
func (of collection) operation(method, rest string) (op operation, id string, known bool) {
	id, tail, deeper := strings.Cut(rest, "/")
	switch {
	case deeper && (id == "" || tail != "comments"):
		return "", "", false
	case deeper && method == http.MethodPost:
		op = of.comment
	case deeper:
	case method == http.MethodPost && strings.TrimPrefix(id, qualifier) == of.action:
		return of.acting, "", true
	case id == "" && method == http.MethodGet:
		op = of.list
	case id != "" && method == http.MethodGet:
		op = of.get
	case id != "" && method == http.MethodPatch:
		op = of.patch
	}
	return op, id, true
}

// ofAlerts tells whether an operation is asked of the collection of alerts.
func (op operation) ofAlerts() bool {
	return op == opAlerts || op == opAlert || op == opPatchAlert || op == opCommentAlert || op == opMove
}
