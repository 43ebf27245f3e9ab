// Package graph turns Microsoft Graph security JSON, incidents and alerts,
// into log records and into what the sync knows of an incident, and that into
// the bodies of writes; nothing else. It reads the io.Reader it is given and
// speaks to nobody.
//
// A response is read as a stream. Each object is shown to the caller as soon
// as it is whole, first as a cheap summary (ids, times, content hash) and, if
// the caller wants it, as a record. Alerts inside an incident are shown one by
// one before their incident, so memory is bounded by one alert, or by one
// incident without its alerts, never by the page.
//
// Nothing is renamed or dropped on the way: unknown fields and enum members
// are in the record's body under the service's own names.
//
// Of the ten fields that Graph lets be written, those of incident.Field are:
// PatchBody writes what Snapshot reads.
//
// Floor 1: it imports incident, record, pdata and the standard library.
package graph
