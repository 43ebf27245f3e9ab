package sentinel

import (
	"fmt"
	"regexp"
	"strings"
)

// Workspace names a Log Analytics workspace. The zero value names none; take
// one from [ParseWorkspace]. Values are comparable: two of the same workspace
// are equal.
type Workspace struct {
	// Subscription is a GUID in lower case. Throttling is counted by it.
	Subscription string
	// ResourceGroup and Name are in lower case: Azure compares without it.
	ResourceGroup, Name string
}

// workspaceID is an ARM id of a workspace.
// Source: Microsoft.OperationalInsights and Azure naming rules, read 2026-11.
var workspaceID = regexp.MustCompile(`(?i)^/subscriptions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})` +
	`/resourceGroups/([\w.()-]{1,90})/providers/Microsoft\.OperationalInsights/workspaces/([a-z0-9][a-z0-9-]{1,88}[a-z0-9])/?$`)

// ParseWorkspace reads an ARM resource id, in any case. Its error reads on from
// "must be".
func ParseWorkspace(resourceID string) (Workspace, error) {
	m := workspaceID.FindStringSubmatch(resourceID)
	if m == nil {
		return Workspace{}, fmt.Errorf(
			"a workspace's resource id, like /subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/…, got %q", resourceID)
	}
	return Workspace{strings.ToLower(m[1]), strings.ToLower(m[2]), strings.ToLower(m[3])}, nil
}

// String is the resource id in one spelling: the type as ARM writes it, names in
// lower case. It is the value of cloud.resource_id and part of every key.
func (w Workspace) String() string {
	return "/subscriptions/" + w.Subscription + "/resourceGroups/" + w.ResourceGroup +
		"/providers/Microsoft.OperationalInsights/workspaces/" + w.Name
}

// AlertID is the resource id under which an alert of the workspace is put into
// relation with an incident.
func (w Workspace) AlertID(systemAlertID string) string {
	return w.String() + "/providers/Microsoft.SecurityInsights/entities/" + systemAlertID
}
