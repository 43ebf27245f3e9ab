package entitymappingprocessor

import (
	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/asim"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ocsf"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// wants is the event name of the record that a format adds to one of an event
// name, "" when it adds none.
func (f Format) wants(event string) string {
	switch {
	case f == FormatASIM && event == record.EventDefenderAlert:
		return record.EventASimAlert
	case f == FormatOCSF && event == record.EventDefenderAlert:
		return record.EventOCSFDetection
	case f == FormatOCSF && event == record.EventDefenderIncident:
		return record.EventOCSFIncident
	}
	return ""
}

// convert appends to list what the format makes of a record whose entities, if
// it is an alert, were just mapped. The record itself stays as it is.
func (m *mapping) convert(rec plog.LogRecord, list plog.LogRecordSlice, b *batch) {
	event := m.format.wants(rec.EventName())
	if event == "" || rec.Body().Type() != pcommon.ValueTypeMap || isResync(rec) {
		return
	}
	to := list.AppendEmpty()
	to.SetEventName(event)
	to.SetTimestamp(rec.Timestamp())
	to.SetObservedTimestamp(rec.ObservedTimestamp())
	to.SetSeverityNumber(rec.SeverityNumber())
	to.SetSeverityText(rec.SeverityText())
	uid := derivedUID(rec, event)
	describeOrigin(rec, to, uid)
	body := to.Body().SetEmptyMap()
	switch event {
	case record.EventASimAlert:
		asim.Write(asim.Alert{
			Body: rec.Body().Map(), Entities: b.entities, List: entity.ListOf(b.entities),
			UID: uidOf(rec), Time: timeOf(rec).AsTime(),
		}, body)
	case record.EventOCSFDetection:
		ocsf.WriteDetection(ocsf.Finding{
			Body: rec.Body().Map(), Entities: entity.ListOf(b.entities), Dropped: b.entities.Dropped(), UID: uid, Time: timeOf(rec).AsTime(),
		}, body)
	case record.EventOCSFIncident:
		ocsf.WriteIncident(ocsf.Finding{Body: rec.Body().Map(), AlertIDs: alertIDs(rec), UID: uid, Time: timeOf(rec).AsTime()}, body)
	}
	b.converted++
}

// isResync reports a record that was read again on purpose: what it would be
// converted to is no news either.
func isResync(rec plog.LogRecord) bool {
	v, ok := rec.Attributes().Get(record.DefenderResync)
	return ok && v.Type() == pcommon.ValueTypeBool && v.Bool()
}

// timeOf is the record's time, or when it was seen.
func timeOf(rec plog.LogRecord) pcommon.Timestamp {
	if t := rec.Timestamp(); t != 0 {
		return t
	}
	return rec.ObservedTimestamp()
}

// derivedUID names the added record: the same for the same revision, and not
// the name of the record it was made of. "" when that has none.
func derivedUID(rec plog.LogRecord, event string) string {
	of, err := uuid.Parse(uidOf(rec))
	if err != nil {
		return ""
	}
	return record.UUID5(append(of[:], event...)).String()
}

// describeOrigin gives the added record its name and the ids by which it is
// joined with the one it was made of.
func describeOrigin(rec, to plog.LogRecord, uid string) {
	if uid != "" {
		to.Attributes().PutStr(record.UIDKey, uid)
	}
	for _, key := range []string{record.DefenderAlertID, record.DefenderIncidentID, record.DefenderServiceSource} {
		if v, ok := rec.Attributes().Get(key); ok {
			v.CopyTo(to.Attributes().PutEmpty(key))
		}
	}
}

// uidOf names the record's revision, "" when nothing does.
func uidOf(rec plog.LogRecord) string {
	v, ok := rec.Attributes().Get(record.UIDKey)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

func alertIDs(rec plog.LogRecord) (ids []string) {
	v, ok := rec.Attributes().Get(record.DefenderAlertIDs)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	for _, id := range v.Slice().All() {
		ids = append(ids, id.AsString())
	}
	return ids
}
