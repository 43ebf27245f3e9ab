// Package asim writes a Defender alert as an event of ASIM's Alert Event
// schema 0.1: the columns of the built-in table ASimAlertEventLogs.
//
// One alert revision is one event. Its columns about a device, user, process,
// file and the like are filled where the alert names exactly one of a kind; all
// its entities are in AdditionalEntities. Graph's words become ASIM's, and stay
// beside them under EventOriginal…, ThreatOriginal… or in AdditionalFields,
// where every property without a column goes under its own name.
//
// EventSchema has no column in the table: the parsers add it, always as
// AlertEvent.
//
// It is not the exporter of the table; the record's body is an event, and rows
// are made of it as of every other body. Floor 1.
package asim
