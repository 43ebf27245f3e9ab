// Package defenderreceiver polls Microsoft Graph for Defender XDR incidents and
// alerts of any number of tenants and hands them on as log records, each
// revision once.
//
// Package window decides what to ask for, package graphapi asks, package graph
// makes records, package state keeps the cursor. Here is what binds them: one
// goroutine per tenant, its request budget, what an error leads to, and the
// rule that carries the weight: the cursor moves after ConsumeLogs returned
// nil, never before, and a revision counts as seen from then on.
//
// A record's observed timestamp is when the request that brought it was begun,
// so that whoever wrote to the service in the meantime can tell what the record
// cannot know.
//
// A page is read as a stream and handed on in small batches, so memory
// is bounded by one object and one batch. nextLinks are never followed: their
// presence is taken as a hint, and every request is built from the configured
// host, so that a token cannot be led elsewhere.
//
// What can be lost: a row that becomes visible later than `overlap` after its
// own time, and a revision that was overwritten between two polls. A batch
// processor or a queue without storage behind the receiver voids the rest.
//
// Floor 3.
package defenderreceiver
