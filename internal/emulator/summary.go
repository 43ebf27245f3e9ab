package emulator

import (
	"strconv"
	"time"
)

// Summary is the whole state in numbers.
type Summary struct {
	Started   time.Time `json:"started"`   // or last reset
	Incidents int       `json:"incidents"` // stored now, all tenants
	Alerts    int       `json:"alerts"`

	IncidentRevisions int `json:"incident_revisions"` // stored since the start
	AlertRevisions    int `json:"alert_revisions"`

	UnwrittenIncidentRevisions  int `json:"unwritten_incident_revisions"` // newest ones that have no row
	UnwrittenAlertRevisions     int `json:"unwritten_alert_revisions"`
	SupersededIncidentRevisions int `json:"superseded_incident_revisions"` // older ones that never had a row
	SupersededAlertRevisions    int `json:"superseded_alert_revisions"`

	DuplicateRows int               `json:"duplicate_rows"` // of incidents and alerts: the table had their RecordUid already
	UnmatchedRows int               `json:"unmatched_rows"` // of incidents and alerts: they fit no stored revision
	Streams       []Stream          `json:"streams"`
	Lag           Lag               `json:"lag"`      // over both kinds
	Sync          Sync              `json:"sync"`     // writes of both sides
	Sentinel      []SentinelSummary `json:"sentinel"` // by workspace
	ARM           ARMSummary        `json:"arm"`      // limits of ARM and Sentinel
	Requests      uint64            `json:"requests"` // of the services, since the start
	Faults        map[string]int    `json:"faults"`   // times played, by kind; those of kind status by their number
}

// Summary counts what is stored, what came out as rows, and how late.
func (e *Emulator) Summary() Summary {
	s := Summary{Streams: e.Streams(), Faults: map[string]int{}}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.catchUpAllLocked()
	for _, t := range e.tenants {
		s.Incidents += len(t.incidents)
		s.Alerts += len(t.alerts)
	}
	s.IncidentRevisions, s.AlertRevisions = e.lag.revisions[KindIncident], e.lag.revisions[KindAlert]
	s.UnwrittenIncidentRevisions, s.SupersededIncidentRevisions = e.lag.unwritten(KindIncident)
	s.UnwrittenAlertRevisions, s.SupersededAlertRevisions = e.lag.unwritten(KindAlert)
	s.DuplicateRows, s.UnmatchedRows = e.lag.duplicates, e.lag.unmatched
	s.Started, s.Requests, s.Lag = e.started, e.requests.next, e.lag.report()
	s.Sync = e.writes.report()
	for i, f := range e.faults.plan.Faults {
		name := string(f.Kind)
		if f.Kind == FaultStatus {
			name = strconv.Itoa(f.Status)
		}
		s.Faults[name] += e.faults.played[i]
	}
	s.ARM, s.Sentinel = e.limits.report(s.Faults), e.workspaces.report()
	if e.throttled > 0 {
		s.Faults[faultGraphRPM] = e.throttled
	}
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
