package ledger

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// errGone is returned for an entry that is not there any more.
var errGone = errors.New("there is no such entry")

// Summary is one open entry in short.
type Summary struct {
	ID        ID            `json:"id"`
	Link      incident.Link `json:"link"`
	Workspace string        `json:"workspace"`
	Sentinel  string        `json:"sentinel"`
	// Pending is what each side's writer has to do, by side.
	Pending map[string][]string `json:"pending,omitempty"`
	// Parked counts writes that wait for a change.
	Parked int `json:"parked,omitempty"`
	// Held is true while a closing waits for approval.
	Held bool `json:"held,omitempty"`
}

var kindNames = [...]string{"status", "read", "edit", "create", "comment", "relation", "look"}

// String is the kind's name in summaries and metrics.
func (k Kind) String() string { return kindNames[k] }

// Summaries lists the open entries by id, at most limit of those after an id.
func (l *Ledger) Summaries(after ID, limit int) []Summary {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Summary
	for _, id := range slices.Sorted(maps.Keys(l.open)) {
		if id <= after {
			continue
		}
		if len(all) == limit {
			break
		}
		it := l.open[id]
		s := Summary{
			ID: id, Link: it.link, Workspace: it.workspace, Sentinel: it.link.SentinelName(),
			Parked: it.parked[0] + it.parked[1], Held: it.brake != nil && !it.brake.Approved,
		}
		for _, side := range incident.Sides() {
			for _, need := range it.needs[side] {
				if s.Pending == nil {
					s.Pending = map[string][]string{}
				}
				s.Pending[side.String()] = append(s.Pending[side.String()], need.Kind.String())
			}
		}
		all = append(all, s)
	}
	return all
}

// Find is the whole entry of an id; nil if there is none.
func (l *Ledger) Find(ctx context.Context, id ID) (*Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch, err := l.load(ctx, id)
	if err != nil {
		return nil, err
	}
	return batch.entry(id), nil
}

// clouds are those that a Defender incident may be of.
var clouds = [...]azure.CloudName{azure.CloudPublic, azure.CloudUSGov, azure.CloudUSGovDoD, azure.CloudChina, azure.CloudCustom}

// findMax is how many ids are looked up while the ledger is locked.
const findMax = 16

// FindIncident lists the ids of entries of a Defender incident's number, or of a
// Sentinel incident's name: open ones, and closed ones of tenants and workspaces
// that are bound or had an open entry.
func (l *Ledger) FindIncident(ctx context.Context, text string) ([]ID, error) {
	var ids []ID
	for part := range slices.Chunk(l.mayMean(text), findMax) {
		l.mu.Lock()
		batch, err := l.load(ctx, part...)
		l.mu.Unlock()
		if err != nil {
			return nil, err
		}
		for _, id := range part {
			if batch.entry(id) != nil {
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// mayMean lists the ids of which the entries, if there are any, are of a number
// or name.
func (l *Ledger) mayMean(text string) []ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := map[ID]bool{}
	parts := maps.Clone(l.parts)
	for _, b := range l.links {
		parts[part{cmp.Or(l.names[b.Tenant], b.Tenant), b.Workspace}] = true
	}
	for p := range parts {
		ids[NewID(text, p.workspace)] = true
		for _, cloud := range clouds {
			ids[IDOf(incident.Link{Cloud: string(cloud), TenantID: p.tenantID, IncidentID: text}, p.workspace)] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// Approve lets a held closing through; an empty id means all of them. It
// reports how many there were.
func (l *Ledger) Approve(ctx context.Context, id ID) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var held []ID
	for each, it := range l.open {
		if it.brake != nil && !it.brake.Approved && (id == "" || id == each) {
			held = append(held, each)
		}
	}
	batch, err := l.load(ctx, held...)
	if err != nil {
		return 0, err
	}
	approved := 0
	for _, each := range held {
		if e := batch.entry(each); e != nil && e.Brake != nil {
			e.Brake.Approved = true
			batch.changed(each)
			approved++
		}
	}
	return approved, batch.save(ctx)
}
