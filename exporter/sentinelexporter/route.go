package sentinelexporter

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// tenant is who a record belongs to. Both parts are empty for a record of
// another pipeline.
type tenant struct {
	id   string // lower case
	name string // as the receiver's user wrote it
}

// tenantOf reads the tenant that a resource names. Values that are not
// strings name nobody.
func tenantOf(resource pcommon.Resource) tenant {
	return tenant{
		id:   strings.ToLower(stringAttribute(resource, record.TenantID)),
		name: stringAttribute(resource, record.TenantName),
	}
}

func stringAttribute(resource pcommon.Resource, key string) string {
	v, ok := resource.Attributes().Get(key)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// routes says which destination takes a tenant's records. Immutable, safe for
// concurrent use.
type routes struct {
	byID     map[string]int
	byName   map[string]int
	catchAll int // -1 when every destination names its tenants
}

// noDestination is the answer for a tenant that nobody takes.
const noDestination = -1

// newRoutes expects what Config.Validate let through: no tenant twice, at
// most one destination without tenants. Given more, the first one counts.
func newRoutes(destinations []DestinationConfig) routes {
	r := routes{byID: map[string]int{}, byName: map[string]int{}, catchAll: noDestination}
	for i, d := range destinations {
		if len(d.Tenants) == 0 && r.catchAll == noDestination {
			r.catchAll = i
		}
		for _, t := range d.Tenants {
			into, key := r.byName, t
			if isTenantID(t) {
				into, key = r.byID, strings.ToLower(t)
			}
			if _, taken := into[key]; !taken {
				into[key] = i
			}
		}
	}
	return r
}

// destination returns the index of the destination that takes t's records, or
// noDestination. An id is stronger than a name: a destination that lists the
// tenant's id is asked first, then one that lists its name, then the one
// without tenants. An entry that is a GUID is only ever an id, so no name,
// whatever its text, reaches a destination that lists ids.
func (r routes) destination(t tenant) int {
	if i, ok := r.byID[t.id]; ok {
		return i
	}
	if i, ok := r.byName[t.name]; ok && t.name != "" {
		return i
	}
	return r.catchAll
}

// isTenantID tells an id from a name in a list of tenants: GUIDs in their
// usual 36 characters are ids.
func isTenantID(s string) bool {
	return len(s) == 36 && uuid.Validate(s) == nil
}

// unreachable returns the entries of destination i that an earlier one
// already takes.
func unreachable(destinations []DestinationConfig, i int) []string {
	r := newRoutes(destinations[:i])
	return slices.DeleteFunc(slices.Clone(destinations[i].Tenants), func(t string) bool {
		if isTenantID(t) {
			_, taken := r.byID[strings.ToLower(t)]
			return !taken
		}
		_, taken := r.byName[t]
		return !taken
	})
}

// split yields the records of each destination, in the order of the
// configuration, those without one (noDestination) first. When all go one way
// that is ld itself, else copies; ld is not changed. The records without a
// destination are always copies, for the caller to keep.
func (r routes) split(ld plog.Logs) iter.Seq2[int, plog.Logs] {
	parts := map[int]plog.Logs{}
	resources := ld.ResourceLogs()
	to := make([]int, resources.Len())
	for i, rl := range resources.All() {
		to[i] = r.destination(tenantOf(rl.Resource()))
	}
	if len(to) > 0 && to[0] != noDestination && !slices.ContainsFunc(to, func(d int) bool { return d != to[0] }) {
		parts[to[0]] = ld
	} else {
		for i, rl := range resources.All() {
			if _, ok := parts[to[i]]; !ok {
				parts[to[i]] = plog.NewLogs()
			}
			rl.CopyTo(parts[to[i]].ResourceLogs().AppendEmpty())
		}
	}
	return func(yield func(int, plog.Logs) bool) {
		for _, d := range slices.Sorted(maps.Keys(parts)) {
			if !yield(d, parts[d]) {
				return
			}
		}
	}
}
