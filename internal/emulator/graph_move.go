package emulator

import (
	"slices"
	"strconv"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// portal is where incidents that the emulator opens say they can be seen.
const portal = "https://security.microsoft.com"

// openedApart is how far the ids of incidents that the emulator opens itself
// lie above those that were put in, so that a scenario's next ones fit between.
const openedApart = 1_000_000

// moveWish is what a move asks for.
type moveWish struct {
	alerts   []string
	incident string // "" = a new one
	comment  string // "" = none
}

// graphMove moves alerts to another incident, or to a new one.
func (e *Emulator) graphMove(x *exchange, who writer) {
	body, bad := x.graphBody()
	var wish moveWish
	if bad == nil {
		wish, bad = moveWishOf(body)
	}
	var target string
	if bad == nil {
		target, bad = e.move(x.place(), wish, who)
	}
	if bad != nil {
		x.graphRefuse(bad)
		return
	}
	x.writeTarget(target)
}

func moveWishOf(body []rawjson.Member) (wish moveWish, bad *errQuery) {
	for _, m := range body {
		switch m.Name {
		case "alertIds":
			wish.alerts, bad = textsOf(m)
		case "incidentId":
			wish.incident, bad = textOf(m, true)
		case "alertComment":
			wish.comment, bad = textOf(m, true)
		case "newCorrelationReasons":
			bad = checkReasons(m)
		default:
			bad = refuseBody("%q is no parameter", m.Name)
		}
		if bad != nil {
			return moveWish{}, bad
		}
	}
	if len(wish.alerts) == 0 {
		return moveWish{}, refuseBody("\"alertIds\" must name at least one alert")
	}
	return wish, nil
}

// move carries a move out, all or nothing, and returns the id of the incident
// that has the alerts now. Incidents that lose alerts stay, even without any.
func (e *Emulator) move(at place, wish moveWish, who writer) (string, *errQuery) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(at.tenant)
	moved, touched, bad := t.movable(wish)
	if bad != nil {
		return "", bad
	}
	ed := e.editLocked(at, who, touched...)
	into := ed.openOrTouch(wish.incident, moved)
	for _, h := range moved {
		source := t.incidents[h.incident]
		o := ed.moveAlert(h, into)
		if source != into.history {
			ed.touch(KindIncident, source)
		}
		if wish.comment != "" {
			ed.addComment(o, wish.comment)
		}
	}
	ed.store()
	for _, h := range moved {
		ed.wrote(ed.seen[h], WriteMove, WriteUpdate, who)
	}
	ed.wroteMoved(moved, into, wish.incident == "")
	return into.draft.id, nil
}

// wroteMoved lists what a move did besides: an incident opened, others changed.
func (ed *edit) wroteMoved(moved []*history, into *object, opened bool) {
	var named []*object
	for _, h := range moved {
		named = append(named, ed.seen[h])
	}
	if opened {
		into.before = nil
		ed.wrote(into, WriteIncident, WriteCreate, ed.who)
		named = append(named, into)
	}
	ed.wroteCascade(named...)
}

// movable finds the alerts of a move and everything whose time it moves.
func (t *tenant) movable(wish moveWish) (moved, touched []*history, bad *errQuery) {
	for i, id := range wish.alerts {
		h := t.alerts[id]
		switch {
		case h == nil:
			return nil, nil, missing(id)
		case slices.Contains(wish.alerts[:i], id):
			return nil, nil, refuseBody("alert %q is named twice", id)
		}
		moved, touched = append(moved, h), append(touched, h, t.incidents[h.incident])
	}
	if wish.incident == "" {
		return moved, touched, nil
	}
	switch h := t.incidents[wish.incident]; {
	case h == nil:
		return nil, nil, missing(wish.incident)
	case h.newest().hasStatus("redirected") || h.newest().hasStatus("resolved"):
		return nil, nil, refuseBody("incident %q is closed", wish.incident)
	default:
		return moved, append(touched, h), nil
	}
}

// openOrTouch is the incident that gets the alerts: the one named, or a new one
// that is called after the first of them.
func (ed *edit) openOrTouch(id string, moved []*history) *object {
	if id != "" {
		return ed.touch(KindIncident, ed.tenant.incidents[id])
	}
	d := ed.tenant.opened(ed.tenantID, ed.stamp())
	first := moved[0].newest()
	d.set("displayName", first.value("title"))
	for _, h := range moved {
		if severityRank(h.newest().document) > severityRank(d) {
			d.set("severity", h.newest().value("severity"))
		}
	}
	o := &object{kind: KindIncident, history: ed.tenant.incident(d.id), draft: d}
	ed.touched, ed.seen[o.history] = append(ed.touched, o), o
	return o
}

// opened is a new incident, every declared member written out.
func (t *tenant) opened(tenantID string, at []byte) *document {
	t.openedID = max(t.openedID+1, t.highest+openedApart)
	id := strconv.FormatInt(t.openedID, 10)
	null, none := []byte("null"), []byte("[]")
	d := &document{id: id}
	for _, m := range []rawjson.Member{
		{Name: "id", Value: rawjson.Quote(id)},
		{Name: "tenantId", Value: rawjson.Quote(tenantID)},
		{Name: "status", Value: []byte(`"active"`)},
		{Name: "incidentWebUrl", Value: rawjson.Quote(portal + "/incident2/" + id + "/overview?tid=" + tenantID)},
		{Name: "redirectIncidentId", Value: null},
		{Name: "displayName", Value: null},
		{Name: "createdDateTime", Value: at},
		{Name: "lastUpdateDateTime", Value: at},
		{Name: "assignedTo", Value: null},
		{Name: "classification", Value: null},
		{Name: "determination", Value: null},
		{Name: "severity", Value: []byte(`"unknown"`)},
		{Name: "customTags", Value: none},
		{Name: "systemTags", Value: none},
		{Name: "description", Value: null},
		{Name: "summary", Value: null},
		{Name: "resolvingComment", Value: null},
		{Name: "lastModifiedBy", Value: null},
		{Name: "priorityScore", Value: null},
		{Name: "comments", Value: none},
	} {
		d.set(m.Name, m.Value)
	}
	return d
}
