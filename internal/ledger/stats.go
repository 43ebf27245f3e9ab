package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// SideStats is what waits for one side, in numbers.
type SideStats struct {
	// Pending is how many entries wait for work of each kind, by Kind.
	Pending [kindCount]int
	// Parked is how many writes wait for a change, Held how many closings for
	// approval.
	Parked, Held int
	// Oldest is how long the oldest pending entry waits; 0 for none.
	Oldest time.Duration
}

// add counts what an entry needs of a side.
func (s *SideStats) add(it *item, side incident.Side, now time.Time) {
	s.Parked += it.parked[side]
	if it.brake != nil && !it.brake.Approved && it.brake.Side == side {
		s.Held++
	}
	for _, need := range it.needs[side] {
		if need.Kind == KindRead && need.At.After(now) {
			continue // a look that is planned, not work that is owed
		}
		s.Pending[need.Kind]++
		s.Oldest = max(s.Oldest, now.Sub(it.since[side]))
	}
}

// LaneStats is a lane in numbers.
type LaneStats struct {
	Lane Lane
	SideStats
}

// Stats is every lane in numbers, in order.
func (l *Ledger) Stats() []LaneStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.settings.Now()
	by := map[Lane]*LaneStats{}
	for of := range l.lanes {
		by[of] = &LaneStats{Lane: of}
	}
	for _, it := range l.open {
		for _, side := range incident.Sides() {
			by[laneOf(side, it.link, it.workspace)].add(it, side, now)
		}
	}
	stats := make([]LaneStats, 0, len(by))
	for _, of := range slices.SortedFunc(maps.Keys(by), Lane.compare) {
		stats = append(stats, *by[of])
	}
	return stats
}

func (a Lane) compare(b Lane) int {
	return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Name, b.Name))
}

// Backlog is what waits of one tenant's incidents in one workspace, in numbers.
type Backlog struct {
	// Tenant is the name the user gave it, else its id; Workspace the ARM id.
	Tenant, Workspace string
	// Open is how many incidents are not yet closed and quiet.
	Open int
	// Alerts is how many of their alerts are not related yet.
	Alerts int
	// Sides is what waits for each side, by Side.
	Sides [2]SideStats
}

// part is a tenant's incidents in a workspace.
type part struct{ tenantID, workspace string }

// Backlog is every tenant and workspace in numbers, in order: those of which
// something was seen since the ledger was opened.
func (l *Ledger) Backlog() []Backlog {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.settings.Now()
	by := map[part]*Backlog{}
	for p := range l.parts {
		by[p] = &Backlog{Tenant: l.tenantName(p.tenantID), Workspace: p.workspace}
	}
	for _, it := range l.open {
		b := by[part{it.link.TenantID, it.workspace}]
		b.Open++
		b.Alerts += it.waiting
		for _, side := range incident.Sides() {
			b.Sides[side].add(it, side, now)
		}
	}
	all := make([]Backlog, 0, len(by))
	for _, b := range by {
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b Backlog) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Workspace, b.Workspace))
	})
	return all
}

// TenantName is what the user calls a tenant: its name, else its id.
func (l *Ledger) TenantName(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tenantName(id)
}

// tenantName is what the user calls a tenant. The ledger is locked.
func (l *Ledger) tenantName(id string) string { return cmp.Or(l.tenants[id], id) }

// Open reports how many entries are open.
func (l *Ledger) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}
