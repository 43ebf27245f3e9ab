package sentinelincidentexporter

import (
	"strings"
	"sync"

	"github.com/google/uuid"
)

// route leads a tenant's incidents into a workspace.
type route struct {
	tenant string // as the user wrote it
	lane   *lane
}

// routes finds the workspaces of a tenant. A tenant is known by its id or by
// the name it was given in the receiver; a name stands for the first id that it
// came with, so that two tenants of one name never share a workspace. Safe for
// concurrent use.
type routes struct {
	byID, byName map[string][]route
	// named is called once for each name with the id that it stands for, and
	// recalled is what it stood for before the start.
	named    func(name, id string)
	recalled func(name string) (id string)

	mu  sync.Mutex
	ids map[string]string // by name
}

func newRoutes(named func(name, id string), recalled func(name string) (id string)) *routes {
	return &routes{byID: map[string][]route{}, byName: map[string][]route{}, named: named, recalled: recalled, ids: map[string]string{}}
}

func (r *routes) add(tenant string, l *lane) {
	if isTenantID(tenant) {
		tenant = strings.ToLower(tenant)
		r.byID[tenant] = append(r.byID[tenant], route{tenant, l})
		return
	}
	r.byName[tenant] = append(r.byName[tenant], route{tenant, l})
}

// of are the workspaces of a tenant; none for one without a link.
func (r *routes) of(id, name string) []route {
	found := r.byID[id]
	named := r.byName[name]
	if name == "" || len(named) == 0 || !r.stands(name, id) {
		return found
	}
	for _, n := range named {
		if !leadsTo(found, n.lane) {
			found = append(found[:len(found):len(found)], n)
		}
	}
	return found
}

func leadsTo(all []route, l *lane) bool {
	for _, r := range all {
		if r.lane == l {
			return true
		}
	}
	return false
}

// stands reports whether a name stands for an id.
func (r *routes) stands(name, id string) bool {
	r.mu.Lock()
	known, told := r.ids[name]
	if !told {
		r.ids[name] = id
	}
	r.mu.Unlock()
	if !told {
		r.named(name, id)
	}
	return !told || known == id
}

func isTenantID(text string) bool {
	return len(text) == len(uuid.Nil.String()) && uuid.Validate(text) == nil
}
