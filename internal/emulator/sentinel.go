package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// DefaultWorkspace is the one workspace of an emulator that is given none.
const DefaultWorkspace = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc"

// DefaultWorkspaceTenant is the tenant of [DefaultWorkspace]. It is not
// [DefaultTenant]: a provider's workspace lives elsewhere than the incidents.
const DefaultWorkspaceTenant = "00000000-0000-4000-8000-0000000000a0"

// WorkspaceState tells how a workspace stands to the Defender portal.
type WorkspaceState string

// The states.
const (
	WorkspaceStandalone WorkspaceState = "standalone" // Sentinel by itself
	WorkspaceOnboarded  WorkspaceState = "onboarded"  // part of the Defender portal: incidents of its own tenant appear as Microsoft XDR's
	WorkspaceConnected  WorkspaceState = "connected"  // Microsoft's own connector brings the incidents of its own tenant
)

// Workspace is one Log Analytics workspace with Sentinel.
type Workspace struct {
	ResourceID string         `json:"resource_id"`
	TenantID   string         `json:"tenant_id,omitempty"` // "" = DefaultWorkspaceTenant
	State      WorkspaceState `json:"state,omitempty"`     // "" = standalone
}

// checked fills in what was left out. The error names what cannot be.
func (w Workspace) checked() (Workspace, error) {
	if parsed := parseARMPath(w.ResourceID); parsed.workspace == "" || !strings.EqualFold(parsed.workspace, w.ResourceID) {
		return w, fmt.Errorf("\"resource_id\" must be that of a workspace, like %s, got %q", DefaultWorkspace, w.ResourceID)
	}
	if w.TenantID == "" {
		w.TenantID = DefaultWorkspaceTenant
	}
	if w.State == "" {
		w.State = WorkspaceStandalone
	}
	if !isGUID(w.TenantID) {
		return w, fmt.Errorf("\"tenant_id\" must be a GUID, got %q", w.TenantID)
	}
	states := []WorkspaceState{WorkspaceStandalone, WorkspaceOnboarded, WorkspaceConnected}
	if !slices.Contains(states, w.State) {
		return w, fmt.Errorf("\"state\" must be one of %v, got %q", states, w.State)
	}
	w.TenantID = strings.ToLower(w.TenantID)
	return w, nil
}

// name is the last segment of the resource id.
func (w Workspace) name() string { return lastSegment(w.ResourceID) }

// workspace is a workspace and what is in it.
type workspace struct {
	Workspace
	incidents map[string]*sentinelHistory // by name in lower case; deleted ones stay
	index     modifiedIndex
	number    int // incidentNumber given last
	people    directory
	twins     twinIndex
	alerts    alertBook
	connected []connector
	rule      ruleBook

	mirror     map[string]*mirrored // by Defender incident id
	mirroredTo uint64               // the emulator's revision then
}

func newWorkspace(w Workspace) *workspace {
	return &workspace{
		Workspace: w, incidents: map[string]*sentinelHistory{},
		people: directory{}, twins: twinIndex{}, alerts: newAlertBook(), connected: connectorsOf(w),
		rule: ruleBook{known: map[string]*pendingAlert{}}, mirror: map[string]*mirrored{},
	}
}

// insights is the resource id everything of Sentinel begins with.
func (w *workspace) insights() string { return w.ResourceID + "/providers/Microsoft.SecurityInsights" }

// workspaceBook is all workspaces.
type workspaceBook struct {
	byID  map[string]*workspace // by resource id in lower case
	order []*workspace          // as given
}

func newWorkspaceBook(given []Workspace) workspaceBook {
	b := workspaceBook{byID: map[string]*workspace{}}
	for _, w := range given {
		b.put(w)
	}
	return b
}

// put adds a workspace, or changes the tenant and state of a known one.
func (b *workspaceBook) put(w Workspace) {
	key := strings.ToLower(w.ResourceID)
	if known := b.byID[key]; known != nil {
		known.TenantID, known.State, known.connected = w.TenantID, w.State, connectorsOf(w)
		return
	}
	b.byID[key] = newWorkspace(w)
	b.order = append(b.order, b.byID[key])
}

// find returns the workspace of a resource id or name, the first one for "",
// or nil.
func (b *workspaceBook) find(id string) *workspace {
	if id == "" {
		return b.order[0]
	}
	if w := b.byID[strings.ToLower(id)]; w != nil {
		return w
	}
	for _, w := range b.order {
		if strings.EqualFold(w.name(), id) {
			return w
		}
	}
	return nil
}

// SentinelSummary is what a workspace holds, in numbers.
type SentinelSummary struct {
	Workspace string `json:"workspace"` // resource id
	Incidents int    `json:"incidents"`
	Alerts    int    `json:"alerts"`
	Waiting   int    `json:"waiting"` // alerts that the rule has not raised yet
}

func (b *workspaceBook) report() []SentinelSummary {
	found := []SentinelSummary{}
	for _, w := range b.order {
		s := SentinelSummary{Workspace: w.ResourceID, Alerts: len(w.alerts.order), Waiting: len(w.rule.pending)}
		for _, h := range w.incidents {
			if !h.newest().deleted {
				s.Incidents++
			}
		}
		found = append(found, s)
	}
	return found
}

// checkWorkspaces fills in the settings' workspaces.
func checkWorkspaces(given []Workspace) ([]Workspace, error) {
	if len(given) == 0 {
		given = []Workspace{{ResourceID: DefaultWorkspace}}
	}
	checked := make([]Workspace, 0, len(given))
	for _, w := range given {
		w, err := w.checked()
		if err != nil {
			return nil, fmt.Errorf("workspace: %w", err)
		}
		if slices.ContainsFunc(checked, func(o Workspace) bool { return strings.EqualFold(o.ResourceID, w.ResourceID) }) {
			return nil, fmt.Errorf("workspace %s is given twice", w.ResourceID)
		}
		checked = append(checked, w)
	}
	return checked, nil
}

// sentinelHistory is one incident: its revisions, oldest first, never empty. A
// deleted incident ends in a revision that says so.
type sentinelHistory struct{ revisions []*sentinelIncident }

func (h *sentinelHistory) newest() *sentinelIncident { return h.revisions[len(h.revisions)-1] }

// seen returns the newest revision that the test lets be seen, or nil. A nil
// test lets all be seen.
func (h *sentinelHistory) seen(visible func(*sentinelIncident) bool) *sentinelIncident {
	for _, r := range slices.Backward(h.revisions) {
		if visible == nil || visible(r) {
			if r.deleted {
				return nil
			}
			return r
		}
	}
	return nil
}

// add appends a revision and forgets those that no late or stale read brings
// back.
func (h *sentinelHistory) add(r *sentinelIncident) {
	for len(h.revisions) > 1 && h.revisions[1].stored.Add(lateMax).Before(r.stored) {
		h.revisions = h.revisions[1:]
	}
	h.revisions = append(h.revisions, r)
}

// find returns an incident's newest revision, or nil when there is none or it
// was deleted.
func (w *workspace) find(name string) *sentinelIncident {
	h := w.incidents[strings.ToLower(name)]
	if h == nil || h.newest().deleted {
		return nil
	}
	return h.newest()
}

// catchUpLocked does what the service does by itself as time goes by: whoever
// asks for a workspace calls it first.
func (e *Emulator) catchUpLocked(w *workspace) {
	e.runRuleLocked(w, e.settings.Now())
	e.mirrorLocked(w)
}

// catchUpAllLocked does it for all workspaces: whoever counts or lists calls it.
func (e *Emulator) catchUpAllLocked() {
	for _, w := range e.workspaces.order {
		e.catchUpLocked(w)
	}
}

// commitLocked stores a changed copy of an incident: with a new etag, and a
// modification time later than any it had.
func (e *Emulator) commitLocked(w *workspace, next *sentinelIncident) {
	key := strings.ToLower(next.name)
	h := w.incidents[key]
	if h == nil {
		h = &sentinelHistory{}
		w.incidents[key] = h
	}
	now := e.settings.Now()
	e.revision++
	next.seq, next.stored, next.properties = e.revision, now, nil
	next.etag = etagOf(e.settings.Seed, e.revision, now)
	next.modified = now.UTC().Truncate(100 * time.Nanosecond)
	if _, played := e.faults.strike(FaultTies, place{serviceARM, w.TenantID, ""}, nil); played {
		next.modified = next.modified.Truncate(time.Second)
	} else if n := len(h.revisions); n > 0 && !next.modified.After(h.newest().modified) {
		next.modified = h.newest().modified.Add(100 * time.Nanosecond)
	}
	next.first = len(h.revisions) == 0 || h.newest().deleted
	if next.created.IsZero() {
		next.created = next.modified
	}
	h.add(next)
	w.index.add(h)
	w.twins.add(w.linkOf(next), h)
}

// etagOf makes the text of an etag as Cosmos DB does; the inner quotes that
// incidents show are added where it is written.
func etagOf(seed, seq uint64, now time.Time) string {
	return fmt.Sprintf("%08x-0000-%04x-0000-%08x%04x", mix(seed, seq, 3)>>32, 0x0d00, now.Unix()&0xffffffff, seq&0xffff)
}

// guidOf makes a GUID that depends on nothing but the seed, a number and words.
func guidOf(seed uint64, number uint64, words ...string) string {
	for _, word := range words {
		for _, c := range []byte(word) {
			number = mix(number, uint64(c))
		}
	}
	high, low := mix(seed, number, 1), mix(seed, number, 2)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x",
		high>>32, high>>16&0xffff, high&0xfff, low>>48&0xfff, low&0xffffffffffff)
}
