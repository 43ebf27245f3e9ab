package asim

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// SchemaVersion is the version of the Alert Event schema.
//
// Source: Microsoft Sentinel, ASIM Alert Event schema reference, read 2026-11.
const SchemaVersion = "0.1"

// Alert is what an event is made of.
type Alert struct {
	// Body is the alert as Graph sent it; it is only read.
	Body pcommon.Map
	// Entities are those of the alert, and List the same to look things up in.
	Entities *entity.Entities
	List     entity.List
	// UID names the alert's revision, and stands in for an id it does not have.
	UID string
	// Time stands in for times of activity that the alert does not have.
	Time time.Time
}

// Write writes the event's columns into to, which must be empty. Every
// mandatory column is there whatever the alert lacks.
func Write(a Alert, to pcommon.Map) {
	e := event{alert: a, to: to, placed: map[string]bool{"evidence": true}}
	to.EnsureCapacity(columnsUsual)
	e.common()
	e.inspection()
	e.device()
	e.user()
	e.process()
	e.file()
	e.others()
	if fitting := a.List.Fitting(); fitting > 0 {
		list := to.PutEmptySlice("AdditionalEntities")
		list.EnsureCapacity(fitting)
		for i := range fitting {
			a.List.Slice().At(i).CopyTo(list.AppendEmpty())
		}
	}
	e.rest()
}

// columnsUsual is about how many columns an event has.
const columnsUsual = 48

// event is one event being written.
type event struct {
	alert Alert
	to    pcommon.Map
	// placed are the alert's properties that a column holds as they are.
	placed map[string]bool
}

// text is a property that is a text, "" when it is none.
func (e *event) text(property string) string {
	v, ok := e.alert.Body.Get(property)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// texts are the texts in a property that is a list, and whether all were.
func (e *event) texts(property string) (out []string, all bool) {
	v, ok := e.alert.Body.Get(property)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return nil, false
	}
	all = true
	for _, element := range v.Slice().All() {
		if element.Type() == pcommon.ValueTypeStr {
			out = append(out, element.Str())
		} else {
			all = false
		}
	}
	return out, all
}

// put sets a column that has a value.
func (e *event) put(column, value string) {
	if value != "" {
		e.to.PutStr(column, value)
	}
}

// place puts a property that is a text into columns.
func (e *event) place(property string, columns ...string) {
	value := e.text(property)
	if value == "" {
		return
	}
	e.placed[property] = true
	for _, column := range columns {
		e.to.PutStr(column, value)
	}
}

// common writes the columns that every ASIM event has.
func (e *event) common() {
	e.to.PutInt("EventCount", 1)
	e.to.PutStr("EventType", "Alert")
	e.to.PutStr("EventSchemaVersion", SchemaVersion)
	e.to.PutStr("EventVendor", "Microsoft")
	e.to.PutStr("EventUid", e.alert.UID)
	e.to.PutStr("AlertId", e.alert.UID)
	e.place("id", "EventUid", "AlertId")
	e.to.PutStr("EventProduct", product(e.text("serviceSource")))
	e.place("productName", "EventProduct")
	e.time("EventStartTime", "firstActivityDateTime", "createdDateTime", "lastUpdateDateTime")
	e.time("EventEndTime", "lastActivityDateTime", "lastUpdateDateTime", "createdDateTime")
	e.place("description", "EventMessage", "AlertDescription")
	e.put("EventSeverity", severity(e.text("severity")))
	e.place("severity", "EventOriginalSeverity")
	e.place("providerAlertId", "EventOriginalUid")
	e.place("alertWebUrl", "EventReportUrl")
	e.put("EventSubType", e.subType())
}

// time writes the first of some properties that is a time, else the alert's.
func (e *event) time(column string, properties ...string) {
	for i, property := range properties {
		if text := e.text(property); text != "" {
			if _, ok := record.ParseTime(text); ok {
				e.to.PutStr(column, text)
				e.placed[property] = e.placed[property] || i == 0
				return
			}
		}
	}
	e.to.PutStr(column, e.alert.Time.UTC().Format(time.RFC3339Nano))
}

// inspection writes the columns about the rule and the threat.
func (e *event) inspection() {
	e.place("title", "AlertName")
	e.put("AlertStatus", status(e.text("status")))
	e.place("status", "AlertOriginalStatus")
	e.put("AlertVerdict", verdict(e.text("classification")))
	e.put("DetectionMethod", detectionMethod(e.text("detectionSource")))
	e.place("detectorId", "RuleName", "Rule")
	e.place("threatDisplayName", "ThreatName")
	e.put("ThreatCategory", e.threatCategory())
	e.place("category", "ThreatOriginalCategory")
	e.put("AttackTactics", e.tactics())
	if techniques, all := e.texts("mitreTechniques"); len(techniques) > 0 {
		e.to.PutStr("AttackTechniques", join(techniques))
		e.placed["mitreTechniques"] = all
	}
	e.place("recommendedActions", "AttackRemediationSteps")
	e.indicator()
}
