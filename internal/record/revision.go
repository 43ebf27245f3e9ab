package record

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// Origin is where records come from: one tenant of one cloud.
type Origin struct {
	// Cloud is the Microsoft cloud's name: public, usgov, usgov_dod, china or
	// custom.
	Cloud string
	// TenantID is a GUID in lower case.
	TenantID string
	// TenantName is the user's name for the tenant, empty when there is none.
	TenantName string
}

// Fill sets the resource attributes that every record of the origin shares.
// Other attributes of resource stay.
func (o Origin) Fill(resource pcommon.Resource) {
	attributes := resource.Attributes()
	attributes.EnsureCapacity(attributes.Len() + 4)
	attributes.PutStr(CloudProvider, ProviderAzure)
	attributes.PutStr(Cloud, o.Cloud)
	attributes.PutStr(TenantID, o.TenantID)
	if o.TenantName != "" {
		attributes.PutStr(TenantName, o.TenantName)
	}
}

// Revision is what every record says beside its body: which object, in which
// state, seen when.
type Revision struct {
	// Event is the record's kind, one of the Event… constants.
	Event string
	// ID is the object's own id, the one that goes into the uid.
	ID string
	// Hash is the content's hash.
	Hash Hash
	// Updated is the time of the change; the zero time, and one that pdata
	// cannot hold, leaves the record's timestamp unset.
	Updated time.Time
	// Observed is when the request that brought it was begun, by the caller's
	// clock: what was written to the service later may be missing from the
	// revision, however late the answer came.
	Observed time.Time
	// Severity is the service's own word, empty when it gave none.
	Severity string
}

// Fill sets event name, uid, both timestamps, severity number and text. The
// body and the attributes of the kind are the caller's; the uid is the first
// attribute.
func (r Revision) Fill(rec plog.LogRecord, origin Origin) {
	rec.SetEventName(r.Event)
	rec.SetTimestamp(Timestamp(r.Updated))
	rec.SetObservedTimestamp(Timestamp(r.Observed))
	rec.SetSeverityNumber(SeverityNumber(r.Severity))
	rec.SetSeverityText(r.Severity)
	rec.Attributes().PutStr(UIDKey, UID(origin.Cloud, origin.TenantID, r.Event, r.ID, r.Hash))
}

// SeverityNumber is the OpenTelemetry number for a service's severity word, in
// any case: informational 9, low 10, medium 13, high 17, everything else 0.
//
// Source: OpenTelemetry logs data model, SeverityNumber, read 2026-11.
func SeverityNumber(word string) plog.SeverityNumber {
	switch {
	case strings.EqualFold(word, "informational"):
		return plog.SeverityNumberInfo
	case strings.EqualFold(word, "low"):
		return plog.SeverityNumberInfo2
	case strings.EqualFold(word, "medium"):
		return plog.SeverityNumberWarn
	case strings.EqualFold(word, "high"):
		return plog.SeverityNumberError
	}
	return plog.SeverityNumberUnspecified
}

// ParseTime reads a service's timestamp: RFC 3339 with none to nine digits
// after the point. The answer is in UTC. ok is false for everything else, and
// the caller goes on without a time: the text stays in the body.
//
// Source: Microsoft Graph security responses, UTC with none to seven digits,
// read 2026-11.
func ParseTime(text string) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// Timestamp is t as pdata keeps it, in nanoseconds since 1970; 0, pdata's
// "unknown", for the zero time and for one before 1970 or after 2262, where
// the count would wrap (.NET's 0001-01-01 is seen for "never").
func Timestamp(t time.Time) pcommon.Timestamp {
	if seconds := t.Unix(); seconds < 0 || seconds >= math.MaxInt64/int64(time.Second) {
		return 0
	}
	return pcommon.NewTimestampFromTime(t)
}
