package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Provider is what an extension implements that holds a ledger. Components look
// it up by id among the host's extensions.
type Provider interface {
	// Ledger is the ledger, open from the extension's Start to its Shutdown;
	// nil outside.
	Ledger() *Ledger
}

// OpenSettings is what a ledger is opened with.
type OpenSettings struct {
	Settings
	// Client is the storage extension's; nil keeps everything in memory.
	Client storage.Client
	// Retention is how long closed entries are remembered; 0 = for ever.
	Retention time.Duration
	// Now is the clock; nil = time.Now.
	Now func() time.Time
	// OnDecision is told of every decision, in order within an entry; nil for
	// nobody. It must be quick and must not call the ledger.
	OnDecision func(Subject, Decision)
	// OnUnusable is told of stored state that was set aside; nil for nobody.
	OnUnusable func(error)
}

// Subject is what a decision is about.
type Subject struct {
	// ID is the entry's, or would be.
	ID   ID
	Link incident.Link
	// Tenant is the name the user gave the Defender tenant, else its id.
	Tenant string
	// Workspace is the ARM id, in lower case.
	Workspace string
}

// Ledger keeps entries and hands them to writers. All methods are safe for
// concurrent use. One process may hold a ledger's storage at a time, which
// [Open] makes sure of with a lease.
type Ledger struct {
	settings OpenSettings
	lease    *lease

	mu      sync.Mutex // guards everything below, and every read-change-save
	store   store
	lanes   map[Lane]*lane
	busy    map[any]bool // entries and Defender incidents a writer works on
	claimed map[Lane]bool
	open    map[ID]*item
	links   []Binding
	names   map[string]string // tenant id by name
	tenants map[string]string // tenant name by id
	renamed bool              // names are not saved yet
	parts   map[part]bool     // tenants and workspaces of which something was seen
	shelf   int               // where the sweep is
	refused []string          // digests of claims not believed; nil = not read yet
}

// ErrClosed is in every error once the ledger was closed or lost its lease.
var ErrClosed = errors.New("ledger is closed")

// Open takes the lease and reads all entries that are open. It waits up to
// leaseTime for the lease of a holder that died, and errs beside one that lives.
func Open(ctx context.Context, s OpenSettings) (*Ledger, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Client == nil {
		s.Client = newMemory()
	}
	s.Started = s.Now()
	l := &Ledger{
		settings: s, lanes: map[Lane]*lane{}, busy: map[any]bool{}, claimed: map[Lane]bool{},
		open: map[ID]*item{}, names: map[string]string{}, tenants: map[string]string{}, parts: map[part]bool{},
	}
	l.store = store{packing: newPacking(), client: s.Client, unusable: l.unusable}
	var err error
	if l.lease, err = acquire(ctx, s.Client, s.Now); err != nil {
		return nil, err
	}
	if err = l.recall(ctx); err == nil {
		err = l.store.open(ctx, func(id ID, e *Entry) { l.index(id, e, false) })
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger: %w", err), l.lease.release(ctx))
	}
	return l, nil
}

// Renew keeps the lease; the holder calls it every RenewEvery. Its error means
// that another process holds the ledger now: nothing is saved any more.
func (l *Ledger) Renew(ctx context.Context) error { return l.lease.renew(ctx) }

// Close gives the lease back. Entries need no saving: they are saved as they
// change.
func (l *Ledger) Close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lease.release(ctx)
}

// Settings is what entries are judged by.
func (l *Ledger) Settings() Settings { return l.settings.Settings }

// tell reports a decision. The ledger is locked.
func (l *Ledger) tell(id ID, link incident.Link, workspace string, d Decision) {
	if l.settings.OnDecision != nil {
		l.settings.OnDecision(Subject{id, link, l.tenantName(link.TenantID), workspace}, d)
	}
}

func (l *Ledger) unusable(err error) {
	if l.settings.OnUnusable != nil {
		l.settings.OnUnusable(err)
	}
}

// Binding says that a tenant's incidents live in a workspace.
type Binding struct {
	// Tenant is the Defender tenant's id, or the name the user gave it.
	Tenant string
	// Workspace is the ARM id, in lower case.
	Workspace string
}

// Bind adds bindings. A Sentinel incident is believed to belong to a Defender
// incident only where its tenant is bound to its workspace.
func (l *Ledger) Bind(bindings ...Binding) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.links = append(l.links, bindings...)
}

// Bound reports whether the tenant's incidents live in the workspace.
func (l *Ledger) Bound(tenantID, workspace string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.links {
		if b.Workspace == workspace && (b.Tenant == tenantID || l.names[b.Tenant] == tenantID) {
			return true
		}
	}
	return false
}

// News is something seen of one side.
type News struct {
	// Side is whose.
	Side incident.Side
	// Link is the Defender incident. News of Sentinel may leave it out where
	// an entry exists.
	Link incident.Link
	// Workspace is the ARM id in lower case, Name the Sentinel incident's.
	Workspace string
	Name      string
	// Snapshot is what was seen; nil where only AlertIDs are news.
	Snapshot *incident.Snapshot
	// AlertIDs are Defender alerts that belong to the incident.
	AlertIDs []string
	// Began is when the request that brought it was begun.
	Began time.Time
	// Admit lets an entry be made where there is none.
	Admit bool
}

func (n News) id() ID {
	if n.Name != "" {
		return NewID(n.Name, n.Workspace)
	}
	return IDOf(n.Link, n.Workspace)
}

// Observe saves news, all or on error none. News of an incident without an
// entry is ignored unless it is admitted.
func (l *Ledger) Observe(ctx context.Context, news ...News) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]ID, 0, len(news))
	for _, n := range news {
		ids = append(ids, n.id())
	}
	batch, err := l.load(ctx, ids...)
	if err != nil {
		return err
	}
	for i, n := range news {
		l.observe(batch, ids[i], n)
	}
	return batch.save(ctx)
}

func (l *Ledger) observe(batch *batch, id ID, n News) {
	entry := batch.entry(id)
	if entry == nil {
		if !n.Admit || n.Link.IncidentID == "" {
			return
		}
		entry = batch.add(id, NewEntry(n.Link, n.Workspace, l.settings.Now()))
	}
	reading := Reading{Began: n.Began}
	changed := false
	if n.Snapshot != nil {
		changed = entry.Observe(n.Side, *n.Snapshot, reading)
		if n.Snapshot.CommentsKnown && entry.ObserveComments(n.Side, n.Snapshot.Comments, reading) {
			changed = true
		}
		n.AlertIDs = append(n.AlertIDs, n.Snapshot.AlertIDs...)
	}
	if entry.ObserveAlerts(n.AlertIDs) {
		changed = true
	}
	if changed {
		batch.changed(id)
	}
}
