package ingest

import "time"

// Limits of the Logs Ingestion API and the margins kept from them.
//
// Source: Azure Monitor service limits and Logs Ingestion API overview, read
// 2026-11.
const (
	// BodyBytesMax is the largest body before compression: safe under either
	// reading of Azure's 1 MB.
	BodyBytesMax = 1_000_000
	// WireBytesMax is the largest compressed body when the limit is taken to
	// hold on the wire.
	WireBytesMax = 1 << 20
	// InflatedBytesMax is the largest body inside a compressed one.
	InflatedBytesMax = 50 << 20
	// ValueBytesMax is the largest value of a column that is written. Azure
	// cuts at 65,536; the margin is for how it may count.
	ValueBytesMax = 60_000
	// LeafBytesMax is the longest single string that a record may hold. A
	// longer one would be cut beyond use, so its record is unsendable.
	LeafBytesMax = BodyBytesMax

	// Azure honours TimeGenerated when it is at most two days old and one day
	// ahead at receipt. The margin is for clocks and for the time on the way.
	timeBackMax  = 48 * time.Hour
	timeAheadMax = 24 * time.Hour
	timeMargin   = 5 * time.Minute
	// auxiliarySpan is the longest time that one body for an Auxiliary table
	// may span.
	auxiliarySpan = 30 * time.Minute
	// openBodiesMax bounds how many bodies are built at once. The oldest is
	// closed to make room, so that a hostile mix of streams costs small
	// bodies, not memory.
	openBodiesMax = 48
)

// Settings are what an Encoder is made with. The zero value is right: every
// stream is listed, none is Auxiliary, the limit is on uncompressed bytes.
type Settings struct {
	// Streams lists the streams of the destination's data collection rules.
	// A row for another stream is unsendable, reason ReasonStreamNotListed.
	// Empty lists every stream.
	Streams []string
	// Auxiliary lists the streams that feed a table of the Auxiliary plan:
	// one body spans at most 30 minutes and TimeGenerated has at most six
	// decimals.
	Auxiliary []string
	// LimitCompressed takes the body limit to hold on the wire (WireBytesMax,
	// with at most InflatedBytesMax inside) and not before compression.
	LimitCompressed bool
	// Level is the gzip level, 1 to 9; 0 means 1, the fastest.
	Level int
}
