package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// sentinelRelation ties an alert to an incident. It never changes.
type sentinelRelation struct {
	name, etag string
	alert      *securityAlert
}

func (r *sentinelRelation) resource(w *workspace, incident string) armResource {
	return armResource{
		ID: w.insights() + "/incidents/" + incident + "/relations/" + r.name, Name: r.name, Etag: r.etag,
		Type: "Microsoft.SecurityInsights/incidents/relations",
		Properties: plainJSON(struct {
			ID   string `json:"relatedResourceId"`
			Name string `json:"relatedResourceName"`
			Type string `json:"relatedResourceType"`
			Kind string `json:"relatedResourceKind"`
		}{w.insights() + "/entities/" + r.alert.id, r.alert.id, "Microsoft.SecurityInsights/entities", "SecurityAlert"}),
	}
}

func (i *sentinelIncident) relation(name string) int {
	return slices.IndexFunc(i.relations, func(r *sentinelRelation) bool { return strings.EqualFold(r.name, name) })
}

// relations reads the relations of an incident: names are its own and, for one
// of them, the relation's.
func (e *Emulator) relations(x *exchange, w *workspace, names []string) {
	e.mu.Lock()
	i := e.readLocked(x, w, names[0])
	var found []armResource
	if i != nil {
		for _, r := range i.relations {
			if len(names) == 1 || strings.EqualFold(r.name, names[1]) {
				found = append(found, r.resource(w, i.name))
			}
		}
	}
	e.mu.Unlock()
	switch {
	case i == nil:
		x.noIncident(names[0])
	case len(names) == 1:
		e.listSmall(x, found)
	case len(found) == 0:
		x.noResource(names[1])
	default:
		x.armJSON(http.StatusOK, plainJSON(found[0]))
	}
}

// related is what a relation points to.
type related struct {
	workspace *workspace // nil = none of this emulator
	kind      string     // entities or bookmarks
	id        string
}

// relationInput reads the body of a PUT of a relation.
func (e *Emulator) relationInput(text []byte, name string) (related, *armRefusal) {
	if !regexp.MustCompile(`^[a-zA-Z0-9-]{3,63}$`).MatchString(name) {
		return related{}, badRequest("The relation name '%s' must have 3 to 63 letters, digits and hyphens.", name)
	}
	var in struct {
		Properties struct{ RelatedResourceID string }
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return related{}, badRequest("The request body is not valid: %v.", err)
	}
	path := parseARMPath(in.Properties.RelatedResourceID)
	if len(path.rest) != 2 || !slices.Contains([]string{"entities", "bookmarks"}, lower(path.rest[0])) {
		return related{}, badRequest("'relatedResourceId' must be the resource id of an alert or a bookmark.")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return related{e.workspaces.byID[lower(path.workspace)], lower(path.rest[0]), path.rest[1]}, nil
}

func (e *Emulator) putRelation(x *exchange, w *workspace, c claims, names []string) {
	text, ok := x.armBody()
	if !ok {
		return
	}
	to, bad := e.relationInput(text, names[1])
	if x.refuse(bad) {
		return
	}
	e.mu.Lock()
	status, fresh := http.StatusOK, (*sentinelRelation)(nil)
	i := w.find(names[0])
	if i == nil {
		bad = &armRefusal{http.StatusNotFound, "NotFound", "Incident doesn't exist."}
	} else if bad = w.refusesRelation(i, names[1], to); bad == nil {
		if at := i.relation(names[1]); at >= 0 { // the same again
			fresh = i.relations[at]
		} else {
			status, fresh = http.StatusCreated, e.relateLocked(w, i, names[1], w.alerts.byID[lower(to.id)], appWriter(c))
		}
	}
	e.mu.Unlock()
	if !x.refuse(bad) {
		x.armJSON(status, plainJSON(fresh.resource(w, i.name)))
	}
}

// refusesRelation is every documented refusal, in an order that is chosen.
func (w *workspace) refusesRelation(i *sentinelIncident, name string, to related) *armRefusal {
	alert := w.alerts.byID[lower(to.id)]
	at := i.relation(name)
	same := func(r *sentinelRelation) bool { return r.alert == alert }
	switch {
	case to.workspace != w:
		return badRequest("The alert and the incident belong to different workspaces.")
	case at >= 0 && to.kind != "entities":
		return badRequest("The relation name '%s' is already in use for another relation type.", name)
	case to.kind != "entities" || alert == nil:
		return &armRefusal{http.StatusNotFound, "NotFound", fmt.Sprintf("Resource '%s' does not exist.", to.id)}
	case at >= 0 && !same(i.relations[at]):
		return &armRefusal{http.StatusConflict, "Conflict", fmt.Sprintf("The relation name '%s' is already used by another alert.", name)}
	case at >= 0:
		return nil
	case slices.ContainsFunc(i.relations, same):
		return badRequest("The alert '%s' is already related to the incident.", to.id)
	case w.State == WorkspaceOnboarded:
		return badRequest("Adding alerts to incidents through the API is not supported in workspaces onboarded to the Defender portal.")
	case alert.xdr && i.providerID != "":
		return badRequest("Microsoft Defender XDR alerts cannot be added to Microsoft Defender XDR incidents.")
	case len(i.relations) >= sentinelAlertsMax:
		return badRequest("The incident has %d alerts already, which is the most it can have.", sentinelAlertsMax)
	}
	return nil
}

// relateLocked adds an alert to an incident and moves its etag.
func (e *Emulator) relateLocked(w *workspace, i *sentinelIncident, name string, alert *securityAlert, by writer) *sentinelRelation {
	next, fresh := i.next(), &sentinelRelation{name: name, alert: alert}
	next.relations = append(slices.Clone(i.relations), fresh)
	e.commitLocked(w, next)
	fresh.etag = next.etag
	e.wroteRelationLocked(w, i.name, WriteCreate, fresh, by)
	return fresh
}

func (e *Emulator) wroteRelationLocked(w *workspace, incident string, op WriteOp, r *sentinelRelation, by writer) {
	write := Write{
		Side: SideSentinel, Tenant: w.TenantID, Workspace: w.ResourceID, ID: incident, Kind: WriteRelation, Op: op,
		Actor: by.actor, By: by.by, Changed: []string{"relations"},
	}
	text := plainJSON(map[string]string{"name": r.name, "systemAlertId": r.alert.id, "defenderAlertId": r.alert.defender.alert})
	if op == WriteDelete {
		write.Before = text
	} else {
		write.After = text
	}
	e.wroteLocked(write)
}

func (e *Emulator) deleteRelation(x *exchange, w *workspace, c claims, names []string) {
	status := http.StatusNoContent
	var bad *armRefusal
	e.mu.Lock()
	if i := w.find(names[0]); i != nil {
		if at := i.relation(names[1]); at >= 0 {
			status, bad = http.StatusOK, w.refusesRemoval(i, i.relations[at])
			if bad == nil {
				next := i.next()
				next.relations = slices.Delete(slices.Clone(i.relations), at, at+1)
				e.commitLocked(w, next)
				e.wroteRelationLocked(w, i.name, WriteDelete, i.relations[at], appWriter(c))
			}
		}
	}
	e.mu.Unlock()
	if !x.refuse(bad) {
		x.armEmpty(status)
	}
}

func (w *workspace) refusesRemoval(i *sentinelIncident, r *sentinelRelation) *armRefusal {
	switch {
	case w.State == WorkspaceOnboarded:
		return badRequest("Removing alerts from incidents through the API is not supported in workspaces onboarded to the Defender portal.")
	case r.alert.xdr && i.providerID != "":
		return badRequest("Microsoft Defender XDR alerts cannot be removed from Microsoft Defender XDR incidents.")
	}
	return nil
}
