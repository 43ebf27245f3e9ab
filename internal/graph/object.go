package graph

import (
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Kind is what an object is.
type Kind int

const (
	// KindIncident is microsoft.graph.security.incident.
	KindIncident Kind = iota
	// KindAlert is microsoft.graph.security.alert.
	KindAlert
)

// String is "incident" or "alert".
func (k Kind) String() string {
	if k == KindAlert {
		return "alert"
	}
	return "incident"
}

// Event is the kind's event name.
func (k Kind) Event() string {
	if k == KindAlert {
		return record.EventDefenderAlert
	}
	return record.EventDefenderIncident
}

// Object is one incident or alert as it was read: the summary by which a
// caller decides, and the text behind it. It is good only inside the visit
// that it was given to, but the strings and times in it may be kept: they are
// small copies.
//
// Source: Microsoft Graph v1.0, security incident and alert, read 2026-11.
type Object struct {
	Kind Kind
	// ID is the object's id, empty when it has none or one over 4 KiB.
	ID string
	// IncidentID is the id of the incident: an incident's own, an alert's
	// incidentId, or for an expanded alert without one the id of the incident
	// around it if that came first. Empty when unknown.
	IncidentID string
	// Status is the service's word, empty when it has none.
	Status string
	// Created and LastUpdate are createdDateTime and lastUpdateDateTime in
	// UTC, zero when missing or unreadable.
	Created, LastUpdate time.Time
	// Hash is the content's hash, for an incident without its alerts; the
	// same by list, get and expand.
	Hash record.Hash
	// Expanded says that an incident was delivered with its alerts, even if
	// none.
	Expanded bool
	// AlertIDs are the ids of the alerts that were shown before this
	// incident. Good only inside the visit.
	AlertIDs []string
	// AlertsNextLink is where the rest of a truncated expansion is to be had,
	// empty when the service said nothing of it.
	AlertsNextLink string

	severity, serviceSource, webURL string
	doc                             *record.Document
}

// AppendTo builds the object's record at the end of records and returns it.
// observed, when the request was begun, becomes the record's observed timestamp.
// This is where the cost is:
// an object that is not wanted should be left unbuilt. The record owns its
// memory and shares nothing with the Object.
func (o *Object) AppendTo(records plog.LogRecordSlice, origin record.Origin, observed time.Time) plog.LogRecord {
	rec := records.AppendEmpty()
	attributes := rec.Attributes()
	attributes.EnsureCapacity(attributesMax)
	record.Revision{
		Event:    o.Kind.Event(),
		ID:       o.ID,
		Hash:     o.Hash,
		Updated:  o.LastUpdate,
		Observed: observed,
		Severity: o.severity,
	}.Fill(rec, origin)
	put := func(key, value string) {
		if value != "" {
			attributes.PutStr(key, value)
		}
	}
	if o.Kind == KindAlert {
		put(record.DefenderAlertID, o.ID)
		put(record.DefenderIncidentID, o.IncidentID)
		put(record.DefenderServiceSource, o.serviceSource)
	} else {
		put(record.DefenderIncidentID, o.ID)
		put(record.DefenderIncidentURL, o.webURL)
		if o.Expanded {
			ids := attributes.PutEmptySlice(record.DefenderAlertIDs)
			ids.EnsureCapacity(len(o.AlertIDs))
			for _, id := range o.AlertIDs {
				ids.AppendEmpty().SetStr(id)
			}
		}
	}
	o.doc.Build(rec.Body())
	return rec
}

// attributesMax is how many attributes a record can get here, and room for
// what the receiver (resync) and the entity processor add.
const attributesMax = 6

// wordBytesMax is the longest id, word or link that is taken out of an object;
// a longer one is taken for none, so that what callers remember of objects is
// bounded. It stays in the body. The service's own have under 300 bytes.
const wordBytesMax = 4 << 10

// summarise fills an Object from its document's top-level members. A number
// where text is expected is taken by its literal.
func summarise(kind Kind, doc *record.Document) Object {
	o := Object{Kind: kind, doc: doc, Hash: doc.Hash()}
	for name, value := range doc.Members() {
		switch string(name) {
		case "id":
			o.ID = word(value)
		case "incidentId":
			o.IncidentID = word(value)
		case "status":
			o.Status = word(value)
		case "severity":
			o.severity = word(value)
		case "serviceSource":
			o.serviceSource = word(value)
		case "incidentWebUrl":
			o.webURL = word(value)
		case "createdDateTime":
			o.Created, _ = record.ParseTime(string(value.Text()))
		case "lastUpdateDateTime":
			o.LastUpdate, _ = record.ParseTime(string(value.Text()))
		}
	}
	if kind == KindIncident {
		o.IncidentID = o.ID
	}
	return o
}

// word is a copy of a short string's content or of a number's literal.
func word(v record.Value) string {
	if text := v.Text(); len(text) <= wordBytesMax {
		return string(text)
	}
	return ""
}
