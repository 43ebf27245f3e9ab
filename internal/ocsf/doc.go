// Package ocsf writes Defender alerts and incidents as events of the Open
// Cybersecurity Schema Framework: an alert as a Detection Finding (class 2004)
// with the profile incident, an incident as an Incident Finding (2005).
//
// Of an alert, each entity becomes one of the event's evidences: typed where
// OCSF has an object for it, and whole, in the attribute data. Graph's words
// become OCSF's numbers and captions. Every property without an attribute that
// says the same goes into unmapped under its own name.
//
// An attribute whose value OCSF would not take (an address that is none, a file
// without a name, an object of which nothing is known) is left out; data and
// unmapped have what it was.
//
// Source: ocsf/ocsf-schema, version 1.8.0. Floor 1.
package ocsf
