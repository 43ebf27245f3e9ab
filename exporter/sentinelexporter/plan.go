package sentinelexporter

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// match is one entry of the setting streams.
type match struct {
	eventName string
	key       string // of an attribute; "" = match by event name
	value     *string
	feed      ingest.Feed
}

// newPlan returns the pure function that says which streams a record feeds:
// the first entry of streams that matches, else the table of its Defender
// kind, else the default stream. A hunting row whose table cannot be named
// feeds nothing: it is no record of another pipeline. Neither does an OCSF
// event, whose alert or incident is in the pipeline too.
func newPlan(c *Config) ingest.Plan {
	matches := make([]match, len(c.Streams))
	for i, s := range c.Streams {
		matches[i] = newMatch(s)
	}
	return func(dst []ingest.Feed, resource pcommon.Map, lr plog.LogRecord) []ingest.Feed {
		for _, m := range matches {
			if m.takes(resource, lr) {
				return append(dst, m.feed)
			}
		}
		before := len(dst)
		dst = ingest.Route(dst, lr)
		if len(dst) > before || c.DefaultStream == "" || lr.EventName() == record.EventDefenderHunting || record.IsForOthers(lr.EventName()) {
			return dst
		}
		return append(dst, ingest.Feed{Stream: c.DefaultStream, Row: ingest.RowOTel})
	}
}

func newMatch(s StreamConfig) match {
	row, ok := ingest.ParseRow(s.Row)
	if !ok {
		row = ingest.RowBody
	}
	m := match{eventName: s.EventName, feed: ingest.Feed{Stream: s.Stream, Row: row}}
	if s.Attribute.HasValue() {
		m.key = s.Attribute.Get().Key
		if s.Attribute.Get().Value.HasValue() {
			m.value = s.Attribute.Get().Value.Get()
		}
	}
	return m
}

func (m match) takes(resource pcommon.Map, lr plog.LogRecord) bool {
	if m.key == "" {
		return lr.EventName() == m.eventName
	}
	return m.holds(lr.Attributes()) || m.holds(resource)
}

func (m match) holds(attributes pcommon.Map) bool {
	v, ok := attributes.Get(m.key)
	return ok && (m.value == nil || v.AsString() == *m.value)
}
