package emulator

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// commentMax is how many characters a comment may have. It is the portal's
// limit; that the API has the same one is chosen.
const commentMax = 30_000

// graphComment adds a comment and answers the whole list. Nothing tells a
// repeated request from a new one, so a retry after a lost answer doubles the
// comment.
func (e *Emulator) graphComment(x *exchange, op operation, id string, who writer) {
	body, bad := x.graphBody()
	var text string
	if bad == nil {
		text, bad = commentOf(body)
	}
	if bad != nil {
		x.graphRefuse(bad)
		return
	}
	before, found := e.find(x, op, id, false)
	if !found {
		x.graphNotFound(id)
		return
	}
	after := e.comment(x, op, before, text, who)
	if _, stale := e.play(x, FaultStaleAnswer); stale {
		after = before
	}
	if !e.failsOn(x, []row{after}, false) {
		x.writeComments(after.document)
	}
}

// commentOf reads the body of a new comment.
func commentOf(body []rawjson.Member) (text string, bad *errQuery) {
	for _, m := range body {
		switch m.Name {
		case "@odata.type":
			bad = checkType(m, "alertComment")
		case "comment":
			text, bad = textOf(m, false)
		default:
			bad = refuseBody("%q cannot be written", m.Name)
		}
		if bad != nil {
			return "", bad
		}
	}
	switch {
	case strings.TrimSpace(text) == "":
		return "", refuseBody("\"comment\" must not be empty")
	case utf8.RuneCountInString(text) > commentMax:
		return "", refuseBody("\"comment\" has more than %d characters", commentMax)
	}
	return text, nil
}

// comment adds a comment to an incident, or to an alert whose incident's time
// moves with it. An incident that was merged away takes comments too; they stay
// there.
func (e *Emulator) comment(x *exchange, op operation, was row, text string, who writer) row {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(x.tenant)
	h, kind := t.incidents[was.id], KindIncident
	if op == opCommentAlert {
		h, kind = t.alerts[was.id], KindAlert
	}
	if h == nil { // forgotten by a reset in between
		return was
	}
	touched := []*history{h}
	if kind == KindAlert {
		touched = append(touched, t.incidents[h.incident])
	}
	ed := e.editLocked(x.place(), who, touched...)
	o := ed.touch(kind, h)
	written := ed.addComment(o, text)
	if kind == KindAlert {
		ed.touch(KindIncident, touched[1])
	}
	ed.store()
	ed.wroteComment(o, written)
	ed.wroteCascade(o)
	return row{revision: h.newest()}
}

// addComment puts a comment of the edit's writer at the end of an object's list
// and returns its text.
func (ed *edit) addComment(o *object, text string) []byte {
	written := []byte(`{"comment":`)
	written = append(written, rawjson.Quote(text)...)
	written = append(append(written, `,"createdByDisplayName":`...), rawjson.Quote(ed.who.signed)...)
	written = append(append(append(written, `,"createdDateTime":`...), ed.stamp()...), '}')
	o.draft.set("comments", appendElement(o.draft.value("comments"), written))
	return written
}

// appendElement adds an element to the text of an array; what is no array
// becomes one.
func appendElement(array, element []byte) []byte {
	end := len(array) - 1
	if rawjson.Kind(array) != "array" || string(array) == "[]" {
		return append(append([]byte{'['}, element...), ']')
	}
	fresh := make([]byte, 0, len(array)+len(element)+1)
	fresh = append(append(fresh, array[:end]...), ',')
	return append(append(fresh, element...), ']')
}

func (ed *edit) wroteComment(o *object, written []byte) {
	ed.e.wroteLocked(Write{
		Time: ed.now, Side: SideDefender, Tenant: ed.tenantID, ID: o.draft.id, Kind: WriteComment, Op: WriteCreate,
		Actor: ed.who.actor, By: ed.who.by, After: written, Changed: []string{"comments"},
	})
}

// writeComments answers the whole list. The context names alerts_v2 even for an
// incident: so does the vendor's example.
func (x *exchange) writeComments(d *document) {
	list := d.value("comments")
	if rawjson.Kind(list) != "array" {
		list = []byte("[]")
	}
	w, end := x.answer(http.StatusOK)
	defer end()
	write(w, []byte(`{"@odata.context":`), contextOf(x.request, "alerts_v2('"+d.id+"')/comments"), []byte(`,"value":`), list, []byte(`}`))
}
