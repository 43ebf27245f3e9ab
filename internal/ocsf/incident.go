package ocsf

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// WriteIncident writes an incident as an Incident Finding into to, which must
// be empty. Every required attribute is there whatever the incident lacks.
func WriteIncident(f Finding, to pcommon.Map) {
	s, o := newSource(f.Body, "alerts"), object{to}
	status := s.take("status")
	closed := status == "resolved" || status == "redirected"
	f.head(o, s, class{classIncident, "Incident Finding"}, activity(closed, s.text("createdDateTime"), s.text("lastUpdateDateTime")))
	o.word("status", incidentStatus(status))
	o.word("verdict", verdict(s.text("classification"), s.text("determination")))
	o.str("message", s.take("displayName"))
	o.str("desc", s.take("description"))
	o.str("comment", s.take("resolvingComment"))
	o.str("src_url", s.take("incidentWebUrl"))
	o.time("start_time", s.takeTime("createdDateTime"))
	f.owner(o, s)
	if score, ok := f.Body.Get("priorityScore"); ok && score.Type() == pcommon.ValueTypeInt {
		o.word("priority", priority(score.Int()))
	}
	f.metadata(o.at("metadata"), s, "id")
	f.findings(o, s)
	s.unmapped(o)
}

// owner writes who has the incident. OCSF wants a person or a group.
func (f Finding) owner(o object, s source) {
	o.with("assignee", func(user object) { assignee(user, s.take("assignedTo")) }, "name")
	if !o.hasAny("assignee") {
		o.at("assignee_group").PutStr("name", "Unassigned")
	}
}

// findings lists the incident's alerts, or while none is known the incident.
func (f Finding) findings(o object, s source) {
	list := o.PutEmptySlice("finding_info_list")
	for _, id := range f.AlertIDs {
		if id != "" {
			list.AppendEmpty().SetEmptyMap().PutStr("uid", id)
		}
	}
	if list.Len() > 0 {
		return
	}
	own := object{list.AppendEmpty().SetEmptyMap()}
	own.PutStr("uid", f.UID)
	own.str("uid", s.text("id"))
	own.str("title", s.text("displayName"))
}
