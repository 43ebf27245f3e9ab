// Package ingest is the one encoder: it turns log records into rows and rows
// into request bodies, and it is the only place that knows the limits of the
// Logs Ingestion API.
//
// An Encoder is made once for each destination. Encode walks the records of a
// plog.Logs, asks a Plan which streams each one feeds, and hands out bodies
// that are cut at exactly the limit, one at a time, so that the caller sends
// while encoding goes on and memory stays at about one body for each stream.
// What a body held is known by record position; an Owed collects the positions
// that failed and builds a plog.Logs of just the rows that are still missing.
//
// What no row can carry is cut and marked, what must stay whole travels in
// parts, and only what Azure would never take is handed back as unsendable.
// Nothing is dropped without a count.
//
// It does no I/O, keeps no time and counts into a value that it returns.
// Floor 1.
package ingest
