package emulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// DefaultTenant is the tenant the control interface means when none is named.
const DefaultTenant = "00000000-0000-4000-8000-000000000001"

// Secret is the one client secret that the token endpoint takes. It is no
// secret: the emulator listens on loopback only.
const Secret = "emulator"

// Rows says what becomes of accepted rows.
type Rows string

const (
	RowsKeep  Rows = "keep"  // kept in memory, readable over the control interface
	RowsCount Rows = "count" // counted and dropped, for long runs
)

// Settings is what an emulator is made of. The zero value works: seed 0, no
// limit, rows kept, the real clock, the embedded DCR, no faults.
type Settings struct {
	Seed           uint64            // of tokens, request ids and of faults whose plan names no seed
	GraphRPM       int               // enforced Graph requests a minute and tenant; 0 = no limit
	Rows           Rows              // "" = RowsKeep
	Now            func() time.Time  // nil = time.Now
	DCRs           []*DCR            // nil = the embedded one
	Faults         Plan              // in force from the start and again after a reset
	PageSize       int               // rows in a page when $top is absent; 0 = 50, the real default
	WritesKeep     int               // accepted writes that stay readable; 0 = 200,000
	LoosePairs     bool              // take any determination beside any classification
	TokenFor       time.Duration     // lifetime of a token; 0 = one hour
	Workspaces     []Workspace       // nil = DefaultWorkspace alone
	RuleDelay      time.Duration     // from an accepted row of an alert to Sentinel's alert; 0 = 5 minutes
	ARMBuckets     bool              // refuse with 429 when ARM's token buckets are empty
	LooseARMLimits bool              // count Sentinel's own limits, 75 and 100 in five minutes, and refuse nothing
	Owners         map[string]string // who an owner in Defender is in Sentinel, for the page; nil = everybody keeps the name
	Log            func(Request)     // called for each request of the services; nil = nobody; must be quick
}

// Emulator is the services in memory. All methods are safe for concurrent use.
type Emulator struct {
	settings Settings
	key      [32]byte // signs tokens
	rules    map[string]*DCR
	order    []string // rule ids in the order given
	answers  answerPool
	tokens   sync.Map // claims by token, of those that were signed here and sent back

	mu         sync.Mutex // guards everything below
	started    time.Time
	counter    uint64 // request ids
	revision   uint64 // documents stored so far
	tenants    map[string]*tenant
	tables     map[tableKey]*table
	throttle   map[string]*window
	throttled  int // requests above the limit
	stage      stage
	requests   requestRing
	faults     *faultEngine
	lag        lagBook
	writes     writeLog
	workspaces workspaceBook
	limits     armLimits
}

// New makes an emulator. The error names what is wrong with the settings.
func New(settings Settings) (*Emulator, error) {
	settings = settings.withDefaults()
	if settings.Rows != RowsKeep && settings.Rows != RowsCount {
		return nil, fmt.Errorf("make emulator: rows must be keep or count, got %q", settings.Rows)
	}
	if settings.GraphRPM < 0 || settings.PageSize < 1 || settings.PageSize > incidentPageMax {
		return nil, fmt.Errorf("make emulator: requests a minute must not be negative and the page size between 1 and %d", incidentPageMax)
	}
	if settings.RuleDelay < 0 {
		return nil, fmt.Errorf("make emulator: the rule's delay must not be negative, got %v", settings.RuleDelay)
	}
	if settings.DCRs == nil {
		rules, err := DefaultDCRs()
		if err != nil {
			return nil, fmt.Errorf("make emulator: %w", err)
		}
		settings.DCRs = rules
	}
	e := &Emulator{settings: settings, rules: map[string]*DCR{}}
	e.key = sha256.Sum256(binary.BigEndian.AppendUint64([]byte("azemulator token key"), settings.Seed))
	for _, rule := range settings.DCRs {
		if _, twice := e.rules[rule.ID]; twice {
			return nil, fmt.Errorf("make emulator: data collection rule %s is given twice", rule.ID)
		}
		e.rules[rule.ID] = rule
		e.order = append(e.order, rule.ID)
	}
	workspaces, err := checkWorkspaces(settings.Workspaces)
	if err != nil {
		return nil, fmt.Errorf("make emulator: %w", err)
	}
	e.settings.Workspaces = workspaces
	if err := settings.Faults.Validate(); err != nil {
		return nil, fmt.Errorf("make emulator: %w", err)
	}
	e.Reset()
	return e, nil
}

func (s Settings) withDefaults() Settings {
	if s.Rows == "" {
		s.Rows = RowsKeep
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.PageSize == 0 {
		s.PageSize = incidentPageMax
	}
	if s.WritesKeep == 0 {
		s.WritesKeep = writesKeep
	}
	if s.RuleDelay == 0 {
		s.RuleDelay = ruleDelay
	}
	if s.TokenFor == 0 {
		s.TokenFor = time.Hour
	}
	return s
}

// Reset forgets documents, rows, requests, writes and counters, and puts the faults of
// the settings back in force from their beginning. Tokens stay valid, and a
// scenario with its notes goes on.
func (e *Emulator) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started = e.settings.Now()
	e.counter, e.revision, e.throttled = 0, 0, 0
	e.tenants = map[string]*tenant{}
	e.throttle = map[string]*window{}
	e.requests = requestRing{}
	e.lag = newLagBook()
	e.writes = newWriteLog(e.settings.WritesKeep)
	e.faults = newFaultEngine(e.settings.Faults, e.settings.Seed)
	e.limits = newARMLimits()
	e.workspaces = newWorkspaceBook(e.settings.Workspaces)
	e.tables = map[tableKey]*table{}
	for _, id := range e.order {
		for _, stream := range e.rules[id].StreamNames() {
			e.tables[tableKey{rule: id, stream: stream}] = newTable()
		}
	}
}

// Handler serves all Azure services on one origin, told apart by path.
func (e *Emulator) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/v1.0/"):
			e.serve(w, r, serviceGraph, e.graph)
		case len(r.URL.Path) > len(armPrefix) && strings.EqualFold(r.URL.Path[:len(armPrefix)], armPrefix):
			e.serve(w, r, serviceARM, e.arm)
		case strings.HasPrefix(r.URL.Path, "/v1/"):
			e.serve(w, r, serviceLogAnalytics, e.logAnalytics)
		case strings.HasPrefix(r.URL.Path, "/dataCollectionRules/"):
			e.serve(w, r, serviceIngestion, e.ingestion)
		default:
			e.serve(w, r, serviceLogin, e.login)
		}
	})
}

// requestID makes the next request's id: a GUID that is the same in every run
// of one seed.
func (e *Emulator) requestID() string {
	e.mu.Lock()
	e.counter++
	n := e.counter
	e.mu.Unlock()
	high, low := mix(e.settings.Seed, n, 1), mix(e.settings.Seed, n, 2)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x",
		high>>32, high>>16&0xffff, high&0xfff, low>>48&0xfff, low&0xffffffffffff)
}

// mix turns numbers into one well spread number (splitmix64, one round each).
func mix(numbers ...uint64) uint64 {
	var x uint64
	for _, n := range numbers {
		x += n + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}
