package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// armVersions are the versions of Microsoft.SecurityInsights that are taken.
// Source: azure-rest-api-specs, read 2026-11.
func armVersions() []string {
	return []string{"2025-09-01", "2025-06-01", "2024-09-01", "2024-03-01", "2023-11-01", "2025-07-01-preview"}
}

// The roles that matter. Source: Microsoft Sentinel roles, read 2026-11.
const (
	roleReader      = "Microsoft Sentinel Reader"
	roleResponder   = "Microsoft Sentinel Responder"
	roleContributor = "Microsoft Sentinel Contributor"
)

// arm serves Azure Resource Manager: Microsoft.SecurityInsights of the
// workspaces there are.
func (e *Emulator) arm(x *exchange) {
	x.armHeaders()
	c, err := e.authorize(x)
	if err != nil {
		x.armUnauthorized(err)
		return
	}
	path := parseARMPath(x.request.URL.Path)
	e.mu.Lock()
	w, tenant := e.workspaces.byID[lower(path.workspace)], e.workspaces.tenantOf(path.subscription)
	if w != nil {
		tenant = w.TenantID
		e.catchUpLocked(w)
	}
	e.mu.Unlock()
	switch {
	case x.wrongTenant(c, tenant) || e.overBucket(x, c, path.subscription) || x.refusesARMVersion():
	case path.rest == nil || !path.known():
		x.armError(http.StatusNotFound, "InvalidResourceType", "The resource type could not be found for the requested path.")
	case w == nil:
		x.noWorkspace(path, tenant)
	case x.op == "":
		x.armError(http.StatusMethodNotAllowed, "UnsupportedApiVersion",
			fmt.Sprintf("The HTTP resource that matches the request URI does not support the HTTP method '%s'.", x.request.Method))
	case e.deniesARM(x, c, path) || e.overARMLimit(x, path.subscription):
	default:
		e.insights(x, w, c, path.rest)
	}
}

// insights serves one operation of Microsoft.SecurityInsights.
func (e *Emulator) insights(x *exchange, w *workspace, c claims, rest []string) {
	switch x.op {
	case opListSentinel:
		e.listSentinel(x, w)
	case opGetSentinel:
		e.getSentinel(x, w, rest[1])
	case opPutSentinel:
		e.putSentinel(x, w, c, rest[1])
	case opDeleteSentinel:
		e.deleteSentinel(x, w, c, rest[1])
	case opListComments, opGetComment:
		e.comments(x, w, namesOf(rest))
	case opPutComment:
		e.putComment(x, w, c, namesOf(rest))
	case opDeleteComment:
		e.deleteComment(x, w, c, namesOf(rest))
	case opListRelations, opGetRelation:
		e.relations(x, w, namesOf(rest))
	case opPutRelation:
		e.putRelation(x, w, c, namesOf(rest))
	case opDeleteRelation:
		e.deleteRelation(x, w, c, namesOf(rest))
	case opListIncidentAlerts:
		e.incidentAlerts(x, w, rest[1])
	case opListIncidentEntities:
		e.incidentEntities(x, w, rest[1])
	case opListIncidentBookmarks:
		e.incidentBookmarks(x, w, rest[1])
	default: // opListConnectors, opGetConnector, opDeleteConnector
		e.connectors(x, w, namesOf(rest))
	}
}

// namesOf are the names among the segments of a path: every other one.
func namesOf(rest []string) []string {
	names := []string{}
	for i := 1; i < len(rest); i += 2 {
		names = append(names, rest[i])
	}
	return names
}

// tenantOf is the tenant a subscription belongs to, "" when nobody has it.
func (b *workspaceBook) tenantOf(subscription string) string {
	for _, w := range b.order {
		if parseARMPath(w.ResourceID).subscription == subscription {
			return w.TenantID
		}
	}
	return ""
}

// armHeaders are on every answer of ARM.
func (x *exchange) armHeaders() {
	h := x.Header()
	correlation := x.request.Header.Get("x-ms-correlation-request-id")
	if correlation == "" || len(correlation) > 64 {
		correlation = x.id
	}
	h.Set("x-ms-correlation-request-id", correlation)
	h.Set("x-ms-routing-request-id", "LOOPBACK:"+x.now.UTC().Format("20060102T150405Z")+":"+x.id)
	h.Set("x-ms-request-id", x.id)
	h.Set("Cache-Control", "no-cache")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	h.Set("X-Content-Type-Options", "nosniff")
}

// armUnauthorized answers 401. Which code stands for which fault of a token is
// chosen, after texts that people quote.
func (x *exchange) armUnauthorized(reason error) {
	code, message := "InvalidAuthenticationToken", "The access token is invalid."
	switch {
	case errors.Is(reason, errNoToken):
		code, message = "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
	case errors.Is(reason, errExpiredToken):
		code, message = "ExpiredAuthenticationToken", "The access token is expired."
	case errors.Is(reason, errWrongAudience):
		code, message = "InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience or resource."
	}
	x.armChallenge(x.tenant, code, message)
}

func (x *exchange) armChallenge(tenant, code, message string) {
	if tenant == "" {
		tenant = "common"
	}
	x.Header().Set("WWW-Authenticate", fmt.Sprintf(
		`Bearer authorization_uri="%s/%s", error="invalid_token", error_description="%s"`, origin(x.request), tenant, message))
	x.armError(http.StatusUnauthorized, code, message)
}

// wrongTenant answers a token of another tenant than the subscription's.
func (x *exchange) wrongTenant(c claims, tenant string) bool {
	if tenant == "" || c.Tenant == tenant {
		return false
	}
	x.armChallenge(tenant, "InvalidAuthenticationTokenTenant", fmt.Sprintf(
		"The access token is from the wrong issuer '%s'. It must match the tenant '%s' associated with this subscription.", c.Issuer, tenant))
	return true
}

func (x *exchange) refusesARMVersion() bool {
	version := x.request.URL.Query().Get("api-version")
	switch {
	case version == "":
		x.armError(http.StatusBadRequest, "MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	case !slices.Contains(armVersions(), version):
		x.armError(http.StatusBadRequest, "InvalidApiVersionParameter", fmt.Sprintf(
			"The api-version '%s' is invalid. The supported versions are '%s'.", version, strings.Join(armVersions(), ",")))
	default:
		return false
	}
	return true
}

// noWorkspace answers for a workspace that is not there, or one whose
// subscription is not.
func (x *exchange) noWorkspace(path armPath, tenant string) {
	if tenant == "" {
		x.armError(http.StatusNotFound, "SubscriptionNotFound", fmt.Sprintf("The subscription '%s' could not be found.", path.subscription))
		return
	}
	s := strings.Split(path.workspace, "/") // "", subscriptions, id, resourceGroups, group, providers, type, workspaces, name
	x.armError(http.StatusNotFound, "ResourceNotFound", fmt.Sprintf(
		"The Resource 'Microsoft.OperationalInsights/workspaces/%s' under resource group '%s' was not found.", s[8], s[4]))
}

// deniesARM answers 403 when the app's roles, less those a fault withdrew, do
// not allow the operation.
func (e *Emulator) deniesARM(x *exchange, c claims, path armPath) bool {
	f, played := e.play(x, FaultWithdrawRoles)
	allowed, action := armAction(x.op)
	if !played || len(f.Roles) > 0 && slices.ContainsFunc(allowed, func(role string) bool { return !slices.Contains(f.Roles, role) }) {
		return false
	}
	x.armError(http.StatusForbidden, "AuthorizationFailed", fmt.Sprintf(
		"The client '%s' with object id '%s' does not have authorization to perform action 'Microsoft.SecurityInsights/%s' over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		c.AppID, principalOf(c), action, path.workspace))
	return true
}

// principalOf is the object id of an app in a tenant: not its client id.
func principalOf(c claims) string { return guidOf(0, 11, c.Tenant, strings.ToLower(c.AppID)) }

// armAction is what an operation is called where roles are checked, and the
// roles that allow it.
func armAction(op operation) (roles []string, action string) {
	writers := []string{roleResponder, roleContributor}
	switch op {
	case opDeleteSentinel:
		return []string{roleContributor}, "incidents/delete"
	case opDeleteConnector:
		return []string{roleContributor}, "dataConnectors/delete"
	case opPutSentinel:
		return writers, "incidents/write"
	case opPutComment:
		return writers, "incidents/comments/write"
	case opDeleteComment:
		return writers, "incidents/comments/delete"
	case opPutRelation:
		return writers, "incidents/relations/write"
	case opDeleteRelation:
		return writers, "incidents/relations/delete"
	default:
		return append(writers, roleReader), "incidents/read"
	}
}

// armJSON answers with a JSON text.
func (x *exchange) armJSON(status int, body []byte) {
	x.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.WriteHeader(status)
	_, _ = x.Write(body) // a client that has gone away needs no answer
}

// armEmpty answers without a body.
func (x *exchange) armEmpty(status int) { x.WriteHeader(status) }

// armError answers in the form of Azure Resource Manager.
func (x *exchange) armError(status int, code, message string) {
	x.json(status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}
