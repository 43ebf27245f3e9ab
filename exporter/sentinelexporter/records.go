package sentinelexporter

import (
	"iter"

	"go.opentelemetry.io/collector/pdata/plog"
)

// located is a record with the resource and scope it stands under.
type located struct {
	resource plog.ResourceLogs
	scope    plog.ScopeLogs
	record   plog.LogRecord
}

// records goes over every record of ld in order.
func records(ld plog.Logs) iter.Seq[located] {
	return func(yield func(located) bool) {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, r := range sl.LogRecords().All() {
					if !yield(located{rl, sl, r}) {
						return
					}
				}
			}
		}
	}
}

// gatherer copies records one by one into a plog.Logs and keeps neighbours
// that shared a resource or a scope together. Not for concurrent use.
type gatherer struct {
	into     plog.Logs
	last     located // the source of the record added last
	resource plog.ResourceLogs
	scope    plog.ScopeLogs
	any      bool
}

func gather(into plog.Logs) *gatherer { return &gatherer{into: into} }

// add copies one record.
func (g *gatherer) add(r located) {
	if !g.any || r.resource != g.last.resource {
		g.resource = g.into.ResourceLogs().AppendEmpty()
		r.resource.Resource().CopyTo(g.resource.Resource())
		g.resource.SetSchemaUrl(r.resource.SchemaUrl())
	}
	if !g.any || r.resource != g.last.resource || r.scope != g.last.scope {
		g.scope = g.resource.ScopeLogs().AppendEmpty()
		r.scope.Scope().CopyTo(g.scope.Scope())
		g.scope.SetSchemaUrl(r.scope.SchemaUrl())
	}
	r.record.CopyTo(g.scope.LogRecords().AppendEmpty())
	g.last, g.any = r, true
}

// alone returns a plog.Logs that holds r and nothing else.
func alone(r located) plog.Logs {
	one := plog.NewLogs()
	gather(one).add(r)
	return one
}
