// Package defenderexporter carries what analysts change on Sentinel incidents
// back to the Defender incidents they stand for: status, verdict, owner,
// severity, tags and comments, over Microsoft Graph, for any number of tenants.
//
// ConsumeLogs only notes in the ledger what records say; that is all it
// promises, and its error is the ledger's. Writing is a loop of its own, one lane
// for each tenant: read the incident, let the ledger plan what is missing, save
// the intent, PATCH the fields that differ, save what became of it. So a lost,
// repeated or late record changes nothing in the end, and neither does a kill
// between any two of these steps. Rules and their names (R1 to R12) are package
// ledger's.
//
// Graph has no etag: between our read and our PATCH, and as long as Graph's
// answers lag behind, a person's edit of the very same field may be lost (W1).
// A comment is posted exactly once unless Graph carries out a request after
// having let it time out (W5).
//
// Floor 3.
package defenderexporter
