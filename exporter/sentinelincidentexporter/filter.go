package sentinelincidentexporter

import (
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// severities are Graph's words in order. A severity that is none of them counts
// as the lowest.
var severities = []string{"informational", "low", "medium", "high"}

// filter decides which incidents are admitted.
type filter struct {
	rank    int
	sources map[string]bool // in lower case; nil = any
	tags    incident.TagSet // nil = any
}

func newFilter(c FilterConfig) filter {
	f := filter{rank: incident.SeverityRank(incident.Value(c.MinSeverity))}
	if len(c.ServiceSources) > 0 {
		f.sources = map[string]bool{}
	}
	for _, s := range c.ServiceSources {
		f.sources[strings.ToLower(s)] = true
	}
	if len(c.Tags) > 0 {
		f.tags = incident.NewTagSet(incident.Tags(c.Tags))
	}
	return f
}

// admits judges an incident by its newest revision and the service sources of
// the alerts that are known of it.
func (f filter) admits(s incident.Snapshot, sources []string) bool {
	if incident.SeverityRank(s.Values[incident.FieldSeverity]) < f.rank {
		return false
	}
	if f.sources != nil && !slices.ContainsFunc(sources, func(s string) bool { return f.sources[strings.ToLower(s)] }) {
		return false
	}
	return f.tags == nil || slices.ContainsFunc(incident.SplitTags(s.Values[incident.FieldTags]), func(tag string) bool {
		return f.tags.Has(incident.TagKey(tag))
	})
}
