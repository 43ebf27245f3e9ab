// Package scenario writes the lives of imagined tenants: a sequence of steps, each one a whole
// Microsoft Graph security incident with its alerts and evidence as the service would show it at
// that moment. It is what the emulator plays when nobody puts documents in by hand.
//
// It is not a schema and not a client: it only writes documents, with its own words for everything,
// so that a mistake in our clients cannot hide behind the same mistake here. It imports the standard
// library alone and belongs to the emulator, which stands beside the floors.
//
// How a document comes to be: an [org] is the cast of one tenant (people, hosts, clusters); a story
// tells one attack on that cast and drafts its alerts; a course decides what befalls the incident
// afterwards (alerts join, somebody takes it, it is merged or resolved); a scenario decides how many
// of them run and how fast. Oddities seen in real payloads are sprinkled on last (quirk.go).
//
// Every value in a document is nil, bool, string, int64, [encoding/json.Number], []any or
// map[string]any, and no two steps share a map or a slice.
//
// Names, addresses and numbers are reserved for documentation: contoso.com, fabrikam.com and
// example.net, 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32 and private ranges.
//
// Source of shapes: Microsoft Graph v1.0 security incident, alert and alertEvidence
// (microsoftgraph/msgraph-metadata, schemas/v1.0-Prod.csdl at f54f11b6, 2026-08-20).
package scenario
