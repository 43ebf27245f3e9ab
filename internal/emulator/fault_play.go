package emulator

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
)

// faultEngine decides when faults play. Chances are drawn per fault and tenant
// in the order of that tenant's requests, so that one tenant's traffic does not
// change another's luck and a run with the same requests is the same again.
type faultEngine struct {
	plan   Plan
	seed   uint64
	drawn  []map[string]uint64 // by fault, by tenant: chances so far
	played []int               // by fault: times played
}

func newFaultEngine(plan Plan, fallback uint64) *faultEngine {
	plan.Faults = slices.Clone(plan.Faults)
	engine := &faultEngine{plan: plan, seed: plan.Seed, played: make([]int, len(plan.Faults))}
	if engine.seed == 0 {
		engine.seed = fallback
	}
	for i := range plan.Faults {
		f := &plan.Faults[i]
		if f.Kind == FaultTinyPages && f.Rows == 0 {
			f.Rows = tinyPageRows
		}
		engine.drawn = append(engine.drawn, map[string]uint64{})
	}
	return engine
}

// place is where a fault may strike.
type place struct {
	service   service
	tenant    string
	operation operation
}

func (f Fault) covers(p place) bool {
	return (f.Service == "" || f.Service == string(p.service)) &&
		(f.Tenant == "" || strings.EqualFold(f.Tenant, p.tenant)) &&
		(f.Operation == "" || f.Operation == string(p.operation))
}

func (x *exchange) place() place { return place{x.service, x.tenant, x.op} }

// strike returns the first fault of a kind that plays at this place and passes
// the test, and counts it. A nil test passes all.
func (g *faultEngine) strike(kind FaultKind, p place, test func(Fault) bool) (Fault, bool) {
	for i, f := range g.plan.Faults {
		if f.Kind != kind || !f.covers(p) || f.Count > 0 && g.played[i] >= f.Count || test != nil && !test(f) {
			continue
		}
		g.drawn[i][p.tenant]++
		if g.chance(i, g.drawn[i][p.tenant], p.tenant) < f.rate() {
			g.played[i]++
			return f, true
		}
	}
	return Fault{}, false
}

// chance is a number in [0, 1) that depends on nothing but seed, fault, number
// and words.
func (g *faultEngine) chance(fault int, number uint64, words ...string) float64 {
	hash := fnv.New64a()
	for _, word := range words {
		_, _ = hash.Write([]byte(word + "\x00")) // never fails
	}
	return float64(mix(g.seed, uint64(fault), number, hash.Sum64())>>11) / (1 << 53)
}

// play strikes with a fault of a kind at this exchange.
func (e *Emulator) play(x *exchange, kind FaultKind) (Fault, bool) { return e.playIf(x, kind, nil) }

func (e *Emulator) playIf(x *exchange, kind FaultKind, test func(Fault) bool) (Fault, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f, played := e.faults.strike(kind, x.place(), test)
	if played {
		x.fault = strings.TrimPrefix(x.fault+","+string(kind), ",")
	}
	return f, played
}

// SetFaults puts a plan in force in place of the one before, its counts at
// zero. The error names everything wrong with it, and the old plan stays.
func (e *Emulator) SetFaults(plan Plan) error {
	if err := plan.Validate(); err != nil {
		return fmt.Errorf("set faults: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = newFaultEngine(plan, e.settings.Seed)
	return nil
}

// expiresEarly tells whether a fault makes a good token count as expired.
func (e *Emulator) expiresEarly(x *exchange, c claims) bool {
	_, played := e.playIf(x, FaultExpireTokens, func(f Fault) bool {
		return f.Delay == 0 || x.now.Unix() >= c.IssuedAt+int64(math.Ceil(f.Delay.seconds()))
	})
	return played
}
