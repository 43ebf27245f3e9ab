package ocsf

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// Version is the version of the schema that events are written in.
const Version = "1.8.0"

// The classes written here, both of category Findings.
const (
	categoryFindings = 2
	classDetection   = 2004
	classIncident    = 2005
)

// Finding is what an event is made of.
type Finding struct {
	// Body is the alert or incident as Graph sent it; it is only read.
	Body pcommon.Map
	// Entities are those of an alert; Dropped is how many did not fit.
	Entities entity.List
	Dropped  int
	// AlertIDs are those of an incident, as far as they are known.
	AlertIDs []string
	// UID names the revision, and stands in for an id that the body lacks.
	UID string
	// Time stands in for a time of change that the body lacks.
	Time time.Time
}

// WriteDetection writes an alert as a Detection Finding into to, which must be
// empty. Every required attribute is there whatever the alert lacks.
func WriteDetection(f Finding, to pcommon.Map) {
	s, o := newSource(f.Body, "evidence"), object{to}
	status := s.take("status")
	f.head(o, s, class{classDetection, "Detection Finding"}, activity(status == "resolved", s.text("createdDateTime"), s.text("lastUpdateDateTime")))
	o.word("status", alertStatus(status))
	o.word("verdict", verdict(s.text("classification"), s.text("determination")))
	o.PutBool("is_alert", true)
	o.str("message", s.take("title"))
	o.time("start_time", s.takeTime("firstActivityDateTime"))
	o.time("end_time", s.takeTime("lastActivityDateTime"))
	o.str("src_url", s.text("alertWebUrl"))
	o.with("assignee", func(user object) { assignee(user, s.take("assignedTo")) }, "name", "uid")
	f.metadata(o.at("metadata"), s, "incidentId")
	f.info(o.at("finding_info"), s)
	o.with("remediation", func(r object) { r.str("desc", s.take("recommendedActions")) }, "desc")
	f.evidences(o)
	f.malware(o, s)
	s.unmapped(o)
}

// class is an event class.
type class struct {
	uid  int64
	name string
}

// head writes what every event begins with.
func (f Finding) head(o object, s source, c class, a word) {
	o.EnsureCapacity(attributesUsual)
	o.word("activity", a)
	o.Remove("activity") // whose caption is activity_name
	o.PutStr("activity_name", a.caption)
	o.PutInt("category_uid", categoryFindings)
	o.PutStr("category_name", "Findings")
	o.PutInt("class_uid", c.uid)
	o.PutStr("class_name", c.name)
	o.PutInt("type_uid", c.uid*100+a.id)
	o.PutStr("type_name", c.name+": "+a.caption)
	o.word("severity", severity(s.take("severity")))
	o.PutInt("time", millis(f.Time))
	o.time("time", s.takeTime("lastUpdateDateTime"))
}

// attributesUsual is about how many attributes an event has.
const attributesUsual = 32

// metadata writes where the event comes from. group is the property that holds
// the id by which findings belong together.
func (f Finding) metadata(o object, s source, group string) {
	o.PutStr("version", Version)
	o.texts("profiles", "incident")
	product := o.at("product")
	product.PutStr("vendor_name", "Microsoft")
	product.PutStr("name", "Microsoft Defender XDR")
	product.str("name", s.take("productName"))
	product.str("uid", s.take("serviceSource"))
	product.with("feature", func(feature object) { feature.str("name", s.take("detectionSource")) }, "name")
	o.str("uid", f.UID)
	o.str("original_event_uid", s.text("id"))
	o.str("correlation_uid", s.take(group))
	o.str("tenant_uid", s.take("tenantId"))
	o.str("original_time", s.text("lastUpdateDateTime"))
	o.PutStr("log_provider", "Microsoft Graph")
	labels, all := texts(s.body, "systemTags")
	o.texts("labels", labels...)
	s.placed["systemTags"] = all
	if f.Dropped > 0 {
		o.PutBool("is_truncated", true)
	}
}

// info writes what was found.
func (f Finding) info(o object, s source) {
	o.PutStr("uid", f.UID)
	o.str("uid", s.take("id"))
	o.str("title", s.take("title"))
	o.str("desc", s.take("description"))
	o.str("uid_alt", s.take("providerAlertId"))
	o.str("src_url", s.take("alertWebUrl"))
	o.time("created_time", s.takeTime("createdDateTime"))
	o.time("modified_time", s.text("lastUpdateDateTime"))
	o.time("first_seen_time", s.text("firstActivityDateTime"))
	o.time("last_seen_time", s.text("lastActivityDateTime"))
	o.texts("data_sources", s.text("detectionSource"))
	types, all := texts(s.body, "categories")
	s.placed["categories"] = all
	if category := s.take("category"); category != "" && !slices.Contains(types, category) {
		types = append(types, category)
	}
	o.texts("types", types...)
	o.with("analytic", func(a object) {
		a.str("uid", s.take("detectorId"))
		a.word("type", analytic(s.text("detectionSource")))
	}, "uid")
	f.attacks(o, s, types)
}

// attacks lists the techniques that the alert names, and the tactics that its
// categories are.
func (f Finding) attacks(o object, s source, types []string) {
	list := pcommon.NewSlice()
	techniques, all := texts(s.body, "mitreTechniques")
	s.placed["mitreTechniques"] = all
	for _, technique := range techniques {
		attack := object{list.AppendEmpty().SetEmptyMap()}
		if parent, _, isSub := strings.Cut(technique, "."); isSub {
			attack.at("technique").PutStr("uid", parent)
			attack.at("sub_technique").PutStr("uid", technique)
			continue
		}
		attack.at("technique").PutStr("uid", technique)
	}
	for _, category := range types {
		if uid, name := tacticUID(category); uid != "" {
			tactic := object{list.AppendEmpty().SetEmptyMap()}.at("tactic")
			tactic.PutStr("uid", uid)
			tactic.PutStr("name", name)
		}
	}
	if list.Len() > 0 {
		list.MoveAndAppendTo(o.PutEmptySlice("attacks"))
	}
}

// malware lists the malware that the alert names, as evidence or as its threat.
func (f Finding) malware(o object, s source) {
	list := pcommon.NewSlice()
	add := func(name string, class word) {
		if name == "" {
			return
		}
		m := object{list.AppendEmpty().SetEmptyMap()}
		m.PutStr("name", name)
		m.PutEmptySlice("classification_ids").AppendEmpty().SetInt(class.id)
		m.texts("classifications", class.caption)
	}
	for i := range f.Entities.Len() {
		if e := f.Entities.At(i); text(e, "Type") == "malware" {
			add(text(e, "Name"), malwareClass(text(e, "Category")))
		}
	}
	if category := s.text("category"); isMalware(category) && list.Len() == 0 {
		add(s.take("threatDisplayName"), malwareClass(category))
	}
	if list.Len() > 0 {
		list.MoveAndAppendTo(o.PutEmptySlice("malware"))
	}
}

// assignee writes who has the finding. Automation is no person but a service.
func assignee(user object, name string) {
	if name == "" {
		return
	}
	user.PutStr("name", name)
	kind := word{1, "User"}
	if entity.IsNobody(name) {
		kind = word{4, "Service"}
	}
	user.word("type", kind)
	user.str("email_addr", mail(name))
}
