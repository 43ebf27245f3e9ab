package emulator

import (
	"encoding/json"
	"slices"
	"strings"
)

// mirrored is one Defender incident as a workspace has it.
type mirrored struct {
	name     string         // of the Sentinel incident
	revision uint64         // newest change of the incident or an alert that was brought over
	fields   sentinelFields // as brought over last
	comments int            // brought over
	alerts   int            // the incident had then
}

// mirrorLocked brings the incidents of a workspace's own tenant over, as
// Microsoft's sync does where it is on. It goes one way here: an edit of such an
// incident in Sentinel stays in Sentinel, until Defender changes the same member.
func (e *Emulator) mirrorLocked(w *workspace) {
	t := e.tenants[w.TenantID]
	if w.State == WorkspaceStandalone || t == nil || w.mirroredTo == e.revision {
		return
	}
	for _, id := range sortedKeys(t.incidents) {
		h := t.incidents[id]
		if len(h.revisions) > 0 && e.changedLocked(t, h, w.mirror[id]) {
			e.bringLocked(w, t, h)
		}
	}
	w.mirroredTo = e.revision
}

// changedLocked tells whether an incident or one of its alerts is newer than
// what was brought over.
func (e *Emulator) changedLocked(t *tenant, h *history, was *mirrored) bool {
	if was == nil || h.newest().seq > was.revision || len(h.alerts) != was.alerts {
		return true
	}
	return slices.ContainsFunc(h.alerts, func(id string) bool { return t.alerts[id].newest().seq > was.revision })
}

// bringLocked writes one Defender incident into the workspace.
func (e *Emulator) bringLocked(w *workspace, t *tenant, h *history) {
	d, by := h.newest().document, serviceWriter()
	was := w.mirror[d.id]
	fields := w.mirroredFields(d)
	if was == nil {
		was = &mirrored{name: guidOf(e.settings.Seed, 37, lower(w.ResourceID), d.id), fields: fields}
		w.mirror[d.id] = was
		fresh := e.storeLocked(w, was.name, fields, by)
		fresh.providerName, fresh.providerID = providerOf(w.State), d.id // nobody has seen this revision yet
		fresh.providerURL, fresh.properties = "https://security.microsoft.com/incidents/"+d.id+"?tid="+w.TenantID, nil
		w.twins.add(w.linkOf(fresh), w.incidents[lower(was.name)])
	} else if i := w.find(was.name); i != nil {
		changed := i.sentinelFields
		if changed.take(was.fields, fields) {
			e.storeLocked(w, was.name, changed, by)
		}
	}
	was.fields, was.revision, was.alerts = fields, e.revision, len(h.alerts)
	if w.find(was.name) == nil { // deleted in Sentinel: it stays deleted
		return
	}
	e.bringAlertsLocked(w, t, h, was.name)
	e.bringCommentsLocked(w, d, was)
	was.revision = e.revision
}

func providerOf(state WorkspaceState) string {
	if state == WorkspaceOnboarded {
		return providerXDR
	}
	return providerConnector
}

// take puts the members that differ between two states over those of an
// incident, and tells whether there were any.
func (f *sentinelFields) take(was, is sentinelFields) bool {
	before := plainJSON(f)
	for into, values := range map[*string][2]string{
		&f.Title: {was.Title, is.Title}, &f.Description: {was.Description, is.Description}, &f.Severity: {was.Severity, is.Severity},
		&f.Status: {was.Status, is.Status}, &f.Classification: {was.Classification, is.Classification},
		&f.ClassificationReason: {was.ClassificationReason, is.ClassificationReason}, &f.LastActivity: {was.LastActivity, is.LastActivity},
	} {
		if values[0] != values[1] {
			*into = values[1]
		}
	}
	if !slices.Equal(was.Labels, is.Labels) {
		f.Labels = is.Labels
	}
	if string(plainJSON(was.Owner)) != string(plainJSON(is.Owner)) {
		f.Owner = is.Owner
	}
	return string(before) != string(plainJSON(f))
}

// mirroredFields are a Defender incident's members in Sentinel's words. An
// onboarded workspace has no description.
func (w *workspace) mirroredFields(d *document) sentinelFields {
	f := sentinelFields{
		Title: d.text("displayName"), Severity: severityOf(d.text("severity")), Status: statusNew,
		FirstActivity: armTimeOf(d, "createdDateTime"), LastActivity: armTimeOf(d, "lastUpdateDateTime"),
	}
	if f.Title == "" {
		f.Title = "Incident " + d.id
	}
	if w.State == WorkspaceConnected {
		f.Description = atMost(d.text("description"), descriptionMax)
	}
	var tags []string
	_ = json.Unmarshal(d.value("customTags"), &tags) // what is no list of texts has none
	for _, tag := range tags {
		f.Labels = append(f.Labels, sentinelLabel{tag, labelUser})
	}
	switch d.text("status") {
	case "inProgress", "awaitingAction":
		f.Status = statusActive
	case "resolved":
		f.Status = statusClosed
	case "redirected":
		f.Status = statusClosed
		f.Labels = append(f.Labels, sentinelLabel{"Redirected", labelAutoAssigned})
	}
	f.mirrorVerdict(d.text("classification"))
	if assigned := d.text("assignedTo"); strings.Contains(assigned, "@") {
		f.Owner = sentinelOwner{UserPrincipalName: &assigned}
	} else if assigned != "" {
		f.Owner = sentinelOwner{AssignedTo: &assigned}
	}
	return f
}

func (f *sentinelFields) mirrorVerdict(word string) {
	switch word {
	case "truePositive":
		f.Classification, f.ClassificationReason = "TruePositive", "SuspiciousActivity"
	case "falsePositive":
		f.Classification, f.ClassificationReason = "FalsePositive", "InaccurateData"
	case "informationalExpectedActivity":
		f.Classification, f.ClassificationReason = "BenignPositive", "SuspiciousButExpected"
	default:
		if f.Status == statusClosed {
			f.Classification = "Undetermined"
		}
	}
}

func armTimeOf(d *document, member string) string {
	if at, ok := parseDatetime(d.text(member)); ok {
		return armTime(at)
	}
	return ""
}

// bringAlertsLocked relates the alerts of a Defender incident, and lets go of
// those that moved away.
func (e *Emulator) bringAlertsLocked(w *workspace, t *tenant, h *history, name string) {
	i := w.find(name)
	relations, changed := []*sentinelRelation{}, false
	for _, id := range h.alerts[:min(len(h.alerts), sentinelAlertsMax)] {
		alert := e.bringAlertLocked(w, t.alerts[id].newest().document)
		at := slices.IndexFunc(i.relations, func(r *sentinelRelation) bool { return r.alert == alert })
		if at >= 0 {
			relations = append(relations, i.relations[at])
			continue
		}
		changed = true
		relations = append(relations, &sentinelRelation{name: guidOf(0, 43, name, alert.id), etag: i.etag, alert: alert})
	}
	if !changed && len(relations) == len(i.relations) {
		return
	}
	next := i.next()
	next.relations = relations
	e.commitLocked(w, next)
	for _, r := range relations {
		if !slices.Contains(i.relations, r) {
			e.wroteRelationLocked(w, name, WriteCreate, r, serviceWriter())
		}
	}
	for _, r := range i.relations {
		if !slices.Contains(relations, r) {
			e.wroteRelationLocked(w, name, WriteDelete, r, serviceWriter())
		}
	}
}

// bringAlertLocked is a Defender alert in the workspace, made when it is new.
func (e *Emulator) bringAlertLocked(w *workspace, d *document) *securityAlert {
	id := guidOf(e.settings.Seed, 41, lower(w.ResourceID), d.id)
	if known := w.alerts.byID[id]; known != nil {
		return known
	}
	now := e.settings.Now()
	alert := &securityAlert{
		id: id, name: d.text("title"), description: atMost(d.text("description"), descriptionMax), severity: severityOf(d.text("severity")),
		alertType: d.text("detectorId"), link: d.text("alertWebUrl"), product: "Microsoft Defender XDR", provider: "Microsoft Threat Protection",
		vendor: "Microsoft", vendorID: strings.TrimPrefix(d.id, "da"), start: now, end: now, generated: now, xdr: true,
	}
	w.alerts.add(alert)
	return alert
}

// bringCommentsLocked copies the comments that are new; edits and deletions are
// not carried.
func (e *Emulator) bringCommentsLocked(w *workspace, d *document, was *mirrored) {
	var comments []struct{ Comment, CreatedByDisplayName string }
	_ = json.Unmarshal(d.value("comments"), &comments) // what is no list of comments has none
	for ; was.comments < len(comments); was.comments++ {
		c := comments[was.comments]
		fresh := sentinelComment{
			name: guidOf(e.settings.Seed, e.revision+1, "mirrored"), message: c.Comment, author: sentinelAuthor{Name: c.CreatedByDisplayName},
		}
		if _, _, bad := e.commentLocked(w, w.find(was.name), fresh, serviceWriter()); bad != nil {
			return
		}
	}
}
