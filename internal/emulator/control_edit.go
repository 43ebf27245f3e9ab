package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// DefenderAnalyst is who edits Defender incidents when nobody is named.
const DefenderAnalyst = "analyst@contoso.com"

// editMax bounds the body of an edit.
const editMax = 1 << 20

// EditIncident changes a Defender incident as a person in its portal would:
// change is a partial Graph incident, of which only the members given are set;
// {"comments": [{"comment": "…"}]} and {"comment": "…"} add comments, addTags and
// removeTags change the set of tags that is there. It cascades to alerts as a
// PATCH does, and lastModifiedBy becomes by.
//
// Kinds of values are checked, enums are not, so that a test can play a status
// or a determination of the future. An incident that was merged away takes no
// edit. The error says what is wrong, and nothing is changed then.
func (e *Emulator) EditIncident(tenantID, id, by string, change []byte) error {
	members, bad := bodyMembers(change)
	var edit personEdit
	if bad == nil {
		edit, bad = editOf(members)
	}
	if bad == nil {
		bad = e.editIncident(tenantID, id, by, edit)
	}
	if bad != nil {
		return fmt.Errorf("edit incident %q: %w", id, bad)
	}
	return nil
}

func (e *Emulator) editIncident(tenantID, id, by string, edit personEdit) *errQuery {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(tenantID)
	h := t.incidents[id]
	switch {
	case h == nil:
		return missing(id)
	case h.newest().hasStatus("redirected"):
		return &errQuery{status: http.StatusConflict, code: "Conflict", message: "it was merged into another one"}
	}
	edit.tags(h.newest().document)
	ed := e.editLocked(place{service: serviceGraph, tenant: tenantID}, personWriter(by), append(t.alertsIn(h), h)...)
	o := ed.changeIncident(h, edit.members)
	var written [][]byte
	for _, comment := range edit.comments {
		written = append(written, ed.addComment(o, comment))
	}
	ed.store()
	if len(edit.members) > 0 || len(edit.comments) == 0 {
		ed.wrote(o, WriteIncident, WriteUpdate, ed.who)
	}
	for _, comment := range written {
		ed.wroteComment(o, comment)
	}
	ed.wroteCascade(o)
	return nil
}

func missing(id string) *errQuery {
	return &errQuery{status: http.StatusNotFound, code: "NotFound", message: "Resource '" + id + "' does not exist."}
}

// personEdit is what a person does to an incident.
type personEdit struct {
	members     []rawjson.Member // to set
	comments    []string         // to add
	add, remove []string         // tags
}

// tags turns the tags to add and remove into the set that comes of it.
func (p *personEdit) tags(d *document) {
	if p.add == nil && p.remove == nil {
		return
	}
	var tags []string
	_ = json.Unmarshal(d.value("customTags"), &tags) // what is no list of texts has no tags
	p.members = append(p.members, rawjson.Member{Name: "customTags", Value: plainJSON(changeTags(tags, p.add, p.remove))})
}

// changeTags adds and removes tags, whatever their case; the result is never nil.
func changeTags(tags, add, remove []string) []string {
	among := func(list []string, tag string) bool {
		return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(t, tag) })
	}
	changed := []string{}
	for _, tag := range slices.Concat(tags, add) {
		if !among(remove, tag) && !among(changed, tag) {
			changed = append(changed, tag)
		}
	}
	return changed
}

// editOf takes a person's edit apart.
func editOf(given []rawjson.Member) (edit personEdit, bad *errQuery) {
	for _, m := range given {
		if bad = edit.take(m); bad != nil {
			return personEdit{}, bad
		}
	}
	if slices.ContainsFunc(edit.comments, func(text string) bool { return strings.TrimSpace(text) == "" }) {
		return personEdit{}, refuseBody("a comment must not be empty")
	}
	return edit, nil
}

func (p *personEdit) take(m rawjson.Member) (bad *errQuery) {
	switch m.Name {
	case "comment":
		var text string
		text, bad = textOf(m, false)
		p.comments = append(p.comments, text)
	case "comments":
		var added []string
		added, bad = commentsOf(m)
		p.comments = append(p.comments, added...)
	case "addTags":
		p.add, bad = textsOf(m)
	case "removeTags":
		p.remove, bad = textsOf(m)
	default:
		bad = checkEdited(m)
		p.members = append(p.members, m)
	}
	return bad
}

func commentsOf(m rawjson.Member) ([]string, *errQuery) {
	var given []struct {
		Comment string `json:"comment"`
	}
	if rawjson.Kind(m.Value) != "array" || json.Unmarshal(m.Value, &given) != nil {
		return nil, refuseBody("\"comments\" must be an array of {\"comment\": \"…\"}")
	}
	texts := make([]string, len(given))
	for i, c := range given {
		texts[i] = c.Comment
	}
	return texts, nil
}

// checkEdited refuses what is not a person's to change, and values of another
// kind than the schema's.
func checkEdited(m rawjson.Member) *errQuery {
	switch m.Name {
	case "id", "alerts", "createdDateTime", "lastUpdateDateTime", "lastModifiedBy", "tenantId", "@odata.type":
		return refuseBody("%q is not for people to change", m.Name)
	case "assignedTo", "classification", "determination", "description", "displayName", "redirectIncidentId", "resolvingComment", "summary":
		_, bad := textOf(m, true)
		return bad
	case "severity", "status":
		_, bad := textOf(m, false)
		return bad
	case "customTags", "systemTags":
		_, bad := textsOf(m)
		return bad
	}
	return nil
}

// MergeIncidents merges Defender incidents as a person would, whatever
// correlation thinks of it, into target or, when that is empty, into the eldest.
// It returns the id of the target.
func (e *Emulator) MergeIncidents(tenantID, by string, ids []string, target string) (string, error) {
	if len(ids) < 2 {
		return "", fmt.Errorf("merge incidents: want at least two, got %d", len(ids))
	}
	at := place{service: serviceGraph, tenant: tenantID, operation: opMerge}
	into, bad := e.merge(at, mergeWish{ids: ids, target: target}, personWriter(by))
	if bad != nil {
		return "", fmt.Errorf("merge incidents: %w", bad)
	}
	return into, nil
}

func (e *Emulator) controlEditIncident(w http.ResponseWriter, r *http.Request) {
	tenantID, ok := controlTenant(w, r)
	if !ok {
		return
	}
	change, err := io.ReadAll(http.MaxBytesReader(w, r.Body, editMax))
	if err == nil {
		err = e.EditIncident(tenantID, r.PathValue("id"), controlBy(r, DefenderAnalyst), change)
	}
	if err != nil {
		refuseEdit(w, err)
		return
	}
	e.replyIncident(w, tenantID, r.PathValue("id"))
}

func (e *Emulator) controlMerge(w http.ResponseWriter, r *http.Request) {
	tenantID, ok := controlTenant(w, r)
	if !ok {
		return
	}
	var wish struct {
		IDs    []string `json:"incidentIds"`
		Target string   `json:"targetIncidentId"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, editMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wish); err != nil {
		refuseControl(w, http.StatusBadRequest, "want {\"incidentIds\": [\"1\", \"2\"], \"targetIncidentId\": \"2\"}: %v", err)
		return
	}
	target, err := e.MergeIncidents(tenantID, controlBy(r, DefenderAnalyst), wish.IDs, wish.Target)
	if err != nil {
		refuseEdit(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]string{"targetIncidentId": target})
}

// controlBy reads ?by=, the name of whoever edits.
func controlBy(r *http.Request, otherwise string) string {
	if by := r.URL.Query().Get("by"); by != "" {
		return by
	}
	return otherwise
}

// refuseEdit answers an edit that could not be made.
func refuseEdit(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if bad := (*errQuery)(nil); errors.As(err, &bad) && bad.status != 0 {
		status = bad.status
	}
	refuseControl(w, status, "%v", err)
}
