package emulator

import (
	"net/http"
	"strings"
)

// The operations of Azure Resource Manager and Log Analytics.
const (
	opListSentinel   operation = "list_sentinel"
	opGetSentinel    operation = "get_sentinel"
	opPutSentinel    operation = "put_sentinel"
	opDeleteSentinel operation = "delete_sentinel"

	opListComments  operation = "list_comments"
	opGetComment    operation = "get_comment"
	opPutComment    operation = "put_comment"
	opDeleteComment operation = "delete_comment"

	opListRelations  operation = "list_relations"
	opGetRelation    operation = "get_relation"
	opPutRelation    operation = "put_relation"
	opDeleteRelation operation = "delete_relation"

	opListIncidentAlerts    operation = "list_incident_alerts"
	opListIncidentEntities  operation = "list_incident_entities"
	opListIncidentBookmarks operation = "list_incident_bookmarks"

	opListConnectors  operation = "list_connectors"
	opGetConnector    operation = "get_connector"
	opDeleteConnector operation = "delete_connector"

	opQuery operation = "query"
)

// operations are all that a fault can be bound to.
func operations() []operation {
	return []operation{
		opIncidents, opIncident, opAlerts, opAlert, opToken, opUpload,
		opPatchIncident, opCommentIncident, opMerge, opMove, opPatchAlert, opCommentAlert,
		opListSentinel, opGetSentinel, opPutSentinel, opDeleteSentinel,
		opListComments, opGetComment, opPutComment, opDeleteComment,
		opListRelations, opGetRelation, opPutRelation, opDeleteRelation,
		opListIncidentAlerts, opListIncidentEntities, opListIncidentBookmarks,
		opListConnectors, opGetConnector, opDeleteConnector, opQuery,
	}
}

// armPath is a path of Azure Resource Manager taken apart. Everything in it is
// compared without regard to case, as ARM does.
type armPath struct {
	subscription string
	workspace    string   // resource id, "" = the path is not below a workspace
	rest         []string // the segments below Microsoft.SecurityInsights
}

const armPrefix = "/subscriptions/"

const insightsProvider = "microsoft.securityinsights"

// parseARMPath reads a path below /subscriptions/. Segments that are missing
// leave the members behind them empty.
func parseARMPath(path string) armPath {
	s := strings.Split(strings.Trim(path, "/"), "/")
	var p armPath
	if len(s) < 2 || !strings.EqualFold(s[0], "subscriptions") {
		return p
	}
	p.subscription = strings.ToLower(s[1])
	if len(s) < 8 || !isWorkspaceID(s[:8]) {
		return p
	}
	p.workspace = "/" + strings.Join(s[:8], "/")
	if len(s) > 10 && strings.EqualFold(s[8], "providers") && strings.EqualFold(s[9], insightsProvider) {
		p.rest = s[10:]
	}
	return p
}

// isWorkspaceID tells whether eight segments name a Log Analytics workspace.
func isWorkspaceID(s []string) bool {
	for i, want := range []string{"subscriptions", "", "resourceGroups", "", "providers", "Microsoft.OperationalInsights", "workspaces", ""} {
		if want != "" && !strings.EqualFold(s[i], want) || s[i] == "" {
			return false
		}
	}
	return true
}

// armRoute is one kind of path below Microsoft.SecurityInsights; a star stands
// for a name.
type armRoute struct {
	method string
	path   string
	op     operation
}

var armRoutes = []armRoute{
	{http.MethodGet, "incidents", opListSentinel},
	{http.MethodGet, "incidents/*", opGetSentinel},
	{http.MethodPut, "incidents/*", opPutSentinel},
	{http.MethodDelete, "incidents/*", opDeleteSentinel},
	{http.MethodPost, "incidents/*/alerts", opListIncidentAlerts},
	{http.MethodPost, "incidents/*/entities", opListIncidentEntities},
	{http.MethodPost, "incidents/*/bookmarks", opListIncidentBookmarks},
	{http.MethodGet, "incidents/*/comments", opListComments},
	{http.MethodGet, "incidents/*/comments/*", opGetComment},
	{http.MethodPut, "incidents/*/comments/*", opPutComment},
	{http.MethodDelete, "incidents/*/comments/*", opDeleteComment},
	{http.MethodGet, "incidents/*/relations", opListRelations},
	{http.MethodGet, "incidents/*/relations/*", opGetRelation},
	{http.MethodPut, "incidents/*/relations/*", opPutRelation},
	{http.MethodDelete, "incidents/*/relations/*", opDeleteRelation},
	{http.MethodGet, "dataconnectors", opListConnectors},
	{http.MethodGet, "dataconnectors/*", opGetConnector},
	{http.MethodDelete, "dataconnectors/*", opDeleteConnector},
}

// shape is the path with stars for the names, in lower case.
func (p armPath) shape() string {
	var shape strings.Builder
	for i, segment := range p.rest {
		switch {
		case i%2 == 1:
			shape.WriteString("/*")
		case i > 0:
			shape.WriteString("/" + strings.ToLower(segment))
		default:
			shape.WriteString(strings.ToLower(segment))
		}
	}
	return shape.String()
}

// armOperation names what a request of the two services asks for.
func armOperation(name service, r *http.Request) operation {
	if name == serviceLogAnalytics {
		return opQuery
	}
	shape := parseARMPath(r.URL.Path).shape()
	for _, route := range armRoutes {
		if route.method == r.Method && route.path == shape {
			return route.op
		}
	}
	return ""
}

// known tells whether a path is served, by whatever method.
func (p armPath) known() bool {
	shape := p.shape()
	for _, route := range armRoutes {
		if route.path == shape {
			return true
		}
	}
	return false
}
