// Package sentinel turns Microsoft Sentinel's JSON, that is incidents, comments,
// relations and connectors of Microsoft.SecurityInsights and answers of Log
// Analytics, into log records and into what the sync knows of an incident, and
// that into the bodies of writes; nothing else. It speaks to nobody.
//
// A PUT replaces an incident: what it leaves out is reset. So [IncidentBody]
// takes the incident as it was read, changes what is to change and keeps the
// rest as it stands, in the service's own text, members we do not know included.
//
// Names and words of the service come in more than one case; they are compared
// without it and spelled as the specification does.
//
// Floor 1: it imports incident, record, pdata and the standard library.
package sentinel
