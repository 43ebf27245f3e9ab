package ingest

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// PendingStreams is the record attribute that names the streams a record still
// owes rows to: a slice of stream names. Owed.Rest sets it, Encode obeys it
// and never writes it into a row. It is ordinary pdata, so it lives through a
// queue, a retry and a dead letter file.
const PendingStreams = record.SentinelPendingStreams

// Owed collects what was not delivered of one plog.Logs, by record position
// and stream. The zero value is empty and ready. It is not safe for concurrent
// use.
type Owed struct {
	streams map[int][]string
	whole   map[int]bool
}

// AddBody notes that the rows of b were not delivered. b may be released
// afterwards.
func (o *Owed) AddBody(b *Body) {
	for _, at := range b.Records {
		o.Add(at, b.Stream)
	}
}

// Add notes that the rows of one record for one stream were not delivered; an
// empty stream means all that the record owed when it was encoded.
func (o *Owed) Add(at int, stream string) {
	if o.streams == nil {
		o.streams, o.whole = map[int][]string{}, map[int]bool{}
	}
	if stream == "" {
		o.whole[at] = true
	}
	if known := o.streams[at]; stream == "" || !slices.Contains(known, stream) {
		o.streams[at] = append(known, stream)
	}
}

// Len is how many records owe something.
func (o *Owed) Len() int { return len(o.streams) }

// Rest builds a plog.Logs of the records that owe something, each under a copy
// of its resource and scope and with PendingStreams naming what it owes. ld is
// the one that was encoded and is only read.
func (o *Owed) Rest(ld plog.Logs) plog.Logs {
	rest := plog.NewLogs()
	at := 0
	for _, rl := range ld.ResourceLogs().All() {
		var toResource plog.ResourceLogs
		copiedResource := false
		for _, sl := range rl.ScopeLogs().All() {
			var toScope plog.ScopeLogs
			copiedScope := false
			for _, lr := range sl.LogRecords().All() {
				if streams, owes := o.streams[at]; owes {
					if !copiedResource {
						toResource, copiedResource = appendResource(rest, rl), true
					}
					if !copiedScope {
						toScope, copiedScope = appendScope(toResource, sl), true
					}
					to := toScope.LogRecords().AppendEmpty()
					lr.CopyTo(to)
					if !o.whole[at] {
						setPending(to.Attributes(), streams)
					}
				}
				at++
			}
		}
	}
	return rest
}

func appendResource(to plog.Logs, from plog.ResourceLogs) plog.ResourceLogs {
	rl := to.ResourceLogs().AppendEmpty()
	from.Resource().CopyTo(rl.Resource())
	rl.SetSchemaUrl(from.SchemaUrl())
	return rl
}

func appendScope(to plog.ResourceLogs, from plog.ScopeLogs) plog.ScopeLogs {
	sl := to.ScopeLogs().AppendEmpty()
	from.Scope().CopyTo(sl.Scope())
	sl.SetSchemaUrl(from.SchemaUrl())
	return sl
}

func setPending(attributes pcommon.Map, streams []string) {
	names := attributes.PutEmptySlice(PendingStreams)
	names.EnsureCapacity(len(streams))
	for _, stream := range slices.Sorted(slices.Values(streams)) {
		names.AppendEmpty().SetStr(stream)
	}
}

// pending reads PendingStreams into dst; marked is false when the record
// carries none and owes all that it feeds.
func pending(dst []string, attributes pcommon.Map) (streams []string, marked bool) {
	v, ok := attributes.Get(PendingStreams)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return dst, false
	}
	for _, name := range v.Slice().All() {
		if name.Type() == pcommon.ValueTypeStr {
			dst = append(dst, name.Str())
		}
	}
	return dst, true
}
