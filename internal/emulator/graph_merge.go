package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// mergeMax is how many incidents the portal merges at a time; that the API has
// the same limit is chosen.
const mergeMax = 5

// mergeAlertsMax stands in for the entity cap of the service, whose number is
// not published.
const mergeAlertsMax = 1000

// mergeWish is what a merge asks for.
type mergeWish struct {
	ids     []string
	target  string // "" = the service picks
	comment string // "" = none
}

// graphMerge merges incidents into one of them.
func (e *Emulator) graphMerge(x *exchange, who writer) {
	body, bad := x.graphBody()
	var wish mergeWish
	if bad == nil {
		wish, bad = mergeWishOf(body)
	}
	var target string
	if bad == nil {
		target, bad = e.merge(x.place(), wish, who)
	}
	if bad != nil {
		x.graphRefuse(bad)
		return
	}
	x.writeTarget(target)
}

// writeTarget answers a merge or move.
func (x *exchange) writeTarget(id string) {
	w, end := x.answer(http.StatusOK)
	defer end()
	context := rawjson.Quote(origin(x.request) + "/v1.0/$metadata#" + qualifier + "mergeResponse")
	write(w, []byte(`{"@odata.context":`), context, []byte(`,"targetIncidentId":`), rawjson.Quote(id), []byte(`}`))
}

func mergeWishOf(body []rawjson.Member) (wish mergeWish, bad *errQuery) {
	for _, m := range body {
		switch m.Name {
		case "incidentIds":
			wish.ids, bad = textsOf(m)
		case "incidentComment":
			wish.comment, bad = textOf(m, true)
		case "mergeReasons":
			bad = checkReasons(m)
		default:
			bad = refuseBody("%q is no parameter", m.Name)
		}
		if bad != nil {
			return mergeWish{}, bad
		}
	}
	if len(wish.ids) < 2 || len(wish.ids) > mergeMax {
		return mergeWish{}, refuseBody("\"incidentIds\" must name 2 to %d incidents, got %d", mergeMax, len(wish.ids))
	}
	return wish, nil
}

// checkReasons reads flags: one string, members joined by commas.
func checkReasons(m rawjson.Member) *errQuery {
	text, bad := textOf(m, true)
	if bad != nil || rawjson.IsNull(m.Value) {
		return bad
	}
	for reason := range strings.SplitSeq(text, ",") {
		if !slices.Contains(correlationReasons(), strings.TrimSpace(reason)) {
			return refuseBody("%q is no value of %q", reason, m.Name)
		}
	}
	return nil
}

// correlationReasons are the flags of merges and moves.
// Source: Microsoft Graph v1.0 $metadata, microsoft.graph.security, read 2026-11.
func correlationReasons() []string {
	return []string{
		"repeatedAlertOccurrence", "sameGeography", "similarArtifacts", "sameTargetedAsset", "sameNetworkSegment",
		"eventSequence", "timeFrame", "sameThreatSource", "similarTTPsOrBehavior", "sameActor", "sameCampaign",
		"sharedIndicators", "sameAsset", "networkProximity", "eventCasualSequence", "temporalProximity", "lateralMovementPath",
	}
}

// merge carries a merge out, all or nothing, and returns the target's id. Apps
// keep to the rules of correlation; a person may merge whatever is still there.
func (e *Emulator) merge(at place, wish mergeWish, who writer) (string, *errQuery) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(at.tenant)
	chosen, bad := t.mergeable(wish)
	if bad == nil && who.actor == ActorApp {
		bad = t.correlates(chosen)
	}
	if bad != nil {
		return "", bad
	}
	target := slices.MinFunc(chosen, older)
	if wish.target != "" {
		target = t.incidents[wish.target]
	}
	touched := slices.Clone(chosen)
	for _, h := range chosen {
		touched = append(touched, t.alertsIn(h)...)
	}
	ed := e.editLocked(at, who, touched...)
	into := ed.touch(KindIncident, target)
	var sources []*object
	for _, h := range chosen {
		if h != target {
			sources = append(sources, ed.redirect(h, into))
		}
	}
	ed.finishMerge(into, sources, wish.comment)
	return into.draft.id, nil
}

// finishMerge stores a merge and lists it: one write of each source.
func (ed *edit) finishMerge(into *object, sources []*object, comment string) {
	var written []byte
	if comment != "" {
		written = ed.addComment(into, comment)
	}
	ed.store()
	for _, o := range sources {
		ed.wrote(o, WriteMerge, WriteUpdate, ed.who)
	}
	if written != nil {
		ed.wroteComment(into, written)
	}
	ed.wroteCascade(sources...)
}

// redirect moves the alerts and tags of an incident into another and closes it.
// Comments stay. The target is as severe as the worse of the two.
func (ed *edit) redirect(source *history, into *object) *object {
	o := ed.touch(KindIncident, source)
	for _, alert := range ed.tenant.alertsIn(source) {
		ed.moveAlert(alert, into)
	}
	into.draft.set("customTags", unionOf(into.draft.value("customTags"), o.draft.value("customTags")))
	if severityRank(o.draft) > severityRank(into.draft) {
		into.draft.set("severity", o.draft.value("severity"))
	}
	o.draft.set("status", []byte(`"redirected"`))
	o.draft.set("redirectIncidentId", rawjson.Quote(into.draft.id))
	o.draft.set("systemTags", unionOf(o.draft.value("systemTags"), []byte(`["Redirected"]`)))
	return o
}

// moveAlert makes an alert belong to another incident.
func (ed *edit) moveAlert(alert *history, into *object) *object {
	o := ed.touch(KindAlert, alert)
	o.draft.set("incidentId", rawjson.Quote(into.draft.id))
	if url := into.draft.value("incidentWebUrl"); url != nil {
		o.draft.set("incidentWebUrl", url)
	}
	ed.tenant.move(alert, o.draft.id, into.draft.id)
	return o
}

// unionOf joins two arrays, each element once.
func unionOf(a, b []byte) []byte {
	union := []byte("[]")
	var seen []string
	for _, array := range [][]byte{a, b} {
		elements, err := rawjson.Array(array)
		if err != nil {
			continue // null or absent
		}
		for _, element := range elements {
			if !slices.Contains(seen, string(element)) {
				seen = append(seen, string(element))
				union = appendElement(union, element)
			}
		}
	}
	return union
}

func severityRank(d *document) int {
	text, _ := rawjson.String(d.value("severity"))
	return slices.Index(severities(), text)
}
