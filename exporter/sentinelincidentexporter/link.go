package sentinelincidentexporter

import "strings"

// laneLink is one tenant whose incidents live in a lane's workspace.
type laneLink struct {
	tenant string // as the user wrote it
	arm    bool   // mode arm was set by hand
}

// link is the one of a tenant's id; the zero link for none.
func (l *lane) link(tenantID string) laneLink { return l.linkOf(l.routes.label(tenantID, l)) }

// linkOf is the one of a tenant as the user wrote it.
func (l *lane) linkOf(tenant string) laneLink {
	for _, link := range l.links {
		if link.tenant == tenant {
			return link
		}
	}
	return laneLink{}
}

// label is how the user wrote a tenant in a link with a workspace; "" for a
// stranger, and for a name that was not met yet.
func (r *routes) label(id string, l *lane) string {
	for _, link := range l.links {
		if r.id(link.tenant) == id {
			return link.tenant
		}
	}
	return ""
}

// id is the tenant's id; "" for a name that no record ever came with.
func (r *routes) id(tenant string) string {
	if isTenantID(tenant) {
		return strings.ToLower(tenant)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := r.ids[tenant]; id != "" {
		return id
	}
	return r.recalled(tenant) // until a record says it again
}

// unsettled reports whether a name among links stands for no id yet.
func (r *routes) unsettled(links []laneLink) bool {
	for _, link := range links {
		if r.id(link.tenant) == "" {
			return true
		}
	}
	return false
}

// tenantKey is how a tenant is bound: an id in lower case, a name as it is.
func tenantKey(tenant string) string {
	if isTenantID(tenant) {
		return strings.ToLower(tenant)
	}
	return tenant
}
