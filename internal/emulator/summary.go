package emulator

import "time"

// Summary is the whole state in numbers.
type Summary struct {
	Started   time.Time      `json:"started"`   // or last reset
	Tenants   int            `json:"tenants"`   // that hold a document or were asked for
	Incidents int            `json:"incidents"` // stored now, all tenants
	Alerts    int            `json:"alerts"`
	Stored    Stored         `json:"stored"` // documents and revisions put in since the start
	Streams   []Stream       `json:"streams"`
	Requests  uint64         `json:"requests"` // of the services, since the start
	Faults    map[string]int `json:"faults"`   // times played, by kind
	Lag       Lag            `json:"lag"`
}

// Summary counts what is stored, what came out as rows, and how late.
func (e *Emulator) Summary() Summary {
	s := Summary{Streams: e.Streams(), Faults: map[string]int{}}
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Started, s.Tenants, s.Stored = e.started, len(e.tenants), e.lag.Stored
	for _, t := range e.tenants {
		s.Incidents += len(t.incidents)
		s.Alerts += len(t.alerts)
	}
	s.Requests = e.requests.next
	for i, f := range e.faults.plan.Faults {
		s.Faults[string(f.Kind)] += e.faults.played[i]
	}
	s.Lag = e.lag.report()
	return s
}

// FaultState is the plan in force and what has come of it.
type FaultState struct {
	Plan   Plan     `json:"plan"`
	Seed   uint64   `json:"seed"` // in force: the plan's own or the emulator's
	Words  []string `json:"words"`
	Played []int    `json:"played"` // times, by fault
}

// FaultState returns the plan in force.
func (e *Emulator) FaultState() FaultState {
	e.mu.Lock()
	defer e.mu.Unlock()
	plan := e.faults.plan
	if plan.Faults == nil {
		plan.Faults = []Fault{}
	}
	return FaultState{Plan: plan, Seed: e.faults.seed, Words: plan.Words(), Played: append([]int{}, e.faults.played...)}
}
